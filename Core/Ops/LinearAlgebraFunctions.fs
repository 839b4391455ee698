namespace Fluxion

open MatrixParts

/// Linear algebra for users. In all of it, matrices are the last two axes and those before them a batch.
[<AutoOpen>]
module LinearAlgebraFunctions =
    let private requireMatrix (name: string) (x: Expr) : unit =
        if x.Rank < 2 then
            Errors.shape name "a matrix is needed in the last two axes" $"it is {Shape.show x.Shape}" "add an axis with Expr.expandDims?"

    // A system for any right-hand side: a vector is one column, axes before the last two are broadcast, and those of which one matrix knows nothing
    // stand side by side, so that it is factored once.
    let private solveBroadcast (name: string) (solve: Expr -> Expr -> Expr) (a: Expr) (b: Expr) : Expr =
        requireMatrix name a

        if b.Rank = 0 then
            Errors.shape name "right-hand sides need at least one axis" "they are a scalar" "reshape them to [n]?"

        let sides = if b.Rank = 1 then asColumn b else b
        let batch = Shape.broadcast name (batchOf a) (batchOf sides)
        let last (x: Expr) = List.skip (x.Rank - 2) x.Shape

        let solution =
            if a.Rank = 2 && sides.Rank > 2 then
                let stacked = sides.ReshapeTo(Shape.size (batchOf sides) :: last sides)
                (Linalg.acrossColumns solve a stacked).ReshapeTo sides.Shape
            else
                solve (a.BroadcastTo(batch @ last a)) (sides.BroadcastTo(batch @ last sides))

        if b.Rank = 1 then
            solution.ReshapeTo(List.take (solution.Rank - 1) solution.Shape)
        else
            solution

    module Expr =
        /// The x of a x = b, for regular `a` `[..; n; n]` and `b` `[n]` or `[..; n; k]`, by LU factors with row exchanges. Raises ShapeException when sizes
        /// do not fit, and, when run, ArgumentException for a singular matrix.
        let solve (a: Expr) (b: Expr) : Expr =
            solveBroadcast "solve" (fun a b -> Column.apply Linalg.solve { IsTransposed = false } [ a; b ]) a b

        /// The x of t x = b, where t is one triangle of `a`: `triangularSolve Triangle.lower l b`, or `{ Triangle.lower with IsTransposed = true }`.
        /// Shapes are those of solve. Raises ArgumentException, when run, for a 0 on the diagonal.
        let triangularSolve (triangle: Triangle) (a: Expr) (b: Expr) : Expr =
            solveBroadcast "triangularSolve" (fun a b -> Column.apply Linalg.triangularSolve triangle [ a; b ]) a b

        /// The lower triangular l of a = l lᵀ, for positive definite `[..; n; n]`. What is factored is the mean of the matrix and its transpose, so its
        /// derivative is symmetric. Raises ArgumentException, when run, for a matrix that is not positive definite.
        let cholesky (a: Expr) : Expr = Column.apply Cholesky.cholesky () [ a ]

        /// a⁻¹ of regular `[..; n; n]`; `solve` is better where it is only to be multiplied by. Raises ArgumentException, when run, for a singular matrix.
        let inverse (a: Expr) : Expr = Column.apply Linalg.inverse () [ a ]

        /// The determinant of `[..; n; n]`; 1 of an empty matrix. Its gradient, the cofactors, stands at singular matrices too; second derivatives do not.
        let determinant (a: Expr) : Expr = Column.apply Linalg.determinant () [ a ]

        /// The sign of the determinant, -1, 0 or 1, and the logarithm of its size, which does not overflow: 0 and -∞ for singular matrices.
        let signAndLogDeterminant (a: Expr) : Expr * Expr =
            let packed = Column.apply Linalg.logDeterminant () [ a ]

            match unpack [ []; [] ] packed with
            | [ sign; logarithm ] -> sign, logarithm
            | _ -> packed, packed

        /// The logarithm of the determinant, without overflow; NaN where that is negative, and -∞ where it is 0. Its gradient is the transpose of the inverse.
        let logDeterminant (a: Expr) : Expr =
            let sign, logarithm = signAndLogDeterminant a
            // Added and not chosen, so that the gradient needs no choice either.
            logarithm + Expr.where (Expr.less sign (sign.Literal 0.0)) (sign.Literal nan) (sign.Literal 0.0)

        /// q and r of a = q r, where qᵀq = I and r is upper triangular, its diagonal not negative, which makes both unique where the first columns are
        /// independent. Of `[..; m; n]` with k = min(m, n): `[..; m; k]` and `[..; k; n]`. Derivatives need independent columns, or they raise
        /// ArgumentException when run.
        let qr (a: Expr) : Expr * Expr =
            requireMatrix "qr" a

            let square (a: Expr) =
                let packed = Column.apply Factorization.qr () [ a ]

                match unpack (Factorization.qrParts a.Shape) packed with
                | [ q; r ] -> q, r
                | _ -> packed, packed

            let rows, columns = a.Shape[a.Rank - 2], List.last a.Shape

            if rows >= columns then
                square a
            else
                // The first columns settle q, and the others only follow.
                let part first last =
                    let whole = List.replicate (a.Rank - 1) (Slice.Range(None, None, 1))
                    Expr.slice (whole @ [ Slice.Range(Some first, Some last, 1) ]) a

                let q, r = square (part 0 rows)
                q, Expr.concat (a.Rank - 1) [ r; turned q *@ part rows columns ]

        /// Values w `[..; n]`, ascending, and vectors v `[..; n; n]`, a column each, of a symmetric matrix: a = v diag(w) vᵀ. What is taken apart is the mean of
        /// the matrix and its transpose. The first entry of a vector that is at least half as large as its largest is positive. Where values repeat, vectors are
        /// not unique, and how they turn among themselves does not count in derivatives.
        let eigh (a: Expr) : Expr * Expr =
            let packed = Column.apply Factorization.eigh () [ a ]

            match unpack (Factorization.eighParts a.Shape) packed with
            | [ values; vectors ] -> values, vectors
            | _ -> packed, packed

        /// u, s and vᵀ of a = u diag(s) vᵀ, with s descending. Of `[..; m; n]` with k = min(m, n): `[..; m; k]`, `[..; k]` and `[..; k; n]`. The first entry of
        /// a column of u that is at least half as large as its largest is positive (of v, where n is larger). Derivatives where values repeat are as for eigh;
        /// what is divided by a value of 0 counts as nothing.
        let svd (a: Expr) : Expr * Expr * Expr =
            requireMatrix "svd" a

            let tall (a: Expr) =
                let packed = Column.apply Factorization.svd () [ a ]

                match unpack (Factorization.svdParts a.Shape) packed with
                | [ u; s; v ] -> struct (u, s, v)
                | _ -> struct (packed, packed, packed)

            if a.Shape[a.Rank - 2] >= List.last a.Shape then
                let struct (u, s, v) = tall a
                u, s, turned v
            else
                let struct (v, s, u) = tall (turned a)
                u, s, turned v
