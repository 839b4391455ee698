namespace Fluxion.Kernels;

/// <summary>
/// The sizes of a two-dimensional convolution (a cross-correlation, as in all neural networks) of x [batch; in
/// channels; height; width] with w [out channels; in channels / groups; kernel height; kernel width] to y [batch; out
/// channels; out height; out width].
/// </summary>
/// <param name="Batch">Number of images.</param>
/// <param name="InChannels">Channels of an image; a multiple of the groups.</param>
/// <param name="InHeight">Rows of an image.</param>
/// <param name="InWidth">Columns of an image.</param>
/// <param name="OutChannels">Channels of a result; a multiple of the groups.</param>
/// <param name="KernelHeight">Rows of the kernel, 1 or more.</param>
/// <param name="KernelWidth">Columns of the kernel, 1 or more.</param>
public readonly record struct ConvolutionShape(
    int Batch,
    int InChannels,
    int InHeight,
    int InWidth,
    int OutChannels,
    int KernelHeight,
    int KernelWidth
)
{
    /// <summary>Rows that the kernel moves on by, 1 or more.</summary>
    public int StrideY { get; init; } = 1;

    /// <summary>Columns that the kernel moves on by, 1 or more.</summary>
    public int StrideX { get; init; } = 1;

    /// <summary>Rows of zeros above and below the image.</summary>
    public int PaddingY { get; init; } = 0;

    /// <summary>Columns of zeros left and right of the image.</summary>
    public int PaddingX { get; init; } = 0;

    /// <summary>Rows of the image from one row of the kernel to the next, 1 or more.</summary>
    public int DilationY { get; init; } = 1;

    /// <summary>Columns of the image from one column of the kernel to the next, 1 or more.</summary>
    public int DilationX { get; init; } = 1;

    /// <summary>Channels fall into so many groups, each convolved on its own.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>
    /// ⌊(InHeight + 2·PaddingY - DilationY·(KernelHeight - 1) - 1) / StrideY⌋ + 1, or 0 when the kernel
    /// does not fit.
    /// </summary>
    public int OutHeight => OutSize(InHeight + 2 * PaddingY, DilationY * (KernelHeight - 1) + 1, StrideY);

    /// <summary>
    /// ⌊(InWidth + 2·PaddingX - DilationX·(KernelWidth - 1) - 1) / StrideX⌋ + 1, or 0 when the kernel does
    /// not fit.
    /// </summary>
    public int OutWidth => OutSize(InWidth + 2 * PaddingX, DilationX * (KernelWidth - 1) + 1, StrideX);

    /// <summary>Numbers of x.</summary>
    public long InLength => (long)Batch * InChannels * InHeight * InWidth;

    /// <summary>Numbers of w.</summary>
    public long KernelLength =>
        Groups == 0 ? 0 : (long)OutChannels * (InChannels / Groups) * KernelHeight * KernelWidth;

    /// <summary>Numbers of y.</summary>
    public long OutLength => (long)Batch * OutChannels * OutHeight * OutWidth;

    internal int GroupInChannels => InChannels / Groups;
    internal int GroupOutChannels => OutChannels / Groups;
    internal int PaddedHeight => InHeight + 2 * PaddingY;
    internal int PaddedWidth => InWidth + 2 * PaddingX;
    internal int OutPlane => OutHeight * OutWidth;

    /// <summary>Terms of each output: what the kernel covers, over the channels of a group.</summary>
    internal int Taps => GroupInChannels * KernelHeight * KernelWidth;

    /// <summary>
    /// A kernel of one element on every element: then the image itself is the matrix of its
    /// columns.
    /// </summary>
    internal bool IsPointwise =>
        (KernelHeight, KernelWidth, StrideY, StrideX, PaddingY, PaddingX) == (1, 1, 1, 1, 0, 0);

    bool MovesByOne => (StrideY, StrideX) == (1, 1) && 2 * OutWidth >= PaddedWidth;

    /// <summary>
    /// Whether y is summed without columns: then the sums are short enough that a product of matrices would spend its
    /// time on copying.
    /// </summary>
    internal bool IsDirect => MovesByOne && !IsPointwise && Taps is > 0 and <= 256;

    /// <summary>The same for the cotangent of x.</summary>
    internal bool IsInputGradientDirect =>
        MovesByOne && !IsPointwise && GroupOutChannels * KernelHeight * KernelWidth <= 512;

    /// <summary>Zeros before the first channel of y's cotangent when it is set apart by zeros.</summary>
    internal int FrontOfWideFrame => (KernelWidth - 1) * DilationX;

    /// <summary>Numbers of a channel of y's cotangent when it is set apart by zeros.</summary>
    internal int WidePlane => (OutHeight + 2 * (KernelHeight - 1) * DilationY) * PaddedWidth;

    internal static int OutSize(int padded, int reach, int stride) =>
        padded < reach || stride < 1 ? 0 : (padded - reach) / stride + 1;

    /// <summary>Checks the sizes, and that the three spans hold them.</summary>
    /// <exception cref="ArgumentException">A size makes no sense, channels do not fall into the groups, or a span is
    /// of another length.</exception>
    internal void Check(string where, int x, int w, int y)
    {
        if ((Batch | InChannels | InHeight | InWidth | OutChannels | PaddingY | PaddingX) < 0)
            throw new ArgumentException(
                $"{where}: sizes and padding must be 0 or more, but the shape is {this}; correct it."
            );
        if (
            Math.Min(Math.Min(KernelHeight, KernelWidth), Groups) < 1
            || Math.Min(Math.Min(StrideY, StrideX), Math.Min(DilationY, DilationX)) < 1
        )
            throw new ArgumentException(
                $"{where}: kernel, stride, dilation and groups must be 1 or more, but the shape is {this}; "
                    + "make it with its constructor, not as default."
            );
        if (InChannels % Groups != 0 || OutChannels % Groups != 0)
            throw new ArgumentException(
                $"{where}: channels must fall into groups, but {InChannels} in and {OutChannels} out "
                    + $"do not fall into {Groups}; change the groups."
            );
        CheckLength(where, "x", "batch·channels·height·width", InLength, x);
        CheckLength(where, "w", "out channels·in channels/groups·kernel height·kernel width", KernelLength, w);
        CheckLength(where, "y", "batch·out channels·out height·out width", OutLength, y);
    }

    internal static void CheckLength(string where, string name, string formula, long required, int given)
    {
        if (required != given)
            throw new ArgumentException(
                $"{where}: {name} must hold {formula} = {required} numbers, but it holds {given}; slice or reshape it.",
                name
            );
    }
}
