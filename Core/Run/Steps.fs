namespace Fluxion

open System
open System.Numerics
open Fluxion.Kernels

/// Loops in one method.
[<Sealed>]
type internal LoopStep(body: LoopMethod) =
    inherit Step()
    override _.Run buffers = body.Invoke buffers

/// A matrix product, or a batch of them.
[<Sealed>]
type internal ProductStep(left: Storage, right: Storage, result: Storage) =
    inherit Step()

    let matrix (storage: Storage) =
        let shape, strides = storage.Layout.Shape, storage.Layout.Strides
        let axis = shape.Length - 2
        MatrixLayout(shape[axis], shape[axis + 1], strides[axis], strides[axis + 1])

    let batchOf (from: int list) = List.take (from.Length - 2) from

    let offsets (storage: Storage) =
        Shape.walk (batchOf storage.Layout.Shape) (batchOf storage.Layout.Strides) storage.Layout.Offset

    let layoutA, layoutB, layoutC = matrix left, matrix right, matrix result
    let offsetsA, offsetsB, offsetsC = offsets left, offsets right, offsets result
    let stride (offsets: int[]) = if offsets.Length > 1 then offsets[1] - offsets[0] else 0
    let strideA, strideB, strideC = stride offsetsA, stride offsetsB, stride offsetsC

    // How many products one after another lie at even distances: so many are one call, which threads share. All of them, unless one side is repeated
    // along some axes and not along others.
    let batch =
        let isEven (count: int) (offsets: int[]) =
            seq { 1 .. offsets.Length - 1 }
            |> Seq.forall (fun i -> i % count = 0 || offsets[i] - offsets[i - 1] = stride offsets)

        List.scanBack (*) (batchOf result.Layout.Shape) 1
        |> List.find (fun count -> isEven count offsetsA && isEven count offsetsB && isEven count offsetsC)

    let starts =
        [| for i in 0 .. offsetsC.Length - 1 do
               if i % batch = 0 then
                   i |]

    member private _.Multiply<'element
        when 'element: unmanaged
        and 'element: struct
        and 'element: (new: unit -> 'element)
        and 'element :> ValueType
        and 'element :> IBinaryFloatingPointIeee754<'element>>
        (a: 'element[], b: 'element[], c: 'element[])
        : unit =
        for start in starts do
            Gemm.MultiplyBatch(
                batch,
                'element.One,
                ReadOnlySpan(a).Slice offsetsA[start],
                layoutA,
                strideA,
                ReadOnlySpan(b).Slice offsetsB[start],
                layoutB,
                strideB,
                'element.Zero,
                Span(c).Slice offsetsC[start],
                layoutC,
                strideC
            )

    override this.Run buffers =
        match buffers[left.Slot.Number], buffers[right.Slot.Number], buffers[result.Slot.Number] with
        | (:? (float32[]) as a), (:? (float32[]) as b), (:? (float32[]) as c) -> this.Multiply(a, b, c)
        | (:? (float[]) as a), (:? (float[]) as b), (:? (float[]) as c) -> this.Multiply(a, b, c)
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

    // Steps write all of it before any of them reads it.
    let private isWritten (slot: Slot) =
        match slot.Content with
        | Content.Scratch zeroed
        | Content.Result zeroed -> not zeroed
        | _ -> false

    let create (slot: Slot) : Array =
        match slot.DType with
        | DType.Float32 when isWritten slot -> GC.AllocateUninitializedArray<float32> slot.Length
        | DType.Float64 when isWritten slot -> GC.AllocateUninitializedArray<float> slot.Length
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

/// Parts of arrays of one type.
module internal Elements =
    /// Elements of one array copied to a place in another. Single numbers are most of what loops carry, and a general copy costs ten times as much.
    let copy (source: Array) (from: int) (target: Array) (start: int) (count: int) : unit =
        match source, target with
        | (:? (float[]) as source), (:? (float[]) as target) when count = 1 -> target[start] <- source[from]
        | _ -> Array.Copy(source, from, target, start, count)
