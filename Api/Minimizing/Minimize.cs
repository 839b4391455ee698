namespace Fluxion.Api;

/// <summary>
/// Moves parameters to where a function built from them is least, by exact derivatives. The function is called once, and compiled; each parameter is
/// float64 and ends at the best point that was met. Or finds the point where a function is least, from a start that is a tensor or anything
/// that holds some, as for <see cref="Derivative"/>, all float64; parameters that the function uses stand for the values that they have.
/// </summary>
public static partial class Minimize
{
    /// <summary>The least loss by Broyden, Fletcher, Goldfarb and Shanno's method. (Nocedal and Wright, "Numerical Optimization", 2006, section 6.1.)</summary>
    /// <exception cref="ShapeException">The loss is not a scalar.</exception>
    /// <exception cref="DTypeException">A parameter is not float64.</exception>
    /// <exception cref="ArgumentException">There is no parameter, or the loss is not finite at the start.</exception>
    public static Minimum Bfgs(IEnumerable<Parameter> parameters, Func<Tensor> loss, MinimizeOptions? options = null)
    {
        var (moved, function, start) = Interop.Function(parameters, loss);
        return Moved(moved, Fluxion.Minimize.bfgs(Of(options), function, start));
    }

    /// <summary>The same from a few remembered steps instead of a matrix, for many parameters. (Nocedal and Wright, section 7.2.)</summary>
    /// <inheritdoc cref="Bfgs(IEnumerable{Parameter}, Func{Tensor}, MinimizeOptions?)" path="/exception"/>
    public static Minimum Lbfgs(IEnumerable<Parameter> parameters, Func<Tensor> loss, MinimizeOptions? options = null)
    {
        var (moved, function, start) = Interop.Function(parameters, loss);
        return Moved(moved, Fluxion.Minimize.lbfgs(Of(options), function, start));
    }

    /// <summary>The least loss by Polak and Ribière's conjugate gradients. (Nocedal and Wright, section 5.2.)</summary>
    /// <inheritdoc cref="Bfgs(IEnumerable{Parameter}, Func{Tensor}, MinimizeOptions?)" path="/exception"/>
    public static Minimum ConjugateGradient(
        IEnumerable<Parameter> parameters,
        Func<Tensor> loss,
        MinimizeOptions? options = null
    )
    {
        var (moved, function, start) = Interop.Function(parameters, loss);
        return Moved(moved, Fluxion.Minimize.conjugateGradient(Of(options), function, start));
    }

    /// <summary>The least loss by Newton's method, on the whole matrix of second derivatives, made positive definite where it is not. (Nocedal and Wright, section 3.4.)</summary>
    /// <inheritdoc cref="Bfgs(IEnumerable{Parameter}, Func{Tensor}, MinimizeOptions?)" path="/exception"/>
    public static Minimum Newton(IEnumerable<Parameter> parameters, Func<Tensor> loss, MinimizeOptions? options = null)
    {
        var (moved, function, start) = Interop.Function(parameters, loss);
        return Moved(moved, Fluxion.Minimize.newton(Of(options), function, start));
    }

    /// <summary>The least loss by Newton's method within a trust region, which forms no matrix. (Nocedal and Wright, algorithms 4.1 and 7.2.)</summary>
    /// <inheritdoc cref="Bfgs(IEnumerable{Parameter}, Func{Tensor}, MinimizeOptions?)" path="/exception"/>
    public static Minimum TrustRegion(
        IEnumerable<Parameter> parameters,
        Func<Tensor> loss,
        MinimizeOptions? options = null
    )
    {
        var (moved, function, start) = Interop.Function(parameters, loss);
        return Moved(moved, Fluxion.Minimize.trustRegion(Of(options), function, start));
    }

    /// <summary>The least sum of squared residuals, by Levenberg and Marquardt's method with Moré's scaling. (Moré 1978.)</summary>
    /// <param name="parameters">What is fitted.</param>
    /// <param name="residuals">Predictions less observations, of any shape.</param>
    /// <param name="options">When to stop, and how far to go at first.</param>
    /// <exception cref="ShapeException">There are fewer residuals than numbers in the parameters.</exception>
    /// <exception cref="DTypeException">A parameter is not float64.</exception>
    /// <exception cref="ArgumentException">There is no parameter, or a residual is not finite at the start.</exception>
    public static Fitted LevenbergMarquardt(
        IEnumerable<Parameter> parameters,
        Func<Tensor> residuals,
        LeastSquaresOptions? options = null
    )
    {
        var (moved, function, start) = Interop.Function(parameters, residuals);
        return Moved(moved, Fluxion.Minimize.levenbergMarquardt(Of(options), function, start));
    }

    /// <summary>
    /// The same by Gauss and Newton's method with halved steps. Residuals that are linear in the parameters take one step, refined in twice the
    /// precision. (Nocedal and Wright, section 10.3; Björck 1967.)
    /// </summary>
    /// <inheritdoc cref="LevenbergMarquardt(IEnumerable{Parameter}, Func{Tensor}, LeastSquaresOptions?)" path="/exception"/>
    public static Fitted GaussNewton(
        IEnumerable<Parameter> parameters,
        Func<Tensor> residuals,
        LeastSquaresOptions? options = null
    )
    {
        var (moved, function, start) = Interop.Function(parameters, residuals);
        return Moved(moved, Fluxion.Minimize.gaussNewton(Of(options), function, start));
    }

    static Fluxion.MinimizeOptions Of(MinimizeOptions? options)
    {
        var (gradient, step, iterations, memory) = options ?? new();
        return new(gradient, step, iterations, memory);
    }

    static Fluxion.LeastSquaresOptions Of(LeastSquaresOptions? options)
    {
        var (gradient, step, iterations, radius) = options ?? new();
        return new(gradient, step, iterations, radius);
    }

    static Fitted Moved(Parameter[] parameters, Fluxion.Fitted<Expr[]> found)
    {
        Update(parameters, found.Point);
        return new(found, parameters);
    }

    static Minimum Moved(Parameter[] parameters, Fluxion.Minimum<Expr[]> found)
    {
        Update(parameters, found.Point);
        return new(found.Value, found.GradientNorm, found.Iterations, found.Evaluations, Interop.ToApi(found.Stopped));
    }

    static void Update(Parameter[] parameters, Expr[] values)
    {
        for (var i = 0; i < parameters.Length; i++)
            parameters[i].Update(new Tensor(values[i]));
    }
}
