namespace Fluxion

open MathNet.Numerics.LinearAlgebra

/// Residuals near a point, r + J p, with each column of J divided by its scale, in the coordinates in which the scaled J is diagonal. It comes from an orthogonal
/// factorization of J, never from Jᵀ J, whose condition number is the square of J's. (Björck, "Numerical Methods for Least Squares Problems", 1996, section 2.4.)
[<NoEquality; NoComparison>]
type internal LinearModel =
    {
        Scale: Vector<float>
        /// Singular values of the scaled J, largest first, and its right singular vectors as rows.
        Singular: Vector<float>
        Right: Matrix<float>
        /// The residuals in the left singular vectors.
        Residuals: Vector<float>
        Rank: int
    }

module internal LinearModel =
    let create (scale: Vector<float>) (jacobian: Matrix<float>) (residuals: Vector<float>) : LinearModel =
        let scaled = jacobian.MapIndexed(fun _ j x -> x / scale[j])
        let qr = scaled.QR(Factorization.QRMethod.Thin)
        let svd = qr.R.Svd true
        // Below this a singular value is rounding. (Golub and Van Loan, "Matrix Computations", 2013, section 5.5.8.)
        let least = 2.2e-16 * float jacobian.RowCount * svd.S[0]

        { Scale = scale
          Singular = svd.S
          Right = svd.VT
          Residuals = svd.U.TransposeThisAndMultiply(qr.Q.TransposeThisAndMultiply residuals)
          Rank = svd.S |> Seq.filter (fun s -> s > least) |> Seq.length }

    /// The norms of the columns, and 1 for columns of zeros.
    let columnScale (jacobian: Matrix<float>) : Vector<float> = jacobian.ColumnNorms(2.0).Map(fun norm -> if norm > 0.0 then norm else 1.0)

    /// The coordinates z of the least ‖r + J p‖² + λ ‖scale p‖²; for λ = 0 of the shortest that makes ‖r + J p‖ least.
    let coordinates (damping: float) (model: LinearModel) : Vector<float> =
        Vector<float>
            .Build.Dense(
                model.Singular.Count,
                fun i ->
                    let s = model.Singular[i]

                    if damping > 0.0 then -s * model.Residuals[i] / (s * s + damping)
                    elif i < model.Rank then -model.Residuals[i] / s
                    else 0.0
            )

    /// The step p with these coordinates.
    let step (coordinates: Vector<float>) (model: LinearModel) : Vector<float> =
        model.Right.TransposeThisAndMultiply(coordinates).PointwiseDivide model.Scale

    /// What the residuals' sum of squares loses along these coordinates, less what the damping took: ‖J p‖².
    let gain (coordinates: Vector<float>) (model: LinearModel) : float =
        let moved = model.Singular.PointwiseMultiply coordinates
        moved * moved

    /// The damping at which the step has a length, to a tenth, by Newton's method on the reciprocal of the length. 0 where the undamped step is no
    /// longer. (Moré, "The Levenberg-Marquardt algorithm: implementation and theory", 1978, section 5.)
    let dampingFor (radius: float) (guess: float) (model: LinearModel) : float =
        if (coordinates 0.0 model).L2Norm() <= 1.1 * radius then
            0.0
        else
            let pulled = model.Singular.PointwiseMultiply model.Residuals

            let rec refine damping low high remaining =
                let length = (coordinates damping model).L2Norm()

                if remaining = 0 || abs (length - radius) <= 0.1 * radius then
                    damping
                else
                    let low, high =
                        if length > radius then
                            max low damping, high
                        else
                            low, min high damping

                    let slope =
                        Seq.map2 (fun c s -> -c * c / ((s * s + damping) ** 3.0)) pulled model.Singular
                        |> Seq.sum
                        |> fun sum -> sum / length

                    let next = damping - (length - radius) / slope * length / radius

                    // What leaves the interval is replaced by a point well inside.
                    let next =
                        if next > low && next < high then
                            next
                        else
                            max (1e-3 * high) (sqrt (low * high))

                    refine next low high (remaining - 1)

            let high = pulled.L2Norm() / radius

            let guess =
                if guess > 0.0 then
                    guess
                else
                    1e-3 * model.Singular[0] * model.Singular[0]

            refine (min guess high) 0.0 high 30
