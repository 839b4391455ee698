using static Fluxion.ElementwiseFunctions.Expr;

namespace Fluxion.Api;

// Functions of each element by itself; those of two broadcast as arithmetic does.
public sealed partial class Tensor
{
    /// <summary>e to the power of each element.</summary>
    public Tensor Exp() => new(Expr.Exp(Expression));

    /// <summary>The natural logarithm.</summary>
    public Tensor Log() => new(Expr.Log(Expression));

    /// <summary>log(1 + x), exact for small x.</summary>
    public Tensor Log1p() => new(log1p(Expression));

    /// <summary>The sine of radians.</summary>
    public Tensor Sin() => new(Expr.Sin(Expression));

    /// <summary>The cosine of radians.</summary>
    public Tensor Cos() => new(Expr.Cos(Expression));

    /// <summary>The tangent of radians.</summary>
    public Tensor Tan() => new(Expr.Tan(Expression));

    /// <summary>The hyperbolic tangent.</summary>
    public Tensor Tanh() => new(Expr.Tanh(Expression));

    /// <summary>The square root.</summary>
    public Tensor Sqrt() => new(Expr.Sqrt(Expression));

    /// <summary>The absolute value; its derivative at 0 is 0.</summary>
    public Tensor Abs() => new(Expr.Abs(Expression));

    /// <summary>1, 0 or -1 by the sign.</summary>
    public Tensor Sign() => new(sign(Expression));

    /// <summary>Each element times itself.</summary>
    public Tensor Square() => new(square(Expression));

    /// <summary>Each element to the power of <paramref name="exponent"/>.</summary>
    public Tensor Pow(Tensor exponent) => new(Expr.Pow(Expression, exponent.Expression));

    /// <summary>Each element to the power of <paramref name="exponent"/>.</summary>
    public Tensor Pow(double exponent) => new(Expr.Pow(Expression, exponent));

    /// <summary>The logistic function 1 / (1 + exp(-x)).</summary>
    public Tensor Sigmoid() => new(sigmoid(Expression));

    /// <summary>log(1 + exp x), without overflow.</summary>
    public Tensor Softplus() => new(softplus(Expression));

    /// <summary>max(x, 0), with derivative 0 at 0.</summary>
    public Tensor Relu() => new(relu(Expression));

    /// <summary>The larger of two elements; NaN when either is.</summary>
    public Tensor Maximum(Tensor other) => new(maximum(Expression, other.Expression));

    /// <inheritdoc cref="Maximum(Tensor)"/>
    public Tensor Maximum(double other) => new(maximum(Expression, Expression.Literal(other)));

    /// <summary>The smaller of two elements; NaN when either is.</summary>
    public Tensor Minimum(Tensor other) => new(minimum(Expression, other.Expression));

    /// <inheritdoc cref="Minimum(Tensor)"/>
    public Tensor Minimum(double other) => new(minimum(Expression, Expression.Literal(other)));

    /// <summary>Whether each element is below the other's, as bool.</summary>
    public Tensor Less(Tensor other) => new(less(Expression, other.Expression));

    /// <inheritdoc cref="Less(Tensor)"/>
    public Tensor Less(double other) => new(less(Expression, Expression.Literal(other)));

    /// <summary>Whether each element is below the other's or the same, as bool.</summary>
    public Tensor LessEqual(Tensor other) => new(lessEqual(Expression, other.Expression));

    /// <inheritdoc cref="LessEqual(Tensor)"/>
    public Tensor LessEqual(double other) => new(lessEqual(Expression, Expression.Literal(other)));

    /// <summary>Whether each element is above the other's, as bool.</summary>
    public Tensor Greater(Tensor other) => new(greater(Expression, other.Expression));

    /// <inheritdoc cref="Greater(Tensor)"/>
    public Tensor Greater(double other) => new(greater(Expression, Expression.Literal(other)));

    /// <summary>Whether each element is above the other's or the same, as bool.</summary>
    public Tensor GreaterEqual(Tensor other) => new(greaterEqual(Expression, other.Expression));

    /// <inheritdoc cref="GreaterEqual(Tensor)"/>
    public Tensor GreaterEqual(double other) => new(greaterEqual(Expression, Expression.Literal(other)));

    /// <summary>Whether each element is the same as the other's, as bool.</summary>
    public Tensor Equal(Tensor other) => new(equal(Expression, other.Expression));

    /// <inheritdoc cref="Equal(Tensor)"/>
    public Tensor Equal(double other) => new(equal(Expression, Expression.Literal(other)));

    /// <summary>Whether each element differs from the other's, as bool.</summary>
    public Tensor NotEqual(Tensor other) => new(notEqual(Expression, other.Expression));

    /// <inheritdoc cref="NotEqual(Tensor)"/>
    public Tensor NotEqual(double other) => new(notEqual(Expression, Expression.Literal(other)));

    /// <summary><paramref name="ifTrue"/> where the bool condition holds, else <paramref name="ifFalse"/>.</summary>
    /// <exception cref="DTypeException">The condition is not bool, or the branches differ in type.</exception>
    public static Tensor Where(Tensor condition, Tensor ifTrue, Tensor ifFalse) =>
        new(where(condition.Expression, ifTrue.Expression, ifFalse.Expression));

    /// <summary>The elements as another type: integers cut towards zero, bool is 0 and 1, and not 0 is true.</summary>
    public Tensor Cast(DType dtype) => new(cast(Interop.ToCore(dtype), Expression));
}
