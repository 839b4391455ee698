namespace Fluxion

/// Why a solver stopped.
[<RequireQualifiedAccess>]
type StopReason =
    /// The gradient is as small as was asked for.
    | SmallGradient
    /// Steps are as small as was asked for, or as rounding lets them become.
    | SmallStep
    /// No step was found that makes the value smaller: rounding hides what is left to gain, or the function is not smooth there.
    | NoProgress
    /// The iterations that were allowed are used up.
    | IterationLimit
    /// Values fell below -1e150, or to -∞: there is no least one.
    | Unbounded

/// When to stop minimizing.
type MinimizeOptions =
    {
        /// The largest max |gᵢ| max(|xᵢ|, 1) / max(|f|, 1) at which the gradient g is small.
        GradientTolerance: float
        /// The largest max |Δxᵢ| / max(|xᵢ|, 1) at which a step is small.
        StepTolerance: float
        /// The number of iterations after which to stop.
        MaximumIterations: int
        /// The number of steps that `lbfgs` remembers; the others do not read it.
        Memory: int
    }

/// Options to start from.
module MinimizeOptions =
    /// A relative gradient of 1e-8, steps of 1e-14, 1000 iterations, a memory of 10 steps.
    let defaults: MinimizeOptions =
        { GradientTolerance = 1e-8; StepTolerance = 1e-14; MaximumIterations = 1000; Memory = 10 }

    let internal require (place: string) (options: MinimizeOptions) : unit =
        let isRight = options.GradientTolerance >= 0.0 && options.StepTolerance >= 0.0

        if not isRight || options.Memory < 1 then
            Errors.argument
                place
                "tolerances must be 0 or more, and the memory 1 or more"
                $"they are {options.GradientTolerance}, {options.StepTolerance} and {options.Memory}"
                "start from MinimizeOptions.defaults?"

/// Where minimizing came to: the best point that was met, in the form of the parameters, the value there, and the Euclidean norm of the gradient.
type Minimum<'parameters> =
    { Point: 'parameters
      Value: float
      GradientNorm: float
      Iterations: int
      Evaluations: int
      Stopped: StopReason }

    /// Whether it stopped because gradient or steps were as small as was asked for.
    member this.HasConverged = this.Stopped = StopReason.SmallGradient || this.Stopped = StopReason.SmallStep

/// When to stop fitting, and how far to go at first.
type LeastSquaresOptions =
    {
        /// The largest |cos| of the angles between the residuals and the columns of the Jacobian at which the gradient is small; 0 stops at an exact zero.
        GradientTolerance: float
        /// The largest length of a step, relative to the point's and measured as the residuals feel it (each parameter times the norm of its column of the Jacobian), at
        /// which a step is small.
        StepTolerance: float
        /// The number of steps tried after which to stop.
        MaximumIterations: int
        /// The longest first step of `levenbergMarquardt`, relative to the point's length, measured likewise.
        InitialRadius: float
    }

/// Options to start from.
module LeastSquaresOptions =
    /// As far as float64 can tell, in at most 2000 steps.
    let defaults: LeastSquaresOptions =
        { GradientTolerance = 0.0; StepTolerance = 2.2e-16; MaximumIterations = 2000; InitialRadius = 1.0 }

    let internal require (place: string) (options: LeastSquaresOptions) : unit =
        let isRight = options.GradientTolerance >= 0.0 && options.StepTolerance >= 0.0

        if not (isRight && options.InitialRadius > 0.0) then
            Errors.argument
                place
                "tolerances must be 0 or more, and the first step's length positive"
                $"they are {options.GradientTolerance}, {options.StepTolerance} and {options.InitialRadius}"
                "start from LeastSquaresOptions.defaults?"

/// Where fitting came to: the parameters, in their own form, and what the data say about them. The gradient is that of half the sum of squares.
type Fitted<'parameters> =
    {
        Point: 'parameters
        ResidualSumOfSquares: float
        GradientNorm: float
        /// The number of residuals less the number of parameters.
        DegreesOfFreedom: int
        /// The rank of the Jacobian: the number of parameters, unless the data leave some of them open.
        Rank: int
        /// A matrix S with S Sᵀ = (Jᵀ J)⁻¹, [parameters; rank].
        CovarianceFactor: Expr
        Iterations: int
        Evaluations: int
        Stopped: StopReason
    }

    /// Whether it stopped because gradient or steps were as small as was asked for.
    member this.HasConverged = this.Stopped = StopReason.SmallGradient || this.Stopped = StopReason.SmallStep

    /// The estimated variance of one residual: sum of squares over degrees of freedom. NaN without degrees of freedom.
    member this.Variance =
        if this.DegreesOfFreedom > 0 then
            this.ResidualSumOfSquares / float this.DegreesOfFreedom
        else
            nan

    member private this.Factor(place: string) : float[,] =
        let count = this.CovarianceFactor.Shape.Head

        if this.Rank < count then
            Errors.invalid
                place
                "the data must determine every parameter"
                $"the Jacobian has rank {this.Rank} for {count} parameters"
                "fix a parameter, or give more data?"

        (Expr.toMatrix this.CovarianceFactor).ToArray()

    /// The covariance of the parameters, [count; count] over all their entries in order: the variance times (Jᵀ J)⁻¹. Raises InvalidOperationException when
    /// the data leave a parameter open. (Seber and Wild, "Nonlinear Regression", 1989, section 2.1.2.)
    member this.Covariance: Expr =
        let factor = this.Factor "Covariance"
        let count = Array2D.length1 factor
        let variance = this.Variance

        Expr.ofMatrix (
            MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseOfArray(
                Array2D.init count count (fun i j -> variance * Seq.sum (seq { for k in 0 .. count - 1 -> factor[i, k] * factor[j, k] }))
            )
        )

    /// The standard errors of the parameters, in their form: roots of the covariance's diagonal. Raises as `Covariance` does.
    member this.StandardErrors: 'parameters =
        let factor = this.Factor "StandardErrors"
        let deviation = sqrt this.Variance

        [| for i in 0 .. Array2D.length1 factor - 1 -> deviation * sqrt (Array.sumBy (fun x -> x * x) factor[i, *]) |]
        |> Objective.rebuild this.Point
