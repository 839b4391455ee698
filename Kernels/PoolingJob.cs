using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>
/// A pooling over all its planes. All but the maximum are plain loops: memory, not arithmetic, sets their
/// speed.
/// </summary>
internal unsafe struct PoolingJob<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Visits of elements below which one thread is faster: some 200 µs.</summary>
    const long ThreadThreshold = 200_000;

    public PoolingShape Shape;
    public T* X;
    public T* Y;
    public int* Winners;

    int parts;

    /// <summary>Runs a loop over planes, in a few parts for each thread.</summary>
    public void Run(delegate* <void*, int, void> planes)
    {
        var visits = Shape.OutLength * Shape.WindowHeight * Shape.WindowWidth;
        parts = visits < ThreadThreshold ? 1 : (int)Math.Min(4L * Threads.Count, Math.Max(1, Shape.Planes));
        fixed (PoolingJob<T>* self = &this)
            Threads.For(parts, planes, self);
    }

    public static void Max(void* state, int part)
    {
        var job = (PoolingJob<T>*)state;
        var (first, end) = job->Planes(part);
        switch (Simd.Width)
        {
            case SimdWidth.Vector512:
                MaxPoolingLoop<Register512<T>, Vector512<T>, T>.Run(job, first, end);
                break;
            case SimdWidth.Vector256:
                MaxPoolingLoop<Register256<T>, Vector256<T>, T>.Run(job, first, end);
                break;
            default:
                MaxPoolingLoop<Register128<T>, Vector128<T>, T>.Run(job, first, end);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MaxGradient(void* state, int part)
    {
        var job = (PoolingJob<T>*)state;
        var (first, end) = job->Planes(part);
        var plane = job->Shape.OutHeight * job->Shape.OutWidth;
        job->ClearIn(first, end);
        for (var i = first; i < end; i++)
        {
            var dx = job->In(i);
            var dy = job->Out(i);
            var winner = job->Winners + (dy - job->Y);
            for (var j = 0; j < plane; j++)
                dx[winner[j]] += dy[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Average(void* state, int part)
    {
        var job = (PoolingJob<T>*)state;
        ref readonly var s = ref job->Shape;
        // Sizes of the result cost a division each: once, not in the loops.
        var height = s.OutHeight;
        var width = s.OutWidth;
        var (first, end) = job->Planes(part);
        for (var plane = first; plane < end; plane++)
        {
            var x = job->In(plane);
            var y = job->Out(plane);
            for (var i = 0; i < height; i++)
            {
                var (top, bottom) = s.WindowRows(i);
                for (var j = 0; j < width; j++)
                {
                    var (left, right) = s.WindowColumns(j);
                    var sum = T.Zero;
                    for (var p = top; p < bottom; p++)
                    for (var q = left; q < right; q++)
                        sum += x[p * s.InWidth + q];
                    *y++ = sum / Count(s, (bottom - top) * (right - left));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AverageGradient(void* state, int part)
    {
        var job = (PoolingJob<T>*)state;
        ref readonly var s = ref job->Shape;
        // Sizes of the result cost a division each: once, not in the loops.
        var height = s.OutHeight;
        var width = s.OutWidth;
        var (first, end) = job->Planes(part);
        job->ClearIn(first, end);
        for (var plane = first; plane < end; plane++)
        {
            var dx = job->In(plane);
            var dy = job->Out(plane);
            for (var i = 0; i < height; i++)
            {
                var (top, bottom) = s.WindowRows(i);
                for (var j = 0; j < width; j++)
                {
                    var (left, right) = s.WindowColumns(j);
                    var share = *dy++ / Count(s, (bottom - top) * (right - left));
                    for (var p = top; p < bottom; p++)
                    for (var q = left; q < right; q++)
                        dx[p * s.InWidth + q] += share;
                }
            }
        }
    }

    static T Count(in PoolingShape s, int inside) =>
        T.CreateTruncating(s.CountsPadding ? s.WindowHeight * s.WindowWidth : inside);

    readonly (int First, int End) Planes(int part) =>
        ((int)((long)Shape.Planes * part / parts), (int)((long)Shape.Planes * (part + 1) / parts));

    public readonly T* In(int plane) => X + (nint)plane * Shape.InHeight * Shape.InWidth;

    public readonly T* Out(int plane) => Y + (nint)plane * Shape.OutHeight * Shape.OutWidth;

    readonly void ClearIn(int first, int end) => new Span<T>(In(first), (int)(In(end) - In(first))).Clear();
}
