using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>Products of a matrix with a vector, cut over threads between sums, never within one.</summary>
/// <remarks>
/// The tiles of <see cref="GemmBlocks{R, V, T}"/> would copy the whole matrix, or read it in columns a tile wide; a
/// number that is used once is best read as it stands in memory.
/// </remarks>
internal unsafe struct GemvBatch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Numbers of the matrix below which one thread is faster: some 15 µs from the second-level cache.</summary>
    const long ThreadThreshold = 256 * 1024;

    const long PartThreshold = ThreadThreshold / 4;

    int batch;
    nint strideMatrix,
        strideVector,
        strideResult;
    nint vectorStep;
    GemvProblem<T> first;
    int batchCuts,
        cuts;

    /// <summary>Runs the products when they are of this kind, and adjacent along an axis of the matrix.</summary>
    public static bool TryRun(int batch, nint strideA, nint strideB, nint strideC, in GemmProblem<T> product)
    {
        var isRow = product.Rows == 1;
        if (!isRow && product.Columns != 1)
            return false;
        var job = new GemvBatch<T>
        {
            batch = batch,
            strideMatrix = isRow ? strideB : strideA,
            strideVector = isRow ? strideA : strideB,
            strideResult = strideC,
            vectorStep = isRow ? product.AColumn : product.BRow,
            first = new GemvProblem<T>
            {
                Count = isRow ? product.Columns : product.Rows,
                Depth = product.Depth,
                Matrix = isRow ? product.B : product.A,
                Across = isRow ? product.BColumn : product.ARow,
                Along = isRow ? product.BRow : product.AColumn,
                Vector = isRow ? product.A : product.B,
                Result = product.C,
                ResultStride = isRow ? 1 : product.CRow,
                Alpha = product.Alpha,
                Beta = product.Beta,
            },
        };
        if (!job.IsAcross && job.first.Along != 1)
            return false;
        job.Run();
        return true;
    }

    readonly bool IsAcross => first.Across == 1 && first.ResultStride == 1;

    void Run()
    {
        var work = (long)first.Count * first.Depth * batch;
        var threads = Threads.Count;
        var isWorthIt = threads > 1 && work >= ThreadThreshold;
        var parts = isWorthIt ? (int)Math.Min(4L * threads, work / PartThreshold) : 1;
        batchCuts = Math.Min(batch, parts);
        cuts = parts / batchCuts;
        fixed (GemvBatch<T>* self = &this)
            Threads.For(batchCuts * cuts, &RunPart, self);
    }

    static void RunPart(void* state, int part)
    {
        var job = (GemvBatch<T>*)state;
        var (start, count) = GemmBatch<T>.Share(job->first.Count, job->cuts, part % job->cuts, 64);
        var (item, items) = GemmBatch<T>.Share(job->batch, job->batchCuts, part / job->cuts, 1);
        for (var end = item + items; item < end && count > 0; item++)
        {
            var problem = job->first.Part(start, count);
            problem.Matrix += item * job->strideMatrix;
            problem.Vector += item * job->strideVector;
            problem.Result += item * job->strideResult;
            job->RunOne(&problem);
        }
    }

    readonly void RunOne(GemvProblem<T>* g)
    {
        var vector = GemmBatch<T>.Adjacent(ScratchSlot.GatheredRow, g->Vector, vectorStep, g->Depth);
        fixed (T* adjacent = vector)
        {
            g->Vector = adjacent;
            switch (Simd.Width, IsAcross)
            {
                case (SimdWidth.Vector512, true):
                    GemvAcross<Register512<T>, Vector512<T>, T>.Run(g);
                    break;
                case (SimdWidth.Vector512, false):
                    GemvAlong<Register512<T>, Vector512<T>, T>.Run(g);
                    break;
                case (SimdWidth.Vector256, true):
                    GemvAcross<Register256<T>, Vector256<T>, T>.Run(g);
                    break;
                case (SimdWidth.Vector256, false):
                    GemvAlong<Register256<T>, Vector256<T>, T>.Run(g);
                    break;
                case (_, true):
                    GemvAcross<Register128<T>, Vector128<T>, T>.Run(g);
                    break;
                default:
                    GemvAlong<Register128<T>, Vector128<T>, T>.Run(g);
                    break;
            }
        }
    }
}
