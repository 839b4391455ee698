namespace Fluxion

/// Parts of the matrices in the last two axes, and several results side by side in one vector.
module internal MatrixParts =
    /// The product of matrices.
    let inline ( *@ ) (left: Expr) (right: Expr) = Expr.matmul left right

    /// The transpose.
    let turned (x: Expr) : Expr = Expr.transpose x

    /// The axes before the last two.
    let batchOf (x: Expr) : Shape = List.take (x.Rank - 2) x.Shape

    /// The mean of matrices and their transposes.
    let symmetric (x: Expr) : Expr = 0.5 * (x + turned x)

    /// Vectors as columns, `[..; n; 1]`.
    let asColumn (x: Expr) : Expr = x.ReshapeTo(x.Shape @ [ 1 ])

    /// Vectors as rows, `[..; 1; n]`.
    let asRow (x: Expr) : Expr = x.ReshapeTo(Shape.insert (x.Rank - 1) x.Shape)

    /// 1/x, and 0 where x is 0: what is divided by a difference that is none has no limit, and counts as nothing.
    let reciprocal (x: Expr) : Expr =
        let isZero = Expr.equal x (x.Literal 0.0)
        Expr.where isZero (x.Literal 0.0) (1.0 / Expr.where isZero (x.Literal 1.0) x)

    /// The sum over the last two axes, which stay with size 1.
    let total (x: Expr) : Expr = x.SumOver([ x.Rank - 2; x.Rank - 1 ]).ReshapeTo(batchOf x @ [ 1; 1 ])

    /// Tensors that agree in the axes of `batch`, side by side in one last axis.
    let pack (batch: Shape) (parts: Expr list) : Expr =
        parts
        |> List.map (fun part -> part.ReshapeTo(batch @ [ Shape.size (List.skip batch.Length part.Shape) ]))
        |> Expr.concat batch.Length

    /// What `pack` put together, by the shapes of the parts without the batch.
    let unpack (shapes: Shape list) (packed: Expr) : Expr list =
        let batch = List.take (packed.Rank - 1) packed.Shape
        let whole = batch |> List.map (fun _ -> Slice.Range(None, None, 1))
        let starts = shapes |> List.scan (fun start shape -> start + Shape.size shape) 0

        List.zip shapes (List.pairwise starts)
        |> List.map (fun (shape, (start, stop)) ->
            (Expr.slice (whole @ [ Slice.Range(Some start, Some stop, 1) ]) packed).ReshapeTo(batch @ shape))
