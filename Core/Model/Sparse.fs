namespace Fluxion

open MathNet.Numerics.LinearAlgebra

/// A matrix of derivatives by the entries that can be other than zero.
type Sparse =
    {
        /// Where they are.
        Pattern: SparsityPattern
        /// What they are: an expression [count], in the pattern's order.
        Values: Expr
        /// How many derivatives along a direction they were made of: the cost, as a multiple of one.
        Colours: int
    }

/// Jacobians and Hessians with few entries, at a cost that follows the number of colours of their columns (or rows) and not the number of columns: the pattern is found from
/// the expression, columns that share no row get one colour, and one derivative along a direction finds all columns of a colour. Elements of tensors are counted row by row.
/// A direction brings zeros to entries of other colours: where such an entry is infinite or NaN, its neighbours in the row become NaN.
/// (Gebremedhin, Manne and Pothen, "What color is your Jacobian? Graph coloring for computing derivatives", 2005.)
module Sparse =
    let private indices (positions: int[]) : Expr =
        NDArray.ofInts DType.Int64 [ positions.Length ] (Array.map int64 positions) |> Expr.constant

    // For each colour a tensor of zeros, with ones where the colour is; none where it is -1.
    let private directions (colours: int[]) (tensorType: TensorType) : Expr =
        let count = Colouring.count colours
        let ones = Array.zeroCreate (count * colours.Length)

        for i in 0 .. colours.Length - 1 do
            if colours[i] >= 0 then
                ones[colours[i] * colours.Length + i] <- 1.0

        Expr.constant (NDArray.ofFloats tensorType.DType (count :: tensorType.Shape) ones)

    // The entries picked from derivatives along directions, by their positions in the pattern's order.
    let private pick (pattern: SparsityPattern) (colours: int) (derivatives: Expr) (positions: int[]) : Sparse =
        { Pattern = pattern
          Values = Expr.reshape [ -1 ] derivatives |> Expr.gather 0 (indices positions)
          Colours = colours }

    let private empty (pattern: SparsityPattern) (y: Expr) : Sparse =
        { Pattern = pattern; Values = (y.Literal 0.0).BroadcastTo [ 0 ]; Colours = 0 }

    let private closed (variables: Expr[]) (x: Expr) (matrix: Sparse) : Sparse =
        { matrix with Values = Functions.closeOne variables x matrix.Values }

    /// The Jacobian of a function at a point of any form: row i is element i of the result, column j entry j of the point (of all its tensors in order). By forward mode for
    /// colours of columns, or by reverse mode for colours of rows, whichever can do with fewer; where a few rows or columns are much fuller than all others, by one mode for
    /// them and the other for the rest. Colours are those of both.
    let jacobian (f: 'a -> Expr) (x: 'a) : Sparse =
        let f, x = Functions.ofOneTensor f x
        let y, variables = Functions.traceOne "jacobian" f x
        Functions.requireFloating y
        let pattern = Sparsity.pattern y variables[0]

        if pattern.Count = 0 then
            empty pattern y
        else
            let ofColumns, ofRows, isByRow = Colouring.bothWays pattern
            let pushed, pulled = Colouring.count ofColumns, Colouring.count ofRows

            let derivatives =
                [ if pushed > 0 then
                      Expr.reshape [ -1 ] (Functions.pushStack y variables[0] (directions ofColumns x.Type))
                  if pulled > 0 then
                      Functions.pullStack y variables (directions ofRows y.Type) |> Array.head |> Expr.reshape [ -1 ] ]

            let position row column =
                if isByRow row column then
                    pushed * pattern.RowCount + ofRows[row] * pattern.ColumnCount + column
                else
                    ofColumns[column] * pattern.RowCount + row

            Array.map2 position pattern.Rows pattern.Columns
            |> pick pattern (pushed + pulled) (Expr.concat 0 derivatives)
            |> closed variables x

    /// The second derivatives of a function that gives a scalar, at a point of any form: row and column are entries of the point (of all its tensors in order). Both of two places
    /// that mirror one another are there. One Hessian-vector product for each colour of a star colouring: 2 for an arrow, 3 for a tridiagonal matrix, of any size.
    /// The matrix is taken to be symmetric, as it is but for custom rules and stopped gradients. Raises ShapeException when the result is no scalar.
    let hessian (f: 'a -> Expr) (x: 'a) : Sparse =
        let f, x = Functions.ofOneTensor f x
        let gradient, variables = Functions.traceOne "hessian" (Functions.gradientIn "hessian" f) x
        let pattern = Sparsity.symmetric (Sparsity.pattern gradient variables[0])

        if pattern.Count = 0 then
            empty pattern gradient
        else
            let colours = Colouring.symmetric pattern
            let products = Functions.pushStack gradient variables[0] (directions colours x.Type)

            // An entry that is not alone in its row's sum is so in that of its mirror image.
            Array.map3
                (fun isAlone row column ->
                    if isAlone then
                        colours[column] * pattern.RowCount + row
                    else
                        colours[row] * pattern.RowCount + column)
                (Colouring.alone pattern colours)
                pattern.Rows
                pattern.Columns
            |> pick pattern (Colouring.count colours) products
            |> closed variables x

    /// The matrix with its zeros: [rows; columns].
    let toDense (matrix: Sparse) : Expr =
        let pattern = matrix.Pattern
        let positions = Array.map2 (fun row column -> row * pattern.ColumnCount + column) pattern.Rows pattern.Columns

        matrix.Values
        |> Expr.scatterAdd 0 (pattern.RowCount * pattern.ColumnCount) (indices positions)
        |> Expr.reshape [ pattern.RowCount; pattern.ColumnCount ]

    /// The matrix as MathNet's sparse matrix of float64, for its solvers. Raises InvalidOperationException when the values are still to be evaluated, ShapeException when
    /// it has no rows or no columns (MathNet has no empty matrices).
    let toMatrix (matrix: Sparse) : Matrix<float> =
        let pattern = matrix.Pattern

        if pattern.RowCount = 0 || pattern.ColumnCount = 0 then
            Errors.shape
                "toMatrix"
                "there must be rows and columns"
                $"the matrix is {Shape.show [ pattern.RowCount; pattern.ColumnCount ]}"
                "use Sparse.toDense?"

        let values = (Expr.value matrix.Values).Floats
        let entries = Seq.zip3 pattern.Rows pattern.Columns values
        Matrix<float>.Build.SparseOfIndexed(pattern.RowCount, pattern.ColumnCount, entries)
