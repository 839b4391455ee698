namespace Fluxion

open System
open System.Collections.Generic

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

    /// The roots with every node rebuilt bottom-up by `rebuild`, which sees a node and its new arguments. Nodes below
    /// which nothing changed stay the very same. Nodes that `stop` holds stay as they are, with all that is below them.
    let internal rewriteUntil (stop: Expr -> bool) (rebuild: Expr -> Expr[] -> Expr) (roots: Expr[]) : Expr[] =
        let rewritten = NodeMap<Expr>()

        // Most nodes stay as they are, so their own array serves again.
        let renew (arguments: Expr[]) =
            let mutable isChanged = false

            for argument in arguments do
                if not (obj.ReferenceEquals(rewritten[argument], argument)) then
                    isChanged <- true

            if isChanged then
                Array.map (fun argument -> rewritten[argument]) arguments
            else
                arguments

        for node in postorderUntil stop roots do
            rewritten[node] <- if stop node then node else rebuild node (renew node.Arguments)

        roots |> Array.map (fun root -> rewritten[root])

    /// As `rewriteUntil`, down to the leaves.
    let internal rewrite (rebuild: Expr -> Expr[] -> Expr) (roots: Expr[]) : Expr[] = rewriteUntil (fun _ -> false) rebuild roots

    /// A node with new arguments; the node itself when they are the old ones.
    let internal withArguments (node: Expr) (arguments: Expr[]) : Expr =
        let mutable same = 0

        while same < node.Arity && obj.ReferenceEquals(node.Argument same, arguments[same]) do
            same <- same + 1

        if same = node.Arity then
            node
        else
            Expr.Apply(node.Primitive, arguments)

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

        roots
        |> rewrite (fun node arguments ->
            match replaced.TryFind node with
            | ValueSome replacement -> replacement
            | ValueNone -> withArguments node arguments)

    /// The expression with some nodes replaced by others of the same type. Raises ShapeException or DTypeException when types differ.
    let substitute (replacements: (Expr * Expr) list) (expr: Expr) : Expr = (substituteAll replacements [| expr |])[0]

    // What decides whether two nodes compute the same: the op with its attributes and the numbers of its arguments, or the leaf itself.
    [<CustomEquality; NoComparison>]
    type private Key =
        { Node: Expr
          Numbers: int[] }

        override this.GetHashCode() =
            let own =
                match this.Node.Node with
                | Node.Constant value -> NDArray.hashOf value
                | Node.Variable variable -> hash variable
                | Node.Apply primitive -> hash (primitive.Name, primitive.AttributeHash)

            Array.fold (fun state number -> state * 31 + number) own this.Numbers

        override this.Equals other =
            match other with
            | :? Key as other ->
                match this.Node.Node, other.Node.Node with
                | Node.Constant left, Node.Constant right -> NDArray.identical left right
                | Node.Variable left, Node.Variable right -> left = right && this.Node.Type = other.Node.Type
                | Node.Apply left, Node.Apply right -> left.Same right && this.Numbers = other.Numbers
                | _ -> false
            | _ -> false

    /// Value numbering: nodes get the same number exactly when they compute the same by the same ops on the same leaves.
    /// Constants are compared bit by bit. (Alpern, Wegman and Zadeck, "Detecting equality of variables in programs", POPL 1988.)
    let internal number (roots: Expr seq) : NodeMap<int> =
        let numbers = NodeMap<int>()
        let known = Dictionary<Key, int>()

        for node in postorder roots do
            let key = { Node = node; Numbers = node.Arguments |> Array.map (fun argument -> numbers[argument]) }

            match known.TryGetValue key with
            | true, number -> numbers[node] <- number
            | _ ->
                known[key] <- known.Count
                numbers[node] <- known[key]

        numbers

    /// True when both expressions are the same computation on the same leaves, whatever their sharing.
    let same (left: Expr) (right: Expr) : bool =
        let numbers = number [ left; right ]
        numbers[left] = numbers[right]
