using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>What a reduction adds for each element of its one or two spans.</summary>
internal unsafe interface ITerm<V, T>
    where V : unmanaged
    where T : unmanaged
{
    static abstract V Add(V sum, T* x, T* y);
    static abstract V AddFirst(V sum, T* x, T* y, int count);
}

internal readonly unsafe struct SumTerm<R, V, T> : ITerm<V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add(V sum, T* x, T* y) => R.Add(sum, R.Load(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V AddFirst(V sum, T* x, T* y, int count) => R.Add(sum, R.LoadFirst(x, count));
}

internal readonly unsafe struct DotTerm<R, V, T> : ITerm<V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add(V sum, T* x, T* y) => R.MultiplyAdd(R.Load(x), R.Load(y), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V AddFirst(V sum, T* x, T* y, int count) =>
        R.MultiplyAdd(R.LoadFirst(x, count), R.LoadFirst(y, count), sum);
}

/// <summary>The fixed order of <see cref="Reductions"/>'s sums, on registers of any width.</summary>
internal static unsafe class PairwiseTree<R, V, T, TTerm>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TTerm : struct, ITerm<V, T>
{
    /// <summary>Lanes of the order, not of the processor: eight of its widest registers of float.</summary>
    const int Lanes = 128;
    const int BlockRows = 16;
    const int Block = Lanes * BlockRows;

    /// <summary>
    /// Blocks of a part, a power of two, so that a part is a whole subtree and may go to any
    /// thread.
    /// </summary>
    const int PartBlocks = 64;
    const int Part = Block * PartBlocks;

    /// <summary>Parts below which helpers cost more than they bring: a million numbers, read in 30 to 100 µs.</summary>
    const int ThreadParts = 8;

    struct Job
    {
        public T* X,
            Y,
            Roots;
        public int Length;
    }

    public static T Run(T* x, T* y, int length)
    {
        if (length <= Lanes)
            return RunShort(x, y, length);
        var parts = (int)(((long)length + Part - 1) / Part);
        var roots = Scratch.Rent<T>(ScratchSlot.Parts, (nint)parts * Lanes);
        Job job;
        job.X = x;
        job.Y = y;
        job.Roots = roots;
        job.Length = length;
        if (parts >= ThreadParts)
            Threads.For(parts, &RunPart, &job);
        else
            for (var part = 0; part < parts; part++)
                RunPart(&job, part);
        var top = 0;
        for (var part = 0; part < parts; part++)
        {
            // In place: the stack is never higher than the roots already taken from it.
            if (top != part)
                Copy(roots + (nint)part * Lanes, roots + (nint)top * Lanes);
            Carry(roots, ref top, part);
        }
        Collapse(roots, top);
        return AddLanes(roots, Lanes);
    }

    static T RunShort(T* x, T* y, int length)
    {
        if (length == 0)
            return T.Zero;
        var lanes = Scratch.Rent<T>(ScratchSlot.Lanes, Lanes);
        SumBlock(x, y, length, lanes);
        // The lanes behind the last element hold zeros; adding them would change nothing.
        return AddLanes(lanes, (int)BitOperations.RoundUpToPowerOf2((uint)length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunPart(void* state, int part)
    {
        var job = (Job*)state;
        var start = part * Part;
        var length = Math.Min(Part, job->Length - start);
        var stack = Scratch.Rent<T>(ScratchSlot.Lanes, (BitOperations.Log2(PartBlocks) + 2) * Lanes);
        var top = 0;
        for (var block = 0; block * Block < length; block++)
        {
            var offset = start + block * Block;
            var count = Math.Min(Block, job->Length - offset);
            SumBlock(job->X + offset, job->Y + offset, count, stack + top * Lanes);
            Carry(stack, ref top, block);
        }
        Collapse(stack, top);
        Copy(stack, job->Roots + (nint)part * Lanes);
    }

    /// <summary>
    /// Takes in the sums just put on top of the stack, and adds up the subtrees that they complete, as a
    /// binary counter carries.
    /// </summary>
    static void Carry(T* stack, ref int top, int index)
    {
        top++;
        for (var carry = index; (carry & 1) == 1; carry >>= 1)
        {
            top--;
            Join(stack + (top - 1) * Lanes, stack + top * Lanes);
        }
    }

    /// <summary>Adds the unfinished subtrees, smallest first.</summary>
    static void Collapse(T* stack, int top)
    {
        for (top--; top > 0; top--)
            Join(stack + (top - 1) * Lanes, stack + top * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Join(T* into, T* from)
    {
        for (var j = 0; j < Lanes; j += R.Lanes)
            R.Store(into + j, R.Add(R.Load(into + j), R.Load(from + j)));
    }

    static void Copy(T* from, T* to) => new ReadOnlySpan<T>(from, Lanes).CopyTo(new Span<T>(to, Lanes));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static T AddLanes(T* lanes, int count)
    {
        for (var half = count / 2; half > 0; half /= 2)
        {
            var j = 0;
            for (; j <= half - R.Lanes; j += R.Lanes)
                R.Store(lanes + j, R.Add(R.Load(lanes + j), R.Load(lanes + j + half)));
            for (; j < half; j++)
                lanes[j] += lanes[j + half];
        }
        return lanes[0];
    }

    /// <summary>
    /// The sums of a block's lanes. The lanes are independent, so they are taken in strips of eight
    /// registers, which hide the latency of the addition.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumBlock(T* x, T* y, int count, T* lanes)
    {
        var rows = count / Lanes;
        for (var strip = 0; strip < Lanes; strip += 8 * R.Lanes)
        {
            V s0 = default;
            V s1 = default;
            V s2 = default;
            V s3 = default;
            V s4 = default;
            V s5 = default;
            V s6 = default;
            V s7 = default;
            var px = x + strip;
            var py = y + strip;
            for (var row = 0; row < rows; row++, px += Lanes, py += Lanes)
            {
                s0 = TTerm.Add(s0, px + 0 * R.Lanes, py + 0 * R.Lanes);
                s1 = TTerm.Add(s1, px + 1 * R.Lanes, py + 1 * R.Lanes);
                s2 = TTerm.Add(s2, px + 2 * R.Lanes, py + 2 * R.Lanes);
                s3 = TTerm.Add(s3, px + 3 * R.Lanes, py + 3 * R.Lanes);
                s4 = TTerm.Add(s4, px + 4 * R.Lanes, py + 4 * R.Lanes);
                s5 = TTerm.Add(s5, px + 5 * R.Lanes, py + 5 * R.Lanes);
                s6 = TTerm.Add(s6, px + 6 * R.Lanes, py + 6 * R.Lanes);
                s7 = TTerm.Add(s7, px + 7 * R.Lanes, py + 7 * R.Lanes);
            }
            var left = count - rows * Lanes - strip;
            if (left > 0)
            {
                s0 = AddLeft(s0, px, py, 0 * R.Lanes, left);
                s1 = AddLeft(s1, px, py, 1 * R.Lanes, left);
                s2 = AddLeft(s2, px, py, 2 * R.Lanes, left);
                s3 = AddLeft(s3, px, py, 3 * R.Lanes, left);
                s4 = AddLeft(s4, px, py, 4 * R.Lanes, left);
                s5 = AddLeft(s5, px, py, 5 * R.Lanes, left);
                s6 = AddLeft(s6, px, py, 6 * R.Lanes, left);
                s7 = AddLeft(s7, px, py, 7 * R.Lanes, left);
            }
            R.Store(lanes + strip + 0 * R.Lanes, s0);
            R.Store(lanes + strip + 1 * R.Lanes, s1);
            R.Store(lanes + strip + 2 * R.Lanes, s2);
            R.Store(lanes + strip + 3 * R.Lanes, s3);
            R.Store(lanes + strip + 4 * R.Lanes, s4);
            R.Store(lanes + strip + 5 * R.Lanes, s5);
            R.Store(lanes + strip + 6 * R.Lanes, s6);
            R.Store(lanes + strip + 7 * R.Lanes, s7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V AddLeft(V sum, T* x, T* y, int at, int left) =>
        left >= at + R.Lanes ? TTerm.Add(sum, x + at, y + at)
        : left > at ? TTerm.AddFirst(sum, x + at, y + at, left - at)
        : sum;
}
