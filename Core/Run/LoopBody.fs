namespace Fluxion

open System.Collections.Generic
open System.Reflection.Emit

/// Emits what one turn of a loop does: reads a register of each input, runs the tape, writes the outputs and joins the totals.
[<Sealed>]
type internal LoopBody(code: Code, pointers: IReadOnlyDictionary<int, LocalBuilder>, loop: Loop, vectors: Vectors, sums: SumTree) =
    let il = code.IL
    let size = vectors.ElementSize
    let lanes = Loop.lanes loop
    let perVector = vectors.Lanes
    let rank = loop.Sizes.Length
    let vectorAxis = rank - 1
    let inner = Loop.innermost loop
    let indices = Array.init rank (fun _ -> code.Local typeof<nativeint>)
    let uses = Loop.uses loop

    let elementSize (operand: Operand) =
        match operand.DType with
        | DType.Bool -> 1
        | DType.Float32
        | DType.Int32 -> 4
        | _ -> 8

    let along (operand: Operand) axis = if axis < 0 || rank = 0 then 0 else operand.Strides[axis]

    // Lanes that register `copy` of `count` lanes holds.
    let held count copy = max 0 (min perVector (count - copy * perVector))

    let copies count = (min count lanes + perVector - 1) / perVector

    // The address of an operand's element at the current indices of some axes.
    let address (operand: Operand) (axes: int list) =
        code.Get(pointers[operand.Slot])

        if operand.Offset <> 0 then
            code.Native(int64 operand.Offset * int64 (elementSize operand))
            il.Emit OpCodes.Add

        for axis in axes do
            if operand.Strides[axis] <> 0 then
                code.Get(indices[axis])
                code.Native(int64 operand.Strides[axis] * int64 (elementSize operand))
                il.Emit OpCodes.Mul
                il.Emit OpCodes.Add

    // The same, from where the operand's row starts, and at register `copy`.
    let inRow (operand: Operand) (row: LocalBuilder) copy =
        code.Get row

        if along operand inner <> 0 then
            code.Get(indices[inner])
            code.Native(int64 (along operand inner) * int64 (elementSize operand))
            il.Emit OpCodes.Mul
            il.Emit OpCodes.Add

        let shift = copy * perVector * along operand vectorAxis * elementSize operand

        if shift <> 0 then
            code.Native shift
            il.Emit OpCodes.Add

    let laneAccess name parameters = code.Call(vectors.Lane(name, [| vectors.Type; vectors.Element |], parameters))

    /// From an address on the stack to a vector of its first `count` lanes.
    let load (operand: Operand) count =
        let stride = along operand vectorAxis

        if operand.DType = DType.Bool then
            code.Native stride
            code.Int count
            laneAccess "LoadMask" [| typeof<bool>.MakePointerType(); typeof<nativeint>; typeof<int> |]
        elif stride = 0 then
            il.Emit(if size = 4 then OpCodes.Ldind_R4 else OpCodes.Ldind_R8)
            code.Call(vectors.Operation("Create", [| vectors.Element |]))
        elif stride <> 1 then
            code.Native stride
            code.Int count
            laneAccess "LoadStrided" [| vectors.Pointer; typeof<nativeint>; typeof<int> |]
        elif count = perVector then
            code.Call(vectors.Register("Load", [| vectors.Pointer |]))
        else
            code.Int count
            code.Call(vectors.Register("LoadFirst", [| vectors.Pointer; typeof<int> |]))

    /// From an address and a vector on the stack to memory.
    let store (operand: Operand) count =
        let stride = along operand vectorAxis

        if operand.DType = DType.Bool then
            code.Native stride
            code.Int count
            laneAccess "StoreMask" [| typeof<bool>.MakePointerType(); vectors.Type; typeof<nativeint>; typeof<int> |]
        elif stride <> 1 && count > 1 then
            code.Native stride
            code.Int count
            laneAccess "StoreStrided" [| vectors.Pointer; vectors.Type; typeof<nativeint>; typeof<int> |]
        elif count = perVector then
            code.Call(vectors.Register("Store", [| vectors.Pointer; vectors.Type |]))
        elif count = 1 then
            // Only its first lane.
            let value = code.Local vectors.Type
            code.Set value
            code.Get value
            code.Call(vectors.Operation("ToScalar", [| vectors.Type |]))
            il.Emit(if size = 4 then OpCodes.Stind_R4 else OpCodes.Stind_R8)
        else
            code.Int count
            code.Call(vectors.Register("StoreFirst", [| vectors.Pointer; vectors.Type; typeof<int> |]))

    let rows (operands: Operand[]) =
        operands
        |> Array.map (fun operand ->
            let row = code.Local typeof<nativeint>
            address operand (Loop.order loop |> List.filter ((<>) inner))
            code.Set row
            row)

    // What does not change along the innermost axis is read before it.
    let isStill (operand: Operand) = along operand inner = 0

    /// One register's part of a turn.
    let part copy count (inputRows: LocalBuilder[]) (outputRows: LocalBuilder[]) (still: Dictionary<struct (int * int), LocalBuilder>) =
        let inputs =
            loop.Inputs
            |> Array.mapi (fun i operand ->
                match still.TryGetValue(struct (i, copy)) with
                | true, local -> local
                | _ ->
                    let local = code.Local vectors.Type
                    inRow operand inputRows[i] copy
                    load operand count
                    code.Set local
                    local)

        let tape = TapeEmitter(code, vectors, loop.Tape, uses, inputs)

        loop.Outputs
        |> Array.iteri (fun i (value, target) ->
            inRow target outputRows[i] copy
            tape.Put value
            store target count)

        loop.Totals
        |> Array.iteri (fun i total ->
            code.Get(sums.Accumulator(i, copy))

            if count < perVector && loop.Reduced[vectorAxis] then
                // Lanes behind the last element must not count.
                code.Int count
                laneAccess "First" [| typeof<int> |]
                tape.Put total.Value
                sums.PutIdentity i
                code.Call(vectors.Operation("ConditionalSelect", [| vectors.Type; vectors.Type; vectors.Type |]))
            else
                tape.Put total.Value

            sums.Join i
            code.Set(sums.Accumulator(i, copy)))

    /// One turn for the first `count` lanes, once the rows are known; `count` is at most the lanes of the fixed order.
    let turn count inputRows outputRows still =
        for copy in 0 .. copies count - 1 do
            code.Scoped(fun () -> part copy (held count copy) inputRows outputRows still)

    /// Where the loop stands along each axis.
    member _.Indices = indices

    /// Reads before the innermost loop, and gives the turn of it, which takes a number of lanes.
    member _.Prepare(count: int) : int -> unit =
        let inputRows = rows loop.Inputs
        let outputRows = rows (Array.map snd loop.Outputs)
        let still = Dictionary()

        loop.Inputs
        |> Array.iteri (fun i operand ->
            if isStill operand && inner >= 0 then
                for copy in 0 .. copies count - 1 do
                    // Where the lanes lie along the innermost axis, all copies are the same.
                    let known, local = still.TryGetValue(struct (i, 0))

                    if known && along operand vectorAxis = 0 then
                        still[struct (i, copy)] <- local
                    else
                        let local = code.Local vectors.Type
                        let shift = copy * perVector * along operand vectorAxis * elementSize operand
                        code.Get(inputRows[i])
                        code.Native shift
                        il.Emit OpCodes.Add
                        load operand (held count copy)
                        code.Set local
                        still[struct (i, copy)] <- local)

        fun count -> turn count inputRows outputRows still

    /// Writes the totals of `count` lanes from their accumulators.
    member _.WriteTotals(count: int) : unit =
        let kept = Loop.kept loop

        for i in 0 .. loop.Totals.Length - 1 do
            let total = loop.Totals[i]

            if loop.Reduced[vectorAxis] then
                address total.Target kept
                sums.PutWhole i
                il.Emit(if size = 4 then OpCodes.Stind_R4 else OpCodes.Stind_R8)
            else
                for copy in 0 .. copies count - 1 do
                    address total.Target kept
                    code.Native(int64 (copy * perVector * along total.Target vectorAxis * size))
                    il.Emit OpCodes.Add
                    sums.PutLanes(i, copy)
                    store total.Target (held count copy)
