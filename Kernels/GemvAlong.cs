using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>
/// A matrix times a vector where the terms of a sum lie side by side: several rows at a time, each in lanes that are
/// added at the end.
/// </summary>
/// <remarks>
/// The order is that of 64-byte lanes on any width: blocks of 64 steps, added one after another; what is left behind
/// whole steps is a block of its own; then lanes j and j + half, and so on. Eight registers hold eight rows, four of
/// two registers each, or two of four.
/// </remarks>
internal static unsafe class GemvAlong<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int BlockSteps = 64;
    const int Registers = 8;

    static int Lanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 64 / sizeof(T);
    }

    /// <summary>Registers that hold the lanes of a row. Inlined, or a call to it would spill every sum.</summary>
    static int Copies
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 64 / sizeof(T) / R.Lanes;
    }

    static int Rows => Registers / Copies;

    public static void Run(GemvProblem<T>* g)
    {
        var totals = Scratch.Rent<T>(ScratchSlot.Tile, Registers * R.Lanes);
        var starts = stackalloc T*[Registers];
        for (var i = 0; i < g->Count; i += Rows)
        {
            // Where each register starts to read. Rows behind the last are the last once more, and their sums not used.
            for (var register = 0; register < Registers; register++)
                starts[register] =
                    g->Matrix + Math.Min(i + register / Copies, g->Count - 1) * g->Across + register % Copies * R.Lanes;
            SumRows(starts, g->Vector, g->Depth, totals);
            for (var row = 0; row < Math.Min(Rows, g->Count - i); row++)
            {
                var sum = g->Alpha * AddLanes(totals + row * Lanes);
                var to = g->Result + (i + row) * g->ResultStride;
                *to = g->Beta == T.Zero ? sum : sum + g->Beta * *to;
            }
        }
    }

    static void SumRows(T** starts, T* x, int depth, T* totals)
    {
        var whole = depth - depth % Lanes;
        for (var p = 0; p < whole; p += BlockSteps * Lanes)
            SumBlock(starts, x, p, Math.Min(p + BlockSteps * Lanes, whole), totals);
        if (whole < depth)
            SumLeft(starts, x, whole, depth - whole, totals);
    }

    /// <summary>Whole steps. Nothing else stands here: a call behind the loop would make the JIT spill its sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumBlock(T** starts, T* x, nint p, nint stop, T* totals)
    {
        var isFirst = p == 0;
        T* a0 = starts[0];
        T* a1 = starts[1];
        T* a2 = starts[2];
        T* a3 = starts[3];
        T* a4 = starts[4];
        T* a5 = starts[5];
        T* a6 = starts[6];
        T* a7 = starts[7];
        V c0 = default;
        V c1 = default;
        V c2 = default;
        V c3 = default;
        V c4 = default;
        V c5 = default;
        V c6 = default;
        V c7 = default;
        for (; p < stop; p += Lanes)
        {
            V x0 = R.Load(x + p);
            V x1 = Copies > 1 ? R.Load(x + p + R.Lanes) : x0;
            V x2 = Copies > 2 ? R.Load(x + p + 2 * R.Lanes) : x0;
            V x3 = Copies > 2 ? R.Load(x + p + 3 * R.Lanes) : x1;
            c0 = R.MultiplyAdd(R.Load(a0 + p), x0, c0);
            c1 = R.MultiplyAdd(R.Load(a1 + p), x1, c1);
            c2 = R.MultiplyAdd(R.Load(a2 + p), x2, c2);
            c3 = R.MultiplyAdd(R.Load(a3 + p), x3, c3);
            c4 = R.MultiplyAdd(R.Load(a4 + p), x0, c4);
            c5 = R.MultiplyAdd(R.Load(a5 + p), x1, c5);
            c6 = R.MultiplyAdd(R.Load(a6 + p), x2, c6);
            c7 = R.MultiplyAdd(R.Load(a7 + p), x3, c7);
        }
        Add(totals, 0, isFirst, c0);
        Add(totals, 1, isFirst, c1);
        Add(totals, 2, isFirst, c2);
        Add(totals, 3, isFirst, c3);
        Add(totals, 4, isFirst, c4);
        Add(totals, 5, isFirst, c5);
        Add(totals, 6, isFirst, c6);
        Add(totals, 7, isFirst, c7);
    }

    /// <summary>What is left behind whole steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumLeft(T** starts, T* x, nint p, int left, T* totals)
    {
        for (var register = 0; register < Registers; register++)
        {
            var shift = register % Copies * R.Lanes;
            var count = Math.Clamp(left - shift, 0, R.Lanes);
            V sum = default;
            if (count > 0)
                sum = R.MultiplyAdd(R.LoadFirst(starts[register] + p, count), R.LoadFirst(x + p + shift, count), sum);
            Add(totals, register, p == 0, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(T* totals, int register, bool isFirst, V sum)
    {
        var to = totals + register * R.Lanes;
        R.Store(to, isFirst ? sum : R.Add(R.Load(to), sum));
    }

    /// <summary>64 bytes of lanes: j and j + half, and so on, on 128-bit vectors whatever the width.</summary>
    static T AddLanes(T* lanes)
    {
        var quarter = 16 / sizeof(T);
        var even = Vector128.Load(lanes) + Vector128.Load(lanes + 2 * quarter);
        var odd = Vector128.Load(lanes + quarter) + Vector128.Load(lanes + 3 * quarter);
        return LaneAccess.Sum(even + odd);
    }
}
