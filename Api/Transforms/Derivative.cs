namespace Fluxion.Api;

/// <summary>
/// Derivatives of functions at a point. Points and results are tensors, or tuples, arrays, lists, dictionaries and records that hold some, nested as
/// you like, in which other members ride along. A derivative has the form of what it is the derivative by. It is a tensor like any other: it
/// can be printed, run, and differentiated again, and functions may use tensors and parameters from outside. A dictionary's entries count in
/// the order of their keys.
/// </summary>
/// <example><code>var slope = Derivative.Grad(p => (p.A * p.B.Sin()).Sum(), (A: Tensor.Of(1.0, 2), B: Tensor.Scalar(3))).A;</code></example>
public static partial class Derivative
{
    /// <summary>The gradient of a function that gives a scalar, by reverse mode.</summary>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    public static T Grad<T>(Func<T, Tensor> f, T x) => Prelude.grad(Interop.ToExpression(f), x);

    /// <summary>The value of a function that gives a scalar, and its gradient.</summary>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    public static (Tensor Value, T Gradient) ValueAndGrad<T>(Func<T, Tensor> f, T x)
    {
        var (value, gradient) = Prelude.valueAndGrad(Interop.ToExpression(f), x);
        return (new(value), gradient);
    }

    /// <summary>The value of a function and its derivative along a tangent of the point's form: forward mode.</summary>
    /// <exception cref="ShapeException">The tangent has not the point's shapes.</exception>
    /// <exception cref="ArgumentException">It has not the point's form.</exception>
    public static (TResult Value, TResult Tangent) Jvp<T, TResult>(Func<T, TResult> f, T x, T tangent)
    {
        var (value, moved) = Prelude.jvp(Interop.ToCore(f), x, Interop.SameForm("jvp", "the tangent", x, tangent));
        return (value, moved);
    }

    /// <summary>
    /// The value of a function, and what sends a cotangent of the result's form back to the point: reverse mode. The pullback raises
    /// ShapeException or ArgumentException for a cotangent that has not the result's shapes or form.
    /// </summary>
    public static (TResult Value, Func<TResult, T> Pullback) Vjp<T, TResult>(Func<T, TResult> f, T x)
    {
        var (value, pullback) = Prelude.vjp(Interop.ToCore(f), x);
        return (value, cotangent => pullback.Invoke(Interop.SameForm("vjp", "the cotangent", value, cotangent)));
    }

    /// <summary>
    /// The value of a function, and its derivative as a linear function of the tangent: traced once, applied as often as wanted. The
    /// derivative raises ShapeException or ArgumentException for a tangent that has not the point's shapes or form.
    /// </summary>
    public static (TResult Value, Func<T, TResult> Derivative) Linearize<T, TResult>(Func<T, TResult> f, T x)
    {
        var (value, derivative) = Derivatives.linearize(Interop.ToCore(f), x);
        return (value, tangent => derivative.Invoke(Interop.SameForm("linearize", "the tangent", x, tangent)));
    }

    /// <summary>The derivative along a direction of the point's form: d/dt f(x + t v) at 0, by forward mode.</summary>
    /// <exception cref="ShapeException">The direction has not the point's shapes.</exception>
    /// <exception cref="ArgumentException">It has not the point's form.</exception>
    public static TResult DirectionalDerivative<T, TResult>(Func<T, TResult> f, T x, T direction) =>
        Jvp(f, x, direction).Tangent;

    /// <summary>
    /// The Jacobian: for each tensor of the point, of shape s, the derivatives of the result, of shape r, in shape r followed by s. By forward
    /// or reverse mode, whichever takes fewer passes.
    /// </summary>
    /// <exception cref="NotDifferentiableException">The result is not floating point.</exception>
    public static T Jacobian<T>(Func<T, Tensor> f, T x) => Prelude.jacobian(Interop.ToExpression(f), x);

    /// <summary>The same by forward mode: one pass for each entry of the point.</summary>
    /// <inheritdoc cref="Jacobian" path="/exception"/>
    public static T JacobianForward<T>(Func<T, Tensor> f, T x) =>
        Derivatives.jacobianForward(Interop.ToExpression(f), x);

    /// <summary>The same by reverse mode: one pass for each entry of the result.</summary>
    /// <inheritdoc cref="Jacobian" path="/exception"/>
    public static T JacobianReverse<T>(Func<T, Tensor> f, T x) =>
        Derivatives.jacobianReverse(Interop.ToExpression(f), x);
}
