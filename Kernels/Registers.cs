using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fluxion.Kernels;

/// <summary>
/// One vector register of numbers <typeparamref name="T"/>: the words that a kernel is written in. A kernel is generic
/// in it, and because every implementation is a struct the JIT compiles one copy per width and number type, with each
/// member inlined to its instruction. So there is one source for two number types on three widths.
/// </summary>
/// <typeparam name="V">The .NET vector itself: no struct of ours stands between it and a register.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal unsafe interface IRegister<V, T>
    where V : unmanaged
    where T : unmanaged
{
    static abstract int Lanes { get; }

    /// <summary>How many registers the instruction set has: a tile must leave some for its operands.</summary>
    static abstract int RegisterCount { get; }

    static abstract V Load(T* from);
    static abstract void Store(T* to, V value);

    /// <summary>
    /// The first <paramref name="count"/> lanes; the others are zero, and their memory is not
    /// touched.
    /// </summary>
    static abstract V LoadFirst(T* from, int count);

    /// <summary>
    /// Every other number, <c>from[0], from[2]</c> and so on, in the first <paramref name="count"/> lanes;
    /// memory behind the last of them is not touched.
    /// </summary>
    static abstract V LoadEven(T* from, int count);

    /// <summary>Writes the first <paramref name="count"/> lanes and touches nothing behind them.</summary>
    static abstract void StoreFirst(T* to, V value, int count);
    static abstract V Broadcast(T value);
    static abstract V Add(V x, V y);
    static abstract V Multiply(V x, V y);

    /// <summary>
    /// x·y + z, rounded once; every path rounds alike, which is what makes their results equal bit for
    /// bit.
    /// </summary>
    static abstract V MultiplyAdd(V x, V y, V z);
    static abstract V Max(V x, V y);
    static abstract V Min(V x, V y);

    /// <summary>
    /// <paramref name="taken"/> where <paramref name="value"/> exceeds <paramref name="best"/>, else
    /// <paramref name="kept"/>; a NaN exceeds all numbers, and nothing exceeds a NaN.
    /// </summary>
    static abstract V IfExceeds(V value, V best, V taken, V kept);

    /// <summary>Writes <paramref name="start"/> + <paramref name="step"/>·lane + the lane's whole number, for the first <paramref name="count"/> lanes.</summary>
    static abstract void StorePlaces(int* to, V places, int start, int step, int count);
}

