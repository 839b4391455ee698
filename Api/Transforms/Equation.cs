namespace Fluxion.Api;

/// <summary>How an equation is solved.</summary>
/// <param name="MaxSteps">The largest number of steps.</param>
/// <param name="Tolerance">
/// Steps end when one changes the largest element by no more than this, relative to 1 + the largest.
/// </param>
public sealed record SolverOptions(int MaxSteps = 1000, double Tolerance = 1e-13);

/// <summary>
/// Solutions of equations, with derivatives by whatever the function uses from outside: those of the solution and not of the steps, by the implicit function
/// theorem. The start has no derivative. Unknowns are a tensor, or anything that holds some, as for <see cref="Derivative"/>, all of one
/// floating-point type. docs/derivatives.md says what is given where steps do not converge within the options.
/// </summary>
public static class Equation
{
    /// <summary>A point that a function leaves where it is, sought by applying it again and again from a start.</summary>
    /// <exception cref="ShapeException">The function's result has not the start's shapes.</exception>
    /// <exception cref="ArgumentException">Options are negative.</exception>
    public static T FixedPoint<T>(Func<T, T> f, T start, SolverOptions? options = null) =>
        Derivatives.fixedPointWith(Of(options), Interop.ToCore(f), start);

    /// <summary>
    /// A point where a function is zero, sought by Newton's method from a start; each step is solved by QR of the Jacobian up to 256 unknowns, beyond
    /// by conjugate gradients on the normal equations, without forming it. It must be invertible at the root.
    /// </summary>
    /// <inheritdoc cref="FixedPoint" path="/exception"/>
    public static T Root<T>(Func<T, T> f, T start, SolverOptions? options = null) =>
        Derivatives.rootWith(Of(options), Interop.ToCore(f), start);

    static Fluxion.SolverOptions Of(SolverOptions? options)
    {
        var (steps, tolerance) = options ?? new();
        return new(steps, tolerance);
    }
}
