namespace Fluxion

open System
open MathNet.Numerics.LinearAlgebra

/// Linear least squares to the last digits that the numbers given determine, however ill-conditioned.
module internal Refinement =
    // start - Σ aₖ bₖ as if in twice the precision and then rounded. (Ogita, Rump and Oishi, "Accurate sum and dot product", 2005, algorithm 5.3.)
    let private without (start: float) (a: Vector<float>) (b: Vector<float>) : float =
        let mutable sum, rest = start, 0.0

        for k in 0 .. a.Count - 1 do
            let product = -a[k] * b[k]
            let next = sum + product
            let taken = next - sum

            rest <- rest + Math.FusedMultiplyAdd(-a[k], b[k], -product) + (sum - (next - taken) + (product - taken))

            sum <- next

        sum + rest

    let private mostSteps = 20

    /// The x with the least ‖A x - b‖, and the residual b - A x, of a matrix of full rank: an orthogonal factorization, with solution and residual corrected together from what
    /// they leave, worked out in twice the precision. (Björck, "Iterative refinement of linear least squares solutions I", 1967.)
    let solve (matrix: Matrix<float>) (right: Vector<float>) : Vector<float> * Vector<float> =
        // Powers of two, so that nothing is rounded.
        let scale = (LinearModel.columnScale matrix).Map(fun norm -> Math.ScaleB(1.0, Math.ILogB norm))
        let scaled = matrix.MapIndexed(fun _ j x -> x / scale[j])
        let rows, columns = scaled.EnumerateRows() |> Array.ofSeq, scaled.EnumerateColumns() |> Array.ofSeq
        let qr = scaled.QR(Factorization.QRMethod.Thin)
        let upper, lower = qr.R.LU(), qr.R.Transpose().LU()

        let rec refine (x: Vector<float>) (residual: Vector<float>) (last: float) remaining =
            let left = Vector<float>.Build.Dense(rows.Length, fun i -> without right[i] rows[i] x - residual[i])

            let slope = Vector<float>.Build.Dense(columns.Length, fun j -> without 0.0 columns[j] residual)
            let along = qr.Q.TransposeThisAndMultiply left - lower.Solve slope
            let change = upper.Solve along
            let size = change.L2Norm()

            // Once corrections no longer shrink, they are rounding.
            if remaining = 0 || not (2.0 * size < last) then
                x.PointwiseDivide scale, residual
            else
                refine (x + change) (residual + left - qr.Q * along) size (remaining - 1)

        refine (Vector<float>.Build.Dense columns.Length) (Vector<float>.Build.Dense rows.Length) infinity mostSteps
