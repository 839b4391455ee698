namespace Fluxion

/// Derivatives of loops, which are loops: tangents run beside the carries, and cotangents run back over carries that were kept. `apply` makes the op.
module internal ScanDerivatives =
    /// Which carries move when some arguments do.
    let private movingCarries (scan: Scan) (isMoving: ScanParts<bool>) (passes: Expr -> bool) : bool[] =
        let rec grow (carries: bool[]) =
            let reached = scan.Body.Reached passes (Array.concat [ carries; isMoving.Inputs; isMoving.Constants ])
            let grown = Array.init scan.Carries (fun c -> carries[c] || reached[c])
            if grown = carries then carries else grow grown

        grow isMoving.Carries

    // Derivatives flow through floating-point nodes whose op has one.
    let private differentiable (node: Expr) =
        match node.Node with
        | Node.Apply primitive -> node.DType.IsFloating && not primitive.Rule.IsConstant
        | _ -> false

    let private pick (flags: bool[]) (items: 'a[]) =
        [| for i in 0 .. items.Length - 1 do
               if flags[i] then
                   items[i] |]

    let private indices (flags: bool[]) =
        [| for i in 0 .. flags.Length - 1 do
               if flags[i] then
                   i |]

    let private freshLike (name: string) (like: Expr[]) = like |> Array.map (fun x -> Expr.fresh name x.Type)
    let private zeros (t: TensorType) = (Expr.constant (NDArray.full t.DType [] 0.0)).BroadcastTo t.Shape

    let private conditionOf (scan: Scan) =
        if scan.End.IsConditional then
            [| Array.last scan.Body.Outputs |]
        else
            [||]

    /// What moves in the body: its inputs, and which outputs they reach.
    let private moving (scan: Scan) (isMoving: ScanParts<bool>) =
        let isMoving = { isMoving with Lead = [||]; Carries = movingCarries scan isMoving differentiable }
        isMoving, scan.Body.Reached differentiable (Scan.join isMoving)

    let jvp (apply: Scan -> Expr[] -> Expr) (scan: Scan) (arguments: Expr[]) (_: Expr) (tangents: Expr voption[]) : Expr =
        let given, inside = Scan.split scan arguments, Scan.variables scan
        let tangents = Scan.split scan tangents
        let known (tangents: Expr voption[]) = tangents |> Array.map (fun tangent -> tangent.IsSome)

        let isMoving, isReached =
            moving
                scan
                { Lead = [||]
                  Carries = known tangents.Carries
                  Inputs = known tangents.Inputs
                  Constants = known tangents.Constants }

        let dCarries = pick isMoving.Carries inside.Carries |> freshLike "dCarry"
        let dInputs = pick isMoving.Inputs inside.Inputs |> freshLike "dInput"
        let dConstants = pick isMoving.Constants inside.Constants |> freshLike "dConstant"
        let outputs = scan.Body.Outputs
        let movingCarries = indices isMoving.Carries

        let stacked =
            [| for result in scan.Results do
                   match result with
                   | ScanResult.Stacked j when isReached[scan.Carries + j] -> j
                   | _ -> () |]
            |> Array.distinct

        let moved =
            Forward.jvpAll
                (Array.append [| for c in movingCarries -> outputs[c] |] [| for j in stacked -> outputs[scan.Carries + j] |])
                (pick (Scan.join isMoving) scan.Body.Inputs)
                (Array.concat [ dCarries; dInputs; dConstants ])

        let dNext, dStacked = Array.splitAt movingCarries.Length moved

        let tangentLoop =
            { scan with
                Body =
                    Body(
                        Array.concat [ inside.Carries; dCarries; inside.Inputs; dInputs; inside.Constants; dConstants ],
                        Array.concat [ outputs[.. scan.Carries - 1]; dNext; dStacked; conditionOf scan ]
                        |> Rewrite.simplifyAll
                    )
                Carries = scan.Carries + movingCarries.Length
                Inputs = scan.Inputs + dInputs.Length }

        let start =
            [| for c in movingCarries ->
                   match tangents.Carries[c] with
                   | ValueSome tangent -> tangent
                   | ValueNone -> zeros given.Carries[c].Type |]

        let values (tangents: Expr voption[]) = tangents |> Array.choose (fun t -> if t.IsSome then Some t.Value else None)

        let tangentArguments =
            Array.concat
                [ given.Lead
                  given.Carries
                  start
                  given.Inputs
                  values tangents.Inputs
                  given.Constants
                  values tangents.Constants ]

        // Where each result's tangent stands in that loop; None where it has none.
        let counterpart result =
            let carry c = scan.Carries + Array.findIndex ((=) c) movingCarries

            match result with
            | ScanResult.Final c when isMoving.Carries[c] -> Some(ScanResult.Final(carry c))
            | ScanResult.History c when isMoving.Carries[c] -> Some(ScanResult.History(carry c))
            | ScanResult.Stacked j when isReached[scan.Carries + j] -> Some(ScanResult.Stacked(Array.findIndex ((=) j) stacked))
            | _ -> None

        let counterparts = scan.Results |> List.map counterpart

        match List.choose id counterparts with
        | [] -> zeros (Packing.typeOf (Scan.types scan))
        | present ->
            let selected = { tangentLoop with Results = present }
            let vector = Scan.prune selected tangentArguments ||> apply

            if present.Length = counterparts.Length then
                vector
            else
                let parts = Packing.unpack (Scan.shapes selected) vector

                List.mapFold
                    (fun (rest: Expr list) (counterpart, t) ->
                        match counterpart with
                        | Some _ -> rest.Head, rest.Tail
                        | None -> zeros t, rest)
                    parts
                    (List.zip counterparts (Scan.types scan))
                |> fst
                |> Packing.pack

    /// What a loop gives, of any types: one op for each element type.
    let results (apply: Scan -> Expr[] -> Expr) (scan: Scan) (arguments: Expr[]) (results: ScanResult list) : Expr list =
        Packing.byType (results |> List.map (Scan.typeOf scan)) (fun positions ->
            apply { scan with Results = positions |> List.map (fun i -> results[i]) } arguments)

    let vjp (apply: Scan -> Expr[] -> Expr) (scan: Scan) (arguments: Expr[]) (_: Expr) (wanted: bool[]) (cotangent: Expr) : Expr voption[] =
        let given, inside = Scan.split scan arguments, Scan.variables scan
        let wanted = Scan.split scan wanted
        let isMoving, isReached = moving scan wanted
        let outputs = scan.Body.Outputs
        let carries = indices isMoving.Carries
        let parts = List.zip scan.Results (Packing.unpack (Scan.shapes scan) cotangent)

        // The cotangent of a result; None where the op does not give it.
        let cotangentOf result =
            match
                [ for other, part in parts do
                      if other = result then
                          part ]
            with
            | [] -> None
            | several -> Some(List.reduce (+) several)

        let histories =
            [| for c in carries do
                   match cotangentOf (ScanResult.History c) with
                   | Some rows -> c, rows
                   | None -> () |]

        let stacked =
            [| for j in 0 .. Scan.outputCount scan - 1 do
                   if isReached[scan.Carries + j] then
                       match cotangentOf (ScanResult.Stacked j) with
                       | Some rows -> j, rows
                       | None -> () |]

        let cCarries = [| for c in carries -> Expr.fresh "cotangent" inside.Carries[c].Type |]
        let cStacked = [| for j, _ in stacked -> Expr.fresh "cotangent" outputs[scan.Carries + j].Type |]
        let cHistories = [| for c, _ in histories -> Expr.fresh "cotangent" inside.Carries[c].Type |]
        let constants = indices isMoving.Constants
        let sums = [| for k in constants -> Expr.fresh "sum" inside.Constants[k].Type |]

        let sent =
            Reverse.vjpAll
                (Array.append [| for c in carries -> outputs[c] |] [| for j, _ in stacked -> outputs[scan.Carries + j] |])
                (pick (Scan.join isMoving) scan.Body.Inputs)
                (Array.append cCarries cStacked)

        let toCarries, sent = Array.splitAt carries.Length sent
        let toInputs, toConstants = Array.splitAt (sent.Length - constants.Length) sent

        for i in 0 .. histories.Length - 1 do
            let at = Array.findIndex ((=) (fst histories[i])) carries
            toCarries[at] <- toCarries[at] + cHistories[i]

        let nextOutputs = Array.concat [ toCarries; Array.map2 (+) sums toConstants; toInputs ] |> Rewrite.simplifyAll
        // Only what the way back looks at is kept on the way there.
        let kept =
            let reached = NodeMap<bool>()

            for node in Graph.postorder nextOutputs do
                reached[node] <- true

            inside.Carries |> Array.map reached.Contains

        let keptRows = indices kept |> List.ofArray |> List.map ScanResult.History |> results apply scan arguments

        let cFinals =
            [| for c in carries -> cotangentOf (ScanResult.Final c) |> Option.defaultWith (fun () -> zeros given.Carries[c].Type) |]

        let back =
            { Body =
                Body(
                    Array.concat [ cCarries; sums; pick kept inside.Carries; inside.Inputs; cStacked; cHistories; inside.Constants ],
                    nextOutputs
                )
              Carries = carries.Length + constants.Length
              Inputs = keptRows.Length + scan.Inputs + stacked.Length + histories.Length
              Length = scan.Length
              End = if scan.End.IsFull then ScanEnd.Full else ScanEnd.Counted
              IsReversed = not scan.IsReversed
              Results = [] }

        let count =
            match scan.End with
            | ScanEnd.Full -> [||]
            | ScanEnd.Counted -> given.Lead
            | ScanEnd.Conditional -> results apply scan arguments [ ScanResult.Count ] |> Array.ofList

        let backArguments =
            Array.concat
                [ count
                  cFinals
                  [| for k in constants -> zeros given.Constants[k].Type |]
                  Array.ofList keptRows
                  given.Inputs
                  Array.map snd stacked
                  Array.map snd histories
                  given.Constants ]

        let asked =
            [ for i in 0 .. carries.Length - 1 do
                  if wanted.Carries[carries[i]] then
                      ScanResult.Final i
              for j in 0 .. toInputs.Length - 1 do
                  ScanResult.Stacked j
              for k in 0 .. constants.Length - 1 do
                  ScanResult.Final(carries.Length + k) ]

        let prunedResults =
            Packing.byType (asked |> List.map (Scan.typeOf back)) (fun positions ->
                Scan.prune { back with Results = positions |> List.map (fun i -> asked[i]) } backArguments ||> apply)

        let mutable rest = prunedResults

        let take isWanted =
            if isWanted then
                let next = rest.Head
                rest <- rest.Tail
                ValueSome next
            else
                ValueNone

        Scan.join
            { Lead = wanted.Lead |> Array.map (fun _ -> ValueNone)
              Carries = wanted.Carries |> Array.map take
              Inputs = wanted.Inputs |> Array.map take
              Constants = wanted.Constants |> Array.map take }
