namespace Fluxion

open System

/// A plan that runs on its own state: values of some inputs become those of the next step, in place, and no step allocates. Updates are pairs of an
/// input and the root that replaces it, and all of a step happen at once. One stepper belongs to one thread at a time.
[<Sealed>]
type internal BodyStepper(plan: CompiledPlan, pool: ScratchPool, values: NDArray[], updates: (int * int) list) =
    let results = plan.Program.Results
    let buffers = plan.CreateBuffers(pool, true)

    // Updates of inputs that no root needs have nowhere to go.
    let updates =
        [ for input, root in updates do
              for struct (slot, number) in plan.Inputs do
                  if number = input then
                      struct (slot, root) ]

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

    let updating root = updates |> List.filter (fun struct (_, other) -> other = root) |> List.length

    // A root with a buffer to itself changes places with the one input that it replaces, however the plan mixes reading and writing; not where
    // the plan trusts the buffer to hold zeros, as the input's holds others.
    let canExchange root = isResult root && not (isZeroed root) && sharing root = 1 && updating root = 1

    let exchanges =
        [| for struct (input, root) in updates do
               if canExchange root then
                   struct (input, (fst results[root]).Number) |]

    // Other roots (an input itself, say) are set aside before inputs change, and copied from there.
    let held =
        [| for root in 0 .. results.Length - 1 do
               if not (isResult root) || updating root > 0 && not (canExchange root) then
                   let slot, _ = results[root]
                   struct (root, slot.Number, Buffers.create slot) |]

    let copies =
        [| for struct (input, root) in updates do
               for struct (other, _, values) in held do
                   if other = root then
                       struct (input, values) |]

    let slotOf =
        let slots = Array.create values.Length -1

        for struct (slot, input) in plan.Inputs do
            slots[input] <- slot

        slots

    // Where each root's value stands after a step.
    let placeOf =
        [| for slot, _ in results ->
               exchanges
               |> Array.tryPick (fun struct (input, result) -> if result = slot.Number then Some input else None)
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
            let isUpdated = updates |> List.exists (fun struct (updated, _) -> updated = slot)
            buffers[slot] <- if isUpdated then data.Clone() :?> Array else data

    /// One step, or many.
    member _.Run(steps: int) : unit =
        for _ in 1..steps do
            plan.RunOn buffers

            for struct (_, slot, values) in held do
                Array.Copy(buffers[slot], values, values.Length)

            for struct (input, values) in copies do
                Array.Copy(values, buffers[input], values.Length)

            for struct (input, result) in exchanges do
                let old = buffers[input]
                buffers[input] <- buffers[result]
                buffers[result] <- old

    /// Another value, of the same shape and type, for an input: the array itself, which steps write when the input is one that they update.
    member _.Give(input: int, value: Array) : unit =
        if slotOf[input] >= 0 then
            buffers[slotOf[input]] <- value

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
