namespace Fluxion

open System.Collections.Generic

/// An array that updates replace, and the one that it replaced, for the next update to be written over.
[<NoEquality; NoComparison>]
type private Exchanged = { mutable Value: NDArray; mutable IsOwn: bool; mutable Spare: NDArray | null }

/// One update of some of a group's parameters, those with a gradient: its inputs, and what its roots may be written over.
[<NoEquality; NoComparison>]
type private GroupUpdate = { Members: int[]; Runnable: Runnable; Inputs: NDArray[]; Offered: (NDArray | null)[] }

/// An optimizer for parameters whose values others hold. Each has a state of its own, so that those without a gradient can stay out of a step; the others
/// move together, in one compiled update, which the learning rate enters as an input. Values get new arrays, as older expressions hold the old ones;
/// states are nobody else's, and change in place. For one thread at a time.
[<AbstractClass>]
type internal ParameterGroup() =
    /// The next values, new arrays, in place of those whose gradient is not null. They have the shapes and types of those that the group began with.
    abstract Step: learningRate: float * gradients: (NDArray | null)[] * values: NDArray[] -> unit

/// A group under one kind of optimizer, made from its learning rate.
[<Sealed>]
type internal ParameterGroup<'state>(optimizer: Expr -> Optimizer<Expr, 'state>, values: NDArray[]) =
    inherit ParameterGroup()

    let rateType = { TensorType.Shape = []; DType = DType.Float64 }
    let rate = [| 0.0 |]

    let first =
        let initial = optimizer (Expr.constant (NDArray.full DType.Float64 [] 0.0))
        values |> Array.map (Expr.constant >> initial.Init)

    let states =
        first
        |> Array.map (fun state -> [| for part in Params.toList state -> { Value = Expr.value part; IsOwn = false; Spare = null } |])

    // By which members move.
    let updates = Dictionary<int[], GroupUpdate>(HashIdentity.Structural)
    let mostUpdates = 64
    let mutable latest: GroupUpdate option = None

    let compile (members: int[]) : GroupUpdate =
        let rateVariable = Expr.fresh "rate" rateType
        let update = (optimizer rateVariable).Update

        let parts =
            members
            |> Array.map (fun i ->
                let fresh name (value: NDArray) = Expr.fresh name value.Type
                let gradient, value = fresh "gradient" values[i], fresh "value" values[i]
                let state = states[i] |> Array.map (fun part -> fresh "state" part.Value)
                let next, nextState = update gradient (Params.ofList first[i] (List.ofArray state)) value
                Array.append [| gradient; value |] state, next :: Params.toList nextState)

        let variables = Array.append [| rateVariable |] (Array.collect fst parts)
        let roots = parts |> Array.collect (snd >> Array.ofList) |> Rewrite.simplifyAll
        let inputs = Array.zeroCreate variables.Length
        inputs[0] <- NDArray([], Buffer.Float64 rate)

        { Members = members
          Runnable = Compile.runnable roots variables
          Inputs = inputs
          Offered = Array.zeroCreate roots.Length }

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

    let prepare (update: GroupUpdate) (gradients: (NDArray | null)[]) (values: NDArray[]) =
        let mutable input = 1
        let mutable root = 0

        for i in update.Members do
            update.Inputs[input] <- nonNull gradients[i]
            update.Inputs[input + 1] <- values[i]
            update.Offered[root] <- null
            input <- input + 2
            root <- root + 1

            for part in states[i] do
                update.Inputs[input] <- part.Value
                update.Offered[root] <- part.Spare
                input <- input + 1
                root <- root + 1

    // The first state may be held by others, and is never written over.
    let replace (part: Exchanged) (next: NDArray) =
        part.Spare <- if part.IsOwn then part.Value else null
        part.Value <- next
        part.IsOwn <- true

    let finish (update: GroupUpdate) (results: NDArray[]) (values: NDArray[]) =
        // A root may be an input itself, a gradient say, which is written over soon.
        let own root =
            if update.Runnable.IsOwn[root] then
                results[root]
            else
                NDArray.copy results[root]

        let mutable root = 0

        for i in update.Members do
            values[i] <- own root
            root <- root + 1

            for part in states[i] do
                replace part (own root)
                root <- root + 1

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
        rate[0] <- learningRate
        prepare update gradients values
        finish update (update.Runnable.Run update.Inputs update.Offered) values
        // What passed through is the parameters', and must not live longer than they keep it.
        System.Array.Clear(update.Inputs, 1, update.Inputs.Length - 1)
