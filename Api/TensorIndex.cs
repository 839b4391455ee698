namespace Fluxion.Api;

/// <summary>
/// What is taken along one axis of a tensor: an index, which takes the axis away, or a range, which keeps it. Written as C# writes
/// them: <c>x[0]</c>, <c>x[^1]</c>, <c>x[.., 0]</c>, <c>x[2..5, ^1]</c>.
/// </summary>
public readonly struct TensorIndex
{
    readonly Index index;
    readonly Range? range;

    TensorIndex(Index index, Range? range) => (this.index, this.range) = (index, range);

    /// <summary>One entry; negative indices count from the back, as in NumPy, so -1 is <c>^1</c>.</summary>
    public static implicit operator TensorIndex(int index) =>
        new(index < 0 ? Index.FromEnd(-index) : Index.FromStart(index), null);

    /// <summary>One entry, counted from either side.</summary>
    public static implicit operator TensorIndex(Index index) => new(index, null);

    /// <summary>From the start up to, and without, the end.</summary>
    public static implicit operator TensorIndex(Range range) => new(default, range);

    /// <summary>What is taken along an axis of this size. Unlike F#'s and Python's, C#'s ranges must lie inside.</summary>
    internal Slice Along(int axis, int size)
    {
        if (range is not { } taken)
            return Interop.At(Inside(axis, size, index));

        var (start, stop) = (taken.Start.GetOffset(size), taken.End.GetOffset(size));
        if (start < 0 || stop > size || start > stop)
            throw new ShapeException(
                Errors.sentence(
                    "index",
                    $"a range along axis {axis} must lie inside 0..{size}, start before end",
                    $"it is {taken}",
                    "leave out an end to take all there is?"
                )
            );
        return Interop.Between(start, stop);
    }

    static int Inside(int axis, int size, Index index)
    {
        var offset = index.GetOffset(size);
        return offset >= 0 && offset < size
            ? offset
            : throw new ShapeException(
                Errors.sentence(
                    "index",
                    $"an index along axis {axis} must lie inside its size {size}",
                    $"it is {index}",
                    "count from 0, or from the back with ^1?"
                )
            );
    }
}
