namespace Fluxion

open System.Collections.Generic

/// Loops, choices and recomputation as ops. Their rules are transforms of their bodies, so they stand here and not among Ops.
module internal ControlFlow =
    // Bodies to try the rows on: a pendulum with a driving force, whose outputs are its energy.
    let private number: TensorType = { Shape = []; DType = DType.Float64 }
    let private pair: TensorType = { Shape = [ 2 ]; DType = DType.Float64 }

    let private scanBody (isConditional: bool) =
        let angle, speed, force, length =
            Expr.fresh "angle" pair, Expr.fresh "speed" pair, Expr.fresh "force" number, Expr.fresh "length" number

        let speed' = speed + 0.5 * (force - Expr.Sin angle / (1.0 + Expr.square length))
        let angle' = angle + 0.5 * speed'
        let energy = Expr.sumOver [ 0 ] (Expr.square speed' * length)

        let goesOn =
            if isConditional then
                [| Expr.less energy (energy.Literal 4.0) |]
            else
                [||]

        Body([| angle; speed; force; length |], Array.append [| angle'; speed'; energy |] goesOn)

    let private scanSamples =
        let all = [ ScanResult.Final 0; ScanResult.Stacked 0; ScanResult.History 1 ]

        [ for length, ending, isReversed, results in
              [ 3, ScanEnd.Full, false, all
                4, ScanEnd.Counted, true, all
                4, ScanEnd.Conditional, false, all
                0, ScanEnd.Full, true, [ ScanResult.Final 1 ]
                3, ScanEnd.Counted, false, [ ScanResult.Count ] ] do
              let lead =
                  match ending with
                  | ScanEnd.Full -> []
                  | ScanEnd.Counted -> [ [], Domain.index (length + 1) ]
                  | ScanEnd.Conditional -> [ [], Domain.condition ]

              { Attribute =
                  { Body = scanBody ending.IsConditional
                    Carries = 2
                    Inputs = 1
                    Length = length
                    End = ending
                    IsReversed = isReversed
                    Results = results }
                Arguments =
                  lead
                  @ [ [ 2 ], Domain.real
                      [ 2 ], Domain.between -0.3 0.3
                      [ length ], Domain.between -0.3 0.3
                      [], Domain.between 0.5 1.5 ] } ]

    let scan: Row<Scan> =
        let rec row: Row<Scan> =
            { Name = "scan"
              Notation = fun _ -> Column.named "scan"
              Shape = Scan.infer
              Rule = fun scan -> Rule.Joint(ScanDerivatives.jvp apply scan, ScanDerivatives.vjp apply scan)
              Batch = fun scan -> BatchRule.Mapped(ScanBatch.batch apply scan)
              Eval = Scan.evaluate
              Kernel = fun _ -> Kernel.Nested
              Samples = scanSamples }

        and apply scan (arguments: Expr[]) : Expr = Expr.Apply(Row.at row scan, arguments)

        row

    // Their Shape, Rule, Batch and Eval know how many bodies there are by themselves.
    let private branching name samples : Row<Branch> =
        let rec row: Row<Branch> =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape = Branch.infer
              Rule = fun branch -> Rule.Joint(Branch.jvp apply branch, Branch.vjp apply branch)
              Batch = fun branch -> BatchRule.Mapped(Branch.batch apply branch)
              Eval = Branch.evaluate
              Kernel = fun _ -> Kernel.Nested
              Samples = samples }

        and apply branch (arguments: Expr[]) : Expr = Expr.Apply(Row.at row branch, arguments)

        row

    let private branchBody (f: Expr -> Expr -> Expr list) =
        let x, y = Expr.fresh "x" pair, Expr.fresh "y" number
        Body([| x; y |], Array.ofList (f x y))

    /// One of two bodies, by a condition.
    let cond: Row<Branch> =
        let bodies =
            [ branchBody (fun x y -> [ Expr.Sin x * y; Expr.sumOver [ 0 ] x ])
              branchBody (fun x y -> [ Expr.Exp x + y; y * y ]) ]

        branching
            "cond"
            [ for results in [ [ 0; 1 ]; [ 1 ] ] ->
                  { Attribute = { Bodies = bodies; Results = results }
                    Arguments = [ [], Domain.condition; [ 2 ], Domain.real; [], Domain.real ] } ]

    /// One body, of which derivatives keep the arguments only and work out the rest again: what is inside shares nothing with what is outside.
    let checkpoint: Row<Branch> =
        let bodies = [ branchBody (fun x y -> [ Expr.Sin(Expr.Exp x * y); y * Expr.Cos y ]) ]

        branching
            "checkpoint"
            [ for results in [ [ 0; 1 ]; [ 1 ] ] ->
                  { Attribute = { Bodies = bodies; Results = results }
                    Arguments = [ [ 2 ], Domain.real; [], Domain.real ] } ]

    /// Every row of this file.
    let rows: IRow list = [ scan; cond; checkpoint ]

    /// The bodies of a node of which one is run.
    let tryBranch (node: Expr) : Branch voption =
        Row.tryApplication cond node
        |> ValueOption.orElse (Row.tryApplication checkpoint node)
        |> ValueOption.map fst

    /// The bodies of a node; none when it is no application of one of these rows.
    let bodies (node: Expr) : Body list =
        match Row.tryApplication scan node, tryBranch node with
        | ValueSome(scan, _), _ -> [ scan.Body ]
        | _, ValueSome branch -> branch.Bodies
        | _ -> []

    /// What a function made of its inputs, with everything that it took from outside passed as further inputs: those inputs, what was taken, and the
    /// results in terms of them. Numbers stay, so that laws see them.
    let capture (inputs: Expr[]) (results: Expr[]) : Expr[] * Expr[] * Expr[] =
        let isInput = NodeMap<bool>()

        for input in inputs do
            isInput[input] <- true

        // What was there before the inputs cannot have been made of them.
        let oldest =
            if inputs.Length = 0 then
                System.Int64.MaxValue
            else
                inputs |> Seq.map (fun input -> input.Id) |> Seq.min

        let order = results |> Graph.postorderUntil (fun node -> node.Id < oldest)
        let isInside = NodeMap<bool>()
        let inside = NodeMap<Expr>()
        let taken = List<struct (Expr * Expr)>()

        let isNumber (node: Expr) =
            match node.Node with
            | Node.Constant value -> value.Length = 1
            | _ -> false

        let insideOf (node: Expr) =
            if not (inside.Contains node) then
                if isNumber node then
                    inside[node] <- node
                else
                    let variable = Expr.fresh "outer" node.Type
                    taken.Add(struct (node, variable))
                    inside[node] <- variable

            inside[node]

        for node in order do
            if isInput.Contains node then
                isInside[node] <- true
                inside[node] <- node
            elif node.Id >= oldest && node.Arguments |> Array.exists isInside.Contains then
                isInside[node] <- true
                inside[node] <- node.WithArguments insideOf

        let results = results |> Array.map insideOf
        [| for struct (_, variable) in taken -> variable |], [| for struct (outer, _) in taken -> outer |], Rewrite.simplifyAll results

    let private applyScan attribute (arguments: Expr[]) : Expr = Expr.Apply(Row.at scan attribute, arguments)

    /// The carries after the last step, and the rows of outputs, of a loop over rows of inputs. `carries` and `rows` are what the step was made of.
    let run isReversed length (first: Expr[]) (inputs: Expr[]) (carries: Expr[]) (rows: Expr[]) (next: Expr[]) (outputs: Expr[]) =
        let variables = Array.append carries rows
        let constants, outer, results = capture variables (Array.append next outputs)

        let all =
            [ for c in 0 .. carries.Length - 1 -> ScanResult.Final c ]
            @ [ for j in 0 .. outputs.Length - 1 -> ScanResult.Stacked j ]

        let loop, arguments =
            Scan.prune
                { Body = Body(Array.append variables constants, results)
                  Carries = carries.Length
                  Inputs = rows.Length
                  Length = length
                  End = ScanEnd.Full
                  IsReversed = isReversed
                  Results = all }
                (Array.concat [ first; inputs; outer ])

        ScanDerivatives.results applyScan loop arguments all |> List.splitAt carries.Length

    /// The carries after the last step of a loop that goes on while a condition on them holds, and the number of steps.
    let whileLoop most (first: Expr[]) (carries: Expr[]) (condition: Expr) (next: Expr[]) : Expr list * Expr =
        let conditionAt values = (Graph.substituteAll (Array.zip carries values) [| condition |])[0]
        let constants, outer, results = capture carries (Array.append next [| conditionAt next |])
        let all = ScanResult.Count :: [ for c in 0 .. carries.Length - 1 -> ScanResult.Final c ]

        let loop, arguments =
            Scan.prune
                { Body = Body(Array.append carries constants, results)
                  Carries = carries.Length
                  Inputs = 0
                  Length = most
                  End = ScanEnd.Conditional
                  IsReversed = false
                  Results = all }
                (Array.concat [ [| conditionAt first |]; first; outer ])

        let results = ScanDerivatives.results applyScan loop arguments all
        results.Tail, results.Head

    let private branch row lead (arguments: Expr[]) (inputs: Expr[]) (outputs: Expr[] list) : Expr list =
        let constants, outer, results = capture inputs (Array.concat outputs)
        let inputs = Array.append inputs constants

        let bodies =
            results
            |> Array.chunkBySize outputs.Head.Length
            |> Array.map (fun part -> Body(inputs, part))
            |> List.ofArray

        let types = outputs.Head |> Array.map (fun output -> output.Type) |> List.ofArray

        Packing.byType types (fun positions ->
            Expr.Apply(Row.at row { Bodies = bodies; Results = positions }, Array.concat [ lead; arguments; outer ]))

    /// The outputs of one of two bodies, both made of the same inputs.
    let choose condition arguments inputs ifTrue ifFalse : Expr list = branch cond [| condition |] arguments inputs [ ifTrue; ifFalse ]

    /// The outputs of a body of which derivatives keep the arguments only.
    let recompute arguments inputs outputs : Expr list = branch checkpoint [||] arguments inputs [ outputs ]
