using static Fluxion.ContractionFunctions.Expr;
using static Fluxion.ReductionFunctions.Expr;
using static Fluxion.SoftmaxFunctions.Expr;

namespace Fluxion.Api;

// Functions along axes, which disappear, and the matrix product. Negative axes count from the back.
public sealed partial class Tensor
{
    /// <summary>Sums along the given axes, which disappear; along all when none is given.</summary>
    public Tensor Sum(params int[] axes) =>
        new(axes.Length == 0 ? sum(Expression) : sumOver(Interop.List(axes), Expression));

    /// <summary>Means along the given axes, which disappear; along all when none is given.</summary>
    public Tensor Mean(params int[] axes) =>
        new(axes.Length == 0 ? mean(Expression) : meanOver(Interop.List(axes), Expression));

    /// <summary>The largest elements along the given axes, which disappear; along all when none is given.</summary>
    /// <exception cref="ShapeException">There are none to choose from.</exception>
    public Tensor Max(params int[] axes) =>
        new(axes.Length == 0 ? max(Expression) : maxOver(Interop.List(axes), Expression));

    /// <summary>log Σ exp x along the given axes, without overflow; along all when none is given.</summary>
    public Tensor LogSumExp(params int[] axes) =>
        new(axes.Length == 0 ? logSumExp(Expression) : logSumExpOver(Interop.List(axes), Expression));

    /// <summary>The positions (int64) of the largest elements along an axis, which disappears; the first where several tie.</summary>
    public Tensor ArgMax(int axis = -1) => new(argMax(axis, Expression));

    /// <summary>exp x / Σ exp x along an axis: positive numbers that sum to 1.</summary>
    public Tensor Softmax(int axis = -1) => new(softmax(axis, Expression));

    /// <summary>The logarithm of <see cref="Softmax"/>, without overflow.</summary>
    public Tensor LogSoftmax(int axis = -1) => new(logSoftmax(axis, Expression));

    /// <summary>
    /// The matrix product <c>[.., m, k]</c> by <c>[.., k, n]</c> to <c>[.., m, n]</c>, other axes broadcast; a vector <c>[k]</c> is a row
    /// on the left and a column on the right, so two vectors give a scalar.
    /// </summary>
    /// <exception cref="ShapeException">The inner sizes differ.</exception>
    public Tensor MatMul(Tensor right) => new(matmul(Expression, right.Expression));
}
