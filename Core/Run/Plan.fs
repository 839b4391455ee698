namespace Fluxion

open System
open System.Collections.Concurrent
open Fluxion.Kernels

/// A compiled program: its steps, and sets of buffers for as many threads as have run it at once.
[<Sealed>]
type internal CompiledPlan(program: Program, types: TensorType[], width: int, tier: Tier) =
    let steps: Step[] =
        // Neighbouring loops become one method, up to what the JIT handles well.
        let limit = 1500

        [| let mutable loops: Loop list = []
           let mutable length = 0

           let flush () =
               match loops with
               | [] -> []
               | loops -> [ LoopStep(TieredLoops(width, tier, Array.ofList (List.rev loops))) :> Step ]

           for work in program.Steps do
               match work with
               | Work.Loop(loop, _) ->
                   if length + loop.Tape.Instructions.Count > limit then
                       yield! flush ()
                       loops <- []
                       length <- 0

                   loops <- loop :: loops
                   length <- length + loop.Tape.Instructions.Count
               | other ->
                   yield! flush ()
                   loops <- []
                   length <- 0

                   match other with
                   | Work.Product(left, right, result, _) -> ProductStep(left, right, result)
                   | Work.Gather(axis, source, indices, result, _) ->
                       let rows = Rows.along axis source.Layout.Shape indices.Layout.Shape
                       IndexedSteps.gather source.Slot.DType rows source.Slot.Number indices.Slot.Number result.Slot.Number
                   | Work.Scatter(axis, updates, indices, result, node) ->
                       let rows = Rows.along axis node.Shape indices.Layout.Shape

                       match IndexedSteps.tryScatter result.Slot.DType rows updates.Slot.Number indices.Slot.Number result.Slot.Number with
                       | Some step -> step
                       | None -> Errors.invalid "scatterAdd" "only numbers can be added" $"{node} is not" "report this"
                   | Work.Eval(primitive, arguments, result, _) -> EvalStep(primitive, arguments, result)
                   | Work.Loop _ -> ()

           yield! flush () |]

    let shared = Memory.share program

    let createBuffers () : Array[] =
        let buffers =
            program.Slots
            |> Array.map (fun slot ->
                match slot.Content with
                | Content.Constant value -> Buffers.toArray value.Buffer
                | Content.Scratch _ when shared[slot.Number] = slot.Number -> Buffers.create slot
                | _ -> Array.Empty<float>())

        Array.map2
            (fun (slot: Slot) (own: Array) ->
                if shared[slot.Number] = slot.Number then
                    own
                else
                    buffers[shared[slot.Number]])
            program.Slots
            buffers

    let idle = ConcurrentBag<Array[]>()

    let inputs =
        program.Slots
        |> Array.choose (fun slot ->
            match slot.Content with
            | Content.Input input -> Some(struct (slot.Number, input))
            | _ -> None)

    let given =
        program.Slots
        |> Array.filter (fun slot ->
            match slot.Content with
            | Content.Result _ -> true
            | _ -> false)

    // What must not be kept alive between calls.
    let passing =
        program.Slots
        |> Array.filter (fun slot ->
            match slot.Content with
            | Content.Result _
            | Content.Evaluated
            | Content.Input _ -> true
            | _ -> false)
        |> Array.map (fun slot -> slot.Number)

    // The loops trust the sizes, so nothing of another size may reach them.
    let check (values: NDArray[]) =
        if values.Length <> types.Length then
            Errors.argument
                "compiled function"
                $"{types.Length} arguments are needed"
                $"{values.Length} are given"
                "give one for each input?"

        for i in 0 .. types.Length - 1 do
            if values[i].DType <> types[i].DType || not (Shape.same values[i].Shape types[i].Shape) then
                let given = values[i].Type
                let required = $"argument {i} is {types[i]}"

                TensorType.mismatch
                    types[i]
                    given
                    "compiled function"
                    required
                    $"it is given {given}"
                    "give a value of that shape and type?"

    member _.Program = program
    /// Calls that a run makes: neighbouring loops are one.
    member _.StepCount = steps.Length

    /// Whether every loop has code of its own by now.
    member _.IsEmitted =
        steps
        |> Array.forall (fun step ->
            match step with
            | :? LoopStep as loops -> loops.IsEmitted
            | _ -> true)

    /// Slots of inputs, with their numbers.
    member _.Inputs = inputs
    /// Slots whose arrays are results.
    member _.Given = given
    /// A new set of buffers, without inputs and results.
    member _.CreateBuffers() = createBuffers ()
    /// Raises ShapeException or DTypeException when a value does not fit its input.
    member _.Check(values: NDArray[]) = check values

    /// Runs the steps on buffers that hold inputs and room for results.
    member _.RunOn(buffers: Array[]) : unit =
        for step in steps do
            step.Run buffers

    /// The values of the roots for values of the variables. May be called from many threads at once.
    member this.Run(values: NDArray[]) : NDArray[] =
        check values

        let buffers =
            match idle.TryTake() with
            | true, buffers -> buffers
            | _ -> createBuffers ()

        try
            for struct (slot, input) in inputs do
                buffers[slot] <- Buffers.toArray values[input].Buffer

            for slot in given do
                buffers[slot.Number] <- Buffers.create slot

            this.RunOn buffers

            program.Results
            |> Array.map (fun (slot, shape) -> NDArray(shape, Buffers.ofArray buffers[slot.Number]))
        finally
            // Also after an error: the next run writes whatever it reads.
            for slot in passing do
                buffers[slot] <- Array.Empty<float>()

            idle.Add buffers
