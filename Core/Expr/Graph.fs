namespace Fluxion

open System
open System.Collections.Generic
open System.Numerics
open System.Runtime.CompilerServices

/// Values kept beside the nodes of a graph: a sparse array by node id. Pages of neighbours make it several times faster
/// than a dictionary of nodes, and unlike a mark inside the node it lets many threads walk one graph.
[<Sealed>]
type internal NodeMap<'value>() =
    [<Literal>]
    let pageBits = 6

    let pages = Dictionary<int64, struct ('value[] * uint64[])>()
    // Pages that were emptied, for the next ones.
    let spare = Stack<struct ('value[] * uint64[])>()
    // Walks move between neighbours, so the last page is nearly always the next one too.
    let mutable lastKey = -1L
    let mutable values: 'value[] = [||]
    let mutable present: uint64[] = [||]

    let seek (id: int64) (create: bool) =
        let key = id >>> pageBits

        if key = lastKey then
            true
        else
            let mutable page = Unchecked.defaultof<_>
            let found = pages.TryGetValue(key, &page)

            if not found && create then
                page <-
                    if spare.Count > 0 then
                        spare.Pop()
                    else
                        struct (Array.zeroCreate (1 <<< pageBits), [| 0UL |])

                pages[key] <- page

            if found || create then
                let struct (pageValues, pagePresent) = page
                lastKey <- key
                values <- pageValues
                present <- pagePresent

            found || create

    /// Whether the node has a value here.
    member _.Contains(node: Expr) = seek node.Id false && (present[0] >>> int (node.Id &&& 63L)) &&& 1UL <> 0UL

    /// The value of a node; for one that has none it is the default of its type.
    member _.Item
        with get (node: Expr) =
            if seek node.Id false then
                values[int (node.Id &&& 63L)]
            else
                Unchecked.defaultof<'value>
        and set (node: Expr) (value: 'value) =
            seek node.Id true |> ignore
            let slot = int (node.Id &&& 63L)
            values[slot] <- value
            present[0] <- present[0] ||| (1UL <<< slot)

    /// Takes a node's value away.
    member _.Remove(node: Expr) =
        if seek node.Id false then
            let slot = int (node.Id &&& 63L)
            values[slot] <- Unchecked.defaultof<_>
            present[0] <- present[0] &&& ~~~(1UL <<< slot)

    /// Takes all values away.
    member _.Clear() =
        if pages.Count > 0 then
            let isLarge = pages.Count > 100

            if not isLarge then
                for struct (values, present) in pages.Values do
                    Array.Clear values
                    present[0] <- 0UL
                    spare.Push(struct (values, present))

            pages.Clear()
            lastKey <- -1L

            // Clearing takes time by the room that there is, and the next time there will be little in it.
            if isLarge then
                pages.TrimExcess()

    /// The value of a node, when it has one.
    member this.TryFind(node: Expr) = if this.Contains node then ValueSome this[node] else ValueNone

/// Nodes by what they compute, of which the first stands for all others. A table of positions, for one of references costs the collector time.
[<Sealed>]
type internal Meanings(capacity: int) =
    // 2³² by the golden ratio, odd. (Knuth, "The art of computer programming", volume 3, section 6.4.)
    let multiplier = 0x9E3779B9
    let nodes: Expr[] = Array.zeroCreate capacity
    let hashes: int[] = Array.zeroCreate capacity
    let mutable count = 0
    // Of each place the position that it holds, and 1 more.
    let table: int[] = Array.zeroCreate (int (BitOperations.RoundUpToPowerOf2(uint (2 * capacity + 2))))

    let hashOf (node: Expr) =
        match node.Node with
        | Node.Constant value -> NDArray.hashOf value
        | Node.Variable variable -> hash variable
        | Node.Apply primitive ->
            let mutable code = RuntimeHelpers.GetHashCode primitive.RowObject + primitive.AttributeHash

            for i in 0 .. node.Arity - 1 do
                code <- code * multiplier + int (node.Argument i).Id

            code

    let haveSameArguments (left: Expr) (right: Expr) =
        let mutable same = 0

        while same < left.Arity
              && same < right.Arity
              && obj.ReferenceEquals(left.Argument same, right.Argument same) do
            same <- same + 1

        same = left.Arity && same = right.Arity

    // Constants are compared bit by bit. Arguments are compared by reference, as each is the one that stands for all.
    let isSame (left: Expr) (right: Expr) =
        match left.Node, right.Node with
        | Node.Constant a, Node.Constant b -> NDArray.identical a b
        | Node.Variable a, Node.Variable b -> a = b && left.Type = right.Type
        | Node.Apply a, Node.Apply b -> a.Same b && haveSameArguments left right
        | _ -> false

    /// The node that stands for one whose arguments stand for all others: the first that was asked for. There is room for `capacity` different ones.
    member _.Share(node: Expr) : Expr =
        let code = hashOf node
        // The upper bits of a product depend on all bits of its factors.
        let mutable place = int (uint (code * multiplier) >>> (32 - BitOperations.Log2(uint table.Length)))

        while table[place] > 0 && not (hashes[table[place] - 1] = code && isSame nodes[table[place] - 1] node) do
            place <- (place + 1) &&& (table.Length - 1)

        if table[place] = 0 then
            nodes[count] <- node
            hashes[count] <- code
            count <- count + 1
            table[place] <- count

        nodes[table[place] - 1]

/// Walking expressions. Nothing here recurses: a chain of a million nodes is as welcome as a short one.
module Graph =
    /// Every node that the roots reach through the arguments that they are said to have, once each, arguments before what is made from them.
    let internal postorderBy (arityOf: Expr -> int) (argumentOf: Expr -> int -> Expr) (roots: Expr seq) : Expr[] =
        let order = List<Expr>()
        let seen = NodeMap<bool>()
        let stack = Stack<struct (Expr * int)>()

        let enter node =
            if not (seen.Contains node) then
                seen[node] <- true
                stack.Push(struct (node, 0))

        for root in roots do
            enter root

            while stack.Count > 0 do
                let struct (node, next) = stack.Pop()

                if next < arityOf node then
                    stack.Push(struct (node, next + 1))
                    enter (argumentOf node next)
                else
                    order.Add node

        order.ToArray()

    /// As `postorder`, but does not go beyond nodes that `stop` holds.
    let internal postorderUntil (stop: Expr -> bool) (roots: Expr seq) : Expr[] =
        roots
        |> postorderBy (fun node -> if stop node then 0 else node.Arity) (fun node i -> node.Argument i)

    /// Every node that the roots reach, once each, arguments before what is made from them.
    let postorder (roots: Expr seq) : Expr[] = postorderUntil (fun _ -> false) roots

    /// How often each node is an argument or a root, where `order` is all that the roots reach: after so many uses its value is not needed any more.
    let internal uses (order: Expr[]) (roots: Expr[]) : NodeMap<int> =
        let uses = NodeMap<int>()

        for node in order do
            for i in 0 .. node.Arity - 1 do
                uses[node.Argument i] <- uses[node.Argument i] + 1

        for root in roots do
            uses[root] <- uses[root] + 1

        uses

    /// The number of nodes, shared ones counted once.
    let count (expr: Expr) : int = (postorder [ expr ]).Length

    /// The variables that the roots reach, in the order of a walk from the left.
    let variables (roots: Expr seq) : Expr list = postorder roots |> Seq.filter (fun node -> node.Node.IsVariable) |> List.ofSeq

    /// The roots with every node rebuilt bottom-up by `rebuild`, which sees a node, and the node with what became of its arguments. Nodes below
    /// which nothing changed stay the very same.
    let internal rewrite (rebuild: Expr -> Expr -> Expr) (roots: Expr[]) : Expr[] =
        let rewritten = NodeMap<Expr>()

        for node in postorder roots do
            rewritten[node] <- rebuild node (node.WithArguments(fun argument -> rewritten[argument]))

        roots |> Array.map (fun root -> rewritten[root])

    /// The roots with some nodes replaced by others of the same type.
    let internal substituteAll (replacements: (Expr * Expr) seq) (roots: Expr[]) : Expr[] =
        let replaced = NodeMap<Expr>()

        for before, after in replacements do
            if before.Type <> after.Type then
                TensorType.mismatch
                    before.Type
                    after.Type
                    "substitute"
                    $"{before} is {before.Type} and what replaces it must be too"
                    $"the replacement is {after.Type}"
                    "reshape or cast it?"

            replaced[before] <- after

        roots |> rewrite (fun node renewed -> replaced.TryFind node |> ValueOption.defaultValue renewed)

    /// The expression with some nodes replaced by others of the same type. Raises ShapeException or DTypeException when types differ.
    let substitute (replacements: (Expr * Expr) list) (expr: Expr) : Expr = (substituteAll replacements [| expr |])[0]

    /// For each node that the roots reach the one that stands for all that compute the same, by the same ops on the same leaves; its arguments stand for
    /// others too. (Value numbering: Alpern, Wegman and Zadeck, "Detecting equality of variables in programs", POPL 1988.)
    let internal canonical (roots: Expr seq) : NodeMap<Expr> =
        let canonical = NodeMap<Expr>()
        let order = postorder roots
        let meanings = Meanings order.Length

        for node in order do
            canonical[node] <- meanings.Share(node.WithArguments(fun argument -> canonical[argument]))

        canonical

    /// The roots with one node for all that compute the same.
    let internal shared (roots: Expr[]) : Expr[] =
        let canonical = canonical roots
        roots |> Array.map (fun root -> canonical[root])

    /// True when both expressions are the same computation on the same leaves, whatever their sharing.
    let same (left: Expr) (right: Expr) : bool =
        let canonical = canonical [ left; right ]
        obj.ReferenceEquals(canonical[left], canonical[right])
