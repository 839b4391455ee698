using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorWindowTests
{
    static readonly Tensor Image = Tensor.Of(1.0, 2, 3, 4, 5, 6, 7, 8, 9).Reshape(1, 1, 3, 3);
    static readonly Tensor Kernel = Tensor.Of(1.0, 0, 0, -1).Reshape(1, 1, 2, 2);

    [Test]
    public void ConvolutionMovesTheKernelOverTheImage()
    {
        Image.Conv2d(Kernel).Holds([1, 1, 2, 2], -4, -4, -4, -4);
        Image.Conv2d(Kernel, stride: 2, padding: 1).Holds([1, 1, 2, 2], -1, -3, -7, -4);
        Image.Conv2d(Kernel, stride: (1, 2), padding: (1, 0)).Holds([1, 1, 4, 1], -2, -4, -4, 7);
        Image.Conv2d(Kernel, dilation: 2).Holds([1, 1, 1, 1], -8);
    }

    [Test]
    public void GroupsAreConvolvedOnTheirOwn()
    {
        var pair = Tensor.Concat([Image, 10 * Image], axis: 1);
        var ones = Tensor.Ones(2, 1, 3, 3);
        pair.Conv2d(ones, groups: 2).Holds([1, 2, 1, 1], 45, 450);
    }

    [Test]
    public void SequencesAreConvolvedAlongTheirLength()
    {
        var sequence = Tensor.Of(1.0, 2, 4, 8).Reshape(1, 1, 4);
        var difference = Tensor.Of(-1.0, 1).Reshape(1, 1, 2);
        sequence.Conv1d(difference).Holds([1, 1, 3], 1, 2, 4);
        sequence.Conv1d(difference, stride: 2, padding: 1).Holds([1, 1, 3], 1, 2, -8);
        sequence.Conv1d(difference, dilation: 3).Holds([1, 1, 1], 7);
        Assert.That(
            MessageOf<ShapeException>(() => sequence.Conv1d(Tensor.Ones(1, 2, 2))),
            Does.StartWith("conv1d: the kernel must have 1 input channels")
        );
    }

    [Test]
    public void ATransposedConvolutionLaysTheKernelOverALargerImage()
    {
        var pair = Tensor.Of(1.0, 10).Reshape(1, 1, 1, 2);
        pair.ConvTranspose2d(Kernel, stride: 2).Holds([1, 1, 2, 4], 1, 0, 10, 0, 0, -1, 0, -10);
        pair.ConvTranspose2d(Kernel).Holds([1, 1, 2, 3], 1, 10, 0, 0, -1, -10);
        pair.ConvTranspose2d(Kernel, stride: 2, padding: (0, 1), outputPadding: (1, 0))
            .Holds([1, 1, 3, 2], 0, 10, -1, 0, 0, 0);
    }

    [Test]
    public void PoolingKeepsTheLargestOrTheMean()
    {
        Image.MaxPool2d(2).Holds([1, 1, 1, 1], 5);
        Image.MaxPool2d(2, stride: 1).Holds([1, 1, 2, 2], 5, 6, 8, 9);
        Image.MaxPool2d(2, padding: 1).Holds([1, 1, 2, 2], 1, 3, 7, 9);
        Image.AvgPool2d(2, stride: 1).Holds([1, 1, 2, 2], 3, 4, 6, 7);
        Image.AvgPool2d((3, 1)).Holds([1, 1, 1, 3], 4, 5, 6);
    }

    [Test]
    public void GradientsReachTheKernel()
    {
        var kernel = new Parameter(Kernel, "kernel");
        Tensor Loss() => Image.Conv2d(kernel, padding: 1).MaxPool2d(2).Sum();
        Loss().Backward();
        Assert.That(kernel.Grad!.ToArray(), Is.EqualTo(NumericGradient(kernel, Loss)).Within(1e-8));
    }

    [Test]
    public void AKernelForOtherChannelsIsNamed() =>
        Assert.That(
            MessageOf<ShapeException>(() => Image.Conv2d(Tensor.Ones(1, 2, 2, 2))),
            Is.EqualTo(
                "conv2d: the kernel must have 1 input channels, but it has 2; "
                    + "order its axes [outChannels; inChannels / groups; height; width]?"
            )
        );
}
