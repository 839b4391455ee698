namespace Fluxion

/// Mapping an expression over a new leading axis of some of its inputs, with no loop: what per-example gradients and whole Jacobians are made of.
module Batch =
    // Ranks are aligned behind the mapped axis, so that broadcasting pairs the same axes as it did without it.
    let private align (arguments: Batched[]) : Expr[] =
        let rank = arguments |> Array.map Column.innerRank |> Array.max

        arguments
        |> Array.map (fun argument ->
            let missing = rank - Column.innerRank argument

            if argument.IsBatched && missing > 0 then
                let shape = argument.Value.Shape
                argument.Value.ReshapeTo(shape.Head :: List.replicate missing 1 @ shape.Tail)
            else
                argument.Value)

    /// The outputs with each input replaced by a stack of `size` of its kind along a new first axis, which every output then has too.
    let internal vmapAll (size: int) (outputs: Expr[]) (inputs: Expr[]) (stacks: Expr[]) : Expr[] =
        let mapped = NodeMap<Batched>()

        for input, stack in Array.zip inputs stacks do
            if stack.Shape <> size :: input.Shape || stack.DType <> input.DType then
                TensorType.mismatch
                    { input.Type with Shape = size :: input.Shape }
                    stack.Type
                    "vmap"
                    $"the stack for {input} must be {input.DType} {Shape.show (size :: input.Shape)}"
                    $"it is {stack.Type}"
                    "give every input the same number of examples?"

            mapped[input] <- { Value = stack; IsBatched = true }

        for node in Graph.postorderUntil mapped.Contains outputs do
            if not (mapped.Contains node) then
                let arguments = node.Arguments |> Array.map (fun argument -> mapped[argument])

                mapped[node] <-
                    match node.Node with
                    | Node.Apply primitive when arguments |> Array.exists (fun argument -> argument.IsBatched) ->
                        let value =
                            match primitive.Batch with
                            | BatchRule.Aligned -> Expr.Apply(primitive, align arguments)
                            | BatchRule.Mapped map -> map arguments

                        { Value = value; IsBatched = true }
                    | _ -> { Value = node; IsBatched = false }

        outputs |> Array.map (fun output -> Column.materialize size mapped[output])

    /// A body over examples: fresh inputs that hold them along a new leading axis where they are flagged, and the outputs, which all do.
    let internal mapBody (size: int) (isBatched: bool[]) (inputs: Expr[]) (outputs: Expr[]) : Expr[] * Expr[] =
        let mapped =
            Array.map2
                (fun (input: Expr) isBatched ->
                    if isBatched then
                        Expr.fresh "x" { input.Type with Shape = size :: input.Shape }
                    else
                        input)
                inputs
                isBatched

        let pick (items: Expr[]) = Array.zip items isBatched |> Array.filter snd |> Array.map fst
        mapped, vmapAll size outputs (pick inputs) (pick mapped)
