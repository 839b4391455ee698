namespace Fluxion.Bench.AdBench

open System
open Fluxion
open MathNet.Numerics

/// Points, a mixture of Gaussians that is to fit them, and the prior that it has: an input of ADBench's GMM problem.
type GaussianMixture =
    {
        /// The weights' logarithms, but for a constant: [k].
        Alphas: Expr
        /// [k; d]
        Means: Expr
        /// Of each inverse covariance's factor the logarithms of its diagonal, then what is below the diagonal, by columns: [k; d (d + 1) / 2].
        Factors: Expr
        /// The data, a point a column: [d; n].
        Points: Expr
        /// The scale of the Wishart prior's matrix, 1 / γ.
        Gamma: float
        /// The prior's degrees of freedom beyond d + 1.
        Freedom: int
    }

/// The log posterior of a mixture of Gaussians. (Šrajer, Kukelova and Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on some
/// problems in computer vision and machine learning", 2018, section 4.1.)
module GaussianMixture =
    /// The log likelihood of points [d; n], Σ_i log Σ_k exp(α_k + Σ log Q_k - |Q_k (x_i - μ_k)|² / 2) - n log Σ exp α, but for the constant
    /// -n d log(2π) / 2. The diagonals of the triangular Q_k are exp `logs` ([k; d]), what is below them is `lower` ([k; d; d]).
    let logLikelihood (points: Expr) (alphas: Expr) (means: Expr) (logs: Expr) (lower: Expr) : Expr =
        let d, n, k = points.Shape[0], points.Shape[1], alphas.Shape[0]
        let factors = lower + Expr.reshape [ k; d; 1 ] (exp logs) * eye d
        // Points are columns: the long axis last.
        let moved = Expr.reshape [ 1; d; n ] points - Expr.reshape [ k; d; 1 ] means

        let terms =
            Expr.reshape [ k; 1 ] (alphas + Expr.sumOver [ 1 ] logs)
            - 0.5 * Expr.sumOver [ 1 ] (Expr.square (Expr.matmul factors moved))

        Expr.sum (Expr.logSumExpOver [ 0 ] terms) - float n * Expr.logSumExp alphas

    /// (|exp logs|² + |lower|²) / 2: the part of the prior that shrinks the factors.
    let shrinkage (logs: Expr) (lower: Expr) : Expr = 0.5 * (Expr.sum (Expr.square (exp logs)) + Expr.sum (Expr.square lower))

    /// log Γ_d(a), the multivariate gamma function's logarithm. (Muirhead, "Aspects of Multivariate Statistical Theory", theorem 2.1.12.)
    let logMultivariateGamma (a: float) (d: int) : float =
        float (d * (d - 1)) / 4.0 * log Math.PI
        + List.sum [ for j in 0 .. d - 1 -> SpecialFunctions.GammaLn(a - float j / 2.0) ]

    // Where [d; d] finds what is below its diagonal among a packed factor's numbers, and ones there, zeros elsewhere.
    let private unpacking (d: int) : Expr * Expr =
        let isBelow position = position / d > position % d

        let index position =
            let row, column = position / d, position % d
            // The diagonal, then columns of d - 1, d - 2, … numbers.
            if isBelow position then
                int64 (d + column * (d - 1) - column * (column - 1) / 2 + row - column - 1)
            else
                0L

        let shape = [ d; d ]

        Expr.constant (NDArray.ofInts DType.Int64 shape (Array.init (d * d) index)),
        Expr.constant (NDArray.ofFloats DType.Float64 shape (Array.init (d * d) (fun i -> if isBelow i then 1.0 else 0.0)))

    /// The log posterior of parameters (alphas, means, factors) for the points and the prior of `problem`. The prior is Wishart's for each inverse
    /// covariance, with d + m + 1 degrees of freedom.
    let objective (problem: GaussianMixture) (alphas: Expr, means: Expr, factors: Expr) : Expr =
        let d, n = problem.Points.Shape[0], problem.Points.Shape[1]
        let positions, triangle = unpacking d
        let logs, lower = factors[*, .. d - 1], Expr.gather 1 positions factors * triangle
        let freedom = float (d + problem.Freedom + 1)

        let constant = freedom * float d * (log problem.Gamma - 0.5 * log 2.0) - logMultivariateGamma (freedom / 2.0) d

        let prior =
            problem.Gamma * problem.Gamma * shrinkage logs lower
            - float problem.Freedom * Expr.sum logs
            - float alphas.Shape[0] * constant

        logLikelihood problem.Points alphas means logs lower + prior
        - float (n * d) * 0.5 * log (2.0 * Math.PI)

    /// The parameters that the file gives.
    let parameters (problem: GaussianMixture) : Expr * Expr * Expr = problem.Alphas, problem.Means, problem.Factors

    /// A file of ADBench: `D K n`; K alphas; K means of D; K factors of D + D (D - 1) / 2; n points of D, or just one that stands for all of them
    /// where `isPointShared`; gamma and m. Raises FormatException.
    let read (isPointShared: bool) (path: string) : GaussianMixture =
        Fields.Read(
            path,
            fun fields ->
                let d, k, n =
                    fields.Whole("the dimension", 1), fields.Whole("the number of components", 1), fields.Whole("the number of points", 1)

                fields.RequireRoom("the points", float d * float n)
                fields.RequireRoom("the factors", float k * float d * float d)
                let numbers name shape = Expr.constant (fields.Numbers(name, shape))
                let alphas, means = numbers "alphas" [ k ], numbers "means" [ k; d ]
                let factors = numbers "factors" [ k; d + d * (d - 1) / 2 ]
                let points = numbers "points" [ (if isPointShared then 1 else n); d ]

                { Alphas = alphas
                  Means = means
                  Factors = factors
                  Points = eval (Expr.broadcastTo [ d; n ] (Expr.transpose points))
                  Gamma = fields.Number "gamma"
                  Freedom = fields.Whole("m", 0) }
        )
