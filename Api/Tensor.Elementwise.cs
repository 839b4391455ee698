using static Fluxion.ActivationFunctions.Expr;
using static Fluxion.ElementwiseFunctions.Expr;
using static Fluxion.PairwiseFunctions.Expr;
using static Fluxion.TranscendentalFunctions.Expr;
using static Fluxion.UnivariateFunctions.Expr;

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

    /// <summary>e to the power x, minus 1; exact for small x.</summary>
    public Tensor Expm1() => new(expm1(Expression));

    /// <summary>The sine of radians.</summary>
    public Tensor Sin() => new(Expr.Sin(Expression));

    /// <summary>The cosine of radians.</summary>
    public Tensor Cos() => new(Expr.Cos(Expression));

    /// <summary>The tangent of radians.</summary>
    public Tensor Tan() => new(Expr.Tan(Expression));

    /// <summary>The hyperbolic tangent.</summary>
    public Tensor Tanh() => new(Expr.Tanh(Expression));

    /// <summary>2 to the power of each element.</summary>
    public Tensor Exp2() => new(exp2(Expression));

    /// <summary>The logarithm to base 2.</summary>
    public Tensor Log2() => new(log2(Expression));

    /// <summary>The logarithm to base 10.</summary>
    public Tensor Log10() => new(log10(Expression));

    /// <summary>The inverse of the sine, in radians; NaN beyond ±1.</summary>
    public Tensor Asin() => new(asin(Expression));

    /// <summary>The inverse of the cosine, in radians; NaN beyond ±1.</summary>
    public Tensor Acos() => new(acos(Expression));

    /// <summary>The inverse of the tangent, in radians.</summary>
    public Tensor Atan() => new(atan(Expression));

    /// <summary>The hyperbolic sine.</summary>
    public Tensor Sinh() => new(sinh(Expression));

    /// <summary>The hyperbolic cosine.</summary>
    public Tensor Cosh() => new(cosh(Expression));

    /// <summary>The inverse of the hyperbolic sine.</summary>
    public Tensor Asinh() => new(asinh(Expression));

    /// <summary>The inverse of the hyperbolic cosine; NaN below 1.</summary>
    public Tensor Acosh() => new(acosh(Expression));

    /// <summary>The inverse of the hyperbolic tangent; NaN beyond ±1.</summary>
    public Tensor Atanh() => new(atanh(Expression));

    /// <summary>The error function, (2/√π) ∫ exp(-t²) dt from 0 to x.</summary>
    public Tensor Erf() => new(erf(Expression));

    /// <summary>1 - erf x, without cancellation where it is small.</summary>
    public Tensor Erfc() => new(erfc(Expression));

    /// <summary>The cube root, negative for negative numbers.</summary>
    public Tensor Cbrt() => new(cbrt(Expression));

    /// <summary>1 / x.</summary>
    public Tensor Reciprocal() => new(reciprocal(Expression));

    /// <summary>1 / √x.</summary>
    public Tensor Rsqrt() => new(rsqrt(Expression));

    /// <summary>The largest whole number that is not above; its derivative is 0.</summary>
    public Tensor Floor() => new(floor(Expression));

    /// <summary>The smallest whole number that is not below; its derivative is 0.</summary>
    public Tensor Ceil() => new(ceil(Expression));

    /// <summary>The nearest whole number, of two the even one; its derivative is 0.</summary>
    public Tensor Round() => new(round(Expression));

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

    /// <summary>log(sigmoid x), without overflow.</summary>
    public Tensor LogSigmoid() => new(logSigmoid(Expression));

    /// <summary>max(x, 0), with derivative 0 at 0.</summary>
    public Tensor Relu() => new(relu(Expression));

    /// <summary>x above 0, else <paramref name="slope"/> times x; the derivative at 0 is the slope.</summary>
    public Tensor LeakyRelu(double slope = 0.01) => new(leakyRelu(slope, Expression));

    /// <summary>x above 0, else <paramref name="alpha"/> (exp x - 1); the derivative at 0 is alpha.</summary>
    public Tensor Elu(double alpha = 1) => new(elu(alpha, Expression));

    /// <summary>x sigmoid x, also called swish.</summary>
    public Tensor Silu() => new(silu(Expression));

    /// <summary>Each element, or the nearest of two bounds that it lies beyond; the derivative is 1 between the bounds and on them.</summary>
    /// <exception cref="ArgumentException"><paramref name="low"/> is above <paramref name="high"/>.</exception>
    public Tensor Clamp(double low, double high) => new(clamp(low, high, Expression));

    /// <summary>The angle, in radians between -π and π, of the point with this height and <paramref name="x"/> as width.</summary>
    public Tensor Atan2(Tensor x) => new(atan2(Expression, x.Expression));

    /// <inheritdoc cref="Atan2(Tensor)"/>
    public Tensor Atan2(double x) => new(atan2(Expression, Expression.Literal(x)));

    /// <summary>√(x² + y²), without overflow.</summary>
    public Tensor Hypot(Tensor other) => new(hypot(Expression, other.Expression));

    /// <inheritdoc cref="Hypot(Tensor)"/>
    public Tensor Hypot(double other) => new(hypot(Expression, Expression.Literal(other)));

    /// <summary>x - y ⌊x / y⌋, which has the divisor's sign, as in Python; C#'s <c>%</c> has x's.</summary>
    public Tensor Remainder(Tensor divisor) => new(remainder(Expression, divisor.Expression));

    /// <inheritdoc cref="Remainder(Tensor)"/>
    public Tensor Remainder(double divisor) => new(remainder(Expression, Expression.Literal(divisor)));

    /// <summary>The size of each element with the sign of the other's.</summary>
    public Tensor CopySign(Tensor sign) => new(copySign(Expression, sign.Expression));

    /// <inheritdoc cref="CopySign(Tensor)"/>
    public Tensor CopySign(double sign) => new(copySign(Expression, Expression.Literal(sign)));

    /// <summary>log(exp x + exp y), without overflow.</summary>
    public Tensor LogAddExp(Tensor other) => new(logAddExp(Expression, other.Expression));

    /// <inheritdoc cref="LogAddExp(Tensor)"/>
    public Tensor LogAddExp(double other) => new(logAddExp(Expression, Expression.Literal(other)));

    /// <summary>(x - y)².</summary>
    public Tensor SquaredDifference(Tensor other) => new(squaredDifference(Expression, other.Expression));

    /// <inheritdoc cref="SquaredDifference(Tensor)"/>
    public Tensor SquaredDifference(double other) => new(squaredDifference(Expression, Expression.Literal(other)));

    /// <summary>The larger of two elements; NaN when either is.</summary>
    public Tensor Maximum(Tensor other) => new(maximum(Expression, other.Expression));

    /// <inheritdoc cref="Maximum(Tensor)"/>
    public Tensor Maximum(double other) => new(maximum(Expression, Expression.Literal(other)));

    /// <summary>The smaller of two elements; NaN when either is.</summary>
    public Tensor Minimum(Tensor other) => new(minimum(Expression, other.Expression));

    /// <inheritdoc cref="Minimum(Tensor)"/>
    public Tensor Minimum(double other) => new(minimum(Expression, Expression.Literal(other)));

    /// <summary><paramref name="ifTrue"/> where the bool condition holds, else <paramref name="ifFalse"/>.</summary>
    /// <exception cref="DTypeException">The condition is not bool, or the branches differ in type.</exception>
    public static Tensor Where(Tensor condition, Tensor ifTrue, Tensor ifFalse) =>
        new(where(condition.Expression, ifTrue.Expression, ifFalse.Expression));

    /// <summary>The elements as another type: integers cut towards zero, bool is 0 and 1, and not 0 is true.</summary>
    public Tensor Cast(DType dtype) => new(cast(Interop.ToCore(dtype), Expression));
}
