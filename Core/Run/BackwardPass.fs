namespace Fluxion

open System

/// Values and gradients of losses that are built anew at every step, from variables that keep their values (see Source).
[<Sealed>]
type internal BackwardPass(capacity: int) =
    let isLeaf (role: int) = role <> 0
    let roleOf (leaf: Expr) = if isNull leaf.Source then 0 else 1

    let plans =
        PlanCache<Runnable>(
            capacity,
            roleOf,
            fun loss variables roles ->
                if not (Array.exists isLeaf roles) then
                    Errors.invalid
                        "Backward"
                        "the tensor must be built from a Parameter"
                        "there is none in it"
                        "use the parameters themselves, not their detached values?"

                let by = Array.zip variables roles |> Array.filter (snd >> isLeaf) |> Array.map fst
                Compile.runnable (Array.append [| loss |] (Reverse.gradientAll loss by)) variables
        )

    /// The value of an input of a loss. Raises UnboundInputException for a variable that has none.
    static member ValueOf(place: string, input: Expr) : NDArray =
        match input.Node, input.Source with
        | Node.Constant value, _ -> value
        | _, null -> Errors.unbound place $"variable '{input}' needs a value" "it has none" "build the loss from tensors and parameters?"
        | _, source -> source.Value

    /// The number of plans that are kept.
    member _.Count = plans.Count

    /// The value of a scalar loss, whose gradients go to the sources of its variables. The plan is kept for the next loss of the same form.
    /// Raises ShapeException when the loss is not a scalar, InvalidOperationException when no variable has a source, and UnboundInputException
    /// when another one is there.
    member _.Run(loss: Expr) : NDArray =
        Reverse.requireScalar "gradient" loss
        let struct (runnable, inputs) = plans.Find loss
        let values = inputs |> Array.map (fun input -> BackwardPass.ValueOf("Backward", input))
        let offered: (NDArray | null)[] = Array.zeroCreate runnable.IsOwn.Length
        let mutable root = 0

        for input in inputs do
            match input.Source with
            | null -> ()
            | source ->
                root <- root + 1
                offered[root] <- source.Spare()

        let results = runnable.Run values offered
        root <- 0

        for input in inputs do
            match input.Source with
            | null -> ()
            | source ->
                root <- root + 1
                source.Accumulate(results[root], runnable.IsOwn[root])

        results[0]
