using static Fluxion.IndexingFunctions.Expr;
using static Fluxion.MovementFunctions.Expr;
using static Fluxion.SlicingFunctions.Expr;

namespace Fluxion.Api;

// Elements put elsewhere, none changed.
public sealed partial class Tensor
{
    /// <summary>The part that an index or range for each axis names; axes without one are taken whole.</summary>
    /// <exception cref="ShapeException">One lies outside its axis, or there are more than axes.</exception>
    public Tensor this[params TensorIndex[] indices]
    {
        get
        {
            if (indices.Length > Rank)
                throw new ShapeException(
                    Errors.sentence(
                        "index",
                        $"at most {Rank} indices fit a tensor of that many axes",
                        $"there are {indices.Length}",
                        "leave the others out?"
                    )
                );

            var slices = indices.Select((index, axis) => index.Along(axis, Shape[axis]));
            return new(slice(Interop.List(slices), Expression));
        }
    }

    /// <summary>The same elements, row-major, under another shape; one size may be -1 and is worked out from the rest.</summary>
    /// <exception cref="ShapeException">The number of elements differs.</exception>
    public Tensor Reshape(params int[] shape) => new(reshape(Interop.List(shape), Expression));

    /// <summary>The tensor repeated to a larger shape, by NumPy's broadcasting.</summary>
    /// <exception cref="ShapeException">It does not fit.</exception>
    public Tensor BroadcastTo(params int[] shape) => new(broadcastTo(Interop.List(shape), Expression));

    /// <summary>The last two axes swapped: <c>[.., m, n]</c> to <c>[.., n, m]</c>.</summary>
    /// <exception cref="ShapeException">There are fewer than two.</exception>
    public Tensor Transpose() => new(transpose(Expression));

    /// <summary>The axes reordered: axis i of the result is axis <c>order[i]</c> of this one.</summary>
    /// <exception cref="ShapeException">An axis is missing or stands twice.</exception>
    public Tensor Permute(params int[] order) => new(permute(Interop.List(order), Expression));

    /// <summary>A new axis of size 1, at position <paramref name="axis"/> of the result.</summary>
    public Tensor ExpandDims(int axis) => new(expandDims(axis, Expression));

    /// <summary>An axis of size 1 taken away.</summary>
    /// <exception cref="ShapeException">Its size is another.</exception>
    public Tensor Squeeze(int axis) => new(squeeze(axis, Expression));

    /// <summary>Tensors of one shape side by side along a new axis: <c>Tensor.Stack([a, b])</c>.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Stack(IEnumerable<Tensor> tensors, int axis = 0) =>
        new(stack(axis, Interop.List(tensors.Select(tensor => tensor.Expression))));

    /// <summary>Tensors one after another along an axis that they have: <c>Tensor.Concat([a, b], axis: 1)</c>.</summary>
    /// <exception cref="ShapeException">The other axes differ.</exception>
    public static Tensor Concat(IEnumerable<Tensor> tensors, int axis = 0) =>
        new(concat(axis, Interop.List(tensors.Select(tensor => tensor.Expression))));

    /// <summary>The entries along an axis at integer indices, whose axes take that axis's place: rows of a table.</summary>
    public Tensor Gather(Tensor indices, int axis = 0) => new(gather(axis, indices.Expression, Expression));

    /// <summary>Zeros of a size along an axis, to which this tensor's entries are added at integer indices: the transpose of <see cref="Gather"/>.</summary>
    /// <exception cref="ShapeException">The axes from that one on are not those of the indices.</exception>
    public Tensor ScatterAdd(Tensor indices, int size, int axis = 0) =>
        new(scatterAdd(axis, size, indices.Expression, Expression));

    /// <summary>For integer labels <c>[..]</c>, zeros with a one at each label, float64 <c>[.., classes]</c>.</summary>
    /// <exception cref="DTypeException">The labels are not integers.</exception>
    /// <exception cref="ArgumentException">On evaluation: a label is outside 0 .. classes - 1.</exception>
    public Tensor OneHot(int classes) => new(oneHot(classes, Expression));
}
