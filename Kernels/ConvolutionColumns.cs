using System.Numerics;

namespace Fluxion.Kernels;

/// <summary>
/// Between an image and the matrix of its columns: row (channel, kernel row, kernel column), column (out row, out column) holds the number that this element of the
/// kernel meets there. A convolution is then a product of matrices.
/// </summary>
/// <remarks>
/// The image is first copied into a frame of zeros, which rids the inner loop of all tests; behind the frame and behind the matrix there is room for
/// one register, so rows are copied by whole registers, each overrunning into what is written next. That made copying seven times cheaper than a
/// call a row, and the direct convolution that it was compared with no longer faster, even for a single channel.
/// Source: K. Chellapilla, S. Puri, P. Simard, High Performance Convolutional Neural Networks for Document Processing, IWFHR 2006.
/// </remarks>
internal static unsafe class ConvolutionColumns<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Copies the channels of a group into their frame of zeros.</summary>
    public static T* Frame(in ConvolutionShape s, T* image)
    {
        var height = s.PaddedHeight;
        var width = s.PaddedWidth;
        var frame = RentFrame(s);
        var to = frame;
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        {
            Clear(to, s.PaddingY * width);
            to += s.PaddingY * width;
            for (var y = 0; y < s.InHeight; y++, image += s.InWidth, to += width)
            {
                Clear(to, s.PaddingX);
                new ReadOnlySpan<T>(image, s.InWidth).CopyTo(new Span<T>(to + s.PaddingX, s.InWidth));
                Clear(to + s.PaddingX + s.InWidth, s.PaddingX);
            }
            Clear(to, s.PaddingY * width);
            to += s.PaddingY * width;
        }
        Clear(to, R.Lanes);
        return frame;
    }

    /// <summary>A frame without an image in it, to gather a gradient in.</summary>
    public static T* EmptyFrame(in ConvolutionShape s)
    {
        var frame = RentFrame(s);
        Clear(frame, s.GroupInChannels * s.PaddedHeight * s.PaddedWidth);
        return frame;
    }

    /// <summary>Copies the image out of its frame.</summary>
    public static void Unframe(in ConvolutionShape s, T* frame, T* image)
    {
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        {
            var from = frame + (nint)channel * s.PaddedHeight * s.PaddedWidth + s.PaddingY * s.PaddedWidth + s.PaddingX;
            for (var y = 0; y < s.InHeight; y++, image += s.InWidth, from += s.PaddedWidth)
                new ReadOnlySpan<T>(from, s.InWidth).CopyTo(new Span<T>(image, s.InWidth));
        }
    }

    /// <summary>The columns of output rows <paramref name="y0"/> to <paramref name="y0"/> + <paramref name="rows"/> - 1, for a frame.</summary>
    public static T* Columns(in ConvolutionShape s, T* frame, int y0, int rows)
    {
        var columns = Rent(s, rows);
        var to = columns;
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        for (var ky = 0; ky < s.KernelHeight; ky++)
        for (var kx = 0; kx < s.KernelWidth; kx++)
        {
            var from = Start(s, frame, channel, ky, kx, y0);
            for (var y = 0; y < rows; y++, to += s.OutWidth, from += s.StrideY * s.PaddedWidth)
                if (s.StrideX == 1)
                    for (var x = 0; x < s.OutWidth; x += R.Lanes)
                        R.Store(to + x, R.Load(from + x));
                else
                    for (var x = 0; x < s.OutWidth; x++)
                        to[x] = from[x * s.StrideX];
        }
        return columns;
    }

    /// <summary>Adds columns back to where <see cref="Columns"/> took them from.</summary>
    public static void AddColumns(in ConvolutionShape s, T* columns, T* frame, int y0, int rows)
    {
        for (var channel = 0; channel < s.GroupInChannels; channel++)
        for (var ky = 0; ky < s.KernelHeight; ky++)
        for (var kx = 0; kx < s.KernelWidth; kx++)
        {
            var to = Start(s, frame, channel, ky, kx, y0);
            for (var y = 0; y < rows; y++, columns += s.OutWidth, to += s.StrideY * s.PaddedWidth)
                if (s.StrideX == 1)
                    AddRow(columns, to, s.OutWidth);
                else
                    for (var x = 0; x < s.OutWidth; x++)
                        to[x * s.StrideX] += columns[x];
        }
    }

    /// <summary>Room for the columns of so many output rows, and a register behind them.</summary>
    public static T* Rent(in ConvolutionShape s, int rows) =>
        Scratch.Rent<T>(ScratchSlot.Columns, (nint)s.Taps * rows * s.OutWidth + R.Lanes);

    static T* RentFrame(in ConvolutionShape s) =>
        Scratch.Rent<T>(ScratchSlot.Frame, (nint)s.GroupInChannels * s.PaddedHeight * s.PaddedWidth + R.Lanes);

    static T* Start(in ConvolutionShape s, T* frame, int channel, int ky, int kx, int y0) =>
        frame + ((nint)channel * s.PaddedHeight + y0 * s.StrideY + ky * s.DilationY) * s.PaddedWidth + kx * s.DilationX;

    static void AddRow(T* from, T* to, int count)
    {
        var x = 0;
        for (; x <= count - R.Lanes; x += R.Lanes)
            R.Store(to + x, R.Add(R.Load(to + x), R.Load(from + x)));
        if (x < count)
            R.StoreFirst(to + x, R.Add(R.LoadFirst(to + x, count - x), R.LoadFirst(from + x, count - x)), count - x);
    }

    static void Clear(T* from, int count) => new Span<T>(from, count).Clear();
}
