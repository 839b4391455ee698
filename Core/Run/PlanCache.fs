namespace Fluxion

open System.Collections.Generic

/// A plan for the value and the gradients of one form of loss, and the form: every node, in order, with fresh variables for the leaves that change.
[<NoEquality; NoComparison>]
type private KnownLoss = { Nodes: Expr[]; Arguments: int[][]; By: int[]; Run: NDArray[] -> NDArray[] }

/// A loss as it was just built, in the same order.
[<NoEquality; NoComparison>]
type private NewLoss = { Nodes: Expr[]; Arguments: int[][]; By: int[]; Hash: int }

/// Plans for losses that are built anew at every step, as classes do: found by what the loss computes, whatever the values in its leaves. Numbers
/// (constants of one element) are part of what it computes, since derivatives and laws look at them; larger constants are data, and inputs.
[<Sealed>]
type internal PlanCache(capacity: int) =
    let plans = Dictionary<int, KnownLoss list>()
    // Oldest first: a form that is not met again makes room in the end.
    let ages = Queue<int>()
    let gate = obj ()

    // What changes from step to step: variables, and data.
    let isInput (node: Expr) =
        match node.Node with
        | Node.Variable _ -> true
        | Node.Constant value -> value.Length <> 1
        | Node.Apply _ -> false

    let describe (loss: Expr) (leaves: Expr[]) : NewLoss =
        let nodes = Graph.postorder [ loss ]
        let positions = NodeMap<int>()
        let arguments = Array.zeroCreate nodes.Length
        let mutable hash = nodes.Length

        for i in 0 .. nodes.Length - 1 do
            let node = nodes[i]
            positions[node] <- i
            arguments[i] <- Graph.argumentsOf node |> Array.map (fun argument -> positions[argument])

            let own =
                match node.Node with
                | Node.Apply(primitive, _) -> primitive.Name.GetHashCode() * 31 + primitive.AttributeHash
                | _ -> node.Rank

            hash <- hash * 31 + own

        { Nodes = nodes
          Arguments = arguments
          By = leaves |> Array.map (fun leaf -> positions[leaf])
          Hash = hash }

    // The whole form is compared, never its hash alone.
    let isSame (found: NewLoss) (known: KnownLoss) =
        let sameNode (a: Expr) (b: Expr) =
            match a.Node, b.Node with
            | Node.Apply(left, _), Node.Apply(right, _) -> left.Same right
            | Node.Constant left, Node.Constant right -> NDArray.identical left right
            | _, Node.Variable _ -> isInput a && a.Type = b.Type
            | _ -> false

        found.Nodes.Length = known.Nodes.Length
        && found.By = known.By
        && Array.forall2 sameNode found.Nodes known.Nodes
        && Array.forall2 (fun (a: int[]) b -> a = b) found.Arguments known.Arguments

    let compile (found: NewLoss) : KnownLoss =
        let inputs = found.Nodes |> Array.filter isInput
        let variables = inputs |> Array.map (fun input -> Expr.fresh "x" input.Type)
        // The last node is the loss. All at once, so that what the nodes share they still share.
        let nodes = Graph.substituteAll (Array.zip inputs variables) found.Nodes
        let loss = nodes[nodes.Length - 1]
        let by = found.By |> Array.map (fun position -> nodes[position])

        { Nodes = nodes
          Arguments = found.Arguments
          By = found.By
          Run = Compile.expressions (Array.append [| loss |] (Reverse.gradientAll loss by)) variables }

    let withHash (hash: int) : KnownLoss list =
        match plans.TryGetValue hash with
        | true, known -> known
        | _ -> []

    let keep (hash: int) (known: KnownLoss) =
        if ages.Count = capacity then
            let oldest = ages.Dequeue()

            match plans[oldest] with
            | [ _ ] -> plans.Remove oldest |> ignore
            | several -> plans[oldest] <- List.take (several.Length - 1) several

        ages.Enqueue hash
        plans[hash] <- known :: withHash hash

    let find (found: NewLoss) : KnownLoss =
        lock gate (fun () ->
            match withHash found.Hash |> List.tryFind (isSame found) with
            | Some known -> known
            | None ->
                let known = compile found
                keep found.Hash known
                known)

    /// The number of plans that are kept.
    member _.Count = lock gate (fun () -> ages.Count)

    /// The value of a scalar loss, and then its gradient by each of the leaves, all of which it reaches. `valueOf` knows the variables' values. May be
    /// called from many threads at once. Raises ShapeException when the loss is not a scalar.
    member _.ValueAndGradients(loss: Expr, leaves: Expr[], valueOf: Expr -> NDArray) : NDArray[] =
        Reverse.requireScalar "gradient" loss
        let found = describe loss leaves

        let values =
            found.Nodes
            |> Array.filter isInput
            |> Array.map (fun input ->
                match input.Node with
                | Node.Constant value -> value
                | _ -> valueOf input)

        (find found).Run values
