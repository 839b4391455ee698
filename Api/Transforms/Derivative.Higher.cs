namespace Fluxion.Api;

// Second derivatives and beyond, and those of fields.
public static partial class Derivative
{
    /// <summary>
    /// The second derivatives of a function that gives a scalar. At one tensor of shape s they have shape s followed by s; at several, they are
    /// the matrix over all their entries, in order.
    /// </summary>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    public static Tensor Hessian<T>(Func<T, Tensor> f, T x) => new(Prelude.hessian(Interop.ToExpression(f), x));

    /// <summary>
    /// The Hessian of a function that gives a scalar, times a vector of the point's form, without forming it: forward over reverse mode, at a
    /// small multiple of a gradient's cost. (Pearlmutter, "Fast exact multiplication by the Hessian", 1994.)
    /// </summary>
    /// <exception cref="ShapeException">The result is no scalar, or the vector has not the point's shapes.</exception>
    /// <exception cref="ArgumentException">The vector has not the point's form.</exception>
    public static T Hvp<T>(Func<T, Tensor> f, T x, T vector) =>
        Derivatives.hvp(Interop.ToExpression(f), x, Interop.SameForm("hvp", "the vector", x, vector));

    /// <summary>The same by reverse over forward mode: a vector times the Hessian, which is symmetric.</summary>
    /// <inheritdoc cref="Hvp" path="/exception"/>
    public static T Vhp<T>(Func<T, Tensor> f, T x, T vector) =>
        Derivatives.vhp(Interop.ToExpression(f), x, Interop.SameForm("vhp", "the vector", x, vector));

    /// <summary>The sum of the second derivatives of a scalar function by each entry of the point: Σ ∂²f/∂xᵢ².</summary>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    public static Tensor Laplacian(Func<Tensor, Tensor> f, Tensor x) =>
        new(Derivatives.laplacian(Interop.OfExpression(f), x.Expression));

    /// <summary>The sum of ∂fᵢ/∂xᵢ of a vector field, whose values have the point's shape.</summary>
    /// <exception cref="ShapeException">They have not.</exception>
    public static Tensor Divergence(Func<Tensor, Tensor> f, Tensor x) =>
        new(Derivatives.divergence(Interop.OfExpression(f), x.Expression));

    /// <summary>
    /// The curl of a field of three numbers at a point of three: <c>[∂f₂/∂x₁ - ∂f₁/∂x₂, ∂f₀/∂x₂ - ∂f₂/∂x₀, ∂f₁/∂x₀ - ∂f₀/∂x₁]</c>.
    /// </summary>
    /// <exception cref="ShapeException">Point or value is not <c>[3]</c>.</exception>
    public static Tensor Curl(Func<Tensor, Tensor> f, Tensor x) =>
        new(Derivatives.curl(Interop.OfExpression(f), x.Expression));

    /// <summary>
    /// The value and all derivatives along a direction up to an order: dᵏ/dtᵏ f(x + t v) at 0, for k from 0 on. By Taylor mode: products cost the
    /// square of the order, most other functions at most its cube, where nested <see cref="Jvp"/> doubles with each.
    /// (Griewank and Walther, "Evaluating Derivatives", 2nd ed., chapter 13.)
    /// </summary>
    /// <exception cref="ArgumentException">The order is negative.</exception>
    /// <exception cref="ShapeException">The direction has not the point's shape.</exception>
    public static IReadOnlyList<Tensor> Taylor(int order, Func<Tensor, Tensor> f, Tensor x, Tensor direction) =>
        [
            .. Derivatives
                .taylor(order, Interop.OfExpression(f), x.Expression, direction.Expression)
                .Select(derivative => new Tensor(derivative)),
        ];

    /// <summary>The n-th derivative of a function of one number (or, element by element, of many), by Taylor mode.</summary>
    /// <exception cref="ArgumentException">The order is negative.</exception>
    public static Tensor NthDerivative(int order, Func<Tensor, Tensor> f, Tensor x) =>
        new(Derivatives.nthDerivative(order, Interop.OfExpression(f), x.Expression));
}
