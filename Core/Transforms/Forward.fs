namespace Fluxion

open System.Collections.Generic

/// Forward mode: how outputs move when inputs do. Tangents are expressions, so derivatives nest to any order.
module Forward =
    // The tangents that the moving arguments of a linear op have together: the others stand still, at zero.
    let private moved (arguments: Expr[]) (tangents: Expr voption[]) =
        Array.map2
            (fun (argument: Expr) tangent ->
                match tangent with
                | ValueSome tangent -> tangent
                | ValueNone when argument.DType.IsFloating -> argument.ZerosLike
                | ValueNone -> argument)
            arguments
            tangents

    // What the tangent of argument i causes, by a rule that looks at each argument by itself.
    let private contribution (node: Expr) (rule: Rule) (arguments: Expr[]) (i: int) (tangent: Expr) : Expr =
        match rule with
        | Rule.Elementwise scale -> scale arguments node i tangent
        | Rule.Custom(jvp, _) -> jvp arguments node i tangent
        | _ -> Expr.Apply(node.Primitive, Array.updateAt i tangent arguments)

    // The sum of what each tangent of the arguments causes by itself.
    let private sumOfContributions (node: Expr) (rule: Rule) (tangents: NodeMap<Expr>) : Expr voption =
        let arguments = node.Arguments
        let mutable total = ValueNone

        for i in 0 .. arguments.Length - 1 do
            match tangents.TryFind arguments[i] with
            | ValueSome tangent ->
                let own = (contribution node rule arguments i tangent).BroadcastTo node.Shape

                total <-
                    match total with
                    | ValueSome others -> ValueSome(others + own)
                    | ValueNone -> ValueSome own
            | ValueNone -> ()

        total

    let private isMoving (node: Expr) (tangents: NodeMap<Expr>) =
        let mutable still = 0

        while still < node.Arity && not (tangents.Contains(node.Argument still)) do
            still <- still + 1

        still < node.Arity

    // What the tangents of the arguments cause together; None when no argument moves.
    let private tangentOf (node: Expr) (tangents: NodeMap<Expr>) : Expr voption =
        if not node.DType.IsFloating || not (isMoving node tangents) then
            ValueNone
        else
            let given () = node.Arguments |> Array.map tangents.TryFind

            match node.Primitive.Rule with
            | Rule.Constant -> ValueNone
            | Rule.Joint(jvp, _) -> ValueSome(jvp node.Arguments node (given ()))
            | Rule.Linear _ -> ValueSome(Expr.Apply(node.Primitive, moved node.Arguments (given ())))
            | rule -> sumOfContributions node rule tangents

    let internal requireSame (place: string) (role: string) (inputs: Expr[]) (others: Expr[]) =
        if inputs.Length <> others.Length then
            Errors.argument place $"each of {inputs.Length} needs one {role}" $"{others.Length} were given" "give as many?"

        for input, other in Array.zip inputs others do
            if input.Type <> other.Type then
                let required = $"the {role} of {input} must be {input.Type}"
                TensorType.mismatch input.Type other.Type place required $"it is {other.Type}" "give it the same shape and type?"

    let internal requireFloating (place: string) (inputs: Expr[]) =
        for input in inputs do
            if not input.DType.IsFloating then
                Errors.notDifferentiable
                    place
                    "only float32 and float64 have derivatives"
                    $"{input} is {input.DType}"
                    "cast it before it enters?"

    /// The input that a node is: the same node, or another one of the same variable.
    let internal inputOf (inputs: Expr[]) : Expr -> Expr voption =
        let known = NodeMap<Expr>()
        let byVariable = Dictionary<struct (Variable * TensorType), Expr>()

        for input in inputs do
            match input.Node with
            | Node.Variable variable ->
                byVariable.TryAdd(struct (variable, input.Type), input) |> ignore
                known[input] <- byVariable[struct (variable, input.Type)]
            | _ -> known[input] <- input

        fun node ->
            match known.TryFind node with
            | ValueNone when not node.IsApplication ->
                match node.Node with
                | Node.Variable variable ->
                    match byVariable.TryGetValue(struct (variable, node.Type)) with
                    | true, input -> ValueSome input
                    | _ -> ValueNone
                | _ -> ValueNone
            | found -> found

    // `simple` is what becomes of each tangent as soon as it is there: what is made simple at once does not live long before.
    let private pushForward (simple: Expr -> Expr) (outputs: Expr[]) (inputs: Expr[]) (tangents: Expr[]) : Expr[] =
        requireSame "jvp" "tangent" inputs tangents
        requireFloating "tangent" inputs
        let known = NodeMap<Expr>()
        Array.iter2 (fun input tangent -> known[input] <- tangent) inputs tangents
        let inputOf = inputOf inputs

        for node in Graph.postorderUntil known.Contains outputs do
            if not (known.Contains node) then
                let tangent =
                    match inputOf node with
                    | ValueSome input -> known.TryFind input
                    | ValueNone -> tangentOf node known

                tangent |> ValueOption.iter (fun tangent -> known[node] <- simple tangent)

        outputs
        |> Array.map (fun output -> known.TryFind output |> ValueOption.defaultWith (fun () -> output.ZerosLike))

    /// The Jacobian-vector product: for each output, the tangent caused by these tangents of the inputs, which may be any nodes.
    /// Unsimplified. (Griewank and Walther, "Evaluating Derivatives", 2nd ed., section 3.1.)
    let internal jvpAll (outputs: Expr[]) (inputs: Expr[]) (tangents: Expr[]) : Expr[] = pushForward id outputs inputs tangents

    /// What `derive` makes of the outputs and inputs, simplified. It sees the outputs as they are best differentiated, for the derivative of what is stable
    /// is stable; and variables for inputs that are none, or a law would look into them, and an input that is part of no output any more has no derivative.
    let internal derived (outputs: Expr[]) (inputs: Expr[]) (derive: Expr[] -> Expr[] -> Expr[]) : Expr[] =
        if inputs |> Array.forall (fun input -> input.Node.IsVariable) then
            derive (Rewrite.simplifyAll outputs) inputs |> Rewrite.byLaws
        else
            let known = NodeMap<Expr>()

            // Variables stay what they are: another node of the same one is not to be missed.
            for input in inputs do
                if not input.Node.IsVariable then
                    known[input] <- Expr.fresh "x" input.Type

            let variables = inputs |> Array.map (fun input -> known.TryFind input |> ValueOption.defaultValue input)
            let cut = Graph.substituteAll (Array.zip inputs variables) outputs

            derive (Rewrite.simplifyAll cut) variables
            |> Graph.substituteAll (Array.zip variables inputs)
            |> Rewrite.byLaws

    /// The tangents of outputs for tangents of inputs: J·v, without forming J. Inputs and tangents pair up, and must agree in type.
    let jvp (outputs: Expr list) (inputs: Expr list) (tangents: Expr list) : Expr list =
        let tangents = Array.ofList tangents
        let simple = Rewrite.Simplifier(ValueNone).Simplify

        derived (Array.ofList outputs) (Array.ofList inputs) (fun outputs inputs -> pushForward simple outputs inputs tangents)
        |> List.ofArray
