namespace Fluxion

open System
open System.Globalization
open System.Text

/// The elements of a tensor, one array per element type.
[<RequireQualifiedAccess>]
type Buffer =
    | Float32 of float32[]
    | Float64 of float[]
    | Int32 of int32[]
    | Int64 of int64[]
    | Bool of bool[]

/// A dense row-major array with its shape: the value of an expression. Its buffer is never written after construction.
[<Sealed>]
type NDArray(shape: Shape, buffer: Buffer) =
    let length =
        match buffer with
        | Buffer.Float32 data -> data.Length
        | Buffer.Float64 data -> data.Length
        | Buffer.Int32 data -> data.Length
        | Buffer.Int64 data -> data.Length
        | Buffer.Bool data -> data.Length

    do
        if length <> Shape.size shape then
            Errors.shape "array" $"shape {Shape.show shape} needs {Shape.size shape} elements" $"{length} were given" "check the shape?"

    /// The sizes of the axes.
    member _.Shape = shape

    /// The elements, row-major.
    member _.Buffer = buffer

    /// The number of elements.
    member _.Length = length

    /// The type of the elements.
    member _.DType =
        match buffer with
        | Buffer.Float32 _ -> DType.Float32
        | Buffer.Float64 _ -> DType.Float64
        | Buffer.Int32 _ -> DType.Int32
        | Buffer.Int64 _ -> DType.Int64
        | Buffer.Bool _ -> DType.Bool

    /// Shape and element type.
    member this.Type: TensorType = { Shape = shape; DType = this.DType }

    /// The elements as float64; bool as 0 and 1. The buffer itself, not a copy, when that is what it holds: read only.
    member _.Floats: float[] =
        match buffer with
        | Buffer.Float64 data -> data
        | Buffer.Float32 data -> Array.map float data
        | Buffer.Int32 data -> Array.map float data
        | Buffer.Int64 data -> Array.map float data
        | Buffer.Bool data -> data |> Array.map (fun b -> if b then 1.0 else 0.0)

    /// The elements as int64; floats cut towards zero. Read only, as Floats is.
    member _.Ints: int64[] =
        match buffer with
        | Buffer.Int64 data -> data
        | Buffer.Int32 data -> Array.map int64 data
        | Buffer.Bool data -> data |> Array.map (fun b -> if b then 1L else 0L)
        | Buffer.Float32 data -> Array.map int64 data
        | Buffer.Float64 data -> Array.map int64 data

    override this.ToString() = ArrayText.show this

/// How arrays print: `[[1702; -600]; [-600; 200]]`, six digits, long ones cut short.
and [<RequireQualifiedAccess>] internal ArrayText =
    /// One number: integers in full, others to six significant digits.
    static member number(value: float) : string =
        if Double.IsNaN value then
            "nan"
        elif Double.IsInfinity value then
            if value > 0.0 then "inf" else "-inf"
        elif value = Math.Floor value && abs value < 1e15 then
            // Adding 0 turns the negative zero, which would print as -0, into 0.
            (value + 0.0).ToString("F0", CultureInfo.InvariantCulture)
        else
            value.ToString("G6", CultureInfo.InvariantCulture).Replace("E", "e")

    static member show(array: NDArray) : string =
        let floats, ints = lazy array.Floats, lazy array.Ints

        let element i =
            match array.DType with
            | DType.Bool -> if ints.Value[i] <> 0L then "true" else "false"
            | dtype when dtype.IsInteger -> ints.Value[i].ToString(CultureInfo.InvariantCulture)
            | _ -> ArrayText.number floats.Value[i]

        // Past 1,000 elements an axis shows its first and last three, as in NumPy.
        let short = array.Length > 1000
        let text = StringBuilder()

        // Recursion here is as deep as the rank.
        let rec write (shape: Shape) offset =
            match shape with
            | [] -> text.Append(element offset) |> ignore
            | size :: inner ->
                let step = Shape.size inner
                text.Append '[' |> ignore

                for i in 0 .. size - 1 do
                    if short && size > 7 && i >= 3 && i < size - 3 then
                        if i = 3 then
                            text.Append "; …" |> ignore
                    else
                        if i > 0 then
                            text.Append "; " |> ignore

                        write inner (offset + i * step)

                text.Append ']' |> ignore

        write array.Shape 0
        text.ToString()

    /// An array inside an expression: its elements when they are few, else only its type, `float64[100, 2]`.
    static member brief(array: NDArray) : string =
        if array.Length >= 1 && array.Length <= 9 then
            ArrayText.show array
        else
            $"{array.DType}{Shape.show array.Shape}"

