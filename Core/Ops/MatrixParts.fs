namespace Fluxion

/// Parts of the matrices in the last two axes, and several results side by side in one vector.
module internal MatrixParts =
    /// The product of matrices.
    let inline ( *@ ) (left: Expr) (right: Expr) = Expr.matmul left right

    /// The transpose.
    let turned (x: Expr) : Expr = Expr.transpose x

    /// The axes before the last two.
    let batchOf (x: Expr) : Shape = List.take (x.Rank - 2) x.Shape

    // The number of each row, down a column, and of each column, along a row.
    let private positions (x: Expr) : Expr * Expr =
        let count size shape = Expr.Constant(x.Language, NDArray.ofFloats x.DType shape (Array.init size float))
        let rows, columns = x.Shape[x.Rank - 2], List.last x.Shape
        count rows [ rows; 1 ], count columns [ 1; columns ]

    let private where condition (yes: Expr) (no: Expr) = Column.apply Elementwise.where () [ condition; yes; no ]
    let private less (left: Expr) (right: Expr) = Column.apply Elementwise.less () [ left; right ]

    /// What stands on and below the diagonal, zeros above.
    let lower (x: Expr) : Expr =
        let row, column = positions x
        where (less row column) (x.Literal 0.0) x

    /// What stands below the diagonal.
    let strictlyLower (x: Expr) : Expr =
        let row, column = positions x
        where (less column row) x (x.Literal 0.0)

    /// What stands on and above the diagonal, zeros below.
    let upper (x: Expr) : Expr =
        let row, column = positions x
        where (less column row) (x.Literal 0.0) x

    /// What stands above the diagonal.
    let strictlyUpper (x: Expr) : Expr =
        let row, column = positions x
        where (less row column) x (x.Literal 0.0)

    /// What stands below the diagonal, and half of what is on it.
    let lowerHalf (x: Expr) : Expr =
        let row, column = positions x
        where (less row column) (x.Literal 0.0) (where (less column row) x (0.5 * x))

    /// The diagonal of square matrices `[..; n; n]`, as vectors: of the elements in a row, every n + 1st.
    let diagonal (x: Expr) : Expr =
        let batch, size = batchOf x, List.last x.Shape
        let whole = batch |> List.map (fun _ -> Slice.Range(None, None, 1))
        x.ReshapeTo(batch @ [ size * size ]) |> Expr.slice (whole @ [ Slice.Range(None, None, size + 1) ])

    /// Square matrices with the vectors `[..; n]` on their diagonals.
    let onDiagonal (x: Expr) : Expr =
        let size = List.last x.Shape
        let square = x.ReshapeTo(x.Shape @ [ 1 ]).BroadcastTo(x.Shape @ [ size ])
        let row, column = positions square
        where (Column.apply Elementwise.equal () [ row; column ]) square (x.Literal 0.0)

    /// The mean of matrices and their transposes.
    let symmetric (x: Expr) : Expr = 0.5 * (x + turned x)

    /// Vectors as columns, `[..; n; 1]`.
    let asColumn (x: Expr) : Expr = x.ReshapeTo(x.Shape @ [ 1 ])

    /// Vectors as rows, `[..; 1; n]`.
    let asRow (x: Expr) : Expr = x.ReshapeTo(Shape.insert (x.Rank - 1) x.Shape)

    /// 1/x, and 0 where x is 0: what is divided by a difference that is none has no limit, and counts as nothing.
    let reciprocal (x: Expr) : Expr =
        let isZero = Column.apply Elementwise.equal () [ x; x.Literal 0.0 ]
        where isZero (x.Literal 0.0) (1.0 / where isZero (x.Literal 1.0) x)

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
