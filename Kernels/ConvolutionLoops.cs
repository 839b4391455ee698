using System.Numerics;

namespace Fluxion.Kernels;

/// <summary>What a convolution does for one part of its work: an image, or a slice of images.</summary>
internal unsafe interface IConvolutionLoop
{
    static abstract void Run<R, V, T>(ConvolutionJob<T>* job, int part)
        where R : struct, IRegister<V, T>
        where V : unmanaged
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>y of one image.</summary>
internal readonly unsafe struct ForwardLoop : IConvolutionLoop
{
    public static void Run<R, V, T>(ConvolutionJob<T>* job, int image)
        where R : struct, IRegister<V, T>
        where V : unmanaged
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref readonly var s = ref job->Shape;
        for (var group = 0; group < s.Groups; group++)
        {
            if (job->Offsets != null)
            {
                ConvolutionDirect<R, V, T>.Forward(job, image, group);
                continue;
            }
            var x = job->Image(image, group);
            var frame = s.IsPointwise ? null : ConvolutionColumns<R, V, T>.Frame(s, x);
            for (var y0 = 0; y0 < s.OutHeight; y0 += ConvolutionBlocks.Rows(s))
            {
                var rows = Math.Min(ConvolutionBlocks.Rows(s), s.OutHeight - y0);
                var count = rows * s.OutWidth;
                var columns =
                    frame == null ? x + y0 * s.OutWidth : ConvolutionColumns<R, V, T>.Columns(s, frame, y0, rows);
                ConvolutionBlocks.Multiply(
                    job->Kernel(group),
                    MatrixLayout.RowMajor(s.GroupOutChannels, s.Taps),
                    columns,
                    new MatrixLayout(s.Taps, count, frame == null ? s.OutPlane : count, 1),
                    T.Zero,
                    job->Result(image, group) + y0 * s.OutWidth,
                    new MatrixLayout(s.GroupOutChannels, count, s.OutPlane, 1)
                );
            }
        }
    }
}

/// <summary>The cotangent of one image.</summary>
internal readonly unsafe struct InputGradientLoop : IConvolutionLoop
{
    public static void Run<R, V, T>(ConvolutionJob<T>* job, int image)
        where R : struct, IRegister<V, T>
        where V : unmanaged
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref readonly var s = ref job->Shape;
        for (var group = 0; group < s.Groups; group++)
        {
            if (job->Offsets != null)
            {
                ConvolutionDirect<R, V, T>.InputGradient(job, image, group);
                continue;
            }
            var dx = job->Image(image, group);
            var dy = job->Result(image, group);
            var kernel = job->Kernel(group);
            var layout = MatrixLayout.RowMajor(s.GroupOutChannels, s.Taps).Transposed;
            if (s.IsPointwise)
            {
                ConvolutionBlocks.Multiply(
                    kernel,
                    layout,
                    dy,
                    MatrixLayout.RowMajor(s.GroupOutChannels, s.OutPlane),
                    T.Zero,
                    dx,
                    MatrixLayout.RowMajor(s.GroupInChannels, s.OutPlane)
                );
                continue;
            }
            var frame = ConvolutionColumns<R, V, T>.EmptyFrame(s);
            for (var y0 = 0; y0 < s.OutHeight; y0 += ConvolutionBlocks.Rows(s))
            {
                var rows = Math.Min(ConvolutionBlocks.Rows(s), s.OutHeight - y0);
                var count = rows * ConvolutionColumns<R, V, T>.Pitch(s);
                var columns = ConvolutionColumns<R, V, T>.Rent(s, count);
                ConvolutionBlocks.Multiply(
                    kernel,
                    layout,
                    ConvolutionColumns<R, V, T>.Spread(s, dy, y0, rows),
                    MatrixLayout.RowMajor(s.GroupOutChannels, count),
                    T.Zero,
                    columns,
                    MatrixLayout.RowMajor(s.Taps, count)
                );
                ConvolutionColumns<R, V, T>.AddColumns(s, columns, frame, y0, rows, job->IsKernelFinite);
            }
            ConvolutionColumns<R, V, T>.Unframe(s, frame, dx);
        }
    }
}

