namespace Fluxion.Api;

/// <summary>When to stop fitting, and how far to go at first.</summary>
/// <param name="GradientTolerance">
/// The largest |cos| of the angles between the residuals and the columns of the Jacobian at which the gradient is small; 0 stops at an exact zero.
/// </param>
/// <param name="StepTolerance">The largest length of a step, relative to the point's, at which it is small.</param>
/// <param name="MaximumIterations">The number of steps tried after which to stop.</param>
/// <param name="InitialRadius">The longest first step, relative to the point's length.</param>
public sealed record LeastSquaresOptions(
    double GradientTolerance = 0,
    double StepTolerance = 2.2e-16,
    int MaximumIterations = 2000,
    double InitialRadius = 1
);

/// <summary>What the data say about what was fitted.</summary>
public abstract class Fit
{
    readonly Fluxion.Fitted<Expr[]> found;

    private protected Fit(Fluxion.Fitted<Expr[]> found) => this.found = found;

    private protected Expr[] StandardErrorsOf => found.StandardErrors;

    /// <summary>The sum of the squared residuals.</summary>
    public double ResidualSumOfSquares => found.ResidualSumOfSquares;

    /// <summary>The Euclidean norm of the gradient of half the sum of squares.</summary>
    public double GradientNorm => found.GradientNorm;

    /// <summary>The number of residuals less the number of numbers that were fitted.</summary>
    public int DegreesOfFreedom => found.DegreesOfFreedom;

    /// <summary>The rank of the Jacobian: the number of numbers that were fitted, unless the data leave some of them open.</summary>
    public int Rank => found.Rank;

    /// <summary>The estimated variance of one residual; NaN without degrees of freedom.</summary>
    public double Variance => found.Variance;

    /// <summary>The number of steps tried.</summary>
    public int Iterations => found.Iterations;

    /// <summary>How often the residuals were worked out.</summary>
    public int Evaluations => found.Evaluations;

    /// <summary>Why it stopped.</summary>
    public StopReason Stopped => Interop.ToApi(found.Stopped);

    /// <summary>Whether it stopped because gradient or steps were as small as was asked for.</summary>
    public bool HasConverged => found.HasConverged;

    /// <summary>The covariance over all numbers that were fitted, in order: the variance times (Jᵀ J)⁻¹.</summary>
    /// <exception cref="InvalidOperationException">The data leave a parameter open.</exception>
    public Tensor Covariance => new(found.Covariance);
}

/// <summary>Where fitting came to, and what the data say about the parameters, which hold the point.</summary>
public sealed class Fitted : Fit
{
    readonly Parameter[] parameters;

    internal Fitted(Fluxion.Fitted<Expr[]> found, Parameter[] parameters)
        : base(found) => this.parameters = parameters;

    /// <summary>The standard errors of a parameter, of its shape.</summary>
    /// <exception cref="InvalidOperationException">The data leave a parameter open.</exception>
    /// <exception cref="ArgumentException">The parameter is not one of those that were fitted.</exception>
    public Tensor StandardErrors(Parameter parameter)
    {
        var position = Array.IndexOf(parameters, parameter);
        return position >= 0
            ? new(StandardErrorsOf[position])
            : throw new ArgumentException(
                Errors.sentence(
                    "StandardErrors",
                    $"'{parameter.Name}' must be one of the fitted parameters",
                    "it is not",
                    "give it to the fit?"
                )
            );
    }
}

/// <summary>Where fitting came to, and what the data say about it.</summary>
public sealed class Fitted<T> : Fit
{
    internal Fitted(Fluxion.Fitted<T> found)
        : base(
            new(
                [.. Params.toList(found.Point)],
                found.ResidualSumOfSquares,
                found.GradientNorm,
                found.DegreesOfFreedom,
                found.Rank,
                found.CovarianceFactor,
                found.Iterations,
                found.Evaluations,
                found.Stopped
            )
        ) => Point = found.Point;

    /// <summary>The point.</summary>
    public T Point { get; }

    /// <summary>The standard errors, of the point's form.</summary>
    /// <exception cref="InvalidOperationException">The data leave a number of the point open.</exception>
    public T StandardErrors => Interop.Rebuild(Point, StandardErrorsOf);
}
