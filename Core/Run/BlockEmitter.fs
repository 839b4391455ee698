namespace Fluxion

open System.Reflection.Emit

/// Emits a reduction in parts: chunks of 2^level blocks, whose sums are nodes of the loop's tree, and what joins them as the tree does. `partials` holds a
/// set of accumulators for each chunk and each element that the reduction keeps (or each register of those).
[<Sealed>]
type internal BlockEmitter(code: Code, loop: Loop, nest: LoopEmitter, level: int, partials: LocalBuilder) =
    let il = code.IL
    let sums, indices = nest.Sums, nest.Body.Indices
    let inner = Loop.innermost loop
    let outer = Loop.reduced loop |> List.filter ((<>) inner)
    let perRun = Loop.blocksPerRun loop
    let perChunk = 1 <<< level
    let blocks = Loop.blocks loop
    let whole, remaining = blocks / perChunk, blocks % perChunk
    let local () = code.Local typeof<nativeint>
    let cell = local ()

    // The number of the accumulators of a chunk, for the present element.
    let putPartial (putChunk: unit -> unit) () =
        putChunk ()
        code.Native(BlockEmitter.Cells loop)
        il.Emit OpCodes.Mul
        code.Get cell
        il.Emit OpCodes.Add

    let eachCell (leaf: int -> unit) =
        code.Native 0L
        code.Set cell

        nest.Nest(fun count ->
            leaf count
            code.Advance cell 1)

    // Puts quotient and remainder in their places.
    let divide (dividend: LocalBuilder) (by: int) (quotient: LocalBuilder) (remainder: LocalBuilder) =
        code.Get dividend
        code.Native by
        il.Emit OpCodes.Rem
        code.Get dividend
        code.Native by
        il.Emit OpCodes.Div
        code.Set quotient
        code.Set remainder

    /// The outer axes at the next run over the innermost.
    let advanceOuter () =
        let rec carry axes =
            match axes with
            | [] -> ()
            | axis :: others ->
                code.Advance indices[axis] 1

                let wrap () =
                    code.Native 0L
                    code.Set(indices[axis])
                    carry others

                if not others.IsEmpty then
                    code.WhenEqual indices[axis] loop.Sizes[axis] wrap ignore

        carry (List.rev outer)

    /// Blocks from one to before another.
    let reduce count (first: LocalBuilder) (last: LocalBuilder) =
        let block, inRun, until, limit, run = local (), local (), local (), local (), local ()
        code.Get first
        code.Set block
        divide first perRun run inRun

        for axis in List.rev outer do
            divide run loop.Sizes[axis] run indices[axis]

        code.While block (fun () -> code.Get last) (fun () ->
            let turn = nest.Body.Prepare count
            // Before which block of this run to stop.
            code.Get inRun
            code.Get last
            il.Emit OpCodes.Add
            code.Get block
            il.Emit OpCodes.Sub
            code.Native perRun
            code.Smaller()
            code.Set until
            code.Scaled inRun (nest.Step * Loop.blockSteps)
            code.Set(indices[inner])
            code.Scaled until (nest.Step * Loop.blockSteps)
            code.Native nest.Full
            code.Smaller()
            code.Set limit
            nest.PushBlocks(limit, (fun () -> turn count))

            if nest.HasRest then
                code.WhenEqual until perRun (fun () -> nest.PushRest turn) ignore

            code.Get block
            code.Get until
            il.Emit OpCodes.Add
            code.Get inRun
            il.Emit OpCodes.Sub
            code.Set block
            code.Native 0L
            code.Set inRun
            advanceOuter ())

    /// Sets of accumulators that a chunk needs.
    static member Cells(loop: Loop) : int = Loop.kept loop |> List.fold (fun cells axis -> cells * Loop.steps loop axis) 1

    /// The chunks from one to before another.
    member _.EmitChunks(start: LocalBuilder, stop: LocalBuilder) : unit =
        let chunk, first, last = local (), local (), local ()

        eachCell (fun count ->
            code.Get start
            code.Set chunk

            code.While chunk (fun () -> code.Get stop) (fun () ->
                sums.Start()
                code.Scaled chunk perChunk
                code.Set first
                code.Get first
                code.Native perChunk
                il.Emit OpCodes.Add
                code.Native blocks
                code.Smaller()
                code.Set last
                reduce count first last

                if remaining > 0 then
                    code.WhenEqual chunk whole (fun () -> sums.Finish(remaining, false)) (fun () -> sums.Finish(perChunk, false))
                else
                    sums.Finish(perChunk, false)

                sums.Save(partials, putPartial (fun () -> code.Get chunk))
                code.Advance chunk 1))

    /// The totals, once all chunks are there.
    member _.EmitJoin() : unit =
        let chunk = local ()

        eachCell (fun count ->
            sums.Start()

            code.Count chunk 1 whole (fun () ->
                sums.Restore(partials, putPartial (fun () -> code.Get chunk))
                sums.Push())

            if remaining > 0 then
                sums.Restore(partials, putPartial (fun () -> code.Native whole))

            sums.Finish(whole, remaining > 0)
            nest.Body.WriteTotals count)
