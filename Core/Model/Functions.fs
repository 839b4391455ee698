namespace Fluxion

/// Derivatives and evaluation of F# functions whose arguments and results are parameters of any form (see Params).
module internal Functions =
    // The function's result for variables in the place of its arguments. Fresh ones each time, so that a function that closes over
    // an outer variable, or is itself inside a derivative, is never confused with it.
    let trace (f: 'a -> 'b) (arguments: 'a) : Expr[] * Expr[] * 'b =
        let leaves = Params.named arguments |> Array.ofList
        let variables = leaves |> Array.map (fun (path, leaf) -> Expr.fresh (if path = "" then "x" else path) leaf.Type)
        Array.map snd leaves, variables, f (Params.ofList arguments (List.ofArray variables))

    // The same for a function that is to be differentiated.
    let private traceStable (place: string) (f: 'a -> 'b) (arguments: 'a) : Expr[] * Expr[] * 'b =
        // A plain number would ride along, as other fields do, and be given back for its own derivative.
        match box arguments with
        | null -> ()
        | number when number.GetType().IsPrimitive ->
            Errors.argument place "the point must hold tensors" $"it is the number {number}" "make it one with scalar?"
        | _ -> ()

        let leaves, variables, result = trace f arguments
        let stable = Params.toList result |> Array.ofList |> Rewrite.simplifyAll
        leaves, variables, Params.ofList result (List.ofArray stable)

    /// A variable that results of a trace hold and that is not one of the trace's own: the function closed over it.
    let outerVariable (results: Expr[]) (variables: Expr[]) : Expr option =
        Graph.variables results |> List.tryFind (fun variable -> not (Array.contains variable variables))

    // Back from the variables to the arguments.
    let private close (leaves: Expr[]) (variables: Expr[]) (results: Expr[]) =
        results |> Rewrite.byLaws |> Graph.substituteAll (Array.zip variables leaves)

    /// Each of these names itself or what is made of it, where an error says so.
    let valueAndGradIn (place: string) (f: 'a -> Expr) (x: 'a) : Expr * 'a =
        let leaves, variables, y = traceStable place f x
        Reverse.requireScalar place y
        let results = Array.append [| y |] (Reverse.gradientAll y variables) |> close leaves variables
        results[0], Params.ofList x (List.ofArray results[1..])

    let valueAndGrad (f: 'a -> Expr) (x: 'a) : Expr * 'a = valueAndGradIn "grad" f x

    let jvpIn (place: string) (role: string) (f: 'a -> 'b) (x: 'a) (tangent: 'a) : 'b * 'b =
        let leaves, variables, y = traceStable place f x
        let outputs = Params.toList y |> Array.ofList
        let tangents = Params.toList tangent |> Array.ofList
        Forward.requireSame place role variables tangents
        let moved = Forward.jvpAll outputs variables tangents
        let results = Array.append outputs moved |> close leaves variables |> List.ofArray |> List.splitAt outputs.Length
        Params.ofList y (fst results), Params.ofList y (snd results)

    let jvp (f: 'a -> 'b) (x: 'a) (tangent: 'a) : 'b * 'b = jvpIn "jvp" "tangent" f x tangent

    let linearize (f: 'a -> 'b) (x: 'a) : 'b * ('a -> 'b) =
        let leaves, variables, y = traceStable "linearize" f x
        let outputs = Params.toList y |> Array.ofList
        let seeds = variables |> Array.map (fun variable -> Expr.fresh "tangent" variable.Type)
        let results = Array.append outputs (Forward.jvpAll outputs variables seeds) |> close leaves variables
        let values, moved = Array.splitAt outputs.Length results

        let push (tangent: 'a) =
            let tangents = Params.toList tangent |> Array.ofList
            Forward.requireSame "linearize" "tangent" leaves tangents
            Graph.substituteAll (Array.zip seeds tangents) moved |> List.ofArray |> Params.ofList y

        Params.ofList y (List.ofArray values), push

    /// A function of one tensor that is to be differentiated: its result for a variable, and that variable.
    let traceOne (place: string) (f: Expr -> Expr) (x: Expr) : Expr * Expr[] =
        let _, variables, y = traceStable place f x
        y, variables

    /// Back from the variable of `traceOne`.
    let closeOne (variables: Expr[]) (x: Expr) (result: Expr) : Expr = (close [| x |] variables [| result |])[0]

    let vjp (f: 'a -> 'b) (x: 'a) : 'b * ('b -> 'a) =
        let leaves, variables, y = traceStable "vjp" f x
        let outputs = Params.toList y |> Array.ofList

        let pullback (cotangent: 'b) =
            Reverse.vjpAll outputs variables (Params.toList cotangent |> Array.ofList)
            |> close leaves variables
            |> List.ofArray
            |> Params.ofList x

        Params.ofList y (close leaves variables outputs |> List.ofArray), pullback

    let vmap (f: 'a -> 'b) (x: 'a) : 'b =
        let stacks = Params.toList x |> Array.ofList

        match stacks |> Array.tryFind (fun stack -> stack.Shape.IsEmpty) with
        | Some stack -> Errors.shape "vmap" "every argument needs an axis to map over" $"{stack} is a scalar" "close over it instead?"
        | None -> ()

        let size = if stacks.Length = 0 then 1 else stacks[0].Shape.Head

        let inner =
            stacks
            |> List.ofArray
            |> List.map (fun stack -> Expr.fresh "x" { stack.Type with Shape = stack.Shape.Tail })

        let y = f (Params.ofList x inner)
        let outputs = Params.toList y |> Array.ofList
        Batch.vmapAll size outputs (Array.ofList inner) stacks |> List.ofArray |> Params.ofList y

    // One row of zeros with a one in it for each element of a tensor of this type: what picks out every entry of a Jacobian.
    let oneHots (tensorType: TensorType) : Expr =
        let size = Shape.size tensorType.Shape

        NDArray.identity tensorType.DType size
        |> NDArray.reshape (size :: tensorType.Shape)
        |> Expr.constant

    /// The variables' cotangents for each of a stack of cotangents of the result, all at once.
    let pullStack (y: Expr) (variables: Expr[]) (cotangents: Expr) : Expr[] =
        let seed = Expr.fresh "cotangent" y.Type
        Batch.vmapAll cotangents.Shape.Head (Reverse.vjpAll [| y |] variables [| seed |]) [| seed |] [| cotangents |]

    /// The result's tangents for each of a stack of tangents of a variable, all at once.
    let pushStack (y: Expr) (variable: Expr) (tangents: Expr) : Expr =
        let seed = Expr.fresh "tangent" variable.Type
        let moved = Forward.jvpAll [| y |] [| variable |] [| seed |]
        (Batch.vmapAll tangents.Shape.Head moved [| seed |] [| tangents |])[0]

    // One backward pass for each entry of the result.
    let jacobianReverse (y: Expr) (variables: Expr[]) : Expr[] =
        pullStack y variables (oneHots y.Type)
        |> Array.map2 (fun (variable: Expr) row -> row.ReshapeTo(y.Shape @ variable.Shape)) variables

    // One forward pass for each entry of the arguments.
    let jacobianForward (y: Expr) (variables: Expr[]) : Expr[] =
        variables
        |> Array.map (fun variable ->
            let columns = pushStack y variable (oneHots variable.Type)
            columns.Permute([ 1 .. y.Rank ] @ [ 0 ]).ReshapeTo(y.Shape @ variable.Shape))

    let requireFloating (y: Expr) : unit =
        if not y.DType.IsFloating then
            Errors.notDifferentiable "jacobian" "only float32 and float64 have derivatives" $"the result is {y.DType}" "cast it?"

    let jacobianBy (pick: Expr -> Expr[] -> Expr[]) (f: 'a -> Expr) (x: 'a) : 'a =
        let leaves, variables, y = traceStable "jacobian" f x

        requireFloating y
        pick y variables |> close leaves variables |> List.ofArray |> Params.ofList x

    let jacobian (f: 'a -> Expr) (x: 'a) : 'a =
        let cheaper (y: Expr) (variables: Expr[]) =
            let entries = variables |> Array.sumBy (fun variable -> Shape.size variable.Shape)

            let pick =
                if entries <= Shape.size y.Shape then
                    jacobianForward
                else
                    jacobianReverse

            let sparse = variables |> Array.map (SparseRows.tryJacobian y)

            if Array.forall Option.isSome sparse then
                Array.choose id sparse
            else
                pick y variables

        jacobianBy cheaper f x

    // All entries of the parameters in one vector, and back.
    let ravel (x: 'a) : Expr = Packing.pack (Params.toList x)

    let unravel (like: 'a) (vector: Expr) : 'a =
        Packing.unpack (Params.toList like |> List.map (fun leaf -> leaf.Shape)) vector
        |> Params.ofList like

    /// The same function of one tensor, and where it is: the parameters themselves when they are one, else all their entries in a vector.
    let ofOneTensor (f: 'a -> Expr) (x: 'a) : (Expr -> Expr) * Expr =
        match box x with
        | :? Expr as single -> (fun (x: Expr) -> f (unbox<'a>(box x))), single
        | :? ILeaf as single -> (fun (x: Expr) -> f (unbox<'a>(box (single.Around x)))), single.Expression
        | _ -> unravel x >> f, ravel x

    let gradientIn (place: string) (f: Expr -> Expr) (x: Expr) : Expr = snd (valueAndGradIn place f x)

    let hessian (f: 'a -> Expr) (x: 'a) : Expr =
        let f, x = ofOneTensor f x
        jacobian (gradientIn "hessian" f) x

    let private evaluate (inputs: System.Collections.Generic.Dictionary<Variable, NDArray>) (x: 'a) : 'a =
        Interpreter.run (Params.toList x |> Array.ofList) inputs
        |> Array.map Expr.constant
        |> List.ofArray
        |> Params.ofList x

    let eval (x: 'a) : 'a = evaluate (System.Collections.Generic.Dictionary()) x

    let evalWith (values: (string * Expr) list) (x: 'a) : 'a =
        let known = Graph.variables (Params.toList x)
        let inputs = System.Collections.Generic.Dictionary()

        for name, value in values do
            let key = { Name = name; Serial = 0L }

            if not (known |> List.exists (fun variable -> variable.Node = Node.Variable key)) then
                let names = known |> List.map (fun variable -> $"'{variable}'") |> String.concat ", "

                let given =
                    if names = "" then
                        "it has no variables"
                    else
                        $"its variables are {names}"

                Errors.argument "evalWith" $"'{name}' must be a variable of the expression" given "check the spelling?"

            if inputs.ContainsKey key then
                Errors.argument "evalWith" "each variable may be given once" $"'{name}' is given twice" "drop one?"

            inputs[key] <- Expr.value (eval value)

        evaluate inputs x

    let compile (f: 'a -> 'b) : 'a -> 'b =
        // None where the function has a variable from outside in it, other than parameters: those are worth what they are when it runs.
        let planOf (arguments: 'a) =
            let _, variables, result = trace f arguments
            let outputs = Params.toList result |> Array.ofList

            let parameters =
                Graph.variables outputs
                |> List.filter (fun variable -> not (isNull variable.Source))
                |> Array.ofList

            let inputs = Array.append variables parameters

            match outerVariable outputs inputs with
            | None ->
                let run = Compile.expressions outputs inputs
                let values = parameters |> Array.choose (fun parameter -> Option.ofObj parameter.Source)
                Some((fun given -> run (Array.append given (values |> Array.map _.Current))), result)
            | Some _ -> None

        CompiledFunction(f, planOf).Call
