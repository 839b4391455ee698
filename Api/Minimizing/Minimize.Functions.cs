namespace Fluxion.Api;

// The same of functions of a point, which they find.
public static partial class Minimize
{
    /// <summary>The point where a function is least, by Broyden, Fletcher, Goldfarb and Shanno's method. (Nocedal and Wright, "Numerical Optimization", 2006, section 6.1.)</summary>
    /// <exception cref="ShapeException">The function does not give a scalar.</exception>
    /// <exception cref="DTypeException">A tensor of the start is not float64.</exception>
    /// <exception cref="ArgumentException">The start holds no number, or the function is not finite there.</exception>
    public static Minimum<T> Bfgs<T>(Func<T, Tensor> f, T start, MinimizeOptions? options = null) =>
        Found(Fluxion.Minimize.bfgs(Of(options), Interop.FixedFunction(f), Interop.Evaluate(start)));

    /// <summary>The same from a few remembered steps instead of a matrix, for many numbers. (Nocedal and Wright, section 7.2.)</summary>
    /// <inheritdoc cref="Bfgs{T}" path="/exception"/>
    public static Minimum<T> Lbfgs<T>(Func<T, Tensor> f, T start, MinimizeOptions? options = null) =>
        Found(Fluxion.Minimize.lbfgs(Of(options), Interop.FixedFunction(f), Interop.Evaluate(start)));

    /// <summary>The same by Polak and Ribière's conjugate gradients. (Nocedal and Wright, section 5.2.)</summary>
    /// <inheritdoc cref="Bfgs{T}" path="/exception"/>
    public static Minimum<T> ConjugateGradient<T>(Func<T, Tensor> f, T start, MinimizeOptions? options = null) =>
        Found(Fluxion.Minimize.conjugateGradient(Of(options), Interop.FixedFunction(f), Interop.Evaluate(start)));

    /// <summary>The same by Newton's method, on the whole matrix of second derivatives, made positive definite where it is not. (Nocedal and Wright, section 3.4.)</summary>
    /// <inheritdoc cref="Bfgs{T}" path="/exception"/>
    public static Minimum<T> Newton<T>(Func<T, Tensor> f, T start, MinimizeOptions? options = null) =>
        Found(Fluxion.Minimize.newton(Of(options), Interop.FixedFunction(f), Interop.Evaluate(start)));

    /// <summary>The same by Newton's method within a trust region, which forms no matrix. (Nocedal and Wright, algorithms 4.1 and 7.2.)</summary>
    /// <inheritdoc cref="Bfgs{T}" path="/exception"/>
    public static Minimum<T> TrustRegion<T>(Func<T, Tensor> f, T start, MinimizeOptions? options = null) =>
        Found(Fluxion.Minimize.trustRegion(Of(options), Interop.FixedFunction(f), Interop.Evaluate(start)));

    /// <summary>The point with the least sum of squared residuals, by Levenberg and Marquardt's method with Moré's scaling. (Moré 1978.)</summary>
    /// <exception cref="ShapeException">There are fewer residuals than numbers in the start.</exception>
    /// <exception cref="DTypeException">A tensor of the start is not float64.</exception>
    /// <exception cref="ArgumentException">The start holds no number, or a residual is not finite there.</exception>
    public static Fitted<T> LevenbergMarquardt<T>(
        Func<T, Tensor> residuals,
        T start,
        LeastSquaresOptions? options = null
    ) =>
        new(
            Fluxion.Minimize.levenbergMarquardt(Of(options), Interop.FixedFunction(residuals), Interop.Evaluate(start))
        );

    /// <summary>
    /// The same by Gauss and Newton's method with halved steps. Residuals that are linear in the point take one step, refined in twice the
    /// precision. (Nocedal and Wright, section 10.3; Björck 1967.)
    /// </summary>
    /// <inheritdoc cref="LevenbergMarquardt{T}" path="/exception"/>
    public static Fitted<T> GaussNewton<T>(Func<T, Tensor> residuals, T start, LeastSquaresOptions? options = null) =>
        new(Fluxion.Minimize.gaussNewton(Of(options), Interop.FixedFunction(residuals), Interop.Evaluate(start)));

    static Minimum<T> Found<T>(Fluxion.Minimum<T> found) =>
        new(
            found.Point,
            found.Value,
            found.GradientNorm,
            found.Iterations,
            found.Evaluations,
            Interop.ToApi(found.Stopped)
        );
}
