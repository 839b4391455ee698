using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// A matrix times a vector where neighbouring sums lie side by side: the rows are read as they stand in memory, eight
/// at a time, and added to a line of sums.
/// </summary>
/// <remarks>The order is that of every product: chains of 256 terms, added one after another.</remarks>
internal static unsafe class GemvAcross<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Sums at a time: few enough for their chains to stay in the first-level cache.</summary>
    const int Line = 1024;

    public static void Run(GemvProblem<T>* g)
    {
        var chains = Scratch.Rent<T>(ScratchSlot.Tile, Line);
        for (var j = 0; j < g->Count; j += Line)
        {
            var part = g->Part(j, Math.Min(Line, g->Count - j));
            for (var p = 0; p < g->Depth; p += GemmBlocking.Depth)
            {
                part.Beta = p == 0 ? g->Beta : T.One;
                Sum(&part, p, Math.Min(GemmBlocking.Depth, g->Depth - p), chains);
                Finish(&part, chains);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Sum(GemvProblem<T>* g, int start, int depth, T* chains)
    {
        var whole = g->Count - g->Count % R.Lanes;
        for (var j = 0; j < g->Count; j += R.Lanes)
            R.Store(chains + j, default);
        var along = g->Along;
        var from = g->Matrix + start * along;
        var x = g->Vector + start;
        for (; depth >= 8; depth -= 8, from += 8 * along, x += 8)
        {
            AddEight(from, along, x, chains, whole);
            if (whole < g->Count)
                AddLeft(from + whole, along, x, 8, chains + whole, g->Count - whole);
        }
        for (; depth > 0; depth--, from += along, x++)
        {
            V x0 = R.Broadcast(*x);
            for (var j = 0; j < whole; j += R.Lanes)
                R.Store(chains + j, R.MultiplyAdd(R.Load(from + j), x0, R.Load(chains + j)));
            if (whole < g->Count)
                AddLeft(from + whole, along, x, 1, chains + whole, g->Count - whole);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddEight(T* from, nint along, T* x, T* chains, int count)
    {
        V x0 = R.Broadcast(x[0]);
        V x1 = R.Broadcast(x[1]);
        V x2 = R.Broadcast(x[2]);
        V x3 = R.Broadcast(x[3]);
        V x4 = R.Broadcast(x[4]);
        V x5 = R.Broadcast(x[5]);
        V x6 = R.Broadcast(x[6]);
        V x7 = R.Broadcast(x[7]);
        // Two rows to an address register: base, and base + along.
        T* from2 = from + 2 * along;
        T* from4 = from2 + 2 * along;
        T* from6 = from4 + 2 * along;
        for (nint j = 0; j < count; j += R.Lanes)
        {
            V c = R.MultiplyAdd(R.Load(from + j), x0, R.Load(chains + j));
            c = R.MultiplyAdd(R.Load(from + along + j), x1, c);
            c = R.MultiplyAdd(R.Load(from2 + j), x2, c);
            c = R.MultiplyAdd(R.Load(from2 + along + j), x3, c);
            c = R.MultiplyAdd(R.Load(from4 + j), x4, c);
            c = R.MultiplyAdd(R.Load(from4 + along + j), x5, c);
            c = R.MultiplyAdd(R.Load(from6 + j), x6, c);
            c = R.MultiplyAdd(R.Load(from6 + along + j), x7, c);
            R.Store(chains + j, c);
        }
    }

    /// <summary>The last sums, fewer than a register holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddLeft(T* from, nint along, T* x, int depth, T* chains, int count)
    {
        V c = R.Load(chains);
        for (var p = 0; p < depth; p++, from += along)
            c = R.MultiplyAdd(R.LoadFirst(from, count), R.Broadcast(x[p]), c);
        R.Store(chains, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Finish(GemvProblem<T>* g, T* chains)
    {
        V alpha = R.Broadcast(g->Alpha);
        V beta = R.Broadcast(g->Beta);
        var overwrite = g->Beta == T.Zero;
        for (var j = 0; j < g->Count; j += R.Lanes)
        {
            var count = Math.Min(R.Lanes, g->Count - j);
            var to = g->Result + j;
            V chain = R.Load(chains + j);
            R.StoreFirst(
                to,
                overwrite
                    ? R.Multiply(alpha, chain)
                    : R.MultiplyAdd(alpha, chain, R.Multiply(beta, R.LoadFirst(to, count))),
                count
            );
        }
    }
}
