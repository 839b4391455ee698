namespace Fluxion

open System
open System.Collections.Generic
open System.Reflection.Emit
open System.Runtime.InteropServices
open Fluxion.Kernels

/// Loops as one method over the buffers of a plan.
type internal LoopMethod = delegate of buffers: Array[] -> unit

/// The units of one loop from `start` to before `stop`; sums of parts of a reduction go to `partials`, or come from there.
type internal RangeMethod = delegate of buffers: Array[] * start: nativeint * stop: nativeint * partials: nativeint -> unit

/// Makes methods of loops.
module internal Emit =
    let private elementType (dtype: DType) =
        match dtype with
        | DType.Float32 -> typeof<float32>
        | DType.Float64 -> typeof<float>
        | DType.Int32 -> typeof<int32>
        | DType.Int64 -> typeof<int64>
        | DType.Bool -> typeof<bool>

    let private dataReference =
        typeof<MemoryMarshal>.GetMethods()
        |> Array.find (fun m -> m.Name = "GetArrayDataReference" && m.IsGenericMethodDefinition)

    // A pinned local holds the array still for as long as the method runs; the pointer beside it is what the loops use.
    let private pin (code: Code) (slot: int) (dtype: DType) : LocalBuilder =
        let element = elementType dtype
        let held = code.IL.DeclareLocal(element.MakeByRefType(), pinned = true)
        let pointer = code.Local typeof<nativeint>
        code.IL.Emit OpCodes.Ldarg_0
        code.Int slot
        code.IL.Emit OpCodes.Ldelem_Ref
        code.Call(dataReference.MakeGenericMethod element)
        code.Set held
        code.Get held
        code.IL.Emit OpCodes.Conv_U
        code.Set pointer
        pointer

    // A method over buffers, and more arguments, whose body is given the buffers' pointers and the memory of a tree.
    let private define (loops: Loop[]) (arguments: Type[]) (body: Code -> IReadOnlyDictionary<int, LocalBuilder> -> LocalBuilder -> unit) =
        let parameters = Array.append [| typeof<Array[]> |] arguments
        let dynamicMethod = DynamicMethod("loops", typeof<Void>, parameters, typeof<LaneAccess>.Module, true)
        // Every local is written before it is read; clearing the memory of a sum's tree would take longer than many a loop.
        dynamicMethod.InitLocals <- false
        let code = Code(dynamicMethod.GetILGenerator())
        let pointers = Dictionary<int, LocalBuilder>()

        for operand in Seq.collect Loop.operands loops do
            if not (pointers.ContainsKey operand.Slot) then
                pointers[operand.Slot] <- pin code operand.Slot operand.DType

        let tree = code.Local typeof<nativeint>

        let totals =
            loops
            |> Seq.filter (Loop.isOneBlock >> not)
            |> Seq.map (fun loop -> loop.Totals.Length)
            |> Seq.fold max 0

        if totals > 0 then
            code.Int(SumTree.Memory totals)
            code.IL.Emit OpCodes.Conv_U
            code.IL.Emit OpCodes.Localloc
            code.Set tree

        body code pointers tree
        code.IL.Emit OpCodes.Ret
        dynamicMethod

    /// One method that runs the loops in order, on registers of `width` bits.
    let compile (width: int) (loops: Loop[]) : LoopMethod =
        let dynamicMethod =
            define loops [||] (fun code pointers tree ->
                for loop in loops do
                    code.Scoped(fun () -> LoopEmitter(code, pointers, loop, width, tree).Emit()))

        dynamicMethod.CreateDelegate<LoopMethod>()

    let private range (loop: Loop) (body: Code -> IReadOnlyDictionary<int, LocalBuilder> -> LocalBuilder -> LocalBuilder[] -> unit) =
        let dynamicMethod =
            define [| loop |] (Array.create 3 typeof<nativeint>) (fun code pointers tree ->
                let arguments =
                    [| for argument in 1..3 do
                           let local = code.Local typeof<nativeint>
                           code.IL.Emit(OpCodes.Ldarg, int16 argument)
                           code.Set local
                           local |]

                body code pointers tree arguments)

        dynamicMethod.CreateDelegate<RangeMethod>()

    /// A method that runs some units of a loop, and one for after them all, which joins the parts of its sums where a cut goes through them.
    let compileUnits (width: int) (loop: Loop) (partition: Partition) : RangeMethod * RangeMethod option =
        match partition with
        | Partition.Along(axis, units) ->
            let units =
                range loop (fun code pointers tree arguments ->
                    let range = { Axis = axis; Units = units; Start = arguments[0]; Stop = arguments[1] }
                    LoopEmitter(code, pointers, loop, width, tree).EmitAlong range)

            units, None
        | Partition.Blocks(level, _) ->
            let emitter code pointers tree partials =
                BlockEmitter(code, loop, LoopEmitter(code, pointers, loop, width, tree), level, partials)

            let chunks =
                range loop (fun code pointers tree arguments ->
                    (emitter code pointers tree arguments[2]).EmitChunks(arguments[0], arguments[1]))

            chunks, Some(range loop (fun code pointers tree arguments -> (emitter code pointers tree arguments[2]).EmitJoin()))