/// <summary>
/// The cotangent of the kernel over a slice of the images, transposed: [group; taps; out
/// channels].
/// </summary>
/// <remarks>
/// Transposed, because the columns are then the operand that the product takes in any layout, and only the
/// smaller one is packed.
/// </remarks>
internal readonly unsafe struct KernelGradientLoop : IConvolutionLoop
{
    public static void Run<R, V, T>(ConvolutionJob<T>* job, int slice)
        where R : struct, IRegister<V, T>
        where V : unmanaged
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref readonly var s = ref job->Shape;
        if (job->Offsets != null)
        {
            RunDots<R, V, T>(job, slice);
            return;
        }
        var (first, count) = job->Slice(slice);
        var sums = job->Partial(slice);
        new Span<T>(sums, (int)s.KernelLength).Clear();
        for (var image = first; image < first + count; image++)
        for (var group = 0; group < s.Groups; group++)
        {
            var x = job->Image(image, group);
            var frame = s.IsPointwise ? null : ConvolutionColumns<R, V, T>.Frame(s, x);
            for (var y0 = 0; y0 < s.OutHeight; y0 += ConvolutionBlocks.Rows(s))
            {
                var rows = Math.Min(ConvolutionBlocks.Rows(s), s.OutHeight - y0);
                var width = rows * s.OutWidth;
                var columns =
                    frame == null ? x + y0 * s.OutWidth : ConvolutionColumns<R, V, T>.Columns(s, frame, y0, rows);
                ConvolutionBlocks.Multiply(
                    columns,
                    new MatrixLayout(s.Taps, width, frame == null ? s.OutPlane : width, 1),
                    job->Result(image, group) + y0 * s.OutWidth,
                    new MatrixLayout(s.GroupOutChannels, width, s.OutPlane, 1).Transposed,
                    T.One,
                    sums + (nint)group * s.Taps * s.GroupOutChannels,
                    MatrixLayout.RowMajor(s.Taps, s.GroupOutChannels)
                );
            }
        }
    }

    static void RunDots<R, V, T>(ConvolutionJob<T>* job, int slice)
        where R : struct, IRegister<V, T>
        where V : unmanaged
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref readonly var s = ref job->Shape;
        var (first, count) = job->Slice(slice);
        var length = (int)s.KernelLength;
        nint size = length / s.Groups * ConvolutionDots<R, V, T>.Block;
        var sums = Scratch.Rent<T>(ScratchSlot.DotSums, s.Groups * size);
        new Span<T>(sums, (int)(s.Groups * size)).Clear();
        for (var image = first; image < first + count; image++)
        for (var group = 0; group < s.Groups; group++)
        {
            var frame = ConvolutionColumns<R, V, T>.Frame(s, job->Image(image, group));
            ConvolutionDots<R, V, T>.Add(s, frame, job->Result(image, group), job->Offsets, sums + group * size);
        }
        ConvolutionDots<R, V, T>.Finish(sums, length, job->Partial(slice));
    }
}

/// <summary>How a convolution is cut into blocks of output rows, and the product of each.</summary>
internal static unsafe class ConvolutionBlocks
{
    /// <summary>
    /// Numbers of a block of columns, which then stay in the second-level cache. Fixed, not by the
    /// processor, since it shapes the order of sums.
    /// </summary>
    const int BlockNumbers = 64 * 1024;

    /// <summary>Output rows of a block.</summary>
    public static int Rows(in ConvolutionShape s) =>
        Math.Clamp(BlockNumbers / Math.Max(1, s.Taps * s.OutWidth), 1, s.OutHeight);

    public static void Multiply<T>(
        T* a,
        MatrixLayout layoutA,
        T* b,
        MatrixLayout layoutB,
        T beta,
        T* c,
        MatrixLayout layoutC
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Gemm.Multiply(
            T.One,
            new ReadOnlySpan<T>(a, (int)layoutA.Extent),
            layoutA,
            new ReadOnlySpan<T>(b, (int)layoutB.Extent),
            layoutB,
            beta,
            new Span<T>(c, (int)layoutC.Extent),
            layoutC
        );
}
