namespace Fluxion

open System.Collections.Generic

/// Which buffers of a program can be one array, because no step needs both.
module internal Memory =
    // Per slot, the last step that needs it.
    let private lastUses (program: Program) =
        let last = Array.create program.Slots.Length -1

        program.Steps
        |> Array.iteri (fun step work ->
            for slot in Work.slots work do
                last[slot] <- step)

        last

    /// Per slot, the slot whose array it shares: its own number, or that of an earlier one of the same length and type that is no longer needed.
    let share (program: Program) : int[] =
        let last = lastUses program
        let shared = Array.init program.Slots.Length id
        let seen = HashSet<int>()
        let free = Dictionary<struct (DType * int), Stack<int>>()

        let freeOf (slot: Slot) =
            let key = struct (slot.DType, slot.Length)

            match free.TryGetValue key with
            | true, stack -> stack
            | _ ->
                free[key] <- Stack()
                free[key]

        let isReusable (slot: Slot) =
            match slot.Content with
            | Content.Scratch zeroed -> not zeroed
            | _ -> false

        program.Steps
        |> Array.iteri (fun step work ->
            let needed =
                Work.slots work
                |> Seq.distinct
                |> Seq.map (fun slot -> program.Slots[slot])
                |> Seq.filter isReusable
                |> Array.ofSeq

            for slot in needed do
                if seen.Add slot.Number && (freeOf slot).Count > 0 then
                    shared[slot.Number] <- (freeOf slot).Pop()

            // Only after the step: it may read one buffer while it writes another.
            for slot in needed do
                if last[slot.Number] = step then
                    (freeOf slot).Push shared[slot.Number])

        shared
