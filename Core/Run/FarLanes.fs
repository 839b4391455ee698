namespace Fluxion

open System.Reflection
open System.Runtime.CompilerServices
open System.Runtime.InteropServices

/// The functions that have far arguments, by the numbers that loops know them by.
module private FarFunctions =
    let all = [| Unary.Sin; Unary.Cos; Unary.Tan |]

/// The rare elements of a vector that are computed one by one, as emitted code calls them.
[<AbstractClass; Sealed>]
type internal FarLanes =
    /// The value of a function, by its number.
    static member apply(number: int, x: float) : float = FarArguments.apply FarFunctions.all[number] x

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
        (far: 'element -> 'element, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        let mutable masks, arguments, results = mask, x, otherwise
        let masks = MemoryMarshal.Cast<'vector, 'bits>(MemoryMarshal.CreateSpan(&masks, 1))
        let arguments = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&arguments, 1))
        let lanes = MemoryMarshal.Cast<'vector, 'element>(MemoryMarshal.CreateSpan(&results, 1))

        for lane in 0 .. lanes.Length - 1 do
            if masks[lane] <> Unchecked.defaultof<'bits> then
                lanes[lane] <- far arguments[lane]

        results

    static member Single<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (unary: int, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        let far (x: float32) = float32 (FarLanes.apply (unary, float x))
        FarLanes.Apply<'vector, float32, int>(far, mask, x, otherwise)

    static member Double<'vector when 'vector: struct and 'vector :> System.ValueType and 'vector: (new: unit -> 'vector)>
        (unary: int, mask: 'vector, x: 'vector, otherwise: 'vector)
        : 'vector =
        FarLanes.Apply<'vector, float, int64>((fun x -> FarLanes.apply (unary, x)), mask, x, otherwise)

    /// The number by which emitted code names a function.
    static member number(unary: Unary) : int = System.Array.IndexOf(FarFunctions.all, unary)

    /// The method for vectors of a type: (number of the function, mask, arguments, otherwise) to what the lanes become.
    static member method(vectors: Vectors) : MethodInfo =
        let name = if vectors.ElementSize = 4 then "Single" else "Double"

        let found =
            typeof<FarLanes>.GetMethod(name, BindingFlags.Static ||| BindingFlags.NonPublic ||| BindingFlags.Public)

        (nonNull found).MakeGenericMethod vectors.Type
