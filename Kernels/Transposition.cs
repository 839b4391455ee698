using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Fluxion.Kernels;

/// <summary>Copies a block while exchanging its rows and columns, four by four in registers.</summary>
/// <remarks>128-bit vectors on every processor, as a block of wider ones needs other instructions on each.</remarks>
internal static unsafe class Transposition
{
    /// <summary>
    /// <c>to[p·toRow + q] = from[q·fromRow + p]</c> for p below <paramref name="rows"/>, q below
    /// <paramref name="columns"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(T* from, nint fromRow, T* to, nint toRow, int rows, int columns)
        where T : unmanaged
    {
        // Down a few rows of `from` at a time: reading is then a few streams, which the processor fetches ahead.
        var q = 0;
        for (; q <= columns - 4; q += 4)
        {
            var p = 0;
            for (; p <= rows - 4; p += 4)
                Block(from + q * fromRow + p, fromRow, to + p * toRow + q, toRow);
            Plain(from + q * fromRow + p, fromRow, to + p * toRow + q, toRow, rows - p, 4);
        }
        Plain(from + q * fromRow, fromRow, to + q, toRow, rows, columns - q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Plain<T>(T* from, nint fromRow, T* to, nint toRow, int rows, int columns)
        where T : unmanaged
    {
        for (var p = 0; p < rows; p++)
        for (var q = 0; q < columns; q++)
            to[p * toRow + q] = from[q * fromRow + p];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block<T>(T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        if (!Sse2.IsSupported && !AdvSimd.Arm64.IsSupported)
            Plain(from, fromRow, to, toRow, 4, 4);
        else if (typeof(T) == typeof(float))
            Block4((float*)from, fromRow, (float*)to, toRow);
        else
            for (var p = 0; p < 4; p += 2)
            for (var q = 0; q < 4; q += 2)
                Block2((double*)from + q * fromRow + p, fromRow, (double*)to + p * toRow + q, toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block4(float* from, nint fromRow, float* to, nint toRow)
    {
        var r0 = Vector128.Load(from);
        var r1 = Vector128.Load(from + fromRow);
        var r2 = Vector128.Load(from + 2 * fromRow);
        var r3 = Vector128.Load(from + 3 * fromRow);
        // Pairs of numbers first, then pairs of pairs, which move as doubles do.
        var low01 = Low(r0, r1).AsDouble();
        var high01 = High(r0, r1).AsDouble();
        var low23 = Low(r2, r3).AsDouble();
        var high23 = High(r2, r3).AsDouble();
        Low(low01, low23).AsSingle().Store(to);
        High(low01, low23).AsSingle().Store(to + toRow);
        Low(high01, high23).AsSingle().Store(to + 2 * toRow);
        High(high01, high23).AsSingle().Store(to + 3 * toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block2(double* from, nint fromRow, double* to, nint toRow)
    {
        var r0 = Vector128.Load(from);
        var r1 = Vector128.Load(from + fromRow);
        Low(r0, r1).Store(to);
        High(r0, r1).Store(to + toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Low(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> High(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<double> Low(Vector128<double> x, Vector128<double> y) =>
        Sse2.IsSupported ? Sse2.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<double> High(Vector128<double> x, Vector128<double> y) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);
}
