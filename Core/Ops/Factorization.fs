namespace Fluxion

open MatrixParts

/// Factorizations of matrices into several results, which lie side by side in one vector. Matrices are the last two axes, those before them a batch.
module internal Factorization =
    // Shapes of matrices with at least as many rows as columns.
    let private tall: Shape list = [ [ 3; 2 ]; [ 2; 2; 2 ]; [ 1; 1 ]; [ 2; 0 ] ]

    let private requireTall name (t: TensorType) : int * int * Shape =
        match List.rev t.Shape with
        | columns :: rows :: batch when rows >= columns -> rows, columns, List.rev batch
        | _ ->
            Errors.shape
                name
                "a matrix is needed in the last two axes, with no fewer rows than columns"
                $"it is {Shape.show t.Shape}"
                "add axes with Expr.expandDims, or transpose it?"

    /// The parts of a packed qr of matrices of this shape.
    let qrParts (matrix: Shape) : Shape list =
        let rows, columns = matrix[matrix.Length - 2], List.last matrix
        [ [ rows; columns ]; [ columns; columns ] ]

    /// A = Q R with QᵀQ = I and R upper triangular, its diagonal not negative. (Walter and Lehmann, "Algorithmic differentiation of linear algebra
    /// functions with application in optimum experimental design", 2010, section 5.)
    let qr =
        let parts (arguments: Expr[]) (y: Expr) =
            match unpack (qrParts arguments[0].Shape) y with
            | [ q; r ] -> struct (q, r)
            | _ -> struct (y, y)

        // x R⁻¹ and x R⁻ᵀ.
        let over triangle (r: Expr) (x: Expr) = turned (Column.apply Linalg.triangularSolve triangle [ r; turned x ])

        let jvp (arguments: Expr[]) y _ (t: Expr) =
            let struct (q, r) = parts arguments y
            let moved = over { Triangle.upper with IsTransposed = true } r t
            let inside = turned q *@ moved
            let below = Expr.tril -1 inside
            // What turns Q is antisymmetric, the rest is R's: upper triangular.
            let rest = inside - below + turned below
            pack (batchOf t) [ moved - q *@ rest; rest *@ r ]

        let vjp (arguments: Expr[]) y _ (cotangent: Expr) =
            let struct (q, r) = parts arguments y
            let struct (q', r') = parts arguments cotangent
            let inside = r *@ turned r' - turned q' *@ q
            over Triangle.upper r (q' + q *@ (Expr.tril 0 inside + turned (Expr.tril -1 inside)))

        let shape (t: TensorType) =
            let rows, columns, batch = requireTall "qr" t
            batch @ [ rows * columns + columns * columns ]

        Linalg.row "qr" (Column.named "qr") shape (Rule.Custom(jvp, vjp)) MatrixOperation.QR tall

    // 1 / (xⱼ - xᵢ), and 0 where they are equal: on the diagonal, and where vectors are not unique.
    let private gaps (x: Expr) = reciprocal (asRow x - asColumn x)

    /// The parts of a packed eigh of matrices of this shape.
    let eighParts (matrix: Shape) : Shape list =
        let order = List.last matrix
        [ [ order ]; [ order; order ] ]

    /// A = V diag(w) Vᵀ with VᵀV = I, where A is the mean of the matrix and its transpose; w ascends, and the first large entry of each vector is positive.
    /// (Giles 2008, section 3.1; where values repeat, as Magnus, "On differentiating eigenvalues and eigenvectors", 1985, by the pseudo-inverse.)
    let eigh =
        let parts (arguments: Expr[]) (y: Expr) =
            match unpack (eighParts arguments[0].Shape) y with
            | [ values; vectors ] -> struct (values, vectors)
            | _ -> struct (y, y)

        let jvp (arguments: Expr[]) y _ (t: Expr) =
            let struct (w, v) = parts arguments y
            let inside = turned v *@ symmetric t *@ v
            pack (batchOf t) [ Expr.diagonal 0 inside; v *@ (gaps w * inside) ]

        let vjp (arguments: Expr[]) y _ (cotangent: Expr) =
            let struct (w, v) = parts arguments y
            let struct (w', v') = parts arguments cotangent
            symmetric (v *@ (Expr.diag 0 w' + gaps w * (turned v *@ v')) *@ turned v)

        let shape (t: TensorType) =
            Linalg.requireSquare "eigh" t
            let order = List.last t.Shape
            List.take (t.Shape.Length - 2) t.Shape @ [ order + order * order ]

        Linalg.row "eigh" (Column.named "eigh") shape (Rule.Custom(jvp, vjp)) MatrixOperation.Eigh Linalg.squares

    /// The parts of a packed svd of matrices of this shape.
    let svdParts (matrix: Shape) : Shape list =
        let rows, columns = matrix[matrix.Length - 2], List.last matrix
        [ [ rows; columns ]; [ columns ]; [ columns; columns ] ]

    /// A = U diag(s) Vᵀ with UᵀU = I and VᵀV = I; s descends, and the first large entry of each column of U is positive. (Townsend, "Differentiating
    /// the singular value decomposition", 2016; where values repeat or are 0, by the pseudo-inverse, as eigh.)
    let svd =
        let parts (arguments: Expr[]) (y: Expr) =
            match unpack (svdParts arguments[0].Shape) y with
            | [ u; s; v ] -> struct (u, s, v)
            | _ -> struct (y, y, y)

        // 1 / (sⱼ² - sᵢ²).
        let squareGaps (s: Expr) = gaps s * reciprocal (asRow s + asColumn s)

        // (I - U Uᵀ) x / s, which is nothing when U is square.
        let outside (u: Expr) (s: Expr) (x: Expr) =
            if u.Shape[u.Rank - 2] = List.last u.Shape then
                x.ZerosLike
            else
                (x - u *@ (turned u *@ x)) * asRow (reciprocal s)

        let jvp (arguments: Expr[]) y _ (t: Expr) =
            let struct (u, s, v) = parts arguments y
            let moved = t *@ v
            let inside = turned u *@ moved
            let toRight, toLeft = inside * asRow s, asColumn s * inside
            let gaps = squareGaps s

            pack
                (batchOf t)
                [ u *@ (gaps * (toRight + turned toRight)) + outside u s moved
                  Expr.diagonal 0 inside
                  v *@ (gaps * (toLeft + turned toLeft)) ]

        let vjp (arguments: Expr[]) y _ (cotangent: Expr) =
            let struct (u, s, v) = parts arguments y
            let struct (u', s', v') = parts arguments cotangent
            let gaps = squareGaps s
            let turning (x: Expr) = gaps * (x - turned x)
            let left = turning (turned u *@ u') * asRow s
            let right = asColumn s * turning (turned v *@ v')
            (u *@ (left + right + Expr.diag 0 s') + outside u s u') *@ turned v

        let shape (t: TensorType) =
            let rows, columns, batch = requireTall "svd" t
            batch @ [ rows * columns + columns + columns * columns ]

        Linalg.row "svd" (Column.named "svd") shape (Rule.Custom(jvp, vjp)) MatrixOperation.Svd tall

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ qr; eigh; svd ]
