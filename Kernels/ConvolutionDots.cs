using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// The cotangent of a kernel with few results, as dot products of rows of y's cotangent with rows of the image: 3
/// results by 4 taps at a time stay in registers while an image passes by.
/// </summary>
/// <remarks>
/// As a product of matrices, it would leave most lanes of a register empty, and copy each number of the image once for
/// each tap. Sums run over blocks of 64 bytes of a row, lane by lane, whatever the register: a narrower one takes the
/// lanes of a block in pieces. So every width adds in the same order.
/// </remarks>
internal static unsafe class ConvolutionDots<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int Results = 3;
    const int Taps = 4;

    /// <summary>The lanes of the fixed order: 16 of float, 8 of double.</summary>
    public static int Block => 64 / sizeof(T);

    /// <summary>Adds an image's products to the lanes of each sum, [out channels; taps; lanes of a block].</summary>
    /// <param name="s">The sizes; rows move on by one.</param>
    /// <param name="frame">The image in its frame.</param>
    /// <param name="dy">The cotangent of y for this image.</param>
    /// <param name="offsets">Where each tap stands in the frame.</param>
    /// <param name="sums">The sums.</param>
    public static void Add(in ConvolutionShape s, T* frame, T* dy, nint* offsets, T* sums)
    {
        for (var result = 0; result < s.GroupOutChannels; result += Results)
        for (var tap = 0; tap < s.Taps; tap += Taps)
        for (var piece = 0; piece < Block; piece += R.Lanes)
        {
            var tile = new Tile
            {
                Frame = frame,
                FrameRow = s.StrideY * s.PaddedWidth,
                Offsets = offsets + tap,
                Dy = dy + (nint)result * s.OutPlane,
                Plane = s.OutPlane,
                Height = s.OutHeight,
                Width = s.OutWidth,
                Piece = piece,
                Sums = sums + ((nint)result * s.Taps + tap) * Block + piece,
                Row = (nint)s.Taps * Block,
            };
            switch (Math.Min(Results, s.GroupOutChannels - result))
            {
                case 1:
                    Run<Extent1>(&tile, s.Taps - tap);
                    break;
                case 2:
                    Run<Extent2>(&tile, s.Taps - tap);
                    break;
                default:
                    Run<Extent3>(&tile, s.Taps - tap);
                    break;
            }
        }
    }

    /// <summary>The lanes of each sum added up: halves onto halves.</summary>
    public static void Finish(T* sums, int count, T* results)
    {
        for (var i = 0; i < count; i++, sums += Block)
        {
            for (var half = Block / 2; half > 0; half /= 2)
            for (var lane = 0; lane < half; lane++)
                sums[lane] += sums[lane + half];
            results[i] = sums[0];
        }
    }

    struct Tile
    {
        public T* Frame;
        public nint FrameRow;
        public nint* Offsets;
        public T* Dy;
        public nint Plane;
        public int Height,
            Width,
            Piece;
        public T* Sums;
        public nint Row;
    }

    static void Run<TResults>(Tile* tile, int taps)
        where TResults : struct, IExtent
    {
        switch (taps)
        {
            case 1:
                Run<TResults, Extent1>(tile);
                break;
            case 2:
                Run<TResults, Extent2>(tile);
                break;
            case 3:
                Run<TResults, Extent3>(tile);
                break;
            default:
                Run<TResults, Extent4>(tile);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<TResults, TTaps>(Tile* t)
        where TResults : struct, IExtent
        where TTaps : struct, IExtent
    {
        V c00 = default,
            c01 = default,
            c02 = default,
            c03 = default;
        V c10 = default,
            c11 = default,
            c12 = default,
            c13 = default;
        V c20 = default,
            c21 = default,
            c22 = default,
            c23 = default;
        var x0 = t->Frame + t->Offsets[0] + t->Piece;
        var x1 = TTaps.Value > 1 ? t->Frame + t->Offsets[1] + t->Piece : x0;
        var x2 = TTaps.Value > 2 ? t->Frame + t->Offsets[2] + t->Piece : x0;
        var x3 = TTaps.Value > 3 ? t->Frame + t->Offsets[3] + t->Piece : x0;
        var y = t->Dy + t->Piece;
        var plane = t->Plane;
        var width = t->Width - t->Piece;
        for (var row = t->Height; row > 0; row--)
        {
            nint j = 0;
            for (; j <= width - R.Lanes; j += Block)
            {
                V a0 = R.Load(x0 + j);
                V a1 = TTaps.Value > 1 ? R.Load(x1 + j) : default;
                V a2 = TTaps.Value > 2 ? R.Load(x2 + j) : default;
                V a3 = TTaps.Value > 3 ? R.Load(x3 + j) : default;
                Step<TTaps>(R.Load(y + j), a0, a1, a2, a3, ref c00, ref c01, ref c02, ref c03);
                if (TResults.Value > 1)
                    Step<TTaps>(R.Load(y + plane + j), a0, a1, a2, a3, ref c10, ref c11, ref c12, ref c13);
                if (TResults.Value > 2)
                    Step<TTaps>(R.Load(y + 2 * plane + j), a0, a1, a2, a3, ref c20, ref c21, ref c22, ref c23);
            }
            if (j < width)
            {
                // Lanes behind the row are zeros on both sides: the numbers there could be infinite.
                var count = (int)(width - j);
                V a0 = R.LoadFirst(x0 + j, count);
                V a1 = TTaps.Value > 1 ? R.LoadFirst(x1 + j, count) : default;
                V a2 = TTaps.Value > 2 ? R.LoadFirst(x2 + j, count) : default;
                V a3 = TTaps.Value > 3 ? R.LoadFirst(x3 + j, count) : default;
                Step<TTaps>(R.LoadFirst(y + j, count), a0, a1, a2, a3, ref c00, ref c01, ref c02, ref c03);
                if (TResults.Value > 1)
                    Step<TTaps>(R.LoadFirst(y + plane + j, count), a0, a1, a2, a3, ref c10, ref c11, ref c12, ref c13);
                if (TResults.Value > 2)
                    Step<TTaps>(
                        R.LoadFirst(y + 2 * plane + j, count),
                        a0,
                        a1,
                        a2,
                        a3,
                        ref c20,
                        ref c21,
                        ref c22,
                        ref c23
                    );
            }
            x0 += t->FrameRow;
            x1 += t->FrameRow;
            x2 += t->FrameRow;
            x3 += t->FrameRow;
            y += t->Width;
        }
        Write<TTaps>(t->Sums, c00, c01, c02, c03);
        if (TResults.Value > 1)
            Write<TTaps>(t->Sums + t->Row, c10, c11, c12, c13);
        if (TResults.Value > 2)
            Write<TTaps>(t->Sums + 2 * t->Row, c20, c21, c22, c23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step<TTaps>(V y, V a0, V a1, V a2, V a3, ref V c0, ref V c1, ref V c2, ref V c3)
        where TTaps : struct, IExtent
    {
        c0 = R.MultiplyAdd(y, a0, c0);
        if (TTaps.Value > 1)
            c1 = R.MultiplyAdd(y, a1, c1);
        if (TTaps.Value > 2)
            c2 = R.MultiplyAdd(y, a2, c2);
        if (TTaps.Value > 3)
            c3 = R.MultiplyAdd(y, a3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Write<TTaps>(T* sums, V c0, V c1, V c2, V c3)
        where TTaps : struct, IExtent
    {
        R.Store(sums, R.Add(R.Load(sums), c0));
        if (TTaps.Value > 1)
            R.Store(sums + Block, R.Add(R.Load(sums + Block), c1));
        if (TTaps.Value > 2)
            R.Store(sums + 2 * Block, R.Add(R.Load(sums + 2 * Block), c2));
        if (TTaps.Value > 3)
            R.Store(sums + 3 * Block, R.Add(R.Load(sums + 3 * Block), c3));
    }
}
