using static Fluxion.ElementwiseFunctions.Expr;
using static Fluxion.LogicFunctions.Expr;

namespace Fluxion.Api;

// Comparisons of elements, and what follows from them: tensors of bool.
public sealed partial class Tensor
{
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

    /// <summary>Whether each element is NaN, as bool.</summary>
    public Tensor IsNaN() => new(isNaN(Expression));

    /// <summary>Whether each element is infinite, of either sign, as bool.</summary>
    public Tensor IsInf() => new(isInf(Expression));

    /// <summary>Whether each element is neither infinite nor NaN, as bool.</summary>
    public Tensor IsFinite() => new(isFinite(Expression));

    /// <summary>True where a bool is false.</summary>
    /// <exception cref="DTypeException">The elements are numbers.</exception>
    public Tensor LogicalNot() => new(logicalNot(Expression));

    /// <summary>True where both bools are.</summary>
    /// <exception cref="DTypeException">The elements are numbers.</exception>
    public Tensor LogicalAnd(Tensor other) => new(logicalAnd(Expression, other.Expression));

    /// <summary>True where either bool is.</summary>
    /// <exception cref="DTypeException">The elements are numbers.</exception>
    public Tensor LogicalOr(Tensor other) => new(logicalOr(Expression, other.Expression));

    /// <summary>True where just one of two bools is.</summary>
    /// <exception cref="DTypeException">The elements are numbers.</exception>
    public Tensor LogicalXor(Tensor other) => new(logicalXor(Expression, other.Expression));

    /// <inheritdoc cref="LogicalAnd(Tensor)"/>
    public static Tensor operator &(Tensor left, Tensor right) => left.LogicalAnd(right);

    /// <inheritdoc cref="LogicalOr(Tensor)"/>
    public static Tensor operator |(Tensor left, Tensor right) => left.LogicalOr(right);

    /// <inheritdoc cref="LogicalXor(Tensor)"/>
    public static Tensor operator ^(Tensor left, Tensor right) => left.LogicalXor(right);

    /// <inheritdoc cref="LogicalNot"/>
    public static Tensor operator !(Tensor x) => x.LogicalNot();
}
