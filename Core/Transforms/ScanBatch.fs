namespace Fluxion

/// Loops over a mapped axis are loops whose carries have that axis. Where each example ends by itself, all go on until the last one
/// ends, and those that have ended stand still.
module internal ScanBatch =
    let private rowsFirst (x: Expr) = x.Permute(1 :: 0 :: [ 2 .. x.Rank - 1 ])
    let private literal (value: NDArray) = Expr.constant value
    let private count (n: int64) = literal (NDArray.ofInts DType.Int64 [] [| n |])

    // A flag for each example, beside values of a shape.
    let private choose (flags: Expr) (ifTrue: Expr) (ifFalse: Expr) =
        let flags = flags.ReshapeTo(flags.Shape @ List.replicate (ifTrue.Rank - 1) 1)
        Expr.where flags ifTrue ifFalse

    let private isAny (flags: Expr) =
        let total = Expr.sumOver [ 0 ] (Expr.cast DType.Float64 flags)
        Expr.less (total.Literal 0.0) total

    let private isBoth (left: Expr) (right: Expr) = Expr.where left right (left.Literal 0.0)

    // Which inputs of the body vary by example, once the carries have settled, and which outputs do.
    let private varying (scan: Scan) (isBatched: ScanParts<bool>) =
        let rec grow (carries: bool[]) =
            let flags = Scan.join { isBatched with Lead = [||]; Carries = carries }
            let reached = scan.Body.Reached (fun _ -> true) flags
            let grown = Array.init scan.Carries (fun c -> carries[c] || reached[c])

            if grown = carries then
                { isBatched with Carries = carries }, reached
            else
                grow grown

        grow isBatched.Carries

    // The body with a mapped axis on everything that varies: its inputs and its outputs.
    let private mapped (size: int) (scan: Scan) (isVarying: ScanParts<bool>) (isMapped: bool[]) =
        let flags = Scan.join { isVarying with Lead = [||] }

        let inputs, outputs = Batch.mapBody size flags scan.Body.Inputs scan.Body.Outputs
        inputs, Array.mapi (fun i (output: Expr) -> if isMapped[i] then outputs[i] else output) scan.Body.Outputs

    /// Arguments as the mapped scan takes them.
    let private arrange (size: int) (scan: Scan) (arguments: ScanParts<Batched>) (isVarying: ScanParts<bool>) =
        { Lead = arguments.Lead |> Array.map (fun lead -> lead.Value)
          Carries =
            Array.map2
                (fun carry isVarying -> if isVarying then Column.materialize size carry else carry.Value)
                arguments.Carries
                isVarying.Carries
          Inputs =
            arguments.Inputs
            |> Array.map (fun rows -> if rows.IsBatched then rowsFirst rows.Value else rows.Value)
          Constants = arguments.Constants |> Array.map (fun constant -> constant.Value) }

    // A result with the mapped axis in front.
    let private restored (size: int) (scan: Scan) (isMapped: ScanResult -> bool) (result: ScanResult) (value: Expr) =
        match result with
        | result when not (isMapped result) -> Column.materialize size { Value = value; IsBatched = false }
        | ScanResult.Stacked _
        | ScanResult.History _ -> rowsFirst value
        | _ -> value

    /// All examples end together.
    let private together apply (size: int) (scan: Scan) (arguments: ScanParts<Batched>) isVarying (isReached: bool[]) =
        let isMapped =
            Array.init scan.Body.Outputs.Length (fun i -> if i < scan.Carries then isVarying.Carries[i] else isReached[i])

        let inputs, outputs = mapped size scan isVarying isMapped
        let scan' = { scan with Body = Body(inputs, Rewrite.simplifyAll outputs) }

        let varies result =
            match result with
            | ScanResult.Final c
            | ScanResult.History c -> isVarying.Carries[c]
            | ScanResult.Stacked j -> isMapped[scan.Carries + j]
            | ScanResult.Count -> false

        apply scan' (Scan.join (arrange size scan arguments isVarying))
        |> Packing.unpack (Scan.shapes scan')
        |> List.map2 (restored size scan' varies) scan.Results

    /// Each example ends by itself.
    let private apart apply (size: int) (scan: Scan) (arguments: ScanParts<Batched>) (isVarying: ScanParts<bool>) =
        let isVarying = { isVarying with Carries = Array.create scan.Carries true }
        let inputs, outputs = mapped size scan isVarying (Array.create scan.Body.Outputs.Length true)
        let inside = Scan.split { scan with End = ScanEnd.Full } inputs
        let given = arrange size scan arguments isVarying
        let lead = Column.materialize size arguments.Lead[0]
        let isConditional = scan.End.IsConditional
        let going = Expr.fresh "going" { Shape = [ size ]; DType = DType.Bool }
        let steps = Expr.fresh "steps" { Shape = [ size ]; DType = DType.Int64 }
        let row = Expr.fresh "row" { Shape = []; DType = DType.Int64 }
        let counts = Expr.fresh "counts" lead.Type
        let isGoing = if isConditional then going else Expr.less row counts
        let frozen = Array.map2 (choose isGoing) outputs[.. scan.Carries - 1] inside.Carries
        let outputCount = Scan.outputCount scan
        let zeroed (x: Expr) = choose isGoing x x.ZerosLike
        let stacked = outputs[scan.Carries .. scan.Carries + outputCount - 1] |> Array.map zeroed
        // Rows of examples that have ended hold zeros, so histories are outputs here.
        let histories = inside.Carries |> Array.map zeroed

        let goesOn =
            if isConditional then
                [| isBoth going (Array.last outputs) |]
            else
                [||]

        let state, nextState, firstState, first, constants =
            if isConditional then
                going, goesOn[0], lead, isAny lead, [||]
            else
                let most = (lead.Literal 0.0).BroadcastTo [ size ] |> Expr.maximum lead |> Expr.maxOver [ 0 ]
                let most = Expr.minimum most (count (int64 scan.Length))
                let counts' = Expr.minimum lead (count (int64 scan.Length))

                row,
                (if scan.IsReversed then row - 1.0 else row + 1.0),
                (if scan.IsReversed then most - 1.0 else count 0L),
                most,
                [| counts, counts' |]

        // Which go on or what row is at hand, and how many steps each has taken.
        let extra = [| state; steps |]
        let extraNext = [| nextState; steps + Expr.cast DType.Int64 isGoing |]
        let extraStart = [| firstState; (count 0L).BroadcastTo [ size ] |]

        let body =
            Body(
                Array.concat [ inside.Carries; extra; inside.Inputs; inside.Constants; Array.map fst constants ],
                Array.concat [ frozen; extraNext; stacked; histories; goesOn |> Array.map isAny ]
                |> Rewrite.simplifyAll
            )

        let results =
            scan.Results
            |> List.map (function
                | ScanResult.Final c -> ScanResult.Final c
                | ScanResult.Stacked j -> ScanResult.Stacked j
                | ScanResult.History c -> ScanResult.Stacked(outputCount + c)
                | ScanResult.Count -> ScanResult.Final(scan.Carries + 1))

        let scan' = { scan with Body = body; Carries = scan.Carries + extra.Length; Results = results }

        let arguments' =
            Array.concat [ [| first |]; given.Carries; extraStart; given.Inputs; given.Constants; Array.map snd constants ]

        let pruned = Scan.prune scan' arguments'

        pruned
        ||> apply
        |> Packing.unpack (Scan.shapes scan')
        |> List.map2 (restored size scan' (fun _ -> true)) results

    /// Batch column.
    let batch (apply: Scan -> Expr[] -> Expr) (scan: Scan) (arguments: Batched[]) : Expr =
        let size = Column.batchSize arguments
        let arguments = Scan.split scan arguments
        let flags (parts: Batched[]) = parts |> Array.map (fun part -> part.IsBatched)

        let isBatched =
            { Lead = flags arguments.Lead
              Carries = flags arguments.Carries
              Inputs = flags arguments.Inputs
              Constants = flags arguments.Constants }

        let isVarying, isReached = varying scan isBatched

        let endsApart = not scan.End.IsFull && (isBatched.Lead[0] || scan.End.IsConditional && Array.last isReached)

        if size = 0 then
            let t = Packing.typeOf (Scan.types scan)
            literal (NDArray.full t.DType (0 :: t.Shape) 0.0)
        elif endsApart then
            apart apply size scan arguments isVarying |> Packing.packMapped size
        else
            together apply size scan arguments isVarying isReached |> Packing.packMapped size
