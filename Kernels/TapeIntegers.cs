using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>The operations of a <see cref="TapeMachine{T}"/> that take bits as integers of the elements' width.</summary>
internal static unsafe class TapeIntegers<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static bool IsSingle => typeof(T) == typeof(float);

    static int Lanes => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Ints(T* from) => Vector256.Load((int*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<long> Longs(T* from) => Vector256.Load((long*)from);

    public static void Add(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle
                ? (Ints(a + i) + Ints(b + i)).As<int, T>()
                : (Longs(a + i) + Longs(b + i)).As<long, T>();
            value.Store(result + i);
        }
    }

    public static void Subtract(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle
                ? (Ints(a + i) - Ints(b + i)).As<int, T>()
                : (Longs(a + i) - Longs(b + i)).As<long, T>();
            value.Store(result + i);
        }
    }

    public static void Multiply(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle
                ? (Ints(a + i) * Ints(b + i)).As<int, T>()
                : (Longs(a + i) * Longs(b + i)).As<long, T>();
            value.Store(result + i);
        }
    }

    /// <summary>A mask, by integers with a sign.</summary>
    public static void Less(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle
                ? Vector256.LessThan(Ints(a + i), Ints(b + i)).As<int, T>()
                : Vector256.LessThan(Longs(a + i), Longs(b + i)).As<long, T>();
            value.Store(result + i);
        }
    }

    /// <summary>Numbers cut towards zero: the nearest integers where they lie outside, 0 for NaN.</summary>
    public static void FromNumber(T* result, T* a, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle
                ? Vector256.ConvertToInt32(Vector256.Load((float*)a + i)).As<int, T>()
                : Vector256.ConvertToInt64(Vector256.Load((double*)a + i)).As<long, T>();
            value.Store(result + i);
        }
    }

    /// <summary>The nearest numbers.</summary>
    public static void ToNumber(T* result, T* a, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle
                ? Vector256.ConvertToSingle(Ints(a + i)).As<float, T>()
                : Vector256.ConvertToDouble(Longs(a + i)).As<double, T>();
            value.Store(result + i);
        }
    }

    public static void ShiftLeft(T* result, T* a, int bits, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle ? (Ints(a + i) << bits).As<int, T>() : (Longs(a + i) << bits).As<long, T>();
            value.Store(result + i);
        }
    }

    /// <summary>Zeros come in at the top.</summary>
    public static void ShiftRight(T* result, T* a, int bits, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle ? (Ints(a + i) >>> bits).As<int, T>() : (Longs(a + i) >>> bits).As<long, T>();
            value.Store(result + i);
        }
    }
}
