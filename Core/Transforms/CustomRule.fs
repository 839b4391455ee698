namespace Fluxion

/// A function whose derivative the user says. `Rule` takes the own arguments, then a tangent for each (forward) or all results and a cotangent for each
/// (reverse), then what both took from outside; it gives the tangents of the results, or the cotangents of the own arguments.
type internal CustomFunction =
    {
        Body: Body
        Rule: Body
        IsForward: bool
        /// How many arguments are the user's; the rest were taken from outside.
        Own: int
        /// The outputs that the vector that the op makes holds, all of one element type.
        Results: int list
    }

    override this.ToString() = $"{this.Body}, gives {this.Results}"

/// Functions with a rule of the user's. One direction is given, and is linear in what it moves; the other is its transpose, which reverse mode finds.
module internal CustomRule =
    let private at (body: Body) (arguments: Expr[]) : Expr[] = Graph.substituteAll (Array.zip body.Inputs arguments) body.Outputs
    let private types (custom: CustomFunction) = custom.Results |> List.map (fun i -> custom.Body.Outputs[i].Type)
    let private shapes (custom: CustomFunction) = types custom |> List.map (fun t -> t.Shape)
    let private freshLike name (like: Expr[]) = like |> Array.map (fun x -> Expr.fresh name x.Type)

    // Of a map that is linear in some variables, what it sends back to them.
    let private transpose (outputs: Expr[]) (variables: Expr[]) (cotangents: Expr[]) : Expr[] =
        let floating (x: Expr) = x.DType.IsFloating
        let moved = Array.zip outputs cotangents |> Array.filter (fst >> floating)
        let back = Reverse.vjpAll (Array.map fst moved) (Array.filter floating variables) (Array.map snd moved)
        // What is linear no longer has the variables in its derivative, but for 0 times them.
        Graph.substituteAll (variables |> Array.map (fun variable -> variable, variable.ZerosLike)) back

    /// All results, whatever their types: an op for each element type.
    let results (apply: CustomFunction -> Expr[] -> Expr) (custom: CustomFunction) (arguments: Expr[]) : Expr[] =
        Packing.byType (custom.Body.Outputs |> Array.map (fun output -> output.Type) |> List.ofArray) (fun positions ->
            apply { custom with Results = positions } arguments)
        |> Array.ofList

    let private requireOwn (custom: CustomFunction) (isMoving: bool[]) =
        if isMoving[custom.Own ..] |> Array.contains true then
            Errors.notDifferentiable
                "custom rule"
                "only what a function takes as its argument has derivatives"
                "one is asked for by a tensor that it closes over"
                "pass that tensor in the argument?"

    let jvp apply (custom: CustomFunction) (arguments: Expr[]) (_: Expr) (tangents: Expr voption[]) : Expr =
        requireOwn custom (tangents |> Array.map (fun tangent -> tangent.IsSome))
        let own, outer = Array.splitAt custom.Own arguments
        let tangents = Array.mapi (fun i (x: Expr) -> ValueOption.defaultWith (fun () -> x.ZerosLike) tangents[i]) own

        let moved =
            if custom.IsForward then
                let all = at custom.Rule (Array.concat [ own; tangents; outer ])
                [ for i in custom.Results -> all[i] ]
            else
                let y = results apply custom arguments
                let cotangents = freshLike "cotangent" y
                let sent = at custom.Rule (Array.concat [ own; y; cotangents; outer ])
                let all = transpose sent cotangents tangents

                let floating =
                    [| for i in 0 .. y.Length - 1 do
                           if y[i].DType.IsFloating then
                               i |]

                [ for i in custom.Results -> all[Array.findIndex ((=) i) floating] ]

        Packing.pack moved

    let vjp apply (custom: CustomFunction) (arguments: Expr[]) (_: Expr) (wanted: bool[]) (cotangent: Expr) : Expr voption[] =
        requireOwn custom wanted
        let own, outer = Array.splitAt custom.Own arguments
        let parts = List.zip custom.Results (Packing.unpack (shapes custom) cotangent)

        let cotangents =
            custom.Body.Outputs
            |> Array.mapi (fun i output ->
                match parts |> List.tryFind (fun (j, _) -> i = j) with
                | Some(_, part) -> part
                | None -> (Expr.constant (NDArray.full output.DType [] 0.0)).BroadcastTo output.Shape)

        let sent =
            if custom.IsForward then
                let tangents = freshLike "tangent" own
                let moved = at custom.Rule (Array.concat [ own; tangents; outer ])
                let mutable back = transpose moved tangents cotangents |> List.ofArray

                own
                |> Array.map (fun x ->
                    if x.DType.IsFloating then
                        let next = back.Head
                        back <- back.Tail
                        next
                    else
                        x)
            else
                at custom.Rule (Array.concat [ own; results apply custom arguments; cotangents; outer ])

        wanted |> Array.mapi (fun i isWanted -> if isWanted then ValueSome sent[i] else ValueNone)

    // A body over examples: all of its inputs vary, but for those from outside that do not.
    let private map (size: int) (isBatched: bool[]) (body: Body) : Body =
        let flags = Array.append (Array.create (body.Inputs.Length - isBatched.Length) true) isBatched

        Body(Batch.mapBody size flags body.Inputs body.Outputs)

    let private batch apply (custom: CustomFunction) (arguments: Batched[]) : Expr =
        let size = Column.batchSize arguments
        let own, outer = Array.splitAt custom.Own arguments
        let isBatched = outer |> Array.map (fun argument -> argument.IsBatched)
        let mapped = { custom with Body = map size isBatched custom.Body; Rule = map size isBatched custom.Rule }

        let values =
            Array.append (own |> Array.map (Column.materialize size)) (outer |> Array.map (fun argument -> argument.Value))

        apply mapped values |> Packing.unpack (shapes mapped) |> Packing.packMapped size

    let private sample =
        let pair: TensorType = { Shape = [ 2 ]; DType = DType.Float64 }
        let x, y = Expr.fresh "x" pair, Expr.fresh "tangent" pair

        { Attribute =
            { Body = Body([| x |], [| Expr.Sin x; x * x |])
              Rule = Body([| x; y |], [| Expr.Cos x * y; 2.0 * x * y |])
              IsForward = true
              Own = 1
              Results = [ 0; 1 ] }
          Arguments = [ [ 2 ], Domain.real ] }

    let private backSample =
        let pair: TensorType = { Shape = [ 2 ]; DType = DType.Float64 }
        let number: TensorType = { Shape = []; DType = DType.Float64 }
        let x, y, a, b = Expr.fresh "x" pair, Expr.fresh "y" number, Expr.fresh "result" pair, Expr.fresh "cotangent" pair

        { Attribute =
            { Body = Body([| x; y |], [| Expr.Exp x * y |])
              Rule = Body([| x; y; a; b |], [| a * b; Expr.sumOver [ 0 ] (Expr.Exp x * b) |])
              IsForward = false
              Own = 2
              Results = [ 0 ] }
          Arguments = [ [ 2 ], Domain.real; [], Domain.real ] }

    let custom: Row<CustomFunction> =
        let rec row: Row<CustomFunction> =
            { Name = "custom"
              Notation = fun _ -> Column.named "custom"
              Shape = fun custom types' -> Branch.infer { Bodies = [ custom.Body ]; Results = custom.Results } types'
              Rule = fun custom -> Rule.Joint(jvp apply custom, vjp apply custom)
              Batch = fun custom -> BatchRule.Mapped(batch apply custom)
              Eval = fun custom -> Branch.evaluate { Bodies = [ custom.Body ]; Results = custom.Results }
              Kernel = fun _ -> Kernel.Nested
              Samples = [ sample; backSample ] }

        and apply custom (arguments: Expr[]) : Expr = Expr.Apply(Row.at row custom, arguments)

        row

    /// A function's results with a rule of the user's: `inputs` are what both are made of, and `moves` what the rule has besides.
    let call isForward (arguments: Expr[]) (inputs: Expr[]) (outputs: Expr[]) (moves: Expr[]) (rule: Expr[]) : Expr list =
        let constants, outer, parts = ControlFlow.capture (Array.append inputs moves) (Array.append outputs rule)
        let outputs, rule = Array.splitAt outputs.Length parts

        let attribute =
            { Body = Body(Array.append inputs constants, outputs)
              Rule = Body(Array.concat [ inputs; moves; constants ], rule)
              IsForward = isForward
              Own = inputs.Length
              Results = [] }

        let apply attribute (arguments: Expr[]) = Expr.Apply(Row.at custom attribute, arguments)
        results apply attribute (Array.append arguments outer) |> List.ofArray

    /// The function itself, for where its rule no longer matters.
    let tryInline (node: Expr) : Expr voption =
        match Row.tryApplication custom node with
        | ValueSome(attribute, arguments) ->
            let outputs = at attribute.Body arguments
            ValueSome(Packing.pack [ for i in attribute.Results -> outputs[i] ])
        | ValueNone -> ValueNone

    /// Every row of this file.
    let rows: IRow list = [ custom ]
