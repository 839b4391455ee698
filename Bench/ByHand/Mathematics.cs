using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fluxion.Bench.ByHand;

/// <summary>The functions that the loops by hand need, as one would write them for float32.</summary>
internal static class Mathematics
{
    /// <summary>e to the x by 2^n · p(r), |r| ≤ ln 2 / 2 (Cody and Waite).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(-87f)), Vector512.Create(88f));
        var rounder = Vector512.Create(12582912f);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), rounder);
        var n = shifted - rounder;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        return (p.AsInt32() + Vector512.ShiftLeft(shifted.AsInt32(), 23)).AsSingle();
    }

    /// <summary>The same for doubles, with the Taylor series to the twelfth power.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> x)
    {
        x = Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(-708.0)), Vector512.Create(709.0));
        var rounder = Vector512.Create(6755399441055744.0);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.4426950408889634), rounder);
        var n = shifted - rounder;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693147180369123816490), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-1.90821492927058770002e-10), r);
        var p = Vector512.Create(1.0 / 479001600);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 39916800));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 3628800));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 362880));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 40320));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 5040));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.0 / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<double>.One);
        return (p.AsInt64() + Vector512.ShiftLeft(shifted.AsInt64(), 52)).AsDouble();
    }

    /// <summary>1 / (1 + exp -x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>2 sigmoid(2x) - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x) =>
        Vector512.Create(2f) * Sigmoid(x + x) - Vector512<float>.One;

    /// <summary>log(1 + exp x), by the logarithm of a number between 1 and 2 as a series in (y - 1) / (y + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Softplus(Vector512<float> x)
    {
        var e = Exp(-Vector512.Abs(x));
        var s = e / (e + Vector512.Create(2f));
        var q = s * s;
        var p = Vector512.Create(2f / 9);
        p = Vector512.FusedMultiplyAdd(p, q, Vector512.Create(2f / 7));
        p = Vector512.FusedMultiplyAdd(p, q, Vector512.Create(2f / 5));
        p = Vector512.FusedMultiplyAdd(p, q, Vector512.Create(2f / 3));
        p = Vector512.FusedMultiplyAdd(p, q, Vector512.Create(2f));
        return Vector512.FusedMultiplyAdd(p, s, Vector512.MaxNative(x, Vector512<float>.Zero));
    }
}
