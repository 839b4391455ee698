using static Fluxion.ActivationFunctions.Expr;
using static Fluxion.SpecialFunctions.Expr;

namespace Fluxion.Api;

// Special functions of each element by itself.
public sealed partial class Tensor
{
    /// <summary>x times the normal integral of x.</summary>
    public Tensor Gelu() => new(gelu(Expression));

    /// <summary>The approximation of <see cref="Gelu"/> by tanh, up to 5e-4 away.</summary>
    public Tensor GeluTanh() => new(geluTanh(Expression));

    /// <summary>x tanh(softplus x).</summary>
    public Tensor Mish() => new(mish(Expression));

    /// <summary>log |Γ(x)|.</summary>
    public Tensor Lgamma() => new(lgamma(Expression));

    /// <summary>The derivative of <see cref="Lgamma"/>.</summary>
    public Tensor Digamma() => new(digamma(Expression));

    /// <summary>The derivative of <see cref="Digamma"/> of an order, 1 for trigamma.</summary>
    /// <exception cref="ArgumentException">The order is negative.</exception>
    public Tensor Polygamma(int order) => new(polygamma(order, Expression));

    /// <summary>The inverse of erf: infinite at ±1, NaN beyond.</summary>
    public Tensor Erfinv() => new(erfinv(Expression));
}
