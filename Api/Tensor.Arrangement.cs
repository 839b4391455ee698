using static Fluxion.ArrangementFunctions.Expr;
using static Fluxion.DiagonalsFunctions.Expr;
using static Fluxion.SlicingFunctions.Expr;

namespace Fluxion.Api;

// Elements turned, repeated, parted and padded; diagonals and triangles of matrices, which are the last two axes.
public sealed partial class Tensor
{
    /// <summary>
    /// The elements of one axis from <paramref name="start"/> until before <paramref name="stop"/> by <paramref name="step"/>, by Python's
    /// rules: negative ones count from the back, null takes all there is on that side, and a negative step goes backwards.
    /// </summary>
    public Tensor Slice(int axis, int? start = null, int? stop = null, int step = 1)
    {
        var along = axis < 0 ? axis + Rank : axis;
        if (along < 0 || along >= Rank)
            throw new ShapeException(
                Errors.sentence(
                    "slice",
                    $"an axis must lie between {-Rank} and {Rank - 1}",
                    $"it is {axis}",
                    "count from 0, or from the back with -1?"
                )
            );
        var before = Enumerable.Repeat(Interop.Range(null, null, 1), along);
        return new(slice(Interop.List(before.Append(Interop.Range(start, stop, step))), Expression));
    }

    /// <summary>The elements in the opposite order along the given axes; along all when none is given.</summary>
    public Tensor Flip(params int[] axes) =>
        new(flip(Interop.List(axes.Length == 0 ? Enumerable.Range(0, Rank) : axes), Expression));

    /// <summary>The elements moved on by some places along an axis; those that leave at one end come back at the other.</summary>
    public Tensor Roll(int shift, int axis) => new(roll(shift, axis, Expression));

    /// <summary>Each element several times in succession along an axis: <c>[1, 2]</c> twice is <c>[1, 1, 2, 2]</c>.</summary>
    public Tensor Repeat(int count, int axis) => new(repeat(count, axis, Expression));

    /// <summary>
    /// The whole tensor again and again along each axis: <c>[1, 2]</c> twice is <c>[1, 2, 1, 2]</c>. First axes without a number stay; more
    /// numbers than axes make new ones in front.
    /// </summary>
    public Tensor Tile(params int[] repetitions) => new(tile(Interop.List(repetitions), Expression));

    /// <summary>Parts of the given sizes, one after another along an axis.</summary>
    /// <exception cref="ShapeException">They do not add up to it.</exception>
    public IReadOnlyList<Tensor> Split(int axis, params int[] sizes) =>
        [.. split(axis, Interop.List(sizes), Expression).Select(part => new Tensor(part))];

    /// <summary>The entries of an axis, each by itself and without that axis: what <see cref="Stack"/> joins.</summary>
    public IReadOnlyList<Tensor> Unstack(int axis = 0) =>
        [.. unstack(axis, Expression).Select(part => new Tensor(part))];

    /// <summary>A number put around: before and after for each axis, as in <c>x.Pad([(1, 1), (0, 2)])</c>.</summary>
    /// <exception cref="ShapeException">There are more or fewer than axes, or a negative one.</exception>
    public Tensor Pad(IEnumerable<(int Before, int After)> paddings, double value = 0) =>
        new(Interop.Pad(Fluxion.PaddingMode.NewConstant(value), paddings, Expression));

    /// <summary>The tensor continued beyond its edges by what it holds: before and after for each axis.</summary>
    /// <exception cref="ShapeException">There are more or fewer than axes, or not enough elements to continue with.</exception>
    public Tensor Pad(IEnumerable<(int Before, int After)> paddings, PaddingMode mode) =>
        new(Interop.Pad(Interop.ToCore(mode), paddings, Expression));

    /// <summary>The elements on a diagonal: 0 is the main one, 1 the one above it, -1 the one below.</summary>
    /// <exception cref="ShapeException">There are fewer than two axes.</exception>
    public Tensor Diagonal(int offset = 0) => new(diagonal(offset, Expression));

    /// <summary>The matrix that has this vector on a diagonal and zeros elsewhere.</summary>
    public Tensor Diag(int offset = 0) => new(diag(offset, Expression));

    /// <summary>The matrix with zeros above a diagonal.</summary>
    /// <exception cref="ShapeException">There are fewer than two axes.</exception>
    public Tensor Tril(int offset = 0) => new(tril(offset, Expression));

    /// <summary>The matrix with zeros below a diagonal.</summary>
    /// <exception cref="ShapeException">There are fewer than two axes.</exception>
    public Tensor Triu(int offset = 0) => new(triu(offset, Expression));

    /// <summary>The sum of the main diagonal.</summary>
    /// <exception cref="ShapeException">There are fewer than two axes.</exception>
    public Tensor Trace() => new(trace(Expression));
}
