namespace Fluxion

open System.Reflection
open System.Runtime.CompilerServices
open System.Runtime.InteropServices

/// What rare elements are given to, by number. Made once, for a closure that is made in a call may be an allocation.
module private FarFunctions =
    let unary = [| Unary.Sin; Unary.Cos; Unary.Tan |]
    let binary = [| Binary.Remainder |]

    let double = [| for far in unary -> fun (x: float) (_: float) -> FarArguments.apply far x |]
    let single = [| for far in unary -> fun (x: float32) (_: float32) -> float32 (FarArguments.apply far (float x)) |]
    let doubleBinary = [| for far in binary -> fun (x: float) (y: float) -> FarArguments.applyBinary far x y |]

    let singleBinary =
        [| for far in binary -> fun (x: float32) (y: float32) -> float32 (FarArguments.applyBinary far (float x) (float y)) |]

/// The rare elements of a vector that are computed one by one, as emitted code calls them.
[<AbstractClass; Sealed>]
type internal FarLanes =
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
        FarLanes.Apply<'vector, float32, int>(FarFunctions.single[unary], mask, x, x, otherwise)

    static member Double<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (unary: int, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float, int64>(FarFunctions.double[unary], mask, x, x, otherwise)

    static member SingleBinary<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (binary: int, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float32, int>(FarFunctions.singleBinary[binary], mask, x, y, otherwise)

    static member DoubleBinary<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (binary: int, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float, int64>(FarFunctions.doubleBinary[binary], mask, x, y, otherwise)

    /// The number by which emitted code names a function.
    static member number(unary: Unary) : int = System.Array.IndexOf(FarFunctions.unary, unary)
    /// The number by which emitted code names a function of two arguments.
    static member number(binary: Binary) : int = System.Array.IndexOf(FarFunctions.binary, binary)

    /// The method for vectors of a type: (number of the function, mask, one or two arguments, otherwise) to what the lanes become.
    static member method(vectors: Vectors, isBinary: bool) : MethodInfo =
        let name = (if vectors.ElementSize = 4 then "Single" else "Double") + (if isBinary then "Binary" else "")

        let found =
            typeof<FarLanes>.GetMethod(name, BindingFlags.Static ||| BindingFlags.NonPublic ||| BindingFlags.Public)

        (nonNull found).MakeGenericMethod vectors.Type
