using static Fluxion.ContractionFunctions.Expr;
using static Fluxion.ExtremesFunctions.Expr;
using static Fluxion.MomentsFunctions.Expr;
using static Fluxion.ProductFunctions.Expr;
using static Fluxion.ReductionFunctions.Expr;
using static Fluxion.SoftmaxFunctions.Expr;

namespace Fluxion.Api;

// Functions along axes, which disappear, and the matrix product. Negative axes count from the back.
public sealed partial class Tensor
{
    /// <summary>Sums along the given axes, which disappear; along all when none is given.</summary>
    public Tensor Sum(params int[] axes) => Sum(axes, keepDims: false);

    /// <summary>As <see cref="Sum(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor Sum(int[] axes, bool keepDims) => new(Interop.Reduce(sumOver, axes, keepDims, Expression));

    /// <summary>Means along the given axes, which disappear; along all when none is given.</summary>
    public Tensor Mean(params int[] axes) => Mean(axes, keepDims: false);

    /// <summary>As <see cref="Mean(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor Mean(int[] axes, bool keepDims) => new(Interop.Reduce(meanOver, axes, keepDims, Expression));

    /// <summary>Products, with derivatives that are right where there are zeros, along the given axes, which disappear; along all when none is given.</summary>
    public Tensor Prod(params int[] axes) => Prod(axes, keepDims: false);

    /// <summary>As <see cref="Prod(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor Prod(int[] axes, bool keepDims) => new(Interop.Reduce(prodOver, axes, keepDims, Expression));

    /// <summary>The largest elements along the given axes, which disappear; along all when none is given.</summary>
    /// <exception cref="ShapeException">There are none to choose from.</exception>
    public Tensor Max(params int[] axes) => Max(axes, keepDims: false);

    /// <summary>As <see cref="Max(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor Max(int[] axes, bool keepDims) => new(Interop.Reduce(maxOver, axes, keepDims, Expression));

    /// <summary>The smallest elements along the given axes, which disappear; along all when none is given.</summary>
    /// <exception cref="ShapeException">There are none to choose from.</exception>
    public Tensor Min(params int[] axes) => Min(axes, keepDims: false);

    /// <summary>As <see cref="Min(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor Min(int[] axes, bool keepDims) => new(Interop.Reduce(minOver, axes, keepDims, Expression));

    /// <summary>log Σ exp x, without overflow, along the given axes, which disappear; along all when none is given.</summary>
    public Tensor LogSumExp(params int[] axes) => LogSumExp(axes, keepDims: false);

    /// <summary>As <see cref="LogSumExp(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor LogSumExp(int[] axes, bool keepDims) =>
        new(Interop.Reduce(logSumExpOver, axes, keepDims, Expression));

    /// <summary>√Σ x² along the given axes, which disappear; along all when none is given.</summary>
    public Tensor Norm(params int[] axes) => Norm(axes, keepDims: false);

    /// <summary>As <see cref="Norm(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor Norm(int[] axes, bool keepDims) => new(Interop.Reduce(normOver, axes, keepDims, Expression));

    /// <summary>Whether any element is true along the given axes, which disappear; along all when none is given.</summary>
    /// <exception cref="DTypeException">The elements are not bool.</exception>
    public Tensor Any(params int[] axes) => Any(axes, keepDims: false);

    /// <summary>As <see cref="Any(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor Any(int[] axes, bool keepDims) => new(Interop.Reduce(anyOver, axes, keepDims, Expression));

    /// <summary>Whether every element is true along the given axes, which disappear; along all when none is given.</summary>
    /// <exception cref="DTypeException">The elements are not bool.</exception>
    public Tensor All(params int[] axes) => All(axes, keepDims: false);

    /// <summary>As <see cref="All(int[])"/>; with keepDims the axes stay, with size 1, so that the result broadcasts against this tensor.</summary>
    public Tensor All(int[] axes, bool keepDims) => new(Interop.Reduce(allOver, axes, keepDims, Expression));

    /// <summary>Variances along the given axes, which disappear, as of whole populations; along all when none is given.</summary>
    public Tensor Var(params int[] axes) => Var(axes, correction: 0);

    /// <summary>
    /// Variances along axes by Σ (x - mean)² / (n - correction): with <paramref name="correction"/> 1 the usual estimate from a sample. NaN where nothing is left to
    /// divide by.
    /// </summary>
    public Tensor Var(int[] axes, int correction, bool keepDims = false) =>
        new(Interop.Reduce((along, x) => varCorrected(correction, along, x), axes, keepDims, Expression));

    /// <summary>Standard deviations along the given axes, which disappear, as of whole populations; along all when none is given.</summary>
    public Tensor Std(params int[] axes) => Std(axes, correction: 0);

    /// <summary>
    /// Standard deviations along axes by √(Σ (x - mean)² / (n - correction)): with <paramref name="correction"/> 1 the usual estimate from a sample. NaN where nothing is left to
    /// divide by.
    /// </summary>
    public Tensor Std(int[] axes, int correction, bool keepDims = false) =>
        new(Interop.Reduce((along, x) => stdCorrected(correction, along, x), axes, keepDims, Expression));

    /// <summary>The positions (int64) of the largest elements along an axis, which disappears; the first where several tie.</summary>
    public Tensor ArgMax(int axis = -1) => new(argMax(axis, Expression));

    /// <summary>The positions (int64) of the smallest elements along an axis, which disappears; the first where several tie, or of NaN.</summary>
    public Tensor ArgMin(int axis = -1) => new(argMin(axis, Expression));

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
