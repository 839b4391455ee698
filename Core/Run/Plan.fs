namespace Fluxion

open System
open System.Collections.Concurrent
open Fluxion.Kernels

/// A compiled program: its steps, and sets of buffers for as many threads as have run it at once. `cut` says which loops several threads share,
/// once they are emitted, and `tier` when they are.
[<Sealed>]
type internal CompiledPlan
    (program: Program, types: TensorType[], width: int, cut: Loop -> Partition option, tier: Tier, nest: NestedWork -> Step) =
    let steps: Step[] =
        // Neighbouring loops become one method, up to what the JIT handles well: past some 512 locals, with those that inlining makes, it inlines nothing
        // more, and a loop of twelve sigmoids took 20 times as long. An operand has its address, and its load is inlined.
        let limit = 250
        let lengthOf (loop: Loop) = loop.Tape.Instructions.Count + 2 * (loop.Inputs.Length + loop.Outputs.Length)

        [| let mutable loops: Loop list = []
           let mutable length = 0

           let flush () =
               match loops with
               | [] -> []
               | loops ->
                   let loops = Array.ofList (List.rev loops)
                   [ TieredStep(tier, loops, (fun () -> LoopStep(Emit.compile width loops))) :> Step ]

           for work in program.Steps do
               match work with
               | Work.Loop(loop, _) when (cut loop).IsNone ->
                   if length + lengthOf loop > limit then
                       yield! flush ()
                       loops <- []
                       length <- 0

                   loops <- loop :: loops
                   length <- length + lengthOf loop
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

                       IndexedSteps.scatter result.Slot.DType rows updates.Slot.Number indices.Slot.Number result.Slot.Number
                   | Work.Convolve(role, options, first, second, result, _) -> WindowSteps.convolution role options first second result
                   | Work.PoolMaximum(options, source, largest, winners) -> WindowSteps.maximum options source largest winners
                   | Work.PoolMaximumGradient(options, source, winners, result) -> WindowSteps.maximumGradient options source winners result
                   | Work.PoolMean(isGradient, options, source, result) -> WindowSteps.mean isGradient options source result
                   | Work.Apply(operation, arguments, result, _) -> OperationSteps.create operation arguments result
                   | Work.Eval(primitive, arguments, result, _) -> EvalStep(primitive, arguments, result)
                   | Work.Nested work -> nest work
                   | Work.Loop(loop, _) ->
                       match cut loop with
                       | Some partition -> TieredStep(tier, [| loop |], (fun () -> ThreadedLoopStep(width, loop, partition)))
                       | None -> ()

           yield! flush () |]

    let shared = Memory.share program

    let createBuffers (pool: ScratchPool) (withResults: bool) : Array[] =
        let take = pool.Taker Buffers.create

        let buffers =
            program.Slots
            |> Array.map (fun slot ->
                match slot.Content with
                | Content.Constant value -> Buffers.toArray value.Buffer
                | Content.Scratch true -> Buffers.create slot
                | Content.Scratch false when shared[slot.Number] = slot.Number -> take slot
                | Content.Result true when withResults -> Buffers.create slot
                | Content.Result false when withResults -> take slot
                | _ -> Array.Empty<float>())

        let buffers =
            Array.map2
                (fun (slot: Slot) (own: Array) ->
                    if shared[slot.Number] = slot.Number then
                        own
                    else
                        buffers[shared[slot.Number]])
                program.Slots
                buffers

        for step in steps do
            step.Prepare(buffers, pool.Inside)

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

    // Per result's slot, the root that has it to itself, or -1.
    let rootOf =
        given
        |> Array.map (fun slot ->
            let users =
                [ for i in 0 .. program.Results.Length - 1 do
                      if (fst program.Results[i]).Number = slot.Number then
                          i ]

            if users.Length = 1 then users.Head else -1)

    let isOwn = Array.init program.Results.Length (fun root -> Array.contains root rootOf)

    // An array for a result: the one that is offered for it, or a new one.
    let room (offered: (NDArray | null)[]) (slot: Slot) (root: int) : Array =
        match (if root >= 0 && root < offered.Length then offered[root] else null) with
        | null -> Buffers.create slot
        | array ->
            let data = Buffers.toArray array.Buffer

            match slot.Content with
            | Content.Result true -> Array.Clear data
            | _ -> ()

            data

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

    /// Whether every loop has code of its own by now; those of bodies are not looked at.
    member _.IsEmitted =
        steps
        |> Array.forall (fun step ->
            match step with
            | :? TieredStep as loops -> loops.IsEmitted
            | _ -> true)

    /// Slots of inputs, with their numbers.
    member _.Inputs = inputs
    /// A new set of buffers from a pool, without inputs, and with results where they may be written again and again.
    member _.CreateBuffers(pool: ScratchPool, withResults: bool) = createBuffers pool withResults
    /// Raises ShapeException or DTypeException when a value does not fit its input.
    member _.Check(values: NDArray[]) = check values

    /// Runs the steps on buffers that hold inputs and room for results.
    member _.RunOn(buffers: Array[]) : unit =
        for step in steps do
            step.Run buffers

    /// Per root, whether the array of its value is nobody else's.
    member _.IsOwn = isOwn

    /// The values of the roots for values of the variables. May be called from many threads at once.
    member this.Run(values: NDArray[]) : NDArray[] = this.Run(values, Array.Empty())

    /// The same, where roots that are `IsOwn` are written over arrays of their types that are offered for them: none, or one for each root, null for a
    /// new one. No input may be among them.
    member this.Run(values: NDArray[], offered: (NDArray | null)[]) : NDArray[] =
        check values

        let buffers =
            match idle.TryTake() with
            | true, buffers -> buffers
            | _ -> createBuffers (ScratchPool()) false

        try
            for struct (slot, input) in inputs do
                buffers[slot] <- Buffers.toArray values[input].Buffer

            for i in 0 .. given.Length - 1 do
                buffers[given[i].Number] <- room offered given[i] rootOf[i]

            this.RunOn buffers

            program.Results
            |> Array.mapi (fun root (slot, shape) ->
                match (if root < offered.Length && isOwn[root] then offered[root] else null) with
                | null -> NDArray(shape, Buffers.ofArray buffers[slot.Number])
                | array -> array)
        finally
            // Also after an error: the next run writes whatever it reads.
            for slot in passing do
                buffers[slot] <- Array.Empty<float>()

            idle.Add buffers
