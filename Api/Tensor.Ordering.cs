using static Fluxion.AlongAxisFunctions.Expr;
using static Fluxion.CumulativeFunctions.Expr;
using static Fluxion.OrderingFunctions.Expr;

namespace Fluxion.Api;

// What is done along an axis that stays: order, and running totals. Equal elements stay as they come, and NaN is larger than all numbers.
public sealed partial class Tensor
{
    /// <summary>The elements along an axis in order. Each sends its gradient back to where it came from.</summary>
    public Tensor Sort(int axis = -1, bool descending = false) =>
        new(descending ? sortDescending(axis, Expression) : sort(axis, Expression));

    /// <summary>The positions (int64) along an axis of what <see cref="Sort"/> would put there.</summary>
    public Tensor ArgSort(int axis = -1, bool descending = false) =>
        new(descending ? argSortDescending(axis, Expression) : argSort(axis, Expression));

    /// <summary>The largest elements along an axis, largest first, and their positions (int64).</summary>
    /// <exception cref="ShapeException">The axis has fewer than <paramref name="k"/>.</exception>
    public (Tensor Values, Tensor Positions) TopK(int k, int axis = -1)
    {
        var (values, positions) = topK(k, axis, Expression);
        return (new(values), new(positions));
    }

    /// <summary>The elements at integer indices along an axis, each row having its own: what <see cref="ArgSort"/> gives sorts.</summary>
    /// <exception cref="ShapeException">Sizes differ but along that axis.</exception>
    public Tensor TakeAlong(Tensor indices, int axis = -1) => new(takeAlong(axis, indices.Expression, Expression));

    /// <summary>Zeros of a size along an axis, to which each row is added at its own integer indices.</summary>
    /// <exception cref="ShapeException">There is not one index for each element.</exception>
    public Tensor ScatterAlong(Tensor indices, int size, int axis = -1) =>
        new(scatterAlong(axis, size, indices.Expression, Expression));

    /// <summary>The permutation that undoes this one, of integers.</summary>
    public Tensor InversePermutation(int axis = -1) => new(inversePermutation(axis, Expression));

    /// <summary>The sum of each element and all before it along an axis.</summary>
    public Tensor CumSum(int axis) => new(cumsum(axis, Expression));

    /// <summary>The product of each element and all before it along an axis; its gradient is right where there are zeros.</summary>
    public Tensor CumProd(int axis) => new(cumprod(axis, Expression));

    /// <summary>The largest of each element and all before it along an axis. The gradient goes to where it stands first.</summary>
    public Tensor CumMax(int axis) => new(cummax(axis, Expression));

    /// <summary>The smallest of each element and all before it along an axis. The gradient goes to where it stands first.</summary>
    public Tensor CumMin(int axis) => new(cummin(axis, Expression));

    /// <summary>The positions (int64) of the largest elements so far along an axis; the first where several tie.</summary>
    public Tensor CumArgMax(int axis) => new(cumArgMax(axis, Expression));

    /// <summary>y with yᵢ = factorsᵢ yᵢ₋₁ + termsᵢ along an axis, from 0: moving averages, discounted returns, autoregressions.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor LinearRecurrence(Tensor factors, Tensor terms, int axis = -1) =>
        new(linearRecurrence(axis, factors.Expression, terms.Expression));
}
