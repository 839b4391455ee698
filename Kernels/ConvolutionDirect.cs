using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// A convolution that moves on by one, without columns: all rows of an image in its frame are one run of numbers, and
/// so are those of the result at the frame's width; each tap of the kernel meets the run at an offset of its own. The
/// few numbers between the rows of the result are computed, too, and left out when it is copied.
/// </summary>
internal static unsafe class ConvolutionDirect<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y of one image and group.</summary>
    public static void Forward(ConvolutionJob<T>* job, int image, int group)
    {
        ref readonly var s = ref job->Shape;
        var frame = ConvolutionColumns<R, V, T>.Frame(s, job->Image(image, group));
        var weights = new Weights
        {
            At = job->Kernel(group),
            Rows = s.GroupOutChannels,
            Depth = s.Taps,
        };
        Convolve(weights, frame, job->Offsets, s.PaddedWidth, s.OutHeight, s.OutWidth, job->Result(image, group));
    }

    /// <summary>The cotangent of one image and group: a convolution of y's cotangent with the kernel turned around.</summary>
    public static void InputGradient(ConvolutionJob<T>* job, int image, int group)
    {
        ref readonly var s = ref job->Shape;
        var frame = ConvolutionColumns<R, V, T>.WideFrame(s, job->Result(image, group));
        var depth = s.GroupOutChannels * s.KernelHeight * s.KernelWidth;
        var weights = new Weights
        {
            At = job->Turned + (nint)group * s.GroupInChannels * depth,
            Rows = s.GroupInChannels,
            Depth = depth,
        };
        var start = frame + s.PaddingY * s.PaddedWidth + s.PaddingX;
        Convolve(weights, start, job->Offsets, s.PaddedWidth, s.InHeight, s.InWidth, job->Image(image, group));
    }

    /// <summary>A matrix, row-major.</summary>
    struct Weights
    {
        public T* At;
        public int Rows,
            Depth;
    }

    /// <summary>to[i, y, x] = Σ weights[i, p]·frame[offsets[p] + y·pitch + x].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Convolve(Weights weights, T* frame, nint* offsets, int pitch, int height, int width, T* to)
    {
        var count = (height - 1) * pitch + width;
        nint row = (count + R.Lanes - 1) / R.Lanes * R.Lanes;
        var run = Scratch.Rent<T>(ScratchSlot.Columns, weights.Rows * row);
        TileArguments<T> tile;
        tile.ARow = weights.Depth;
        tile.AColumn = 1;
        tile.BRow = 0;
        tile.CRow = row;
        tile.Alpha = T.One;
        tile.Beta = T.One;
        var tallest = GemmTiles<R, V, T>.Height(weights.Rows);
        for (var p = 0; p < weights.Depth; p += GemmBlocking.Depth)
        {
            tile.Depth = Math.Min(GemmBlocking.Depth, weights.Depth - p);
            tile.Overwrite = p == 0;
            tile.BOffsets = offsets + p;
            for (var j = 0; j < count; j += 2 * R.Lanes)
            {
                tile.B = frame + j;
                for (var i = 0; i < weights.Rows; i += tallest)
                {
                    tile.A = weights.At + (nint)i * weights.Depth + p;
                    tile.C = run + i * row + j;
                    var vectors = count - j > R.Lanes ? 2 : 1;
                    GemmTiles<R, V, T>.RunListed(Math.Min(tallest, weights.Rows - i), vectors, &tile);
                }
            }
        }
        for (var i = 0; i < weights.Rows; i++)
        for (var y = 0; y < height; y++, to += width)
            CopyRow(run + i * row + y * pitch, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyRow(T* from, T* to, int count)
    {
        var x = 0;
        for (; x <= count - R.Lanes; x += R.Lanes)
            R.Store(to + x, R.Load(from + x));
        if (x < count)
            R.StoreFirst(to + x, R.LoadFirst(from + x, count - x), count - x);
    }
}
