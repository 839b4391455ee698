namespace Fluxion

open System.Collections.Generic
open System.Reflection.Emit

/// A part of a loop: units from one to before another, of those that an axis has.
[<NoEquality; NoComparison>]
type internal UnitRange = { Axis: int; Units: int; Start: LocalBuilder; Stop: LocalBuilder }

/// Emits one loop. Sums run over 16 lanes (8 of float64) whatever the width of the registers, in blocks that are added pairwise, so every width gives the
/// same bits; so it does for elementwise values, as each instruction is exactly rounded.
[<Sealed>]
type internal LoopEmitter(code: Code, pointers: IReadOnlyDictionary<int, LocalBuilder>, loop: Loop, width: int, tree: LocalBuilder) =
    let il = code.IL
    let lanes = Loop.lanes loop
    let rank = loop.Sizes.Length
    let vectorAxis = rank - 1
    let extent = if rank = 0 then 1 else loop.Sizes[vectorAxis]

    // Short loops are as well served by the shortest register that holds them.
    let vectors =
        let size = if loop.Tape.DType = DType.Float32 then 4 else 8
        let needed = [ 128; 256; 512 ] |> List.find (fun bits -> bits = 512 || bits >= extent * size * 8)
        Vectors.Of(min width needed, loop.Tape.DType)

    let sums = SumTree(code, vectors, loop.Totals, tree)
    let body = LoopBody(code, pointers, loop, vectors, sums)
    let indices = body.Indices
    let kept, reduced = Loop.kept loop, Loop.reduced loop
    let inner = Loop.innermost loop

    // The innermost axis of a reduction: how far a turn goes, how many elements whole turns cover, and how many are left.
    let step = if inner = vectorAxis then lanes else 1
    let rest = if inner = vectorAxis then extent % lanes else 0
    let full = if inner < 0 then 0 else loop.Sizes[inner] - rest

    let setIndex axis (value: int) =
        code.Native value
        code.Set(indices[axis])

    /// The turns of an axis: all of them, or those of a range.
    let over (range: UnitRange option) axis turn =
        match range with
        | Some range when range.Axis = axis ->
            code.Get range.Start
            code.Set(indices[axis])

            code.While indices[axis] (fun () -> code.Get range.Stop) (fun () ->
                turn ()
                code.Advance indices[axis] 1)
        | _ -> code.Count indices[axis] 1 loop.Sizes[axis] turn

    /// The lanes of the vector axis: whole steps in a loop, and the rest, which belongs to the last unit.
    let overVectors (range: UnitRange option) (whole: unit -> unit) (rest: int -> unit) =
        let full = extent - extent % lanes

        let finish () =
            if extent > full then
                setIndex vectorAxis full
                rest (extent - full)

        match range with
        | Some range when range.Axis = vectorAxis ->
            let limit = code.Local typeof<nativeint>
            code.Scaled range.Start lanes
            code.Set(indices[vectorAxis])
            code.Scaled range.Stop lanes
            code.Native full
            code.Smaller()
            code.Set limit

            code.While indices[vectorAxis] (fun () -> code.Get limit) (fun () ->
                whole ()
                code.Advance indices[vectorAxis] lanes)

            code.WhenEqual range.Stop range.Units finish ignore
        | _ ->
            if full > 0 then
                code.Count indices[vectorAxis] lanes full whole

            finish ()

    /// The kept axes around a leaf, which takes the number of lanes that it is for.
    let rec nest range axes (leaf: int -> unit) =
        match axes with
        | [] -> leaf lanes
        | axis :: others when axis = vectorAxis -> overVectors range (fun () -> nest range others leaf) leaf
        | axis :: others -> over range axis (fun () -> nest range others leaf)

    /// Whole turns of the innermost axis from where it stands, in blocks that go to the tree.
    let pushBlocks (limit: unit -> unit) (turn: unit -> unit) =
        let stop = code.Local typeof<nativeint>

        code.While indices[inner] limit (fun () ->
            code.Get(indices[inner])
            code.Native(int64 (step * Loop.blockSteps))
            il.Emit OpCodes.Add
            limit ()
            code.Smaller()
            code.Set stop

            code.While indices[inner] (fun () -> code.Get stop) (fun () ->
                turn ()
                code.Advance indices[inner] step)

            sums.Push())

    let pushRest (turn: int -> unit) =
        setIndex inner full
        turn rest
        sums.Push()

    let reduceInner count (isOneBlock: bool) =
        let turn = body.Prepare count

        if full > 0 && isOneBlock then
            code.Count indices[inner] step full (fun () -> turn count)
        elif full > 0 then
            setIndex inner 0
            pushBlocks (fun () -> code.Native full) (fun () -> turn count)

        if rest > 0 && isOneBlock then
            setIndex inner full
            turn rest
        elif rest > 0 then
            pushRest turn

    /// A whole reduction.
    let reduce count =
        let isOneBlock = Loop.isOneBlock loop
        sums.Start()
        let outer = reduced |> List.filter ((<>) inner)
        List.foldBack (fun axis turn () -> over None axis turn) outer (fun () -> reduceInner count isOneBlock) ()

        if not isOneBlock then
            sums.Finish(Loop.blocks loop, false)

        body.WriteTotals count

    let elementwise range =
        // The vector axis is the last: what stands still along it is read before its loop.
        nest range (List.filter ((<>) vectorAxis) kept) (fun _ ->
            let turn = body.Prepare(min lanes extent)
            overVectors range (fun () -> turn lanes) turn)

    /// Emits the whole loop.
    member _.Emit() : unit =
        if rank = 0 then body.Prepare 1 1
        elif reduced.IsEmpty then elementwise None
        else nest None kept reduce

    /// Emits the loop for a range of its units along an axis.
    member _.EmitAlong(range: UnitRange) : unit =
        if reduced.IsEmpty then
            elementwise (Some range)
        else
            nest (Some range) kept reduce

    member _.Body = body
    member _.Sums = sums
    /// How far a turn goes along the innermost axis of a reduction.
    member _.Step = step
    /// Elements of the innermost axis of a reduction that whole turns cover.
    member _.Full = full
    /// Whether that leaves any.
    member _.HasRest = rest > 0

    /// The kept axes around a leaf, which takes the number of lanes that it is for.
    member _.Nest(leaf: int -> unit) : unit = nest None kept leaf

    /// Whole turns of the innermost axis from where it stands up to a limit, in blocks that go to the tree.
    member _.PushBlocks(limit: LocalBuilder, turn: unit -> unit) : unit = pushBlocks (fun () -> code.Get limit) turn

    /// The last elements of the innermost axis, as a block.
    member _.PushRest(turn: int -> unit) : unit = pushRest turn
