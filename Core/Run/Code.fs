namespace Fluxion

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Reflection
open System.Reflection.Emit
open System.Runtime.Intrinsics
open Fluxion.Kernels

/// The vector of one width and element type, and its operations as methods that the JIT knows as instructions.
[<Sealed>]
type internal Vectors private (bits: int, dtype: DType) =
    static let known = ConcurrentDictionary<struct (int * DType), Vectors>()

    let isSingle = dtype = DType.Float32
    let element = if isSingle then typeof<float32> else typeof<float>
    let integer = if isSingle then typeof<int32> else typeof<int64>

    let pick (in128: Type) (in256: Type) (in512: Type) =
        match bits with
        | 128 -> in128
        | 256 -> in256
        | _ -> in512

    let generic = pick typedefof<Vector128<float>> typedefof<Vector256<float>> typedefof<Vector512<float>>

    // The static class of the operations; as it is static, F# can name it only by its generic neighbour.
    let operations: Type =
        match generic.Assembly.GetType(nonNull generic.FullName |> fun name -> name.Substring(0, name.IndexOf '`')) with
        | null -> Errors.invalid "compile" "vectors of .NET are needed" $"{generic} has none" "report this"
        | found -> found

    let register =
        (pick typedefof<Register128<float>> typedefof<Register256<float>> typedefof<Register512<float>>).MakeGenericType element

    let vector = generic.MakeGenericType element
    let integerVector = generic.MakeGenericType integer
    let methods = ConcurrentDictionary<string, MethodInfo>()

    let everything = BindingFlags.Static ||| BindingFlags.Public ||| BindingFlags.NonPublic

    // The overload with these parameters, made for these type arguments when it is generic.
    let search (holder: Type) (name: string) (arguments: Type[]) (parameters: Type[]) : MethodInfo =
        let closed (m: MethodInfo) =
            if not m.IsGenericMethodDefinition then
                Some m
            elif m.GetGenericArguments().Length = arguments.Length then
                try
                    Some(m.MakeGenericMethod arguments)
                with :? ArgumentException ->
                    None
            else
                None

        let fits (m: MethodInfo) = m.GetParameters() |> Array.map (fun parameter -> parameter.ParameterType) = parameters

        holder.GetMethods everything
        |> Seq.filter (fun m -> m.Name = name && m.GetParameters().Length = parameters.Length)
        |> Seq.choose closed
        |> Seq.tryFind fits
        |> Option.defaultWith (fun () -> Errors.invalid "compile" $"{holder} needs {name}" "this .NET has none" "report this")

    let find holder name arguments parameters =
        let key = $"{holder} {name} {String.Join<Type>(',', parameters)} {String.Join<Type>(',', arguments)}"
        methods.GetOrAdd(key, (fun _ -> search holder name arguments parameters))

    /// Vectors of 128, 256 or 512 bits, of float32 or float64.
    static member Of(bits: int, dtype: DType) : Vectors = known.GetOrAdd(struct (bits, dtype), (fun _ -> Vectors(bits, dtype)))

    member _.DType = dtype
    member _.Bits = bits
    member _.Element = element
    member _.ElementSize = if isSingle then 4 else 8
    member _.Lanes = bits / (if isSingle then 32 else 64)
    member _.Type = vector
    member _.IntegerType = integerVector
    member _.Integer = integer

    /// An operation on vectors of these numbers: `Add`, `LessThan`.
    member _.Operation(name: string, parameters: Type[]) = find operations name [| element |] parameters

    /// An operation on the same bits as integers.
    member _.IntegerOperation(name: string, parameters: Type[]) = find operations name [| integer |] parameters

    member _.ToInteger = find operations "As" [| element; integer |] [| vector |]
    member _.FromInteger = find operations "As" [| integer; element |] [| integerVector |]

    /// The numbers cut towards zero, as integers: the nearest there are where they lie outside, 0 for NaN.
    member _.ConvertToInteger =
        find operations (if isSingle then "ConvertToInt32" else "ConvertToInt64") [||] [| vector |]

    /// The numbers nearest to integers.
    member _.ConvertToFloat =
        find operations (if isSingle then "ConvertToSingle" else "ConvertToDouble") [||] [| integerVector |]

    /// A member of Kernels' registers: loads and stores, whole and in part.
    member _.Register(name: string, parameters: Type[]) = find register name [||] parameters

    /// A member of Kernels' LaneAccess.
    member _.Lane(name: string, arguments: Type[], parameters: Type[]) = find typeof<LaneAccess> name arguments parameters

    member _.Pointer = element.MakePointerType()

