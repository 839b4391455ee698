namespace Fluxion

open System.Reflection
open System.Runtime.CompilerServices
open System.Runtime.InteropServices

/// The rare elements of a vector that are computed one by one, as emitted code calls them.
[<AbstractClass; Sealed>]
type internal FarLanes =
    static member private Functions = [| Unary.Sin; Unary.Cos; Unary.Tan |]
    static member private BinaryFunctions = [| Binary.Remainder |]

    static member private Apply<'vector, 'element, 'bits
        when 'vector: struct
        and 'vector :> System.ValueType
        and 'vector: (new: unit -> 'vector)
        and 'element: struct
        and 'element :> System.ValueType
        and 'element: (new: unit -> 'element)
        and 'bits: struct
        and 'bits :> System.ValueType
        and 'bits: (new: unit -> 'bits)
        and 'bits: equality>
        (far: 'element -> 'element -> 'element, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        let mutable masks, left, right, results = mask, x, y, otherwise
        let masks = MemoryMarshal.Cast<'vector, 'bits>(MemoryMarshal.CreateSpan(&masks, 1))
        let left = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&left, 1))
        let right = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&right, 1))
        let lanes = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&results, 1))

        for lane in 0 .. lanes.Length - 1 do
            if masks[lane] <> Unchecked.defaultof<'bits> then
                lanes[lane] <- far left[lane] right[lane]

        results

    static member Single<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (unary: int, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        let far (x: float32) _ = float32 (FarArguments.apply FarLanes.Functions[unary] (float x))
        FarLanes.Apply<'vector, float32, int>(far, mask, x, x, otherwise)

    static member Double<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (unary: int, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        let far x _ = FarArguments.apply FarLanes.Functions[unary] x
        FarLanes.Apply<'vector, float, int64>(far, mask, x, x, otherwise)

    static member SingleBinary<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (binary: int, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        let far (x: float32) (y: float32) = float32 (FarArguments.applyBinary FarLanes.BinaryFunctions[binary] (float x) (float y))
        FarLanes.Apply<'vector, float32, int>(far, mask, x, y, otherwise)

    static member DoubleBinary<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (binary: int, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float, int64>(FarArguments.applyBinary FarLanes.BinaryFunctions[binary], mask, x, y, otherwise)

    /// The number by which emitted code names a function.
    static member number(unary: Unary) : int = System.Array.IndexOf(FarLanes.Functions, unary)
    /// The number by which emitted code names a function of two arguments.
    static member number(binary: Binary) : int = System.Array.IndexOf(FarLanes.BinaryFunctions, binary)

    /// The method for vectors of a type: (number of the function, mask, one or two arguments, otherwise) to what the lanes become.
    static member method(vectors: Vectors, isBinary: bool) : MethodInfo =
        let name = (if vectors.ElementSize = 4 then "Single" else "Double") + (if isBinary then "Binary" else "")

        let found =
            typeof<FarLanes>.GetMethod(name, BindingFlags.Static ||| BindingFlags.NonPublic ||| BindingFlags.Public)

        (nonNull found).MakeGenericMethod vectors.Type
