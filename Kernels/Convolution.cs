using System.Numerics;

namespace Fluxion.Kernels;

/// <summary>
/// Two-dimensional convolution and its two gradients, on row-major arrays [batch; channels; height;
/// width].
/// </summary>
/// <remarks>
/// With few channels, sums are taken straight from an image in a frame of zeros. Else each image becomes the matrix of
/// its columns, a block of output rows at a time, and the convolution a product of matrices; a 1×1 kernel needs no
/// columns. Images go to the threads. Results are bitwise the same for any number of
/// threads and any vector width. Workspace is kept by the threads: nothing is allocated once warm.
/// </remarks>
public static class Convolution
{
    /// <summary>
    /// y = x ⋆ w: y[b,o,i,j] = Σ x[b, c, i·StrideY + p·DilationY - PaddingY, j·StrideX + q·DilationX -
    /// PaddingX]·w[o,c,p,q].
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">Images.</param>
    /// <param name="w">Kernel.</param>
    /// <param name="y">Result, overwritten; it must not share memory with the others.</param>
    /// <exception cref="ArgumentException">The shape makes no sense, or a span is not of its length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe void Forward<T>(in ConvolutionShape shape, ReadOnlySpan<T> x, ReadOnlySpan<T> w, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>("Convolution.Forward", shape, x.Length, w.Length, y.Length);
        if (y.IsEmpty)
            return;
        fixed (
            T* px = x,
                pw = w,
                py = y
        )
        {
            var job = new ConvolutionJob<T>
            {
                Shape = shape,
                X = px,
                W = pw,
                Y = py,
            };
            if (shape.IsDirect)
                job.ListTaps();
            job.Run<ForwardLoop>(shape.Batch);
        }
    }

    /// <summary>The cotangent of x, from that of y: the transpose of <see cref="Forward"/> in x.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The sizes.</param>
    /// <param name="dy">Cotangent of y.</param>
    /// <param name="w">Kernel.</param>
    /// <param name="dx">Cotangent of x, overwritten; it must not share memory with the others.</param>
    /// <exception cref="ArgumentException">The shape makes no sense, or a span is not of its length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe void GradientOfInput<T>(
        in ConvolutionShape shape,
        ReadOnlySpan<T> dy,
        ReadOnlySpan<T> w,
        Span<T> dx
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>("Convolution.GradientOfInput", shape, dx.Length, w.Length, dy.Length);
        if (dy.IsEmpty || w.IsEmpty)
        {
            dx.Clear();
            return;
        }
        fixed (
            T* px = dx,
                pw = w,
                py = dy
        )
        {
            var job = new ConvolutionJob<T>
            {
                Shape = shape,
                X = px,
                W = pw,
                Y = py,
                IsKernelFinite = IsFinite(w),
            };
            if (shape.IsInputGradientDirect && job.IsKernelFinite)
                job.Turn();
            job.Run<InputGradientLoop>(shape.Batch);
        }
    }

    /// <summary>
    /// The cotangent of w, from that of y, summed over the batch: the transpose of <see cref="Forward"/> in
    /// w.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">Images.</param>
    /// <param name="dy">Cotangent of y.</param>
    /// <param name="dw">Cotangent of w, overwritten; it must not share memory with the others.</param>
    /// <exception cref="ArgumentException">The shape makes no sense, or a span is not of its length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe void GradientOfKernel<T>(
        in ConvolutionShape shape,
        ReadOnlySpan<T> x,
        ReadOnlySpan<T> dy,
        Span<T> dw
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>("Convolution.GradientOfKernel", shape, x.Length, dw.Length, dy.Length);
        if (dy.IsEmpty || dw.IsEmpty)
        {
            dw.Clear();
            return;
        }
        fixed (
            T* px = x,
                pw = dw,
                py = dy
        )
        {
            var job = new ConvolutionJob<T>
            {
                Shape = shape,
                X = px,
                W = pw,
                Y = py,
            };
            var slices = job.Slices;
            job.Partials = Scratch.Rent<T>(ScratchSlot.Partials, slices * (nint)dw.Length);
            if (job.TakesDots)
                job.ListTaps();
            job.Run<KernelGradientLoop>(slices);
            var sum = new Span<T>(job.Partials, dw.Length);
            for (var slice = 1; slice < slices; slice++)
                VectorLoops.Add<T>(sum, new ReadOnlySpan<T>(job.Partial(slice), dw.Length), sum);
            if (job.TakesDots)
            {
                sum.CopyTo(dw);
                return;
            }
            // The slices hold [group; taps; out channels]; w is [group; out channels; taps].
            var size = (nint)shape.Taps * shape.GroupOutChannels;
            for (var group = 0; group < shape.Groups; group++)
                Transposition.Copy(
                    job.Partials + group * size,
                    shape.GroupOutChannels,
                    pw + group * size,
                    shape.Taps,
                    shape.GroupOutChannels,
                    shape.Taps
                );
        }
    }

    static bool IsFinite<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Zero times a number is zero unless the number is infinite or NaN, and a sum of zeros stays zero.
        var sum = T.Zero;
        foreach (var number in numbers)
            sum += number * T.Zero;
        return sum == T.Zero;
    }

    static void Check<T>(string where, in ConvolutionShape shape, int x, int w, int y)
    {
        NumberType.Check<T>(where);
        shape.Check(where, x, w, y);
    }
}
