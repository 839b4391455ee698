namespace Fluxion

open System
open System.Numerics
open System.Reflection
open System.Runtime.CompilerServices
open System.Runtime.InteropServices

/// The functions that have far arguments. Loops know them by number: those of one argument, then those of two.
module private FarFunctions =
    let unary = [| Unary.Sin; Unary.Cos; Unary.Tan; Unary.LogGamma; Unary.Digamma |]
    let binary = [| Binary.Remainder; Binary.LogAddExp |]

/// The rare elements of a vector that are computed one by one, as emitted code calls them.
[<AbstractClass; Sealed>]
type internal FarLanes =
    /// The value of a function, by its number; one of a single argument looks at the first.
    static member apply(number: int, x: float, y: float) : float =
        if number < FarFunctions.unary.Length then
            FarArguments.apply FarFunctions.unary[number] x
        else
            FarArguments.applyBinary FarFunctions.binary[number - FarFunctions.unary.Length] x y

    static member private Apply<'vector, 'element, 'bits
        when 'vector: struct
        and 'vector :> ValueType
        and 'vector: (new: unit -> 'vector)
        and 'element: struct
        and 'element :> ValueType
        and 'element: (new: unit -> 'element)
        and 'element :> INumberBase<'element>
        and 'bits: struct
        and 'bits :> ValueType
        and 'bits: (new: unit -> 'bits)
        and 'bits :> INumberBase<'bits>>
        (number: int, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        let mutable masks = mask
        let mutable left = x
        let mutable right = y
        let mutable results = otherwise
        let masks = MemoryMarshal.Cast<'vector, 'bits>(MemoryMarshal.CreateSpan(&masks, 1))
        let left = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&left, 1))
        let right = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&right, 1))
        let lanes = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&results, 1))

        for lane in 0 .. lanes.Length - 1 do
            if not ('bits.IsZero masks[lane]) then
                let value = FarLanes.apply (number, Double.CreateTruncating left[lane], Double.CreateTruncating right[lane])
                lanes[lane] <- 'element.CreateTruncating value

        results

    static member Single<'vector when 'vector: struct and 'vector :> ValueType and 'vector: (new: unit -> 'vector)>
        (unary: int, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float32, int>(unary, mask, x, x, otherwise)

    static member Double<'vector when 'vector: struct and 'vector :> ValueType and 'vector: (new: unit -> 'vector)>
        (unary: int, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float, int64>(unary, mask, x, x, otherwise)

    static member SingleBinary<'vector when 'vector: struct and 'vector :> ValueType and 'vector: (new: unit -> 'vector)>
        (binary: int, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float32, int>(binary, mask, x, y, otherwise)

    static member DoubleBinary<'vector when 'vector: struct and 'vector :> ValueType and 'vector: (new: unit -> 'vector)>
        (binary: int, mask: 'vector, x: 'vector, y: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float, int64>(binary, mask, x, y, otherwise)

    /// The number by which loops know a function.
    static member number(unary: Unary) : int = Array.IndexOf(FarFunctions.unary, unary)

    /// The number by which loops know a function of two arguments.
    static member number(binary: Binary) : int = FarFunctions.unary.Length + Array.IndexOf(FarFunctions.binary, binary)

    /// The method for vectors of a type: (number of the function, mask, one or two arguments, otherwise) to what the lanes become.
    static member method(vectors: Vectors, isBinary: bool) : MethodInfo =
        let name = (if vectors.ElementSize = 4 then "Single" else "Double") + (if isBinary then "Binary" else "")

        let found =
            typeof<FarLanes>.GetMethod(name, BindingFlags.Static ||| BindingFlags.NonPublic ||| BindingFlags.Public)

        (nonNull found).MakeGenericMethod vectors.Type
