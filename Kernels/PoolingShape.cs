using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// The sizes of a two-dimensional pooling of planes [planes; height; width], where batch and channels
/// together count the planes.
/// </summary>
/// <param name="Planes">Number of planes: batch · channels.</param>
/// <param name="InHeight">Rows of a plane.</param>
/// <param name="InWidth">Columns of a plane.</param>
/// <param name="WindowHeight">Rows of the window, 1 or more.</param>
/// <param name="WindowWidth">Columns of the window, 1 or more.</param>
/// <param name="StrideY">Rows that the window moves on by, 1 or more; mostly its height.</param>
/// <param name="StrideX">Columns that the window moves on by, 1 or more; mostly its width.</param>
public readonly record struct PoolingShape(
    int Planes,
    int InHeight,
    int InWidth,
    int WindowHeight,
    int WindowWidth,
    int StrideY,
    int StrideX
)
{
    /// <summary>Rows added above and below, at most half a window; they never win a maximum.</summary>
    public int PaddingY { get; init; } = 0;

    /// <summary>Columns added left and right, at most half a window; they never win a maximum.</summary>
    public int PaddingX { get; init; } = 0;

    /// <summary>
    /// Whether an average divides by the whole window (the usual), or by its part inside the
    /// plane.
    /// </summary>
    public bool CountsPadding { get; init; } = true;

    /// <summary>⌊(InHeight + 2·PaddingY - WindowHeight) / StrideY⌋ + 1, or 0 when the window does not fit.</summary>
    public int OutHeight => ConvolutionShape.OutSize(InHeight + 2 * PaddingY, WindowHeight, StrideY);

    /// <summary>⌊(InWidth + 2·PaddingX - WindowWidth) / StrideX⌋ + 1, or 0 when the window does not fit.</summary>
    public int OutWidth => ConvolutionShape.OutSize(InWidth + 2 * PaddingX, WindowWidth, StrideX);

    /// <summary>Numbers of x.</summary>
    public long InLength => (long)Planes * InHeight * InWidth;

    /// <summary>Numbers of y.</summary>
    public long OutLength => (long)Planes * OutHeight * OutWidth;

    /// <summary>The part inside the plane of the window of an output row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal (int Start, int End) WindowRows(int i)
    {
        var start = i * StrideY - PaddingY;
        return (Math.Max(start, 0), Math.Min(start + WindowHeight, InHeight));
    }

    /// <summary>The part inside the plane of the window of an output column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal (int Start, int End) WindowColumns(int j)
    {
        var start = j * StrideX - PaddingX;
        return (Math.Max(start, 0), Math.Min(start + WindowWidth, InWidth));
    }

    /// <summary>Checks the sizes, and that the spans hold them.</summary>
    /// <exception cref="ArgumentException">A size makes no sense, or a span is of another length.</exception>
    internal void Check(string where, int x, int y)
    {
        if ((Planes | InHeight | InWidth | PaddingY | PaddingX) < 0)
            throw new ArgumentException(
                $"{where}: sizes and padding must be 0 or more, but the shape is {this}; correct it."
            );
        if (Math.Min(Math.Min(WindowHeight, WindowWidth), Math.Min(StrideY, StrideX)) < 1)
            throw new ArgumentException(
                $"{where}: window and stride must be 1 or more, but the shape is {this}; "
                    + "make it with its constructor, not as default."
            );
        // Else some window would lie wholly in the padding, and have no maximum.
        if (2 * PaddingY > WindowHeight || 2 * PaddingX > WindowWidth || (InLength == 0 && OutLength > 0))
            throw new ArgumentException(
                $"{where}: padding must be at most half a window, but the shape is {this}; pad the input instead."
            );
        ConvolutionShape.CheckLength(where, "x", "planes·height·width", InLength, x);
        ConvolutionShape.CheckLength(where, "y", "planes·out height·out width", OutLength, y);
    }
}
