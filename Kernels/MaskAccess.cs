using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fluxion.Kernels;

/// <summary>Bools that lie side by side, as masks in a register of numbers and back: a lane's bits are all set where the bool is true.</summary>
/// <remarks><c>V</c> is a vector of numbers <c>T</c> of 4 or 8 bytes, of any width.</remarks>
internal static unsafe class MaskAccess
{
    /// <summary>The masks of <paramref name="count"/> bools, in the first lanes; no others are read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, T>(bool* from, int count)
        where V : unmanaged
        where T : unmanaged
    {
        var bytes = LoadBytes((byte*)from, count);
        if (sizeof(V) == 64)
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector512<int>, V>(NotZero(Avx512F.ConvertToVector512Int32(bytes)))
                : Unsafe.BitCast<Vector512<long>, V>(NotZero(Avx512F.ConvertToVector512Int64(bytes)));
        var words = Vector128.WidenLower(bytes);
        var low = Vector128.WidenLower(words).AsInt32();
        if (sizeof(V) == 32)
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector256<int>, V>(
                    NotZero(Vector256.Create(low, Vector128.WidenUpper(words).AsInt32()))
                )
                : Unsafe.BitCast<Vector256<long>, V>(
                    NotZero(Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)))
                );
        return sizeof(T) == 4
            ? Unsafe.BitCast<Vector128<int>, V>(NotZero(low))
            : Unsafe.BitCast<Vector128<long>, V>(NotZero(Vector128.WidenLower(low)));
    }

    /// <summary>The first <paramref name="count"/> lanes as bools.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V, T>(bool* to, V masks, int count)
        where V : unmanaged
        where T : unmanaged
    {
        var bytes = Narrow<V, T>(masks) & Vector128<byte>.One;
        if (count == 16)
            bytes.Store((byte*)to);
        else if (count >= 8)
        {
            // Two stores that overlap.
            var (low, high) = (bytes.AsUInt64().GetElement(0), bytes.AsUInt64().GetElement(1));
            *(ulong*)to = low;
            if (count > 8)
                *(ulong*)(to + count - 8) = low >> (8 * (count - 8)) | high << (8 * (16 - count));
        }
        else
        {
            var each = (byte*)&bytes;
            for (var lane = 0; lane < count; lane++)
                ((byte*)to)[lane] = each[lane];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> Narrow<V, T>(V masks)
        where V : unmanaged
        where T : unmanaged
    {
        if (sizeof(V) == 64)
            return sizeof(T) == 4
                ? Avx512F.ConvertToVector128Byte(Unsafe.BitCast<V, Vector512<int>>(masks))
                : Avx512F.ConvertToVector128Byte(Unsafe.BitCast<V, Vector512<long>>(masks));
        Vector128<int> low;
        Vector128<int> high = default;
        if (sizeof(V) == 32 && sizeof(T) == 4)
        {
            var all = Unsafe.BitCast<V, Vector256<int>>(masks);
            (low, high) = (all.GetLower(), all.GetUpper());
        }
        else if (sizeof(V) == 32)
        {
            var all = Unsafe.BitCast<V, Vector256<long>>(masks);
            low = Vector128.Narrow(all.GetLower(), all.GetUpper());
        }
        else if (sizeof(T) == 4)
            low = Unsafe.BitCast<V, Vector128<int>>(masks);
        else
            low = Vector128.Narrow(Unsafe.BitCast<V, Vector128<long>>(masks), default);
        return Vector128.Narrow(Vector128.Narrow(low, high), default).AsByte();
    }

    // Up to 16 bytes, zeros behind them: two loads that overlap, so that nothing beyond the last is read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> LoadBytes(byte* from, int count)
    {
        if (count == 16)
            return Vector128.Load(from);
        if (count >= 8)
        {
            var behind = count == 8 ? 0 : *(ulong*)(from + count - 8) >> (8 * (16 - count));
            return Vector128.Create(*(ulong*)from, behind).AsByte();
        }
        ulong bytes = 0;
        for (var lane = count - 1; lane >= 0; lane--)
            bytes = bytes << 8 | from[lane];
        return Vector128.CreateScalar(bytes).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<I> NotZero<I>(Vector512<I> lanes) => ~Vector512.Equals(lanes, Vector512<I>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<I> NotZero<I>(Vector256<I> lanes) => ~Vector256.Equals(lanes, Vector256<I>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<I> NotZero<I>(Vector128<I> lanes) => ~Vector128.Equals(lanes, Vector128<I>.Zero);
}