/// Writing IL in terms of what is meant.
[<Sealed>]
type internal Code(il: ILGenerator) =
    let free = Dictionary<Type, Stack<LocalBuilder>>()
    let scopes = Stack<List<LocalBuilder>>()

    member _.IL = il

    /// A local that nothing else uses until the innermost scope ends.
    member _.Local(t: Type) : LocalBuilder =
        let local =
            match free.TryGetValue t with
            | true, locals when locals.Count > 0 -> locals.Pop()
            | _ -> il.DeclareLocal t

        if scopes.Count > 0 then
            scopes.Peek().Add local

        local

    /// Emits code whose locals others may use again behind it. The JIT keeps track of some 512 in a method, and inlines nothing beyond.
    member _.Scoped(emit: unit -> unit) : unit =
        scopes.Push(List())
        emit ()

        for local in scopes.Pop() do
            if not (free.ContainsKey local.LocalType) then
                free[local.LocalType] <- Stack()

            free[local.LocalType].Push local

    member _.Get(local: LocalBuilder) : unit = il.Emit(OpCodes.Ldloc, local)
    member _.Set(local: LocalBuilder) : unit = il.Emit(OpCodes.Stloc, local)
    member _.Call(m: MethodInfo) : unit = il.Emit(OpCodes.Call, m)
    member _.Int(value: int) : unit = il.Emit(OpCodes.Ldc_I4, value)

    /// A constant as an address is: 32 or 64 bits.
    member _.Native(value: int64) : unit =
        il.Emit(OpCodes.Ldc_I8, value)
        il.Emit OpCodes.Conv_I

    /// A number of the vectors' element type.
    member _.Scalar(vectors: Vectors, value: float) : unit =
        if vectors.ElementSize = 4 then
            il.Emit(OpCodes.Ldc_R4, float32 value)
        else
            il.Emit(OpCodes.Ldc_R8, value)

    /// Runs a body while the lowest bit of a counter is set, and drops that bit each time.
    member this.WhileOdd (counter: LocalBuilder) (body: unit -> unit) : unit =
        let start, test = il.DefineLabel(), il.DefineLabel()
        il.Emit(OpCodes.Br, test)
        il.MarkLabel start
        body ()
        this.Get counter
        this.Int 1
        il.Emit OpCodes.Shr
        this.Set counter
        il.MarkLabel test
        this.Get counter
        this.Native 1L
        il.Emit OpCodes.And
        il.Emit(OpCodes.Brtrue, start)

    /// Puts the bottom-tested loop `while index < limit` around a body; `limit` puts its bound on the stack.
    member this.While (index: LocalBuilder) (limit: unit -> unit) (body: unit -> unit) : unit =
        let start, test = il.DefineLabel(), il.DefineLabel()
        il.Emit(OpCodes.Br, test)
        il.MarkLabel start
        body ()
        il.MarkLabel test
        this.Get index
        limit ()
        il.Emit(OpCodes.Blt, start)

    /// Puts a multiple of an index on the stack.
    member this.Scaled (index: LocalBuilder) (by: int) : unit =
        this.Get index
        this.Native by
        il.Emit OpCodes.Mul

    /// Puts the smaller of two indices on the stack in their place.
    member this.Smaller() : unit =
        this.Call(nonNull (typeof<Math>.GetMethod("Min", [| typeof<nativeint>; typeof<nativeint> |])))

    /// Runs a body when an index is a given number, else another.
    member this.WhenEqual (index: LocalBuilder) (value: int64) (body: unit -> unit) (otherwise: unit -> unit) : unit =
        let other, after = il.DefineLabel(), il.DefineLabel()
        this.Get index
        this.Native value
        il.Emit(OpCodes.Bne_Un, other)
        body ()
        il.Emit(OpCodes.Br, after)
        il.MarkLabel other
        otherwise ()
        il.MarkLabel after

    /// Adds a constant to an index.
    member this.Advance (index: LocalBuilder) (by: int) : unit =
        this.Get index
        this.Native by
        il.Emit OpCodes.Add
        this.Set index

    /// A loop over 0, by, 2 by, … below a constant.
    member this.Count (index: LocalBuilder) (by: int) (below: int) (body: unit -> unit) : unit =
        this.Native 0L
        this.Set index

        this.While index (fun () -> this.Native below) (fun () ->
            body ()
            this.Advance index by)
