namespace Fluxion

open MathNet.Numerics.LinearAlgebra

/// Newton's method with line searches. MathNet's NewtonMinimizer solves with the second derivatives as they are, and goes along the gradient where that leads uphill: it stays
/// beside saddles, and where they are singular it stops as if it had arrived.
module internal Newton =
    let private tryCholesky (matrix: Matrix<float>) =
        try
            Some(matrix.Cholesky())
        with :? System.ArgumentException ->
            None

    /// The least multiple of the identity, of those tried, that makes a matrix positive definite, added to it and factored. (Nocedal and Wright, "Numerical
    /// Optimization", 2006, algorithm 3.3.)
    let private positive (hessian: Matrix<float>) =
        let least = 1e-3 * hessian.FrobeniusNorm()
        let lowest = hessian.Diagonal().Minimum()

        let rec attempt shift =
            let shifted =
                if shift = 0.0 then
                    hessian
                else
                    hessian + shift * Matrix<float>.Build.DenseIdentity hessian.RowCount

            match tryCholesky shifted with
            | Some factor -> factor
            | None -> attempt (max (4.0 * shift) least)

        attempt (if lowest > 0.0 then 0.0 else least - lowest)

    let private direction (hessian: Vector<float> -> Matrix<float>) () (here: Evaluation) : Vector<float> * float =
        let matrix = hessian here.Point
        let size = matrix.FrobeniusNorm()

        if size > 0.0 && System.Double.IsFinite size then
            (positive matrix).Solve(-here.Gradient), 1.0
        else
            LineSearch.steepest here

    /// (Nocedal and Wright, section 3.4.)
    let minimize (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        let evaluations = Evaluations("newton", f, start)
        let hessian = evaluations.Objective.Hessian f

        evaluations
        |> LineSearch.minimize { Start = (); Direction = direction hessian; Remember = fun () _ _ _ -> () } options
