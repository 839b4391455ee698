namespace Fluxion

open System.Collections.Generic

/// Rewrites that make a graph fit for loops: ops that are several loops become those, small products become sums of products, constants
/// are worked out, and equal nodes are made one.
module internal Lower =
    // Sums of this many products are cheaper inside the loop that uses them than as a product of their own.
    let private smallInner = 4

    // As for matrices, when one side is a vector: each term is then one multiply-add a row.
    let private smallVector = 8

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

    let private entry (axis: int) (index: int) (x: Expr) =
        Expr.slice (List.replicate axis (Slice.Range(None, None, 1)) @ [ Slice.Range(Some index, Some(index + 1), 1) ]) x

    // Row by column, each a matrix.
    let private sumOfProducts (left: Expr) (right: Expr) =
        Seq.init left.Shape[1] (fun j -> entry 1 j left * entry 0 j right) |> Seq.reduce (+)

    let private product (node: Expr) (left: Expr) (right: Expr) =
        let asRows = if left.Rank = 1 then left.ReshapeTo(1 :: left.Shape) else left
        let asColumns = if right.Rank = 1 then right.ReshapeTo(right.Shape @ [ 1 ]) else right

        if asRows.Rank <> 2 || asColumns.Rank <> 2 || Shape.size left.Shape = 0 || Shape.size right.Shape = 0 then
            node
        else
            let rows, inner, columns = asRows.Shape[0], asRows.Shape[1], asColumns.Shape[1]
            let isVector = rows = 1 || columns = 1

            if inner <= smallInner || isVector && inner <= smallVector then
                (sumOfProducts asRows asColumns).ReshapeTo node.Shape
            elif rows = 1 && columns = 1 then
                (Expr.sum (left.ReshapeTo [ inner ] * right.ReshapeTo [ inner ])).ReshapeTo node.Shape
            elif columns = 1 && rows <= smallVector then
                let vector = asColumns.ReshapeTo [ inner ]
                let sums = List.init rows (fun i -> Expr.sum ((entry 0 i asRows).ReshapeTo [ inner ] * vector))
                (Expr.stack 0 sums).ReshapeTo node.Shape
            elif rows = 1 && columns <= smallVector then
                let vector = asRows.ReshapeTo [ inner ]
                let sums = List.init columns (fun j -> Expr.sum (vector * (entry 1 j asColumns).ReshapeTo [ inner ]))
                (Expr.stack 0 sums).ReshapeTo node.Shape
            else
                node

    let private lower (node: Expr) : Expr =
        match node.Node with
        | Node.Apply(primitive, arguments) when node.DType.IsFloating ->
            match primitive.Kernel with
            | Kernel.Reduce(Reducer.LogSumExp, axes) -> logSumExp (along axes arguments[0]) arguments[0] node
            | Kernel.LogSoftmax axis -> logSoftmax axis arguments[0]
            | Kernel.MatMul -> product node arguments[0] arguments[1]
            | _ -> node
        | _ -> node

    let private fold (node: Expr) : Expr =
        let values = Graph.argumentsOf node |> Array.choose Expr.tryValue

        match node.Node with
        | Node.Apply(primitive, arguments) when values.Length = arguments.Length && values.Length > 0 ->
            let size = Shape.size node.Shape
            let given = values |> Array.sumBy (fun value -> value.Length)

            // What is larger than its arguments is repeated or random, and is better made where it is used.
            if size <= foldLimit && size <= given then
                Expr.constant (primitive.Eval values)
            else
                node
        | _ -> node

    let private mergeEqual (roots: Expr[]) : Expr[] =
        let numbers = Graph.number roots
        let first = Dictionary<int, Expr>()

        roots
        |> Graph.rewrite (fun node arguments ->
            match first.TryGetValue numbers[node] with
            | true, known -> known
            | _ ->
                let node' = Graph.withArguments node arguments
                first[numbers[node]] <- node'
                node')

    /// The roots as the compiler wants them: the same values, up to rounding.
    let prepare (roots: Expr[]) : Expr[] =
        let each (change: Expr -> Expr) = Graph.rewrite (fun node arguments -> change (Graph.withArguments node arguments))
        roots |> Rewrite.simplifyAll |> each lower |> each fold |> mergeEqual
