namespace Fluxion

open System

/// A plan that runs on its own state: values of some inputs become those of the next step, in place, and no step allocates.
/// One stepper belongs to one thread at a time.
[<Sealed>]
type internal Stepper(plan: CompiledPlan, values: NDArray[], updates: (int * int) list) =
    let results = plan.Program.Results
    let buffers = plan.CreateBuffers()

    let inputSlot input =
        plan.Inputs |> Array.pick (fun struct (slot, number) -> if number = input then Some slot else None)

    let isAlone root =
        let slot, _ = results[root]

        slot.Content = Content.Result
        && results |> Array.filter (fun (other, _) -> other.Number = slot.Number) |> Array.length = 1

    // The new value's buffer and the old one's change places, which is safe however the plan mixes reading and writing.
    // A root that shares its buffer is copied instead.
    let exchanges, copies =
        updates
        |> List.filter (fun (input, _) -> plan.Inputs |> Array.exists (fun struct (_, number) -> number = input))
        |> List.partition (fun (_, root) -> isAlone root)
        |> fun (alone, shared) ->
            let slots = List.map (fun (input, root) -> struct (inputSlot input, (fst results[root]).Number)) >> Array.ofList
            slots alone, slots shared

    do
        plan.Check values
        // Copies, as arrays of values never change.
        for struct (slot, input) in plan.Inputs do
            buffers[slot] <- (Buffers.toArray values[input].Buffer).Clone() :?> Array

        for slot in plan.Given do
            buffers[slot.Number] <- Buffers.create slot

    /// One step, or many.
    member _.Run(steps: int) : unit =
        for _ in 1..steps do
            plan.RunOn buffers

            for struct (input, result) in exchanges do
                let old = buffers[input]
                buffers[input] <- buffers[result]
                buffers[result] <- old

            for struct (input, result) in copies do
                Array.Copy(buffers[result], buffers[input], buffers[input].Length)

    /// A copy of a root's value after the last step.
    member _.Result(root: int) : NDArray =
        let slot, shape = results[root]

        let number =
            exchanges
            |> Array.tryPick (fun struct (input, result) -> if result = slot.Number then Some input else None)
            |> Option.defaultValue slot.Number

        NDArray(shape, Buffers.ofArray (buffers[number].Clone() :?> Array))
