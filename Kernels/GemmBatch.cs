using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>
/// A batch of products, and how it is cut over threads: between products, rows and columns, never within a
/// sum.
/// </summary>
internal unsafe struct GemmBatch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Multiply-adds below which one thread is faster: 128³, where a product takes about 20 µs and waking a
    /// helper 5 to 10.
    /// </summary>
    const long ThreadThreshold = 128L * 128 * 128;

    /// <summary>The least multiply-adds of a part.</summary>
    const long PartThreshold = ThreadThreshold / 4;

    public int Batch;
    public nint StrideA,
        StrideB,
        StrideC;
    public GemmProblem<T> First;

    int batchCuts,
        rowCuts,
        columnCuts;

    public void Run()
    {
        if (First.Depth == 0 || First.Alpha == T.Zero)
        {
            for (var i = 0; i < Batch; i++)
                ScaleC(At(i));
            return;
        }
        if (First.Rows == 1 && First.Columns == 1)
        {
            for (var i = 0; i < Batch; i++)
                MultiplyToOne(At(i));
            return;
        }
        Merge();
        if (GemvBatch<T>.TryRun(Batch, StrideA, StrideB, StrideC, First))
            return;
        var work = (long)First.Rows * First.Columns * First.Depth * Batch;
        if (work < ThreadThreshold || Threads.Count == 1)
        {
            for (var i = 0; i < Batch; i++)
                RunOne(At(i));
            return;
        }
        Cut(work);
        fixed (GemmBatch<T>* self = &this)
            Threads.For(batchCuts * rowCuts * columnCuts, &RunPart, self);
    }

    /// <summary>
    /// A batch over one B whose A follow each other is a single, taller product, which keeps the tiles
    /// full.
    /// </summary>
    void Merge()
    {
        if (Batch < 2 || StrideB != 0)
            return;
        if (
            StrideA != First.Rows * First.ARow
            || StrideC != First.Rows * First.CRow
            || (long)Batch * First.Rows > int.MaxValue
        )
            return;
        First.Rows *= Batch;
        Batch = 1;
    }

    /// <summary>
    /// About two parts for each thread, so that a helper which comes late costs half a part, not half the
    /// product.
    /// </summary>
    void Cut(long work)
    {
        var parts = (int)Math.Min(2L * Threads.Count, work / PartThreshold);
        batchCuts = Math.Min(Batch, parts);
        rowCuts = columnCuts = 1;
        while (batchCuts * rowCuts * columnCuts < parts)
        {
            // Square parts read the least of A and B for what they compute.
            var tall = First.Rows / rowCuts >= First.Columns / columnCuts;
            if (tall)
                rowCuts *= 2;
            else
                columnCuts *= 2;
        }
    }

    static void RunPart(void* state, int part)
    {
        var job = (GemmBatch<T>*)state;
        var column = part % job->columnCuts;
        var row = part / job->columnCuts % job->rowCuts;
        var batch = part / job->columnCuts / job->rowCuts;
        var (i, rows) = Share(job->First.Rows, job->rowCuts, row, 24);
        var (j, columns) = Share(job->First.Columns, job->columnCuts, column, 32);
        var (first, count) = Share(job->Batch, job->batchCuts, batch, 1);
        if (rows == 0 || columns == 0)
            return;
        for (var item = first; item < first + count; item++)
            RunOne(job->At(item).Part(i, rows, j, columns));
    }

    /// <summary>
    /// The start and size of one of <paramref name="cuts"/> shares of a length, cut at multiples of
    /// <paramref name="unit"/> to leave tiles whole.
    /// </summary>
    public static (int Start, int Size) Share(int length, int cuts, int index, int unit)
    {
        var units = (length + unit - 1) / unit;
        var start = (int)Math.Min(length, (long)units * index / cuts * unit);
        var end = (int)Math.Min(length, (long)units * (index + 1) / cuts * unit);
        return (start, end - start);
    }

    readonly GemmProblem<T> At(int item)
    {
        var problem = First;
        problem.A += item * StrideA;
        problem.B += item * StrideB;
        problem.C += item * StrideC;
        return problem;
    }

    static void RunOne(GemmProblem<T> problem)
    {
        switch (Simd.Width)
        {
            case SimdWidth.Vector512:
                GemmBlocks<Register512<T>, Vector512<T>, T>.Run(&problem);
                break;
            case SimdWidth.Vector256:
                GemmBlocks<Register256<T>, Vector256<T>, T>.Run(&problem);
                break;
            default:
                GemmBlocks<Register128<T>, Vector128<T>, T>.Run(&problem);
                break;
        }
    }

    static void ScaleC(GemmProblem<T> problem)
    {
        for (var i = 0; i < problem.Rows; i++)
        {
            var row = new Span<T>(problem.C + i * problem.CRow, problem.Columns);
            if (problem.Beta == T.Zero)
                row.Clear();
            else
                foreach (ref var element in row)
                    element *= problem.Beta;
        }
    }

    /// <summary>
    /// A row times a column. As one chain it would run at a tenth of the speed, each term waiting for the
    /// one before it.
    /// </summary>
    static void MultiplyToOne(GemmProblem<T> problem)
    {
        var row = Adjacent(ScratchSlot.GatheredRow, problem.A, problem.AColumn, problem.Depth);
        var column = Adjacent(ScratchSlot.GatheredColumn, problem.B, problem.BRow, problem.Depth);
        var dot = problem.Alpha * Reductions.Dot(row, column);
        *problem.C = problem.Beta == T.Zero ? dot : dot + problem.Beta * *problem.C;
    }

    /// <summary>The numbers where they are, or a copy of them without gaps.</summary>
    public static ReadOnlySpan<T> Adjacent(ScratchSlot slot, T* from, nint stride, int count)
    {
        if (stride == 1)
            return new ReadOnlySpan<T>(from, count);
        var gathered = Scratch.Rent<T>(slot, count);
        for (var i = 0; i < count; i++)
            gathered[i] = from[i * stride];
        return new ReadOnlySpan<T>(gathered, count);
    }
}
