namespace Fluxion

open System.Collections.Generic

/// An array that updates replace, and the one that it replaced, for the next update to be written over.
[<NoEquality; NoComparison>]
type private Exchanged = { mutable Value: NDArray; mutable IsOwn: bool; mutable Spare: NDArray | null }

/// One update of some of a group's parameters, those with a gradient: its inputs, and what its roots may be written over.
[<NoEquality; NoComparison>]
type private GroupUpdate = { Members: int[]; Runnable: Runnable; Inputs: NDArray[]; Offered: (NDArray | null)[] }

/// Whole steps of a group on batches, between calls of which its members and states are where they always are. For one thread at a time.
[<AbstractClass>]
type internal GroupIteration() =
    /// Goes on from the group's states and these values of its members.
    abstract Begin: learningRate: float * values: NDArray[] -> unit
    /// Steps on one batch: the loss before the last of them.
    abstract Run: x: Expr * y: Expr * steps: int -> float
    /// The values of the members now, new arrays; the group takes the states.
    abstract Finish: unit -> NDArray[]

/// An optimizer for parameters whose values others hold. Each has a state of its own, so that those without a gradient can stay out of a step; the others
/// move together, in one compiled update, which the learning rate enters as an input. Values get new arrays, as older expressions hold the old ones;
/// states are nobody else's, and change in place. For one thread at a time.
[<AbstractClass>]
type internal ParameterGroup() =
    /// Whole steps on batches (x, y), in place. `loss` is what is made of a batch and the values of all members, called once for each form of batch.
    abstract Iterate: loss: (Expr list -> Expr -> Expr -> Expr) -> GroupIteration

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

    // A whole step on values of all members, and then their states.
    let advance (loss: Expr list -> Expr -> Expr -> Expr) (current: Expr list) (rate: Expr, x: Expr, y: Expr) =
        let members = List.take states.Length current
        let loss = loss members x y
        Reverse.requireScalar "gradient" loss
        let reached = Graph.variables [ loss ]
        let gradients = Reverse.gradientAll loss (Array.ofList members)
        let mutable rest = List.skip states.Length current

        let moved =
            [ for i, value in List.indexed members do
                  let state, others = List.splitAt states[i].Length rest
                  rest <- others

                  // As without a gradient in a single step: the member stays, and its state waits.
                  if List.contains value reached then
                      let next, nextState = (optimizer rate).Update gradients[i] (Params.ofList first[i] state) value
                      next, Params.toList nextState
                  else
                      value, state ]

        loss, List.map fst moved @ List.collect snd moved

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

    override _.Iterate loss =
        let stateValues () = states |> Array.collect (Array.map (fun part -> part.Value))
        let start = Array.append values (stateValues ()) |> Array.map Expr.constant |> List.ofArray
        let iteration = Iteration<Expr list, Expr * Expr * Expr, Expr>("Run", false, advance loss, start)
        let rateValue = NDArray([], Buffer.Float64 rate)
        let rateConstant = Expr.constant rateValue
        let given = [| rateValue; rateValue; rateValue |]
        let mutable latest: (Expr * Expr) option = None

        let isLikeLatest (x: Expr) (y: Expr) =
            match latest with
            | Some(latestX, latestY) -> x.Type = latestX.Type && y.Type = latestY.Type
            | None -> false

        { new GroupIteration() with
            member _.Begin(learningRate, values) =
                rate[0] <- learningRate
                iteration.GiveState(Array.append values (stateValues ()))

            member _.Run(x, y, steps) =
                if isLikeLatest x y then
                    given[1] <- BackwardPass.ValueOf("Run", x)
                    given[2] <- BackwardPass.ValueOf("Run", y)
                    iteration.GiveInput given
                    iteration.Again steps
                else
                    iteration.Run((rateConstant, x, y), steps)
                    latest <- Some(x, y)

                iteration.FirstOutput

            member _.Finish() =
                let all = iteration.StateValues
                let mutable position = values.Length

                for state in states do
                    for part in state do
                        replace part all[position]
                        position <- position + 1

                Array.take values.Length all }
