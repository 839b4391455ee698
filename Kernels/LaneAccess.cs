using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fluxion.Kernels;

/// <summary>What a loop emitted by Core's compiler calls where a plain load, store or instruction is not enough.</summary>
/// <remarks>Outside the plain path of a loop, so simple rather than fast. <c>V</c> is a vector of numbers <c>T</c>, of any width.</remarks>
internal static unsafe class LaneAccess
{
    /// <summary>The first <paramref name="count"/> lanes from memory whose elements are <paramref name="stride"/> apart, which may be negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadStrided<V, T>(T* from, nint stride, int count)
        where V : unmanaged
        where T : unmanaged
    {
        // Rows of two numbers are common, and a whole register of them is two loads and a shuffle.
        if (stride == 2 && sizeof(V) == 64)
            return sizeof(T) == 4 ? EveryOther<V>((float*)from, count) : EveryOther<V>((double*)from, count);
        return LoadEach<V, T>(from, stride, count);
    }

    // The second load starts one element early, at an odd place, so that both end with an element that is wanted: what follows it may not exist.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V EveryOther<V>(float* from, int count)
        where V : unmanaged
    {
        var step = Vector512<int>.Indices * 2;
        var isFirst = Vector512.LessThan(step, Vector512.Create(16));
        var index = Vector512.ConditionalSelect(isFirst, step, step + Vector512<int>.One);
        var low = count > 8 ? Vector512.Load(from) : Register512<float>.LoadFirst(from, 2 * count - 1);
        var high =
            count == 16 ? Vector512.Load(from + 15)
            : count > 8 ? Register512<float>.LoadFirst(from + 15, 2 * count - 16)
            : default;
        var value = Avx512F.PermuteVar16x32x2(low, index, high);
        return Unsafe.BitCast<Vector512<float>, V>(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V EveryOther<V>(double* from, int count)
        where V : unmanaged
    {
        var step = Vector512<long>.Indices * 2;
        var isFirst = Vector512.LessThan(step, Vector512.Create(8L));
        var index = Vector512.ConditionalSelect(isFirst, step, step + Vector512<long>.One);
        var low = count > 4 ? Vector512.Load(from) : Register512<double>.LoadFirst(from, 2 * count - 1);
        var high =
            count == 8 ? Vector512.Load(from + 7)
            : count > 4 ? Register512<double>.LoadFirst(from + 7, 2 * count - 8)
            : default;
        var value = Avx512F.PermuteVar8x64x2(low, index, high);
        return Unsafe.BitCast<Vector512<double>, V>(value);
    }

    static V LoadEach<V, T>(T* from, nint stride, int count)
        where V : unmanaged
        where T : unmanaged
    {
        V value = default;
        var lanes = (T*)&value;
        for (var lane = 0; lane < count; lane++)
            lanes[lane] = from[lane * stride];
        return value;
    }

    /// <summary>The first <paramref name="count"/> lanes to memory whose elements are <paramref name="stride"/> apart.</summary>
    public static void StoreStrided<V, T>(T* to, V value, nint stride, int count)
        where V : unmanaged
        where T : unmanaged
    {
        var lanes = (T*)&value;
        for (var lane = 0; lane < count; lane++)
            to[lane * stride] = lanes[lane];
    }

    /// <summary>All bits of a lane set where the bool is true.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadMask<V, T>(bool* from, nint stride, int count)
        where V : unmanaged
        where T : unmanaged =>
        stride == 1 ? MaskAccess.Load<V, T>(from, count) : LoadEachMask<V, T>(from, stride, count);

    static V LoadEachMask<V, T>(bool* from, nint stride, int count)
        where V : unmanaged
        where T : unmanaged
    {
        V value = default;
        var bytes = (byte*)&value;
        for (var lane = 0; lane < count; lane++)
            new Span<byte>(bytes + lane * sizeof(T), sizeof(T)).Fill(from[lane * stride] ? (byte)0xFF : (byte)0);
        return value;
    }

    /// <summary>True where a lane's bits are set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreMask<V, T>(bool* to, V value, nint stride, int count)
        where V : unmanaged
        where T : unmanaged
    {
        if (stride == 1)
            MaskAccess.Store<V, T>(to, value, count);
        else
            StoreEachMask<V, T>(to, value, stride, count);
    }

    static void StoreEachMask<V, T>(bool* to, V value, nint stride, int count)
        where V : unmanaged
        where T : unmanaged
    {
        var bytes = (byte*)&value;
        for (var lane = 0; lane < count; lane++)
            to[lane * stride] = bytes[lane * sizeof(T)] != 0;
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V First<V, T>(int count)
        where V : unmanaged
        where T : unmanaged
    {
        if (sizeof(V) == 64)
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector512<int>, V>(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)))
                : Unsafe.BitCast<Vector512<long>, V>(
                    Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count))
                );
        if (sizeof(V) == 32)
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector256<int>, V>(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)))
                : Unsafe.BitCast<Vector256<long>, V>(
                    Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count))
                );
        return sizeof(T) == 4
            ? Unsafe.BitCast<Vector128<int>, V>(Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)))
            : Unsafe.BitCast<Vector128<long>, V>(
                Vector128.LessThan(Vector128<long>.Indices, Vector128.Create((long)count))
            );
    }

    /// <summary>The sum of the lanes in the order of a tree: lanes j and j + half, then the halves of those.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum<T>(Vector128<T> lanes)
        where T : unmanaged, INumber<T> =>
        sizeof(T) == 8
            ? lanes.GetElement(0) + lanes.GetElement(1)
            : lanes.GetElement(0) + lanes.GetElement(2) + (lanes.GetElement(1) + lanes.GetElement(3));

    /// <summary>The largest lane; NaN when any is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest<T>(Vector128<T> lanes)
        where T : unmanaged, INumber<T> =>
        sizeof(T) == 8
            ? T.Max(lanes.GetElement(0), lanes.GetElement(1))
            : T.Max(T.Max(lanes.GetElement(0), lanes.GetElement(2)), T.Max(lanes.GetElement(1), lanes.GetElement(3)));
}
