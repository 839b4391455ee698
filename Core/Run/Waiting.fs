namespace Fluxion

/// Elementwise values that are made where they are used. One that is made from memory alone, for a single other of its loop's kind, would else be
/// computed at the earliest stage, by a loop that writes it out only for another to read it again.
[<Sealed>]
type internal Waiting() =
    // Few wait together, so that no tape grows too long.
    let most = 8

    // How often nodes are used, and one that uses them.
    let uses = NodeMap<struct (int * Expr)>()
    // What the loop reads for a node that waits, and how many nodes wait with it.
    let waiting = NodeMap<struct (Expr[] * int)>()

    let behind (arguments: Expr[]) : struct (Expr[] * int) =
        let read =
            arguments
            |> Array.map (fun argument ->
                match waiting.TryFind argument with
                | ValueSome known -> known
                | ValueNone -> struct ([| argument |], 0))

        read |> Array.collect (fun struct (leaves, _) -> leaves), read |> Array.sumBy (fun struct (_, count) -> count)

    /// Notes who uses whom; roots are used by nobody, but are wanted.
    member _.Count(order: Expr[], roots: Expr[]) : unit =
        let add (user: Expr) (node: Expr) =
            let struct (count, _) = uses[node]
            uses[node] <- struct (count + 1, user)

        for node in order do
            node.Arguments |> Array.iter (add node)

        for root in roots do
            add root root

    /// Whether the node is one that waits, or has waited.
    member _.Contains(node: Expr) = waiting.Contains node

    /// What a loop reads for arguments of which some may be waiting.
    member _.Leaves(arguments: Expr[]) : Expr[] =
        let struct (leaves, _) = behind arguments
        leaves

    /// Lets a node wait, when all that it is made from is in memory, and its one user shares its loop.
    member _.TryAdd(node: Expr, isInMemory: Expr -> bool, sharesLoop: Expr -> bool) : bool =
        let struct (users, user) = uses[node]
        let struct (leaves, count) = behind node.Arguments
        let isRoot = obj.ReferenceEquals(user, node)
        let waits = users = 1 && not isRoot && count < most && sharesLoop user && Array.forall isInMemory leaves

        if waits then
            waiting[node] <- struct (leaves, count + 1)

        waits
