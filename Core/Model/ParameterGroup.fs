namespace Fluxion

open System.Collections.Generic

/// One update of some of a group's parameters, those with a gradient.
[<NoEquality; NoComparison>]
type private GroupUpdate = { Members: int[]; Run: NDArray[] -> NDArray[] }

/// An optimizer for parameters whose values others hold. Each has a state of its own, so that those without a gradient can stay out of a step; the others
/// move together, in one compiled update, which the learning rate enters as an input.
[<AbstractClass>]
type internal ParameterGroup() =
    /// The next values, new arrays, null where the gradient is null. The values have the shapes and types of those that the group began with.
    abstract Step: learningRate: float * gradients: (NDArray | null)[] * values: NDArray[] -> (NDArray | null)[]

/// A group under one kind of optimizer, made from its learning rate.
[<Sealed>]
type internal ParameterGroup<'state>(optimizer: Expr -> Optimizer<Expr, 'state>, values: NDArray[]) =
    inherit ParameterGroup()

    let rateType = { TensorType.Shape = []; DType = DType.Float64 }

    let first =
        let initial = optimizer (Expr.constant (NDArray.full DType.Float64 [] 0.0))
        values |> Array.map (Expr.constant >> initial.Init)

    let states = first |> Array.map (fun state -> Params.toList state |> List.map Expr.value |> Array.ofList)

    // By which members move.
    let updates = Dictionary<int[], GroupUpdate>(HashIdentity.Structural)
    let mostUpdates = 64
    let mutable latest: GroupUpdate option = None

    let compile (members: int[]) : GroupUpdate =
        let rate = Expr.fresh "rate" rateType
        let update = (optimizer rate).Update

        let parts =
            members
            |> Array.map (fun i ->
                let fresh name (value: NDArray) = Expr.fresh name value.Type
                let gradient, value = fresh "gradient" values[i], fresh "value" values[i]
                let state = states[i] |> Array.map (fresh "state")
                let next, nextState = update gradient (Params.ofList first[i] (List.ofArray state)) value
                Array.append [| gradient; value |] state, next :: Params.toList nextState)

        let variables = Array.append [| rate |] (Array.collect fst parts)
        let roots = parts |> Array.collect (snd >> Array.ofList) |> Rewrite.simplifyAll
        { Members = members; Run = Compile.expressions roots variables }

    let find (members: int[]) : GroupUpdate =
        match updates.TryGetValue members with
        | true, update -> update
        | _ ->
            // More subsets than that come from gradients that come and go at random, and would fill the memory.
            if updates.Count = mostUpdates then
                updates.Clear()

            let update = compile members
            updates[members] <- update
            update

    let isMoving (gradients: (NDArray | null)[]) (i: int) = not (isNull gradients[i])

    let isFor (gradients: (NDArray | null)[]) (update: GroupUpdate) =
        let mutable met = 0

        for i in 0 .. gradients.Length - 1 do
            if isMoving gradients i && met < update.Members.Length && update.Members[met] = i then
                met <- met + 1
            elif isMoving gradients i then
                met <- update.Members.Length + 1

        met = update.Members.Length

    override _.Step(learningRate, gradients, values) =
        let update =
            match latest with
            | Some update when isFor gradients update -> update
            | _ ->
                find
                    [| for i in 0 .. gradients.Length - 1 do
                           if isMoving gradients i then
                               i |]

        latest <- Some update
        let inputs = List<NDArray>()
        inputs.Add(NDArray([], Buffer.Float64 [| learningRate |]))

        for i in update.Members do
            inputs.Add(nonNull gradients[i])
            inputs.Add values[i]
            inputs.AddRange states[i]

        let results = update.Run(inputs.ToArray())
        let next: (NDArray | null)[] = Array.zeroCreate gradients.Length
        let mutable position = 0

        for i in update.Members do
            next[i] <- results[position]
            states[i] <- Array.sub results (position + 1) states[i].Length
            position <- position + 1 + states[i].Length

        next
