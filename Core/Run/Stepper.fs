namespace Fluxion

open System

/// Roots that are run again and again on a state of their own: values of some inputs become those of the next step. Updates are pairs of an
/// input and the root that replaces it, and all of a step happen at once. One stepper belongs to one thread at a time.
[<AbstractClass>]
type internal Stepper() =
    /// One step, or many.
    abstract Run: steps: int -> unit
    /// Another value, of the same shape and type, for an input: the array itself, which steps write when the input is one that they update.
    abstract Give: input: int * value: NDArray -> unit
    /// A copy of a root's value after the last step.
    abstract Result: root: int -> NDArray
    /// The value of a root without axes, or the first element of another.
    abstract Number: root: int -> float
    /// Per update, a copy of its input's value before the last step, or before the last two: for steppers that keep them, after as many steps.
    abstract Earlier: steps: int -> NDArray[]

/// The two values that an updated input had before, as arrays that take turns with the one that it has.
[<Sealed>]
type private Past(first: Array) =
    let mutable last = first.Clone() :?> Array
    let mutable older = first.Clone() :?> Array

    /// Takes the input's value, and gives the oldest array to be written over.
    member _.Push(value: Array) : Array =
        let free = older
        older <- last
        last <- value
        free

    member _.Last = last
    member _.Older = older

/// Steps of a compiled plan, in place: they allocate nothing. Those that keep earlier values have two more arrays for each input that they update.
[<Sealed>]
type internal CompiledStepper(plan: CompiledPlan, values: NDArray[], updates: (int * int) list, keepsEarlier: bool) =
    inherit Stepper()
    let all = Array.ofList updates
    let results = plan.Program.Results
    let buffers = plan.CreateBuffers()

    // Updates of inputs that no root needs have nowhere to go: slot, root, and number of the update.
    let updates =
        [ for i in 0 .. all.Length - 1 do
              for struct (slot, number) in plan.Inputs do
                  if number = fst all[i] then
                      struct (slot, snd all[i], i) ]

    let pasts =
        if keepsEarlier then
            all |> Array.map (fun (input, _) -> Past(Buffers.toArray values[input].Buffer))
        else
            [||]

    // An old value of an input goes where it is kept, and the array that it frees takes its place.
    let push (update: int) (old: Array) : Array = if keepsEarlier then pasts[update].Push old else old

    let isResult root =
        match (fst results[root]).Content with
        | Content.Result _ -> true
        | _ -> false

    let isZeroed root =
        match (fst results[root]).Content with
        | Content.Result zeroed -> zeroed
        | _ -> false

    let sharing root =
        results |> Array.filter (fun (slot, _) -> slot.Number = (fst results[root]).Number) |> Array.length

    let updating root = updates |> List.filter (fun struct (_, other, _) -> other = root) |> List.length

    // A root with a buffer to itself changes places with the one input that it replaces, however the plan mixes reading and writing; not where
    // the plan trusts the buffer to hold zeros, as the input's holds others.
    let canExchange root = isResult root && not (isZeroed root) && sharing root = 1 && updating root = 1

    let exchanges =
        [| for struct (input, root, update) in updates do
               if canExchange root then
                   struct (input, (fst results[root]).Number, update) |]

    // Other roots (an input itself, say) are set aside before inputs change, and copied from there.
    let held =
        [| for root in 0 .. results.Length - 1 do
               if not (isResult root) || updating root > 0 && not (canExchange root) then
                   let slot, _ = results[root]
                   struct (root, slot.Number, Buffers.create slot) |]

    let copies =
        [| for struct (input, root, update) in updates do
               for struct (other, _, values) in held do
                   if other = root then
                       struct (input, values, update) |]

    // Where no root needs the input, what is kept are values of the root.
    let unread =
        [| for i in 0 .. all.Length - 1 do
               if keepsEarlier && not (updates |> List.exists (fun struct (_, _, update) -> update = i)) then
                   i |]

    let unreadValues = unread |> Array.map (fun i -> (Buffers.toArray values[fst all[i]].Buffer).Clone() :?> Array)

    do
        plan.Check values

        for struct (slot, input) in plan.Inputs do
            let data = Buffers.toArray values[input].Buffer
            // A copy where steps write, as arrays of values never change.
            let isUpdated = updates |> List.exists (fun struct (updated, _, _) -> updated = slot)
            buffers[slot] <- if isUpdated then data.Clone() :?> Array else data

        for slot in plan.Given do
            buffers[slot.Number] <- Buffers.create slot

    // Where the value of a root stands after a step.
    let current (root: int) : Array =
        let slot = (fst results[root]).Number
        let mutable data = buffers[slot]

        for struct (input, result, _) in exchanges do
            if result = slot then
                data <- buffers[input]

        for struct (other, _, values) in held do
            if other = root then
                data <- values

        data

    override _.Run steps =
        for _ in 1..steps do
            plan.RunOn buffers

            for struct (_, slot, values) in held do
                Array.Copy(buffers[slot], values, values.Length)

            for struct (input, values, update) in copies do
                let next = push update buffers[input]
                Array.Copy(values, next, values.Length)
                buffers[input] <- next

            for struct (input, result, update) in exchanges do
                let old = buffers[input]
                buffers[input] <- buffers[result]
                buffers[result] <- push update old

            for i in 0 .. unread.Length - 1 do
                let value = current (snd all[unread[i]])
                let next = push unread[i] unreadValues[i]
                Array.Copy(value, next, value.Length)
                unreadValues[i] <- next

    override _.Give(input, value) =
        for struct (slot, number) in plan.Inputs do
            if number = input then
                buffers[slot] <- Buffers.toArray value.Buffer

        for i in 0 .. unread.Length - 1 do
            if fst all[unread[i]] = input then
                unreadValues[i] <- Buffers.toArray value.Buffer

    override _.Earlier steps =
        Array.map2
            (fun (_, root) (past: Past) ->
                let data = if steps = 1 then past.Last else past.Older
                NDArray(snd results[root], Buffers.ofArray (data.Clone() :?> Array)))
            all
            pasts

    override _.Result root = NDArray(snd results[root], Buffers.ofArray ((current root).Clone() :?> Array))

    override _.Number root =
        match current root with
        | :? (float32[]) as data -> float data[0]
        | :? (float[]) as data -> data[0]
        | other -> NDArray.first (NDArray([ other.Length ], Buffers.ofArray other))

/// Steps by the rows' own evaluation, for graphs that are too large to compile.
[<Sealed>]
type internal InterpretedStepper(run: NDArray[] -> NDArray[], values: NDArray[], updates: (int * int) list) =
    inherit Stepper()
    let inputs = Array.copy values
    let mutable results: NDArray[] = [||]
    let mutable last, older = inputs, inputs

    override _.Run steps =
        for _ in 1..steps do
            results <- run inputs
            older <- last
            last <- Array.copy inputs

            for input, root in updates do
                inputs[input] <- results[root]

    override _.Give(input, value) = inputs[input] <- value
    override _.Result root = results[root]
    override _.Number root = NDArray.first results[root]

    override _.Earlier steps =
        let values = if steps = 1 then last else older
        [| for input, _ in updates -> values[input] |]
