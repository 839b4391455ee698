using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>Which end of the order is looked for.</summary>
internal interface ISide
{
    static abstract bool IsMax { get; }
}

internal readonly struct Larger : ISide
{
    public static bool IsMax => true;
}

internal readonly struct Smaller : ISide
{
    public static bool IsMax => false;
}

/// <summary>
/// The largest or smallest number of a span by IEEE 754's maximum and minimum, whose order of taking does
/// not matter.
/// </summary>
internal static unsafe class Extremes<R, V, T, TSide>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TSide : struct, ISide
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Run(T* x, int length)
    {
        var best = *x;
        var i = 0;
        if (length >= 4 * R.Lanes)
        {
            V b0 = R.Load(x);
            V b1 = b0;
            V b2 = b0;
            V b3 = b0;
            for (; i <= length - 4 * R.Lanes; i += 4 * R.Lanes)
            {
                b0 = Pick(b0, R.Load(x + i));
                b1 = Pick(b1, R.Load(x + i + R.Lanes));
                b2 = Pick(b2, R.Load(x + i + 2 * R.Lanes));
                b3 = Pick(b3, R.Load(x + i + 3 * R.Lanes));
            }
            b0 = Pick(Pick(b0, b1), Pick(b2, b3));
            for (var lane = 0; lane < R.Lanes; lane++)
                best = Pick(best, ((T*)&b0)[lane]);
        }
        for (; i < length; i++)
            best = Pick(best, x[i]);
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Pick(V x, V y) => TSide.IsMax ? R.Max(x, y) : R.Min(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Pick(T x, T y) => TSide.IsMax ? T.Max(x, y) : T.Min(x, y);
}
