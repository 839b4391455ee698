namespace Fluxion

open System
open System.Collections.Concurrent
open Fluxion.Kernels

/// Loops in one method.
[<Sealed>]
type internal LoopStep(body: LoopMethod) =
    inherit Step()
    override _.Run buffers = body.Invoke buffers

/// A matrix product, or a batch of them at given offsets.
[<Sealed>]
type internal ProductStep(left: Storage, right: Storage, result: Storage) =
    inherit Step()

    let matrix (storage: Storage) =
        let shape, strides = storage.Layout.Shape, storage.Layout.Strides
        let axis = shape.Length - 2
        MatrixLayout(shape[axis], shape[axis + 1], strides[axis], strides[axis + 1])

    let offsets (storage: Storage) =
        let batch (from: int list) = List.take (from.Length - 2) from
        Shape.walk (batch storage.Layout.Shape) (batch storage.Layout.Strides) storage.Layout.Offset

    let layoutA, layoutB, layoutC = matrix left, matrix right, matrix result
    let offsetsA, offsetsB, offsetsC = offsets left, offsets right, offsets result

    override _.Run buffers =
        match buffers[left.Slot.Number], buffers[right.Slot.Number], buffers[result.Slot.Number] with
        | (:? (float32[]) as a), (:? (float32[]) as b), (:? (float32[]) as c) ->
            for i in 0 .. offsetsC.Length - 1 do
                Gemm.Multiply(
                    1.0f,
                    ReadOnlySpan(a).Slice offsetsA[i],
                    layoutA,
                    ReadOnlySpan(b).Slice offsetsB[i],
                    layoutB,
                    0.0f,
                    Span(c).Slice offsetsC[i],
                    layoutC
                )
        | (:? (float[]) as a), (:? (float[]) as b), (:? (float[]) as c) ->
            for i in 0 .. offsetsC.Length - 1 do
                Gemm.Multiply(
                    1.0,
                    ReadOnlySpan(a).Slice offsetsA[i],
                    layoutA,
                    ReadOnlySpan(b).Slice offsetsB[i],
                    layoutB,
                    0.0,
                    Span(c).Slice offsetsC[i],
                    layoutC
                )
        | _ -> Errors.invalid "compile" "a product needs floating-point buffers" "one has another type" "report this"

/// Arrays of buffers and back.
module internal Buffers =
    let toArray (buffer: Fluxion.Buffer) : Array =
        match buffer with
        | Fluxion.Buffer.Float32 data -> data
        | Fluxion.Buffer.Float64 data -> data
        | Fluxion.Buffer.Int32 data -> data
        | Fluxion.Buffer.Int64 data -> data
        | Fluxion.Buffer.Bool data -> data

    let ofArray (data: Array) : Fluxion.Buffer =
        match data with
        | :? (float32[]) as data -> Fluxion.Buffer.Float32 data
        | :? (float[]) as data -> Fluxion.Buffer.Float64 data
        | :? (int64[]) as data -> Fluxion.Buffer.Int64 data
        | :? (int32[]) as data -> Fluxion.Buffer.Int32 data
        | :? (bool[]) as data -> Fluxion.Buffer.Bool data
        | _ -> Errors.invalid "compile" "a buffer holds numbers or bools" $"it is {data}" "report this"

    let create (slot: Slot) : Array =
        match slot.DType with
        | DType.Float32 -> Array.zeroCreate<float32> slot.Length
        | DType.Float64 -> Array.zeroCreate<float> slot.Length
        | DType.Int32 -> Array.zeroCreate<int32> slot.Length
        | DType.Int64 -> Array.zeroCreate<int64> slot.Length
        | DType.Bool -> Array.zeroCreate<bool> slot.Length

/// A row's own evaluation, on arrays.
[<Sealed>]
type internal EvalStep(primitive: Primitive, arguments: Storage[], result: Storage) =
    inherit Step()

    override _.Run buffers =
        let values =
            arguments
            |> Array.map (fun argument -> NDArray(argument.Layout.Shape, Buffers.ofArray buffers[argument.Slot.Number]))

        let value = Buffers.toArray (primitive.Eval values).Buffer
        // A row with nothing to do gives back its argument, whose array the plan may write to again.
        let isArgument =
            arguments
            |> Array.exists (fun argument -> obj.ReferenceEquals(buffers[argument.Slot.Number], value))

        buffers[result.Slot.Number] <- if isArgument then value.Clone() :?> Array else value

/// A compiled program: its steps, and sets of buffers for as many threads as have run it at once.
[<Sealed>]
type internal CompiledPlan(program: Program, types: TensorType[], width: int) =
    let steps: Step[] =
        // Neighbouring loops become one method, up to what the JIT handles well.
        let limit = 1500

        [| let mutable loops: Loop list = []
           let mutable length = 0

           let flush () =
               match loops with
               | [] -> []
               | loops -> [ LoopStep(Emit.compile width (Array.ofList (List.rev loops))) :> Step ]

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
            if values[i].DType <> types[i].DType || values[i].Shape <> types[i].Shape then
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
