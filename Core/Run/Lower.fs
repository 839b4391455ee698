namespace Fluxion

open System.Collections.Generic

/// Rewrites that make a graph fit for loops: ops that are several loops become those, small products become sums of products, constants
/// are worked out, and equal nodes are made one.
module internal Lower =
    // Constants beyond this many elements are read through their views and not worked out again in memory.
    let private foldLimit = 65536

    let private along (axes: int list option) (x: Expr) =
        match axes with
        | None -> [ 0 .. x.Rank - 1 ]
        | Some axes -> axes

    // A finite shift: where the largest is infinite, 0 keeps infinity - infinity out of the exponent.
    let private shiftOf (axes: int list) (x: Expr) =
        let largest = (Expr.maxOver axes x).ReshapeTo(Shape.reduce true axes x.Shape)
        Expr.where (Expr.equal (Expr.Abs largest) (largest.Literal infinity)) (largest.Literal 0.0) largest

    let private logSumExp (axes: int list) (x: Expr) (result: Expr) =
        if Shape.size x.Shape = 0 then
            (x.Literal -infinity).BroadcastTo result.Shape
        else
            let shift = shiftOf axes x
            shift.ReshapeTo result.Shape + Expr.Log(Expr.sumOver axes (Expr.Exp(x - shift)))

    let private logSoftmax (axis: int) (x: Expr) =
        if Shape.size x.Shape = 0 then
            x
        else
            let shifted = x - shiftOf [ axis ] x
            let total = Expr.Log(Expr.sumOver [ axis ] (Expr.Exp shifted))
            shifted - total.ReshapeTo(Shape.insert axis total.Shape)

    // Not the exponential of logSoftmax: what rounding takes from an argument, exp multiplies by it, and here the shift alone is rounded.
    let private softmax (axis: int) (x: Expr) =
        if Shape.size x.Shape = 0 then
            x
        else
            let powers = Expr.Exp(x - shiftOf [ axis ] x)
            let inverse = 1.0 / Expr.sumOver [ axis ] powers
            powers * inverse.ReshapeTo(Shape.insert axis inverse.Shape)

    let private tryComposition (node: Expr) =
        match node.Node with
        | Node.Apply primitive ->
            match primitive.Kernel with
            | Kernel.Composed composition -> Some(composition.Apply node.Arguments)
            | _ -> None
        | _ -> None

    let private isComposed (node: Expr) =
        match node.Node with
        | Node.Apply primitive -> primitive.Kernel.IsComposed
        | _ -> false

    let private each (change: Expr -> Expr) = Graph.rewrite (fun _ node -> change node)

    // Ops that are written in others become those, until none is left that is.
    let rec private writeOut (roots: Expr[]) : Expr[] =
        if Graph.postorder roots |> Array.exists isComposed then
            roots |> each (fun node -> tryComposition node |> Option.defaultValue node) |> writeOut
        else
            roots

    let private lower (node: Expr) : Expr =
        match node.Node with
        | Node.Apply primitive when node.DType.IsFloating ->
            let arguments = node.Arguments

            match primitive.Kernel with
            | Kernel.Reduce(Reducer.LogSumExp, axes) -> logSumExp (along axes arguments[0]) arguments[0] node
            | Kernel.LogSoftmax axis -> logSoftmax axis arguments[0]
            | Kernel.Softmax axis -> softmax axis arguments[0]
            | Kernel.MatMul -> Products.lower node arguments[0] arguments[1]
            | _ -> node
        | _ -> node

    let private fold (node: Expr) : Expr =
        let values = node.Arguments |> Array.choose Expr.tryValue

        match node.Node with
        | Node.Apply primitive when values.Length = node.Arity && values.Length > 0 && not primitive.Kernel.IsNested ->
            let size = Shape.size node.Shape
            let given = values |> Array.sumBy (fun value -> value.Length)

            // What is larger than its arguments is repeated or random, and is better made where it is used.
            if size <= foldLimit && size <= given then
                Expr.constant (primitive.Eval values)
            else
                node
        | _ -> node

    // Functions with a rule of their own and solutions of equations, where derivatives are no longer asked for. One may stand inside another.
    let rec private inlined (roots: Expr[]) : Expr[] =
        let mutable isChanged = false

        let inlineOne (node: Expr) =
            match CustomRule.tryInline node |> ValueOption.orElseWith (fun () -> Implicit.tryInline node) with
            | ValueSome inner ->
                isChanged <- true
                inner
            | ValueNone -> node

        let roots' = roots |> Graph.rewrite (fun _ node -> inlineOne node)
        if isChanged then inlined roots' else roots'

    /// The roots as the compiler wants them: the same values, up to rounding.
    let prepare (roots: Expr[]) : Expr[] =
        roots |> inlined |> Rewrite.simplifyAll |> writeOut |> each lower |> each fold |> Graph.shared