internal readonly unsafe struct Register512<T> : IRegister<Vector512<T>, T>
    where T : unmanaged
{
    public static int Lanes => 64 / sizeof(T);
    public static int RegisterCount => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* to, Vector512<T> value) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadFirst(T* from, int count) =>
        typeof(T) == typeof(float)
            ? Avx512F.MaskLoad((float*)from, First(count).AsSingle(), default).As<float, T>()
            : Avx512F.MaskLoad((double*)from, First(count).AsDouble(), default).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(T* to, Vector512<T> value, int count)
    {
        if (typeof(T) == typeof(float))
            Avx512F.MaskStore((float*)to, First(count).AsSingle(), value.AsSingle());
        else
            Avx512F.MaskStore((double*)to, First(count).AsDouble(), value.AsDouble());
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> First(int count) =>
        typeof(T) == typeof(float)
            ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>()
            : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> x, Vector512<T> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> x, Vector512<T> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> z) =>
        typeof(T) == typeof(float)
            ? Avx512F.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Avx512F.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Max(Vector512<T> x, Vector512<T> y) => Vector512.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Min(Vector512<T> x, Vector512<T> y) => Vector512.Min(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> IfExceeds(
        Vector512<T> value,
        Vector512<T> best,
        Vector512<T> taken,
        Vector512<T> kept
    ) =>
        Vector512.ConditionalSelect(
            Vector512.GreaterThan(value, best) | (~Vector512.Equals(value, value) & Vector512.Equals(best, best)),
            taken,
            kept
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePlaces(int* to, Vector512<T> places, int start, int step, int count)
    {
        if (typeof(T) == typeof(float))
        {
            var at = Avx512F.ConvertToVector512Int32(places.AsSingle()) + Vector512<int>.Indices * step;
            Avx512F.MaskStore(to, First(count).AsInt32(), at + Vector512.Create(start));
        }
        else
        {
            var at = Avx512F.ConvertToVector256Int32(places.AsDouble()) + Vector256<int>.Indices * step;
            var first = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count));
            Avx2.MaskStore(to, first, at + Vector256.Create(start));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadEven(T* from, int count)
    {
        var low = LoadFirst(from, Math.Min(Lanes, 2 * count - 1));
        var high = 2 * count - 1 > Lanes ? LoadFirst(from + Lanes, 2 * count - 1 - Lanes) : default;
        return typeof(T) == typeof(float)
            ? Avx512F.PermuteVar16x32x2(low.AsSingle(), Vector512<int>.Indices * 2, high.AsSingle()).As<float, T>()
            : Avx512F.PermuteVar8x64x2(low.AsDouble(), Vector512<long>.Indices * 2, high.AsDouble()).As<double, T>();
    }
}

internal readonly unsafe struct Register256<T> : IRegister<Vector256<T>, T>
    where T : unmanaged
{
    public static int Lanes => 32 / sizeof(T);
    public static int RegisterCount => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* to, Vector256<T> value) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadFirst(T* from, int count) =>
        typeof(T) == typeof(float)
            ? Avx.MaskLoad((float*)from, First(count).AsSingle()).As<float, T>()
            : Avx.MaskLoad((double*)from, First(count).AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(T* to, Vector256<T> value, int count)
    {
        if (typeof(T) == typeof(float))
            Avx.MaskStore((float*)to, First(count).AsSingle(), value.AsSingle());
        else
            Avx.MaskStore((double*)to, First(count).AsDouble(), value.AsDouble());
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> First(int count) =>
        typeof(T) == typeof(float)
            ? Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).As<int, T>()
            : Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> x, Vector256<T> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> x, Vector256<T> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> x, Vector256<T> y, Vector256<T> z) =>
        typeof(T) == typeof(float)
            ? Fma.MultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Fma.MultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Max(Vector256<T> x, Vector256<T> y) => Vector256.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Min(Vector256<T> x, Vector256<T> y) => Vector256.Min(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> IfExceeds(
        Vector256<T> value,
        Vector256<T> best,
        Vector256<T> taken,
        Vector256<T> kept
    ) =>
        Vector256.ConditionalSelect(
            Vector256.GreaterThan(value, best) | (~Vector256.Equals(value, value) & Vector256.Equals(best, best)),
            taken,
            kept
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePlaces(int* to, Vector256<T> places, int start, int step, int count)
    {
        if (typeof(T) == typeof(float))
        {
            var at = Avx.ConvertToVector256Int32(places.AsSingle()) + Vector256<int>.Indices * step;
            Avx2.MaskStore(to, First(count).AsInt32(), at + Vector256.Create(start));
        }
        else
        {
            var at = Avx.ConvertToVector128Int32(places.AsDouble()) + Vector128<int>.Indices * step;
            var first = Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count));
            Avx2.MaskStore(to, first, at + Vector128.Create(start));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadEven(T* from, int count)
    {
        var low = LoadFirst(from, Math.Min(Lanes, 2 * count - 1));
        var high = 2 * count - 1 > Lanes ? LoadFirst(from + Lanes, 2 * count - 1 - Lanes) : default;
        // Evens within each half first, then the halves' quarters into order.
        var evens =
            typeof(T) == typeof(float)
                ? Avx.Shuffle(low.AsSingle(), high.AsSingle(), 0b10_00_10_00).AsDouble()
                : Avx.UnpackLow(low.AsDouble(), high.AsDouble());
        return Avx2.Permute4x64(evens, 0b11_01_10_00).As<double, T>();
    }
}

/// <summary>
/// The portable path: an instruction on x86 with FMA and on Arm64, one correctly rounded call a lane
/// elsewhere.
/// </summary>
internal readonly unsafe struct Register128<T> : IRegister<Vector128<T>, T>
    where T : unmanaged
{
    public static int Lanes => 16 / sizeof(T);
    public static int RegisterCount => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* from) => Vector128.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* to, Vector128<T> value) => value.Store(to);

    public static Vector128<T> LoadFirst(T* from, int count)
    {
        var value = Vector128<T>.Zero;
        for (var lane = 0; lane < count; lane++)
            value = value.WithElement(lane, from[lane]);
        return value;
    }

    public static void StoreFirst(T* to, Vector128<T> value, int count)
    {
        for (var lane = 0; lane < count; lane++)
            to[lane] = value.GetElement(lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> x, Vector128<T> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> x, Vector128<T> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> x, Vector128<T> y, Vector128<T> z) =>
        typeof(T) == typeof(float)
            ? Vector128.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector128.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Max(Vector128<T> x, Vector128<T> y) => Vector128.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Min(Vector128<T> x, Vector128<T> y) => Vector128.Min(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IfExceeds(
        Vector128<T> value,
        Vector128<T> best,
        Vector128<T> taken,
        Vector128<T> kept
    ) =>
        Vector128.ConditionalSelect(
            Vector128.GreaterThan(value, best) | (~Vector128.Equals(value, value) & Vector128.Equals(best, best)),
            taken,
            kept
        );

    public static void StorePlaces(int* to, Vector128<T> places, int start, int step, int count)
    {
        for (var lane = 0; lane < count; lane++)
        {
            var place = typeof(T) == typeof(float) ? ((float*)&places)[lane] : ((double*)&places)[lane];
            to[lane] = start + lane * step + (int)place;
        }
    }

    public static Vector128<T> LoadEven(T* from, int count)
    {
        var value = Vector128<T>.Zero;
        for (var lane = 0; lane < count; lane++)
            value = value.WithElement(lane, from[2 * lane]);
        return value;
    }
}
