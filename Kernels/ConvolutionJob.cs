using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>A convolution over all its images, and how it is cut over threads.</summary>
internal unsafe struct ConvolutionJob<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Slices of the batch whose kernel gradients are summed apart and then added: so many whatever the
    /// threads, since it shapes the sum.
    /// </summary>
    const int MaxSlices = 8;

    /// <summary>
    /// Numbers of all slices' gradients; a larger kernel is summed in one slice, and its products use the
    /// threads instead.
    /// </summary>
    const long MaxPartials = 1 << 20;

    /// <summary>Multiply-adds below which one thread is faster, as for a product of matrices.</summary>
    const long ThreadThreshold = 128L * 128 * 128;

    public ConvolutionShape Shape;
    public T* X;
    public T* W;
    public T* Y;
    public T* Partials;

    /// <summary>Where each tap stands in the frame that a loop without columns reads.</summary>
    public nint* Offsets;

    /// <summary>The kernel as [group; in channels; out channels; height; width], for a cotangent of x without columns.</summary>
    public T* Turned;

    /// <summary>No infinity or NaN in the kernel, which zero times would not make zero.</summary>
    public bool IsKernelFinite;

    public readonly T* Image(int image, int group) =>
        X + ((nint)image * Shape.Groups + group) * Shape.GroupInChannels * Shape.InHeight * Shape.InWidth;

    public readonly T* Kernel(int group) => W + (nint)group * Shape.GroupOutChannels * Shape.Taps;

    public readonly T* Result(int image, int group) =>
        Y + ((nint)image * Shape.Groups + group) * Shape.GroupOutChannels * Shape.OutPlane;

    public readonly T* Partial(int slice) => Partials + slice * (nint)Shape.KernelLength;

    public readonly int Slices =>
        (int)
            Math.Clamp(MaxPartials / Math.Max(1, Shape.KernelLength), 1, Math.Min(MaxSlices, Math.Max(1, Shape.Batch)));

    public readonly (int First, int Count) Slice(int slice)
    {
        var first = (int)((long)Shape.Batch * slice / Slices);
        return (first, (int)((long)Shape.Batch * (slice + 1) / Slices) - first);
    }

    /// <summary>
    /// Whether the kernel's cotangent is made of dot products, not of products of matrices: where these would leave
    /// most lanes of the widest register empty.
    /// </summary>
    public readonly bool TakesDots =>
        Shape.StrideX == 1 && 2 * Shape.GroupOutChannels * sizeof(T) <= 64 && 2 * Shape.OutWidth * sizeof(T) >= 64;

    /// <summary>Lists where the taps of a group stand in its frame.</summary>
    public void ListTaps()
    {
        var width = Shape.PaddedWidth;
        var offsets = Offsets = Scratch.Rent<nint>(ScratchSlot.Offsets, Shape.Taps);
        for (var channel = 0; channel < Shape.GroupInChannels; channel++)
        for (var ky = 0; ky < Shape.KernelHeight; ky++)
        for (var kx = 0; kx < Shape.KernelWidth; kx++)
            *offsets++ = ((nint)channel * Shape.PaddedHeight + ky * Shape.DilationY) * width + kx * Shape.DilationX;
    }

    /// <summary>Turns the kernel around, and lists where its taps stand in the wide frame.</summary>
    public void Turn()
    {
        var taps = Shape.KernelHeight * Shape.KernelWidth;
        nint depth = Shape.GroupOutChannels * taps;
        var turned = Turned = Scratch.Rent<T>(ScratchSlot.Partials, (nint)Shape.KernelLength);
        for (var group = 0; group < Shape.Groups; group++)
        for (var channel = 0; channel < Shape.GroupInChannels; channel++)
        for (var result = 0; result < Shape.GroupOutChannels; result++, turned += taps)
            new ReadOnlySpan<T>(Kernel(group) + (nint)result * Shape.Taps + channel * taps, taps).CopyTo(
                new Span<T>(turned, taps)
            );
        var offsets = Offsets = Scratch.Rent<nint>(ScratchSlot.Offsets, depth);
        for (var result = 0; result < Shape.GroupOutChannels; result++)
        for (var ky = Shape.KernelHeight - 1; ky >= 0; ky--)
        for (var kx = 0; kx < Shape.KernelWidth; kx++)
            *offsets++ =
                Shape.FrontOfWideFrame
                + (nint)result * Shape.WidePlane
                + ky * Shape.DilationY * Shape.PaddedWidth
                - kx * Shape.DilationX;
    }

    /// <summary>Runs the loop for each part, on the threads when there is work for them.</summary>
    public void Run<TLoop>(int parts)
        where TLoop : struct, IConvolutionLoop
    {
        var work = Shape.OutLength * Shape.Taps;
        fixed (ConvolutionJob<T>* self = &this)
            if (parts > 1 && work >= ThreadThreshold)
                Threads.For(parts, &RunPart<TLoop>, self);
            else
                // With a single part the products inside may still use the threads.
                for (var part = 0; part < parts; part++)
                    RunPart<TLoop>(self, part);
    }

    static void RunPart<TLoop>(void* state, int part)
        where TLoop : struct, IConvolutionLoop
    {
        var job = (ConvolutionJob<T>*)state;
        switch (Simd.Width)
        {
            case SimdWidth.Vector512:
                TLoop.Run<Register512<T>, Vector512<T>, T>(job, part);
                break;
            case SimdWidth.Vector256:
                TLoop.Run<Register256<T>, Vector256<T>, T>(job, part);
                break;
            default:
                TLoop.Run<Register128<T>, Vector128<T>, T>(job, part);
                break;
        }
    }
}
