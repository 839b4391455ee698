namespace Fluxion

open System.Collections.Generic

/// Taylor mode: all derivatives along a curve at once, as coefficients of its power series, at a cost that grows with the square of the order for products and
/// quotients and at most its cube for other functions, where nested forward mode doubles with each order. An elementwise op y = h(x) has
/// k yₖ = Σ j xⱼ (∂h)ₖ₋ⱼ over j = 1 .. k, so its rule for first derivatives is all that is needed: coefficients of the partial derivative are
/// found in the same way, one order lower. What has no elementwise or linear rule takes nested forward mode. (Griewank and Walther, "Evaluating Derivatives",
/// 2nd ed., chapter 13.)
module internal Taylor =
    let private isMoving (series: List<Expr voption>) = series |> Seq.skip 1 |> Seq.exists (fun c -> c.IsSome)

    // None stands for zero.
    let private sum (terms: Expr voption seq) : Expr voption =
        terms
        |> Seq.fold
            (fun total term ->
                match total, term with
                | ValueNone, other
                | other, ValueNone -> other
                | ValueSome a, ValueSome b -> ValueSome(a + b))
            ValueNone

    let private map2 (f: Expr -> Expr -> Expr) (left: Expr voption) (right: Expr voption) : Expr voption =
        match left, right with
        | ValueSome a, ValueSome b -> ValueSome(f a b)
        | _ -> ValueNone

    // One walk's coefficients, which grow order by order, and to which order each node is needed.
    [<Sealed>]
    type private Series(order: int) =
        let coefficients = NodeMap<List<Expr voption>>()
        let needed = NodeMap<int>()
        let partials = NodeMap<Expr[]>()
        let nodes = List<Expr>()

        let at (node: Expr) k =
            let series = coefficients[node]
            if k < series.Count then series[k] else ValueNone

        /// The coefficient, None for zero.
        member _.At(node: Expr, k: int) : Expr voption = at node k

        member _.Set(node: Expr, series: Expr voption seq) = coefficients[node] <- List series

        /// Asks for coefficients up to an order. Nodes that are already here to a lower order come again.
        member _.Need(roots: Expr[], upTo: int) =
            let isKnown (node: Expr) = needed.Contains node && needed[node] >= upTo

            for node in Graph.postorderUntil isKnown roots do
                if not (isKnown node) then
                    needed[node] <- upTo
                    nodes.Add node

                    if not (coefficients.Contains node) then
                        coefficients[node] <- List [ ValueSome node ]

        // The partial derivatives of an elementwise node, as expressions of its arguments and itself.
        member private this.Partials (node: Expr) (scale: Expr[] -> Expr -> int -> Expr -> Expr) (arguments: Expr[]) (upTo: int) =
            if not (partials.Contains node) then
                let one = (node.Literal 1.0).BroadcastTo node.Shape

                partials[node] <-
                    arguments
                    |> Array.mapi (fun i argument ->
                        if argument.DType.IsFloating then
                            Rewrite.simplify (scale arguments node i one)
                        else
                            argument.ZerosLike)

            this.Need(partials[node], upTo)
            partials[node]

        // The k-th coefficient of Σ xᵢ' ∂ᵢ, over k: what the chain rule says.
        member private this.Elementwise (node: Expr) scale (arguments: Expr[]) (k: int) =
            let moving =
                [ for i in 0 .. arguments.Length - 1 do
                      if isMoving coefficients[arguments[i]] then
                          i ]

            if moving.IsEmpty then
                ValueNone
            else
                let partials = this.Partials node scale arguments (needed[node] - 1)

                seq {
                    for i in moving do
                        for j in 1..k do
                            let weight (x: Expr) (d: Expr) = float j / float k * (x * d)
                            map2 weight (at arguments[i] j) (at partials[i] (k - j))
                }
                |> sum
                |> ValueOption.map (fun c -> c.BroadcastTo node.Shape)

        // Products: every way in which the orders of the factors add up to k.
        member private _.Multilinear (primitive: Primitive) (arguments: Expr[]) (k: int) =
            let rec ways i rest =
                if i = arguments.Length then
                    if rest = 0 then [ [] ] else []
                elif not arguments[i].DType.IsFloating then
                    ways (i + 1) rest |> List.map (fun tail -> arguments[i] :: tail)
                else
                    [ for j in 0..rest do
                          match at arguments[i] j with
                          | ValueSome c -> yield! ways (i + 1) (rest - j) |> List.map (fun tail -> c :: tail)
                          | ValueNone -> () ]

            ways 0 k |> Seq.map (fun factors -> ValueSome(Expr.Apply(primitive, Array.ofList factors))) |> sum

        // The k-th derivative of the op along the arguments' polynomials, at 0.
        member private _.Nested (primitive: Primitive) (arguments: Expr[]) (k: int) =
            let t =
                Expr.fresh "t" { Shape = []; DType = arguments[arguments |> Array.findIndex (fun x -> x.DType.IsFloating)].DType }

            let polynomial (argument: Expr) =
                let terms =
                    [ for j in 1..k do
                          match at argument j with
                          | ValueSome c -> c * t ** float j
                          | ValueNone -> () ]

                List.fold (+) argument terms

            let mutable y = Expr.Apply(primitive, Array.map polynomial arguments)

            for j in 1..k do
                y <- (Forward.jvpAll [| y |] [| t |] [| t.Literal 1.0 |])[0] / float j

            ValueSome((Graph.substituteAll [ t, t.Literal 0.0 ] [| y |])[0])

        member private this.Next (node: Expr) (k: int) : Expr voption =
            let arguments = node.Arguments

            match node.Node with
            | Node.Apply primitive when node.DType.IsFloating && arguments |> Array.exists (fun argument -> isMoving coefficients[argument]) ->
                match primitive.Rule, arguments with
                | Rule.Constant, _ -> ValueNone
                | Rule.Linear _, _ ->
                    let moved =
                        arguments
                        |> Array.map (fun argument ->
                            if argument.DType.IsFloating then
                                at argument k |> ValueOption.defaultWith (fun () -> argument.ZerosLike)
                            else
                                argument)

                    if arguments |> Array.exists (fun argument -> argument.DType.IsFloating && (at argument k).IsSome) then
                        ValueSome(Expr.Apply(primitive, moved))
                    else
                        ValueNone
                | Rule.Multilinear _, _ -> this.Multilinear primitive arguments k
                | _, [| x; y |] when node.IsOf Elementwise.multiply -> seq { for j in 0..k -> map2 (*) (at x j) (at y (k - j)) } |> sum
                | _, [| x; y |] when node.IsOf Elementwise.divide ->
                    // z y = x, solved for the k-th coefficient of z.
                    let rest = seq { for j in 1..k -> map2 (*) (at y j) (at node (k - j)) } |> sum

                    match at x k, rest with
                    | top, ValueNone -> top |> ValueOption.map (fun top -> top / y)
                    | ValueNone, ValueSome rest -> ValueSome(-rest / y)
                    | ValueSome top, ValueSome rest -> ValueSome((top - rest) / y)
                | Rule.Elementwise scale, _ -> this.Elementwise node scale arguments k
                | _ -> this.Nested primitive arguments k
            | _ -> ValueNone

        /// Works out all orders.
        member this.Run() =
            for k in 1..order do
                let mutable i = 0

                // Partial derivatives join the list on the way.
                while i < nodes.Count do
                    let node = nodes[i]
                    let series = coefficients[node]

                    if k <= needed[node] && series.Count = k then
                        series.Add(this.Next node k |> ValueOption.map (fun c -> c.BroadcastTo node.Shape))

                    i <- i + 1

    /// The coefficients of each output, from 0 to `order`, where the inputs move along curves with these coefficients (from the first on).
    let series (order: int) (outputs: Expr[]) (inputs: Expr[]) (curves: Expr[][]) : Expr[][] =
        let series = Series order

        for input, curve in Array.zip inputs curves do
            let later = Array.init order (fun k -> if k < curve.Length then ValueSome curve[k] else ValueNone)
            series.Set(input, Seq.append [ ValueSome input ] later)

        series.Need(outputs, order)
        series.Run()

        outputs
        |> Array.map (fun output ->
            [| for k in 0..order ->
                   series.At(output, k)
                   |> ValueOption.defaultWith (fun () -> if k = 0 then output else output.ZerosLike) |])
