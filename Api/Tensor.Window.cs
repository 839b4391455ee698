using static Fluxion.Convolution2dFunctions.Expr;
using static Fluxion.ConvolutionFormsFunctions.Expr;
using static Fluxion.Pooling2dFunctions.Expr;

namespace Fluxion.Api;

/// <summary>A number along the height of images and one along their width; a lone number stands for both.</summary>
/// <param name="Height">Along the height.</param>
/// <param name="Width">Along the width.</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>The same number along both.</summary>
    public static implicit operator Size2D(int both) => new(both, both);

    /// <summary>Height, then width.</summary>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    internal Tuple<int, int> ToPair() => Tuple.Create(Height, Width);
}

// Kernels and windows that move over images [batch, channels, height, width].
public sealed partial class Tensor
{
    /// <summary>
    /// These images seen through a kernel <c>[outChannels, inChannels / groups, kernelHeight, kernelWidth]</c> that is moved over them (a
    /// cross-correlation, as in all neural networks), to <c>[batch, outChannels, outHeight, outWidth]</c> with
    /// outHeight = ⌊(height + 2·padding - dilation·(kernelHeight - 1) - 1) / stride⌋ + 1.
    /// </summary>
    /// <param name="kernel">What is moved.</param>
    /// <param name="stride">How far it moves from one result to the next; 1 when left out.</param>
    /// <param name="padding">Zeros on each side of the images.</param>
    /// <param name="dilation">How far the kernel's neighbours lie apart in the image; 1 when left out.</param>
    /// <param name="groups">Channels fall into so many groups, each convolved on its own.</param>
    /// <exception cref="ShapeException">The channels do not fit, or the kernel is larger than the padded images.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Tensor Conv2d(
        Tensor kernel,
        Size2D? stride = null,
        Size2D padding = default,
        Size2D? dilation = null,
        int groups = 1
    )
    {
        var options = new Conv2dOptions((stride ?? 1).ToPair(), padding.ToPair(), (dilation ?? 1).ToPair(), groups);
        return new(conv2d(options, kernel.Expression, Expression));
    }

    /// <summary>
    /// These sequences <c>[batch, channels, length]</c> seen through a kernel <c>[outChannels, inChannels / groups, size]</c> that is moved over
    /// them, to <c>[batch, outChannels, outLength]</c> with outLength = ⌊(length + 2·padding - dilation·(size - 1) - 1) / stride⌋ + 1.
    /// </summary>
    /// <param name="kernel">What is moved.</param>
    /// <param name="stride">How far it moves from one result to the next.</param>
    /// <param name="padding">Zeros on each side of the sequences.</param>
    /// <param name="dilation">How far the kernel's neighbours lie apart in the sequence.</param>
    /// <param name="groups">Channels fall into so many groups, each convolved on its own.</param>
    /// <exception cref="ShapeException">The channels do not fit, or the kernel is longer than the padded sequences.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Tensor Conv1d(Tensor kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1) =>
        new(conv1d(new Conv1dOptions(stride, padding, dilation, groups), kernel.Expression, Expression));

    /// <summary>
    /// A kernel <c>[inChannels, outChannels / groups, kernelHeight, kernelWidth]</c> laid over a larger image at each number of these, that
    /// number times: the transpose of <see cref="Conv2d"/> with the same options. The result is <c>[batch, outChannels, outHeight, outWidth]</c>
    /// with outHeight = (height - 1)·stride - 2·padding + dilation·(kernelHeight - 1) + outputPadding + 1.
    /// </summary>
    /// <param name="kernel">What is laid.</param>
    /// <param name="stride">How far it moves from one number to the next; 1 when left out.</param>
    /// <param name="padding">How much is cut off on each side of the result.</param>
    /// <param name="outputPadding">How much the result is longer on one side than it had to be, less than the stride.</param>
    /// <param name="dilation">How far the kernel's neighbours lie apart in the result; 1 when left out.</param>
    /// <param name="groups">Channels fall into so many groups, each convolved on its own.</param>
    /// <exception cref="ShapeException">The channels do not fit, or nothing is left of the result.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Tensor ConvTranspose2d(
        Tensor kernel,
        Size2D? stride = null,
        Size2D padding = default,
        Size2D outputPadding = default,
        Size2D? dilation = null,
        int groups = 1
    )
    {
        var options = new ConvTranspose2dOptions(
            (stride ?? 1).ToPair(),
            padding.ToPair(),
            outputPadding.ToPair(),
            (dilation ?? 1).ToPair(),
            groups
        );
        return new(convTranspose2d(options, kernel.Expression, Expression));
    }

    /// <summary>
    /// The largest number of each window of these images, as <c>[batch, channels, outHeight, outWidth]</c> with
    /// outHeight = ⌊(height + 2·padding - window) / stride⌋ + 1. NaN always wins. The gradient goes to the winner; of equal ones to the
    /// first, row by row.
    /// </summary>
    /// <param name="window">The window's size.</param>
    /// <param name="stride">How far it moves from one result to the next; its own size when left out.</param>
    /// <param name="padding">What is added on each side, at most half a window; it never wins.</param>
    /// <exception cref="ShapeException">No window fits.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Tensor MaxPool2d(Size2D window, Size2D? stride = null, Size2D padding = default) =>
        new(maxPool2d(Pool(window, stride, padding), Expression));

    /// <summary>
    /// The mean of each window of these images, as <c>[batch, channels, outHeight, outWidth]</c> with
    /// outHeight = ⌊(height + 2·padding - window) / stride⌋ + 1.
    /// </summary>
    /// <param name="window">The window's size.</param>
    /// <param name="stride">How far it moves from one result to the next; its own size when left out.</param>
    /// <param name="padding">Zeros on each side, at most half a window; they count.</param>
    /// <exception cref="ShapeException">No window fits.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Tensor AvgPool2d(Size2D window, Size2D? stride = null, Size2D padding = default) =>
        new(avgPool2d(Pool(window, stride, padding), Expression));

    static Pool2dOptions Pool(Size2D window, Size2D? stride, Size2D padding) =>
        new(window.ToPair(), (stride ?? window).ToPair(), padding.ToPair());
}
