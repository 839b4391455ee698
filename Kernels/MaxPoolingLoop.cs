using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// The maximum of windows, a register of neighbouring windows at a time where they lie inside the plane and move on by
/// one or two columns. One window after the other costs a mispredicted branch for every other element, five times as
/// much.
/// </summary>
internal static unsafe class MaxPoolingLoop<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Places ride along as numbers of type T; float tells neighbouring ones apart up to here.</summary>
    const int MaxPlace = 1 << 24;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(PoolingJob<T>* job, int first, int end)
    {
        ref readonly var s = ref job->Shape;
        // Sizes of the result cost a division each: once, not in the loops.
        var height = s.OutHeight;
        var width = s.OutWidth;
        var (from, to) = s.StrideX <= 2 && s.InHeight * s.InWidth <= MaxPlace ? Inside(s, width) : (0, 0);
        for (var plane = first; plane < end; plane++)
        {
            var x = job->In(plane);
            var y = job->Out(plane);
            var winners = job->Winners + (y - job->Y);
            for (var i = 0; i < height; i++, y += width, winners += width)
            {
                for (var j = 0; j < from; j++)
                    One(s, x, i, j, y, winners);
                for (var j = from; j < to; j += R.Lanes)
                    Many(s, x, i, j, Math.Min(R.Lanes, to - j), y + j, winners + j);
                for (var j = to; j < width; j++)
                    One(s, x, i, j, y, winners);
            }
        }
    }

    /// <summary>The output columns whose windows lie inside the plane.</summary>
    static (int From, int To) Inside(in PoolingShape s, int width)
    {
        var from = Math.Min((s.PaddingX + s.StrideX - 1) / s.StrideX, width);
        var last = s.InWidth + s.PaddingX - s.WindowWidth;
        return last < 0 ? (0, 0) : (from, Math.Clamp(last / s.StrideX + 1, from, width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Many(in PoolingShape s, T* x, int i, int j, int count, T* y, int* winners)
    {
        var (top, bottom) = s.WindowRows(i);
        var left = j * s.StrideX - s.PaddingX;
        var best = Load(s, x + top * s.InWidth + left, count);
        // Places relative to the first window's first element; each window adds its own offset at the end.
        V places = default;
        for (var p = top; p < bottom; p++)
        for (var q = 0; q < s.WindowWidth; q++)
        {
            var value = Load(s, x + p * s.InWidth + left + q, count);
            var place = R.Broadcast(T.CreateTruncating((p - top) * s.InWidth + q));
            places = R.IfExceeds(value, best, place, places);
            best = R.IfExceeds(value, best, value, best);
        }
        R.StoreFirst(y, best, count);
        R.StorePlaces(winners, places, top * s.InWidth + left, s.StrideX, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Load(in PoolingShape s, T* from, int count) =>
        s.StrideX == 1 ? R.LoadFirst(from, count) : R.LoadEven(from, count);

    static void One(in PoolingShape s, T* x, int i, int j, T* y, int* winners)
    {
        var (top, bottom) = s.WindowRows(i);
        var (left, right) = s.WindowColumns(j);
        var place = top * s.InWidth + left;
        var best = x[place];
        for (var p = top; p < bottom; p++)
        for (var q = left; q < right; q++)
        {
            var value = x[p * s.InWidth + q];
            // A NaN wins over numbers, but not over an earlier NaN.
            if (value > best || (T.IsNaN(value) && !T.IsNaN(best)))
            {
                best = value;
                place = p * s.InWidth + q;
            }
        }
        y[j] = best;
        winners[j] = place;
    }
}
