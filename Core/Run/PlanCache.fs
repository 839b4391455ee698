namespace Fluxion

open System
open System.Collections.Generic

/// A loss as it was built, every node in order, and what role each plays: 0 for all but leaves that a plan is made for.
[<NoEquality; NoComparison>]
type private LossForm = { Nodes: Expr[]; Arguments: int[][]; Roles: int[]; Hash: int }

/// A plan for one form of loss. The form's nodes have fresh variables for the leaves that change.
[<NoEquality; NoComparison>]
type private KnownForm<'plan> =
    {
        Form: LossForm
        /// Positions of what changes, and of those that have a role.
        Inputs: int[]
        Leaves: int[]
        Plan: 'plan
    }

/// Plans for losses that are built anew at every step, as classes do: found by what the loss computes, whatever the values in its leaves. Numbers
/// (constants of one element) are part of what it computes, since derivatives and laws look at them; larger constants are data, and inputs.
/// `roleOf` tells leaves apart that a plan is made for, and `make` makes it of a loss, its inputs, and their roles.
[<Sealed>]
type internal PlanCache<'plan>(capacity: int, roleOf: Expr -> int, make: Expr -> Expr[] -> int[] -> 'plan) =
    let plans = Dictionary<int, KnownForm<'plan> list>()
    // Oldest first: a form that is not met again makes room in the end.
    let ages = Queue<int>()
    let gate = obj ()
    // The last few that were met, latest first: a program that trains has one or two, and comparing with them is quicker than looking up.
    let mostRecent = 4
    let mutable recent: KnownForm<'plan> list = []

    // What changes from step to step: variables, and data.
    let isInput (node: Expr) =
        match node.Node with
        | Node.Variable _ -> true
        | Node.Constant value -> value.Length <> 1
        | Node.Apply _ -> false

    let roleIn (node: Expr) = if node.Node.IsVariable then roleOf node else 0

    let isSameNode (node: Expr) (known: Expr) =
        match node.Node, known.Node with
        | Node.Apply left, Node.Apply right -> obj.ReferenceEquals(left, right) || left.Same right
        | Node.Constant left, Node.Constant right -> NDArray.identical left right
        | _, Node.Variable _ -> isInput node && node.Type = known.Type
        | _ -> false

    let describe (loss: Expr) : LossForm =
        let nodes = Graph.postorder [ loss ]
        let positions = NodeMap<int>()
        let arguments = Array.zeroCreate nodes.Length
        let mutable hash = nodes.Length

        for i in 0 .. nodes.Length - 1 do
            let node = nodes[i]
            positions[node] <- i
            arguments[i] <- node.Arguments |> Array.map (fun argument -> positions[argument])

            let own =
                match node.Node with
                | Node.Apply primitive -> primitive.Name.GetHashCode() * 31 + primitive.AttributeHash
                | _ -> node.Rank

            hash <- hash * 31 + own

        { Nodes = nodes; Arguments = arguments; Roles = Array.map roleIn nodes; Hash = hash }

    // The whole form is compared, never its hash alone.
    let isSame (found: LossForm) (known: KnownForm<'plan>) =
        found.Nodes.Length = known.Form.Nodes.Length
        && found.Roles = known.Form.Roles
        && Array.forall2 isSameNode found.Nodes known.Form.Nodes
        && Array.forall2 (fun (a: int[]) b -> a = b) found.Arguments known.Form.Arguments

    // Leaves that have a role must be as many as the plan has; other nodes compute the same when one stands where the form has two.
    let areDistinct (nodes: Expr[]) (leaves: int[]) =
        let ids = leaves |> Array.map (fun position -> nodes[position].Id)
        Array.Sort ids
        let mutable isDistinct = true

        for i in 1 .. ids.Length - 1 do
            if ids[i] = ids[i - 1] then
                isDistinct <- false

        isDistinct

    // The nodes of a loss in the order of a known form, from the loss down and with no map of what was seen; none when it has another form.
    let align (loss: Expr) (known: KnownForm<'plan>) : Expr[] voption =
        let form = known.Form
        let nodes: Expr[] = Array.zeroCreate form.Nodes.Length
        nodes[nodes.Length - 1] <- loss
        let mutable i = nodes.Length - 1

        while i >= 0 do
            let node, positions = nodes[i], form.Arguments[i]

            let mutable isAligned =
                node.Arity = positions.Length && isSameNode node form.Nodes[i] && roleIn node = form.Roles[i]

            if isAligned then
                for j in 0 .. positions.Length - 1 do
                    if isNull (box nodes[positions[j]]) then
                        nodes[positions[j]] <- node.Argument j
                    elif not (obj.ReferenceEquals(nodes[positions[j]], node.Argument j)) then
                        isAligned <- false

            i <- if isAligned then i - 1 else Int32.MinValue

        if i = -1 && areDistinct nodes known.Leaves then
            ValueSome nodes
        else
            ValueNone

    let compile (found: LossForm) : KnownForm<'plan> =
        let positions = [| 0 .. found.Nodes.Length - 1 |]
        let inputs = positions |> Array.filter (fun i -> isInput found.Nodes[i])
        let variables = inputs |> Array.map (fun i -> Expr.fresh "x" found.Nodes[i].Type)
        // The last node is the loss. All at once, so that what the nodes share they still share.
        let replaced = inputs |> Array.map (fun i -> found.Nodes[i])
        let nodes = Graph.substituteAll (Array.zip replaced variables) found.Nodes

        { Form = { found with Nodes = nodes }
          Inputs = inputs
          Leaves = inputs |> Array.filter (fun i -> found.Roles[i] <> 0)
          Plan = make nodes[nodes.Length - 1] variables (inputs |> Array.map (fun i -> found.Roles[i])) }

    let withHash (hash: int) : KnownForm<'plan> list =
        match plans.TryGetValue hash with
        | true, known -> known
        | _ -> []

    let keep (known: KnownForm<'plan>) =
        if ages.Count = capacity then
            let oldest = ages.Dequeue()

            match plans[oldest] with
            | [ _ ] -> plans.Remove oldest |> ignore
            | several -> plans[oldest] <- List.take (several.Length - 1) several

        ages.Enqueue known.Form.Hash
        plans[known.Form.Hash] <- known :: withHash known.Form.Hash

    let find (found: LossForm) : KnownForm<'plan> =
        lock gate (fun () ->
            match withHash found.Hash |> List.tryFind (isSame found) with
            | Some known -> known
            | None ->
                let known = compile found
                keep known
                known)

    let remember (known: KnownForm<'plan>) (nodes: Expr[]) : struct ('plan * Expr[]) =
        match recent with
        | latest :: _ when obj.ReferenceEquals(latest, known) -> ()
        | others ->
            let others = others |> List.filter (fun other -> not (obj.ReferenceEquals(other, known)))
            recent <- known :: List.truncate (mostRecent - 1) others

        known.Plan, known.Inputs |> Array.map (fun position -> nodes[position])

    let rec search (loss: Expr) (known: KnownForm<'plan> list) : struct ('plan * Expr[]) =
        match known with
        | first :: rest ->
            match align loss first with
            | ValueSome nodes -> remember first nodes
            | ValueNone -> search loss rest
        | [] ->
            let found = describe loss
            remember (find found) found.Nodes

    /// The number of plans that are kept.
    member _.Count = lock gate (fun () -> ages.Count)

    /// The plan for a loss, and the loss's own leaves in the places of the plan's inputs. May be called from many threads at once.
    member _.Find(loss: Expr) : struct ('plan * Expr[]) = search loss recent
