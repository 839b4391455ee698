namespace Fluxion

open System.Collections.Generic

/// Reverse mode: how much each input matters to the outputs. Cotangents are expressions, so derivatives nest to any order.
module Reverse =
    // The nodes between inputs and outputs that a derivative can flow through, inputs included.
    let private active (order: Expr[]) (isInput: Expr -> bool) : NodeMap<bool> =
        let active = NodeMap<bool>()

        for node in order do
            if isInput node then
                active[node] <- true
            elif node.IsApplication && node.DType.IsFloating && not node.Primitive.Rule.IsConstant then
                for i in 0 .. node.Arity - 1 do
                    if active.Contains(node.Argument i) then
                        active[node] <- true

        active

    // What a cotangent of the node sends to argument i, by a rule that serves each argument by itself.
    let private cotangentTo (node: Expr) (rule: Rule) (arguments: Expr[]) (i: int) (cotangent: Expr) : Expr voption =
        match rule with
        | Rule.Elementwise scale ->
            // The factor may be smaller than the cotangent, never larger than the result.
            ValueSome((scale arguments node i cotangent).BroadcastTo(node.Shape).SumTo arguments[i].Shape)
        | Rule.Linear transpose
        | Rule.Multilinear transpose -> ValueSome(transpose arguments i cotangent)
        | Rule.Custom(_, vjp) -> ValueSome(vjp arguments node i cotangent)
        | Rule.Joint _
        | Rule.Constant -> ValueNone

    // Each cotangent is made simple as soon as it is there, when a simplifier is given, and forgotten as soon as it is sent on: so not much more lives
    // at a time than what is asked for.
    let private pullBack (simplifier: Rewrite.Simplifier voption) (outputs: Expr[]) (inputs: Expr[]) (cotangents: Expr[]) : Expr[] =
        Forward.requireSame "vjp" "cotangent" outputs cotangents
        Forward.requireFloating "gradient" inputs

        let inputOf = Forward.inputOf inputs
        let isInput node = (inputOf node).IsSome
        let order = Graph.postorderUntil isInput outputs
        let active = active order isInput
        let known = NodeMap<Expr>()
        let waiting = NodeMap<List<Expr>>()

        let simple (cotangent: Expr) =
            match simplifier with
            | ValueSome simplifier -> simplifier.Simplify cotangent
            | ValueNone -> cotangent

        let add (node: Expr) (cotangent: Expr) =
            match known.TryFind node with
            | ValueSome sum -> known[node] <- simple (sum + cotangent)
            | ValueNone -> known[node] <- cotangent

        let send (node: Expr) (cotangent: Expr voption) =
            let node = inputOf node |> ValueOption.defaultValue node

            match cotangent |> ValueOption.map simple with
            | ValueSome cotangent when Cotangents.isScattered cotangent ->
                if not (waiting.Contains node) then
                    waiting[node] <- List()

                waiting[node].Add cotangent
            | ValueSome cotangent -> add node cotangent
            | ValueNone -> ()

        // All that was sent to a node, when nobody is left to send.
        let total (node: Expr) : Expr voption =
            if waiting.Contains node then
                for cotangent in Cotangents.joined (List.ofSeq waiting[node]) do
                    add node (simple cotangent)

                waiting.Remove node

            known.TryFind node

        let sendOn (node: Expr) (primitive: Primitive) (arguments: Expr[]) (cotangent: Expr) =
            match primitive.Rule with
            | Rule.Joint(_, vjp) -> vjp arguments node (Array.map active.Contains arguments) cotangent |> Array.iter2 send arguments
            | rule ->
                for i in 0 .. arguments.Length - 1 do
                    if active.Contains arguments[i] then
                        send arguments[i] (cotangentTo node rule arguments i cotangent)

        for output, cotangent in Array.zip outputs cotangents do
            if active.Contains output then
                send output (ValueSome cotangent)

        for k in order.Length - 1 .. -1 .. 0 do
            let node = order[k]

            if node.IsApplication && not (isInput node) then
                match total node with
                | ValueSome cotangent ->
                    sendOn node node.Primitive node.Arguments cotangent
                    known.Remove node
                    simplifier |> ValueOption.iter (fun simplifier -> simplifier.Forget())
                | ValueNone -> ()

        inputs
        |> Array.map (fun input ->
            match inputOf input |> ValueOption.bind total with
            | ValueSome cotangent -> cotangent
            | ValueNone -> input.ZerosLike)

    /// The vector-Jacobian product: for each input, which may be any node, the cotangent that these cotangents of the outputs cause.
    /// Unsimplified. (Griewank and Walther, "Evaluating Derivatives", 2nd ed., section 3.2.)
    let internal vjpAll (outputs: Expr[]) (inputs: Expr[]) (cotangents: Expr[]) : Expr[] = pullBack ValueNone outputs inputs cotangents

    // Outputs that are simple already, cotangents made simple on the way.
    let private pullSimple (outputs: Expr[]) (inputs: Expr[]) (cotangents: Expr[]) : Expr[] =
        pullBack (ValueSome(Rewrite.Simplifier ValueNone)) outputs inputs cotangents

    let internal requireScalar (place: string) (loss: Expr) =
        if not loss.Shape.IsEmpty then
            Errors.shape place "the function must give a scalar" $"it gives {Shape.show loss.Shape}" "sum or mean it, or use jacobian?"

        if not loss.DType.IsFloating then
            Errors.notDifferentiable place "only float32 and float64 have derivatives" $"the result is {loss.DType}" "cast it?"

    /// The gradient of a scalar that is simple already.
    let internal gradientAll (loss: Expr) (inputs: Expr[]) : Expr[] =
        requireScalar "gradient" loss
        pullSimple [| loss |] inputs [| loss.Literal 1.0 |]

    /// The cotangents of inputs for cotangents of outputs: Jᵀ·v, without forming J. Outputs and cotangents pair up, and must agree in type.
    let vjp (outputs: Expr list) (inputs: Expr list) (cotangents: Expr list) : Expr list =
        let cotangents = Array.ofList cotangents

        Forward.derived (Array.ofList outputs) (Array.ofList inputs) (fun outputs inputs -> pullSimple outputs inputs cotangents)
        |> List.ofArray

    /// The gradient of a scalar expression by each of the inputs, which may be any nodes of it: an expression each, of the input's type.
    /// Raises ShapeException when it is not a scalar, NotDifferentiableException when an input is not floating point.
    let gradient (loss: Expr) (inputs: Expr list) : Expr list =
        Forward.derived [| loss |] (Array.ofList inputs) (fun outputs inputs -> gradientAll outputs[0] inputs)
        |> List.ofArray
