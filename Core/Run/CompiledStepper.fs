namespace Fluxion

open System

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

/// Steps of a compiled plan, in place: they allocate nothing. Results stand in arrays of the pool. Those that keep earlier values have two more arrays
/// for each input that they update.
[<Sealed>]
type internal CompiledStepper(plan: CompiledPlan, pool: ScratchPool, values: NDArray[], updates: (int * int) list, keepsEarlier: bool) =
    inherit Stepper()
    let all = Array.ofList updates
    let results = plan.Program.Results
    let buffers = plan.CreateBuffers(pool, true)

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

    // Per input its slot, or -1 where no root needs it.
    let slotOf =
        let slots = Array.create values.Length -1

        for struct (slot, input) in plan.Inputs do
            slots[input] <- slot

        slots

    // Where each root's value stands after a step: in a buffer, unless it is held.
    let placeOf =
        [| for slot, _ in results ->
               exchanges
               |> Array.tryPick (fun struct (input, result, _) -> if result = slot.Number then Some input else None)
               |> Option.defaultValue slot.Number |]

    let heldOf =
        [| for root in 0 .. results.Length - 1 ->
               held |> Array.tryPick (fun struct (other, _, values) -> if other = root then Some values else None) |]

    let valueOf root =
        match heldOf[root] with
        | Some values -> values
        | None -> buffers[placeOf[root]]

    do
        plan.Check values

        for struct (slot, input) in plan.Inputs do
            let data = Buffers.toArray values[input].Buffer
            // A copy where steps write, as arrays of values never change.
            let isUpdated = updates |> List.exists (fun struct (updated, _, _) -> updated = slot)
            buffers[slot] <- if isUpdated then data.Clone() :?> Array else data

    /// Steps whose results stand in arrays of their own.
    new(plan, values, updates, keepsEarlier) = CompiledStepper(plan, ScratchPool(), values, updates, keepsEarlier)

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
                let value = valueOf (snd all[unread[i]])
                let next = push unread[i] unreadValues[i]
                Array.Copy(value, next, value.Length)
                unreadValues[i] <- next

    override this.Give(input, value) = this.GiveArray(input, Buffers.toArray value.Buffer)

    /// The same, as the array itself.
    member _.GiveArray(input: int, value: Array) : unit =
        if slotOf[input] >= 0 then
            buffers[slotOf[input]] <- value

        for i in 0 .. unread.Length - 1 do
            if fst all[unread[i]] = input then
                unreadValues[i] <- value

    /// Another value for an input, copied into its own array from a place in another.
    member _.Load(input: int, source: Array, start: int) : unit =
        if slotOf[input] >= 0 then
            let own = buffers[slotOf[input]]
            Elements.copy source start own 0 own.Length

    /// A root's value after the last step, copied to a place in an array.
    member _.Store(root: int, target: Array, start: int) : unit =
        let value = valueOf root
        Elements.copy value 0 target start value.Length

    /// Whether a root that is bool [] was true after the last step.
    member _.IsTrue(root: int) : bool =
        match valueOf root with
        | :? (bool[]) as value -> value[0]
        | _ -> false

    override _.Earlier steps =
        Array.map2
            (fun (_, root) (past: Past) ->
                let data = if steps = 1 then past.Last else past.Older
                NDArray(snd results[root], Buffers.ofArray (data.Clone() :?> Array)))
            all
            pasts

    override _.Result root = NDArray(snd results[root], Buffers.ofArray ((valueOf root).Clone() :?> Array))

    override _.Number root =
        match valueOf root with
        | :? (float32[]) as data -> float data[0]
        | :? (float[]) as data -> data[0]
        | other -> NDArray.first (NDArray([ other.Length ], Buffers.ofArray other))
