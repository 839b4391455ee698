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

/// <summary>Where fitting came to, and what the data say about the parameters, which hold the point.</summary>
public sealed class Fitted
{
    readonly Fitted<Expr[]> found;
    readonly Parameter[] parameters;

    internal Fitted(Fitted<Expr[]> found, Parameter[] parameters) =>
        (this.found, this.parameters) = (found, parameters);

    /// <summary>The sum of the squared residuals.</summary>
    public double ResidualSumOfSquares => found.ResidualSumOfSquares;

    /// <summary>The Euclidean norm of the gradient of half the sum of squares.</summary>
    public double GradientNorm => found.GradientNorm;

    /// <summary>The number of residuals less the number of parameters.</summary>
    public int DegreesOfFreedom => found.DegreesOfFreedom;

    /// <summary>The rank of the Jacobian: the number of parameters, unless the data leave some of them open.</summary>
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

    /// <summary>The covariance over all numbers of the parameters, in order: the variance times (Jᵀ J)⁻¹.</summary>
    /// <exception cref="InvalidOperationException">The data leave a parameter open.</exception>
    public Tensor Covariance => new(found.Covariance);

    /// <summary>The standard errors of a parameter, of its shape.</summary>
    /// <exception cref="InvalidOperationException">The data leave a parameter open.</exception>
    /// <exception cref="ArgumentException">The parameter is not one of those that were fitted.</exception>
    public Tensor StandardErrors(Parameter parameter)
    {
        var position = Array.IndexOf(parameters, parameter);
        return position >= 0
            ? new(found.StandardErrors[position])
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
