using System.Numerics;

namespace Fluxion.Kernels;

/// <summary>
/// Two-dimensional maximum and average pooling with their gradients. Planes go to the threads; nothing is
/// allocated.
/// </summary>
public static class Pooling
{
    /// <summary>
    /// y = the largest number of each window; of equal ones the first, row by row, wins; NaN wins over all
    /// numbers.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">Planes.</param>
    /// <param name="y">Result, overwritten.</param>
    /// <param name="winners">As long as y, overwritten: where in its plane each number came from, row · width +
    /// column.</param>
    /// <exception cref="ArgumentException">The shape makes no sense, or a span is not of its length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe void Max<T>(in PoolingShape shape, ReadOnlySpan<T> x, Span<T> y, Span<int> winners)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>("Pooling.Max", shape, x.Length, y.Length);
        CheckWinners("Pooling.Max", winners.Length, y.Length);
        fixed (
            T* px = x,
                py = y
        )
        fixed (int* pw = winners)
            new PoolingJob<T>
            {
                Shape = shape,
                X = px,
                Y = py,
                Winners = pw,
            }.Run(&PoolingJob<T>.Max);
    }

    /// <summary>The cotangent of x in <see cref="Max"/>: each number of dy goes to its window's winner.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The sizes.</param>
    /// <param name="dy">Cotangent of y.</param>
    /// <param name="winners">As <see cref="Max"/> wrote them.</param>
    /// <param name="dx">Cotangent of x, overwritten.</param>
    /// <exception cref="ArgumentException">The shape makes no sense, a span is not of its length, or a winner lies
    /// outside its plane.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe void MaxGradient<T>(
        in PoolingShape shape,
        ReadOnlySpan<T> dy,
        ReadOnlySpan<int> winners,
        Span<T> dx
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>("Pooling.MaxGradient", shape, dx.Length, dy.Length);
        CheckWinners("Pooling.MaxGradient", winners.Length, dy.Length);
        // Memory would be written at these places: a wrong one is an error before it is damage.
        var plane = shape.InHeight * shape.InWidth;
        foreach (var winner in winners)
            if ((uint)winner >= (uint)plane)
                throw new ArgumentException(
                    $"Pooling.MaxGradient: winners must lie in a plane of {plane} numbers, but one is {winner}; "
                        + "give those that Pooling.Max wrote.",
                    nameof(winners)
                );
        fixed (
            T* px = dx,
                py = dy
        )
        fixed (int* pw = winners)
            new PoolingJob<T>
            {
                Shape = shape,
                X = px,
                Y = py,
                Winners = pw,
            }.Run(&PoolingJob<T>.MaxGradient);
    }

    /// <summary>y = the mean of each window.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The sizes, and whether padding counts.</param>
    /// <param name="x">Planes.</param>
    /// <param name="y">Result, overwritten.</param>
    /// <exception cref="ArgumentException">The shape makes no sense, or a span is not of its length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe void Average<T>(in PoolingShape shape, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>("Pooling.Average", shape, x.Length, y.Length);
        fixed (
            T* px = x,
                py = y
        )
            new PoolingJob<T>
            {
                Shape = shape,
                X = px,
                Y = py,
            }.Run(&PoolingJob<T>.Average);
    }

    /// <summary>
    /// The cotangent of x in <see cref="Average"/>: each number of dy is spread evenly over its
    /// window.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The sizes, and whether padding counts.</param>
    /// <param name="dy">Cotangent of y.</param>
    /// <param name="dx">Cotangent of x, overwritten.</param>
    /// <exception cref="ArgumentException">The shape makes no sense, or a span is not of its length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe void AverageGradient<T>(in PoolingShape shape, ReadOnlySpan<T> dy, Span<T> dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>("Pooling.AverageGradient", shape, dx.Length, dy.Length);
        fixed (
            T* px = dx,
                py = dy
        )
            new PoolingJob<T>
            {
                Shape = shape,
                X = px,
                Y = py,
            }.Run(&PoolingJob<T>.AverageGradient);
    }

    static void Check<T>(string where, in PoolingShape shape, int x, int y)
    {
        NumberType.Check<T>(where);
        shape.Check(where, x, y);
    }

    static void CheckWinners(string where, int winners, int y)
    {
        if (winners != y)
            throw new ArgumentException(
                $"{where}: winners must be as long as y, {y}, but hold {winners}; make them of that length.",
                nameof(winners)
            );
    }
}