/// Making arrays and reading them in other orders.
module NDArray =
    /// Elements given as float64, narrowed to `dtype` (float32 rounds to nearest; integers cut towards zero).
    let ofFloats (dtype: DType) (shape: Shape) (data: float[]) : NDArray =
        let buffer =
            match dtype with
            | DType.Float64 -> Buffer.Float64 data
            | DType.Float32 -> Buffer.Float32(Array.map float32 data)
            | DType.Int32 -> Buffer.Int32(Array.map int32 data)
            | DType.Int64 -> Buffer.Int64(Array.map int64 data)
            | DType.Bool -> Buffer.Bool(data |> Array.map (fun x -> x <> 0.0))

        NDArray(shape, buffer)

    /// Elements given as int64, narrowed to `dtype` (int32 wraps).
    let ofInts (dtype: DType) (shape: Shape) (data: int64[]) : NDArray =
        let buffer =
            match dtype with
            | DType.Int64 -> Buffer.Int64 data
            | DType.Int32 -> Buffer.Int32(Array.map int32 data)
            | DType.Bool -> Buffer.Bool(data |> Array.map (fun x -> x <> 0L))
            | DType.Float32 -> Buffer.Float32(Array.map float32 data)
            | DType.Float64 -> Buffer.Float64(Array.map float data)

        NDArray(shape, buffer)

    /// An array of one repeated number.
    let full (dtype: DType) (shape: Shape) (value: float) : NDArray = ofFloats dtype shape (Array.create (Shape.size shape) value)

    /// The identity matrix of a size.
    let identity (dtype: DType) (size: int) : NDArray =
        ofFloats dtype [ size; size ] (Array.init (size * size) (fun i -> if i / size = i % size then 1.0 else 0.0))

    /// A new array of shape `shape` whose elements are those at `positions`.
    let take (shape: Shape) (positions: int[]) (array: NDArray) : NDArray =
        let pick (data: 'a[]) = Array.map (fun position -> data[position]) positions

        let buffer =
            match array.Buffer with
            | Buffer.Float32 data -> Buffer.Float32(pick data)
            | Buffer.Float64 data -> Buffer.Float64(pick data)
            | Buffer.Int32 data -> Buffer.Int32(pick data)
            | Buffer.Int64 data -> Buffer.Int64(pick data)
            | Buffer.Bool data -> Buffer.Bool(pick data)

        NDArray(shape, buffer)

    /// The first element as a float64; 0 when there is none.
    let first (array: NDArray) : float =
        match array.Buffer with
        | _ when array.Length = 0 -> 0.0
        | Buffer.Float64 data -> data[0]
        | Buffer.Float32 data -> float data[0]
        | Buffer.Int64 data -> float data[0]
        | Buffer.Int32 data -> float data[0]
        | Buffer.Bool data -> if data[0] then 1.0 else 0.0

    /// The same elements in an array of their own.
    let copy (array: NDArray) : NDArray =
        let buffer =
            match array.Buffer with
            | Buffer.Float32 data -> Buffer.Float32(Array.copy data)
            | Buffer.Float64 data -> Buffer.Float64(Array.copy data)
            | Buffer.Int32 data -> Buffer.Int32(Array.copy data)
            | Buffer.Int64 data -> Buffer.Int64(Array.copy data)
            | Buffer.Bool data -> Buffer.Bool(Array.copy data)

        NDArray(array.Shape, buffer)

    /// The same elements under another shape of the same size.
    let reshape (shape: Shape) (array: NDArray) : NDArray = NDArray(shape, array.Buffer)

    /// The array repeated to a larger shape.
    let broadcast (shape: Shape) (array: NDArray) : NDArray =
        if array.Shape = shape then
            array
        else
            array |> take shape (Shape.walk shape (Shape.broadcastStrides array.Shape shape) 0)

    /// The elements converted to another type.
    let cast (dtype: DType) (array: NDArray) : NDArray =
        if array.DType = dtype then
            array
        elif array.DType.IsFloating then
            ofFloats dtype array.Shape array.Floats
        else
            ofInts dtype array.Shape array.Ints

    /// Same shape, same type, same bits (so a NaN equals itself and 0 differs from -0).
    let identical (left: NDArray) (right: NDArray) : bool =
        Object.ReferenceEquals(left, right)
        || left.Shape = right.Shape
           && match left.Buffer, right.Buffer with
              | Buffer.Float32 a, Buffer.Float32 b ->
                  MemoryExtensions.SequenceEqual(
                      Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan a),
                      Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan b)
                  )
              | Buffer.Float64 a, Buffer.Float64 b ->
                  MemoryExtensions.SequenceEqual(
                      Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan a),
                      Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan b)
                  )
              | Buffer.Int32 a, Buffer.Int32 b -> MemoryExtensions.SequenceEqual(ReadOnlySpan a, ReadOnlySpan b)
              | Buffer.Int64 a, Buffer.Int64 b -> MemoryExtensions.SequenceEqual(ReadOnlySpan a, ReadOnlySpan b)
              | Buffer.Bool a, Buffer.Bool b -> MemoryExtensions.SequenceEqual(ReadOnlySpan a, ReadOnlySpan b)
              | _ -> false

    /// A number that identical arrays have in common and others mostly not: of all elements of a small array, and of about a thousand of a large one.
    let hashOf (array: NDArray) : int =
        let stride = 1 + array.Length / 1024

        let mix (data: 'a[]) =
            let mutable code = hash array.Shape

            for i in 0..stride .. data.Length - 1 do
                code <- HashCode.Combine(code, data[i])

            code

        match array.Buffer with
        | Buffer.Float32 data -> mix data
        | Buffer.Float64 data -> mix data
        | Buffer.Int32 data -> mix data
        | Buffer.Int64 data -> mix data
        | Buffer.Bool data -> mix data
