using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fluxion.Kernels;

/// <summary>Elementwise loops over whole vectors. The result may be one of the operands.</summary>
/// <remarks>
/// Written on .NET's own <see cref="Vector{T}"/>: each element is computed alone, so the width does not show in the
/// result, and such loops wait for memory, not for the processor. A factor of zero gives zeros, even of infinities, as
/// MathNet has it.
/// </remarks>
internal static class VectorLoops
{
    /// <summary>The operation, on vectors and, for what is left over, on single numbers.</summary>
    interface IBinary<T>
    {
        static abstract Vector<T> Apply(Vector<T> x, Vector<T> y);
        static abstract T Apply(T x, T y);
    }

    readonly struct Sum<T> : IBinary<T>
        where T : INumberBase<T>
    {
        public static Vector<T> Apply(Vector<T> x, Vector<T> y) => x + y;

        public static T Apply(T x, T y) => x + y;
    }

    readonly struct Difference<T> : IBinary<T>
        where T : INumberBase<T>
    {
        public static Vector<T> Apply(Vector<T> x, Vector<T> y) => x - y;

        public static T Apply(T x, T y) => x - y;
    }

    readonly struct Product<T> : IBinary<T>
        where T : INumberBase<T>
    {
        public static Vector<T> Apply(Vector<T> x, Vector<T> y) => x * y;

        public static T Apply(T x, T y) => x * y;
    }

    readonly struct Quotient<T> : IBinary<T>
        where T : INumberBase<T>
    {
        public static Vector<T> Apply(Vector<T> x, Vector<T> y) => x / y;

        public static T Apply(T x, T y) => x / y;
    }

    /// <summary>x + y.</summary>
    public static void Add<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> result)
        where T : unmanaged, INumberBase<T> => Run<T, Sum<T>>(x, y, result);

    /// <summary>x - y.</summary>
    public static void Subtract<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> result)
        where T : unmanaged, INumberBase<T> => Run<T, Difference<T>>(x, y, result);

    /// <summary>x·y, element by element.</summary>
    public static void Multiply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> result)
        where T : unmanaged, INumberBase<T> => Run<T, Product<T>>(x, y, result);

    /// <summary>x / y, element by element.</summary>
    public static void Divide<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> result)
        where T : unmanaged, INumberBase<T> => Run<T, Quotient<T>>(x, y, result);

    /// <summary>alpha·x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale<T>(T alpha, ReadOnlySpan<T> x, Span<T> result)
        where T : unmanaged, INumberBase<T>
    {
        if (alpha == T.Zero)
        {
            result.Clear();
            return;
        }
        var whole = x.Length - x.Length % Vector<T>.Count;
        for (var i = 0; i < whole; i += Vector<T>.Count)
            (alpha * new Vector<T>(x[i..])).CopyTo(result[i..]);
        for (var i = whole; i < x.Length; i++)
            result[i] = alpha * x[i];
    }

    /// <summary>y + alpha·x, rounded twice, as MathNet rounds it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled<T>(ReadOnlySpan<T> y, T alpha, ReadOnlySpan<T> x, Span<T> result)
        where T : unmanaged, INumberBase<T>
    {
        if (alpha == T.Zero)
        {
            y.CopyTo(result);
            return;
        }
        var whole = x.Length - x.Length % Vector<T>.Count;
        for (var i = 0; i < whole; i += Vector<T>.Count)
            (new Vector<T>(y[i..]) + alpha * new Vector<T>(x[i..])).CopyTo(result[i..]);
        for (var i = whole; i < x.Length; i++)
            result[i] = y[i] + alpha * x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<T, TBinary>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> result)
        where T : unmanaged
        where TBinary : struct, IBinary<T>
    {
        // Views of whole vectors spare the bounds checks in the loop.
        var xs = MemoryMarshal.Cast<T, Vector<T>>(x);
        var ys = MemoryMarshal.Cast<T, Vector<T>>(y)[..xs.Length];
        var results = MemoryMarshal.Cast<T, Vector<T>>(result)[..xs.Length];
        for (var i = 0; i < xs.Length; i++)
            results[i] = TBinary.Apply(xs[i], ys[i]);
        for (var i = xs.Length * Vector<T>.Count; i < x.Length; i++)
            result[i] = TBinary.Apply(x[i], y[i]);
    }
}
