namespace Fluxion.Api;

/// <summary>Why a solver stopped.</summary>
public enum StopReason
{
    /// <summary>The gradient is as small as was asked for.</summary>
    SmallGradient,

    /// <summary>Steps are as small as was asked for, or as rounding lets them become.</summary>
    SmallStep,

    /// <summary>No step was found that makes the value smaller.</summary>
    NoProgress,

    /// <summary>The iterations that were allowed are used up.</summary>
    IterationLimit,

    /// <summary>Values fell below -1e150, or to -∞: there is no least one.</summary>
    Unbounded,
}

/// <summary>When to stop minimizing.</summary>
/// <param name="GradientTolerance">The largest max |gᵢ| max(|xᵢ|, 1) / max(|f|, 1) at which the gradient g is small.</param>
/// <param name="StepTolerance">The largest max |Δxᵢ| / max(|xᵢ|, 1) at which a step is small.</param>
/// <param name="MaximumIterations">The number of iterations after which to stop.</param>
/// <param name="Memory">The number of steps that L-BFGS remembers.</param>
public sealed record MinimizeOptions(
    double GradientTolerance = 1e-8,
    double StepTolerance = 1e-14,
    int MaximumIterations = 1000,
    int Memory = 10
);

/// <summary>Where minimizing came to. The point is in the parameters.</summary>
/// <param name="Value">The loss there.</param>
/// <param name="GradientNorm">The Euclidean norm of the gradient there.</param>
/// <param name="Iterations">The number of steps.</param>
/// <param name="Evaluations">How often the loss was worked out.</param>
/// <param name="Stopped">Why it stopped.</param>
public sealed record Minimum(double Value, double GradientNorm, int Iterations, int Evaluations, StopReason Stopped)
{
    /// <summary>Whether it stopped because gradient or steps were as small as was asked for.</summary>
    public bool HasConverged => Stopped is StopReason.SmallGradient or StopReason.SmallStep;
}

/// <summary>Where minimizing came to: the best point that was met.</summary>
/// <param name="Point">The point.</param>
/// <param name="Value">The function there.</param>
/// <param name="GradientNorm">The Euclidean norm of the gradient there.</param>
/// <param name="Iterations">The number of steps.</param>
/// <param name="Evaluations">How often the function was worked out.</param>
/// <param name="Stopped">Why it stopped.</param>
public sealed record Minimum<T>(
    T Point,
    double Value,
    double GradientNorm,
    int Iterations,
    int Evaluations,
    StopReason Stopped
)
{
    /// <inheritdoc cref="Minimum.HasConverged"/>
    public bool HasConverged => Stopped is StopReason.SmallGradient or StopReason.SmallStep;
}
