namespace Fluxion

open System
open System.Collections.Generic
open System.Reflection.Emit

/// Emits one loop. Sums run over 16 lanes (8 of float64) whatever the width of the registers, in blocks that are added pairwise, so every width gives the
/// same bits; so it does for elementwise values, as each instruction is exactly rounded.
[<Sealed>]
type internal LoopEmitter(code: Code, pointers: IReadOnlyDictionary<int, LocalBuilder>, loop: Loop, width: int, tree: LocalBuilder) =
    let dtype = loop.Tape.DType
    let size = if dtype = DType.Float32 then 4 else 8

    let lanes = Loop.lanes loop

    let rank = loop.Sizes.Length
    let vectorAxis = rank - 1
    let extent = if rank = 0 then 1 else loop.Sizes[vectorAxis]

    // Short loops are as well served by the shortest register that holds them.
    let vectors =
        let needed = [ 128; 256; 512 ] |> List.find (fun bits -> bits = 512 || bits >= extent * size * 8)
        Vectors.Of(min width needed, dtype)

    let perVector = vectors.Lanes
    let il = code.IL
    let indices = Array.init rank (fun _ -> code.Local typeof<nativeint>)
    let isReduced axis = loop.Reduced[axis]
    let kept = [ 0 .. rank - 1 ] |> List.filter (isReduced >> not)
    let reduced = [ 0 .. rank - 1 ] |> List.filter isReduced

    let inner =
        match List.tryLast (kept @ reduced) with
        | Some axis -> axis
        | None -> -1

    let elementSize (operand: Operand) =
        match operand.DType with
        | DType.Bool -> 1
        | DType.Float32
        | DType.Int32 -> 4
        | _ -> 8

    let uses = Loop.uses loop

    let along (operand: Operand) axis = if axis < 0 || rank = 0 then 0 else operand.Strides[axis]

    // Lanes that register `copy` of `count` lanes holds.
    let held count copy = max 0 (min perVector (count - copy * perVector))

    let copies count = (min count lanes + perVector - 1) / perVector

    let sums = SumTree(code, vectors, loop.Totals, tree)

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
            address operand (kept @ reduced |> List.filter ((<>) inner))
            code.Set row
            row)

    // What does not change along the innermost axis is read before it.
    let isStill (operand: Operand) = along operand inner = 0

    /// The body for the first `count` lanes, once the rows are known; `count` is at most the lanes of the fixed order.
    let body count (inputRows: LocalBuilder[]) (outputRows: LocalBuilder[]) (still: Dictionary<struct (int * int), LocalBuilder>) =
        for copy in 0 .. copies count - 1 do
            let count = held count copy

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

                if count < perVector && isReduced vectorAxis then
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

    /// Reads before the innermost loop, and gives the body of it.
    let prepare count =
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

        fun count -> body count inputRows outputRows still

    let setIndex axis (value: int) =
        code.Native value
        code.Set(indices[axis])

    /// The lanes of the vector axis: whole steps in a loop, and the rest.
    let overVectors (whole: unit -> unit) (rest: int -> unit) =
        let full = extent - extent % lanes

        if full > 0 then
            code.Count indices[vectorAxis] lanes full whole

        if extent > full then
            setIndex vectorAxis full
            rest (extent - full)

    // The innermost axis of a reduction, in blocks that go to the tree, or as one block.
    let reduceInner count (isOneBlock: bool) =
        let run = prepare count
        let isVector = inner = vectorAxis
        let step = if isVector then lanes else 1
        let full = if isVector then extent - extent % lanes else loop.Sizes[inner]
        let rest = if isVector then extent - full else 0

        if full > 0 && isOneBlock then
            code.Count indices[inner] step full (fun () -> run count)
        elif full > 0 then
            let stop = code.Local typeof<nativeint>
            setIndex inner 0

            code.While indices[inner] (fun () -> code.Native full) (fun () ->
                code.Get(indices[inner])
                code.Native(int64 (step * Loop.blockSteps))
                il.Emit OpCodes.Add
                code.Native full
                code.Call(nonNull (typeof<Math>.GetMethod("Min", [| typeof<nativeint>; typeof<nativeint> |])))
                code.Set stop

                code.While indices[inner] (fun () -> code.Get stop) (fun () ->
                    run count
                    code.Advance indices[inner] step)

                sums.Push())

        if rest > 0 then
            setIndex inner full
            run rest

            if not isOneBlock then
                sums.Push()

    let reduce count =
        let isOneBlock = Loop.isOneBlock loop
        let outer, last = List.splitAt (reduced.Length - 1) reduced

        let runs = outer |> List.fold (fun runs axis -> runs * loop.Sizes[axis]) 1

        let innerSteps =
            if last.Head = vectorAxis then
                extent / lanes
            else
                loop.Sizes[last.Head]

        let hasRest = last.Head = vectorAxis && extent % lanes > 0
        let blocks = runs * ((innerSteps + Loop.blockSteps - 1) / Loop.blockSteps + (if hasRest then 1 else 0))
        sums.Start()

        let rec nest axes =
            match axes with
            | [] -> reduceInner count isOneBlock
            | axis :: rest -> code.Count indices[axis] 1 loop.Sizes[axis] (fun () -> nest rest)

        nest outer

        if not isOneBlock then
            sums.Finish blocks

        for i in 0 .. loop.Totals.Length - 1 do
            let total = loop.Totals[i]

            if isReduced vectorAxis then
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

    /// Emits the whole loop.
    member _.Emit() : unit =
        let rec nest axes leaf =
            match axes with
            | [] -> leaf lanes
            | axis :: rest when axis = vectorAxis -> overVectors (fun () -> nest rest leaf) leaf
            | axis :: rest -> code.Count indices[axis] 1 loop.Sizes[axis] (fun () -> nest rest leaf)

        if rank = 0 then
            prepare 1 1
        elif reduced.IsEmpty then
            // The vector axis is the last: what stands still along it is read before its loop.
            let outer = List.filter ((<>) vectorAxis) kept

            nest outer (fun _ ->
                let run = prepare (min lanes extent)
                overVectors (fun () -> run lanes) run)
        else
            nest kept reduce
