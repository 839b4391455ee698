using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// Between an image and the matrix of its columns: row (channel, kernel row, kernel column), column (out row, out
/// column) holds the number that this element of the kernel meets there. A convolution is then a product of matrices.
/// </summary>
/// <remarks>
/// The image is first copied into a frame of zeros, which rids the inner loop of all tests; behind the frame and
/// behind the matrix there is room for one register, so rows are copied by whole registers, each overrunning into what
/// is written next: short rows cost one load and one store, not a call. Source: K. Chellapilla, S. Puri, P. Simard,
/// High Performance Convolutional Neural Networks for Document Processing, IWFHR 2006.
/// </remarks>
internal static unsafe class ConvolutionColumns<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Copies the channels of a group into their frame of zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T* Frame(in ConvolutionShape s, T* image)
    {
        var width = s.PaddedWidth;
        var count = s.InWidth;
        var frame = RentFrame(s);
        var to = frame;
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        {
            Zero(to, s.PaddingY * width);
            to += s.PaddingY * width;
            for (var y = 0; y < s.InHeight; y++, image += count, to += width)
            {
                Zero(to, s.PaddingX);
                CopyRow(image, to + s.PaddingX, count);
                Zero(to + s.PaddingX + count, s.PaddingX);
            }
            Zero(to, s.PaddingY * width);
            to += s.PaddingY * width;
        }
        return frame;
    }

    /// <summary>A frame without an image in it, to gather a gradient in.</summary>
    public static T* EmptyFrame(in ConvolutionShape s)
    {
        var frame = RentFrame(s);
        Zero(frame, s.GroupInChannels * s.PaddedHeight * s.PaddedWidth);
        return frame;
    }

    /// <summary>
    /// y's cotangent set apart by zeros, so that each number of the image's cotangent meets the turned kernel there:
    /// rows as wide as those of the image's frame, and above and below as many of zeros as the kernel spans.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T* WideFrame(in ConvolutionShape s, T* dy)
    {
        var width = s.OutWidth;
        var pitch = s.PaddedWidth;
        var front = s.FrontOfWideFrame;
        var margin = (s.KernelHeight - 1) * s.DilationY * pitch;
        var frame = Scratch.Rent<T>(ScratchSlot.Frame, front + (nint)s.GroupOutChannels * s.WidePlane + R.Lanes);
        var to = frame;
        Zero(to, front);
        to += front;
        for (var channel = 0; channel < s.GroupOutChannels; channel++)
        {
            Zero(to, margin);
            to += margin;
            for (var y = 0; y < s.OutHeight; y++, dy += width, to += pitch)
            {
                CopyRow(dy, to, width);
                Zero(to + width, pitch - width);
            }
            Zero(to, margin);
            to += margin;
        }
        return frame;
    }

    /// <summary>Copies the image out of its frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unframe(in ConvolutionShape s, T* frame, T* image)
    {
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        {
            var from = frame + (nint)channel * s.PaddedHeight * s.PaddedWidth + s.PaddingY * s.PaddedWidth + s.PaddingX;
            for (var y = 0; y < s.InHeight; y++, image += s.InWidth, from += s.PaddedWidth)
                new ReadOnlySpan<T>(from, s.InWidth).CopyTo(new Span<T>(image, s.InWidth));
        }
    }

    /// <summary>
    /// The columns of output rows <paramref name="y0"/> to <paramref name="y0"/> + <paramref name="rows"/>
    /// - 1, for a frame.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T* Columns(in ConvolutionShape s, T* frame, int y0, int rows)
    {
        var columns = Rent(s, rows * s.OutWidth);
        var to = columns;
        var width = s.OutWidth;
        var step = s.StrideX;
        nint nextRow = s.StrideY * s.PaddedWidth;
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        for (var ky = 0; ky < s.KernelHeight; ky++)
        for (var kx = 0; kx < s.KernelWidth; kx++)
        {
            var from = Start(s, frame, channel, ky, kx, y0);
            for (var y = 0; y < rows; y++, to += width, from += nextRow)
                if (step == 1 && width <= R.Lanes)
                    R.Store(to, R.Load(from));
                else if (step == 1)
                    for (var x = 0; x < width; x += R.Lanes)
                        R.Store(to + x, R.Load(from + x));
                else
                    for (var x = 0; x < width; x++)
                        to[x] = from[(nint)x * step];
        }
        return columns;
    }

    /// <summary>
    /// The rows of y's cotangent set apart by zeros, as wide as those of the frame, so that their columns
    /// fit it (see <see cref="AddColumns"/>).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T* Spread(in ConvolutionShape s, T* dy, int y0, int rows)
    {
        var width = s.OutWidth;
        var pitch = Pitch(s);
        nint plane = s.OutPlane;
        var spread = Scratch.Rent<T>(ScratchSlot.Spread, (nint)s.GroupOutChannels * rows * pitch + R.Lanes);
        var to = spread;
        for (var channel = 0; channel < s.GroupOutChannels; channel++)
        {
            var from = dy + channel * plane + y0 * width;
            for (var y = 0; y < rows; y++, from += width, to += pitch)
            {
                CopyRow(from, to, width);
                Zero(to + width, pitch - width);
            }
        }
        return spread;
    }

    /// <summary>
    /// Adds columns of a <see cref="Spread"/> cotangent back to where <see cref="Columns"/> took them from. With steps
    /// of one, all rows of a kernel element are then one run of numbers, and the zeros between them change nothing,
    /// unless an infinite kernel made NaN of them (<paramref name="isFinite"/>). Adding row by row, with the last
    /// register of each masked, made the whole gradient 1.7 times slower.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddColumns(in ConvolutionShape s, T* columns, T* frame, int y0, int rows, bool isFinite)
    {
        var step = s.StrideX;
        var pitch = Pitch(s);
        var width = s.OutWidth;
        nint nextRow = s.StrideY * s.PaddedWidth;
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        for (var ky = 0; ky < s.KernelHeight; ky++)
        for (var kx = 0; kx < s.KernelWidth; kx++, columns += rows * pitch)
        {
            var to = Start(s, frame, channel, ky, kx, y0);
            if (step == 1 && s.StrideY == 1 && isFinite)
                AddRow(columns, to, (rows - 1) * pitch + width);
            else if (step == 1)
                for (var y = 0; y < rows; y++)
                    AddRow(columns + y * pitch, to + y * nextRow, width);
            else
                for (var y = 0; y < rows; y++)
                for (var x = 0; x < width; x++)
                    to[y * nextRow + (nint)x * step] += columns[y * pitch + x];
        }
    }

    /// <summary>The distance between the rows of a spread cotangent.</summary>
    public static int Pitch(in ConvolutionShape s) => s is { StrideX: 1, StrideY: 1 } ? s.PaddedWidth : s.OutWidth;

    /// <summary>Room for the columns of so many numbers of the result, and a register behind them.</summary>
    public static T* Rent(in ConvolutionShape s, int count) =>
        Scratch.Rent<T>(ScratchSlot.Columns, (nint)s.Taps * count + R.Lanes);

    static T* RentFrame(in ConvolutionShape s) =>
        Scratch.Rent<T>(ScratchSlot.Frame, (nint)s.GroupInChannels * s.PaddedHeight * s.PaddedWidth + R.Lanes);

    static T* Start(in ConvolutionShape s, T* frame, int channel, int ky, int kx, int y0) =>
        frame + ((nint)channel * s.PaddedHeight + y0 * s.StrideY + ky * s.DilationY) * s.PaddedWidth + kx * s.DilationX;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddRow(T* from, T* to, int count)
    {
        var x = 0;
        for (; x <= count - R.Lanes; x += R.Lanes)
            R.Store(to + x, R.Add(R.Load(to + x), R.Load(from + x)));
        if (x < count)
            R.StoreFirst(to + x, R.Add(R.LoadFirst(to + x, count - x), R.LoadFirst(from + x, count - x)), count - x);
    }

    /// <summary>
    /// Copies a row, and fills up its last register with zeros, which what is written next
    /// replaces.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyRow(T* from, T* to, int count)
    {
        var x = 0;
        for (; x <= count - R.Lanes; x += R.Lanes)
            R.Store(to + x, R.Load(from + x));
        // Behind the last row the image may end, and with it the memory.
        if (x < count)
            R.Store(to + x, R.LoadFirst(from + x, count - x));
    }

    /// <summary>Zeros, in whole registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Zero(T* to, int count)
    {
        for (var x = 0; x < count; x += R.Lanes)
            R.Store(to + x, default);
    }
}
