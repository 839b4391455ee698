using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorCreationTests
{
    [Test]
    public void VectorsAndMatricesKeepTheirNumbers()
    {
        Tensor.Of(1.0).Holds([1], 1);
        Tensor.Of(1.0, 2.0).Holds([2], 1, 2);
        Tensor
            .Of(
                new double[,]
                {
                    { 1, 2, 3 },
                    { 4, 5, 6 },
                }
            )
            .Holds([2, 3], 1, 2, 3, 4, 5, 6);
        Tensor
            .Of(
                new double[,,]
                {
                    {
                        { 1 },
                        { 2 },
                    },
                }
            )
            .Holds([1, 2, 1], 1, 2);
        Tensor
            .Of(
                new float[,]
                {
                    { 1, 2 },
                }
            )
            .Holds([1, 2], 1, 2);
        Tensor
            .Of(
                new float[,,]
                {
                    {
                        { 1, 2 },
                    },
                }
            )
            .Holds([1, 1, 2], 1, 2);
        Tensor
            .Of(
                new[,]
                {
                    { 1, 2 },
                }
            )
            .Holds([1, 2], 1, 2);
        Tensor.Of(true, false).Holds([2], 1, 0);
        Tensor.Scalar(3).Holds([], 3);
    }

    [Test]
    public void TheNumbersSayTheElementType()
    {
        Assert.That(Tensor.Of(1.0).DType, Is.EqualTo(DType.Float64));
        Assert.That(Tensor.Of(1f, 2f).DType, Is.EqualTo(DType.Float32));
        Assert.That(Tensor.Of(1, 2).DType, Is.EqualTo(DType.Int32));
        Assert.That(Tensor.Of(1L, 2L).DType, Is.EqualTo(DType.Int64));
        Assert.That(Tensor.Of(true).DType, Is.EqualTo(DType.Bool));
    }

    [Test]
    public void RepeatedNumbers()
    {
        Tensor.Zeros(2).Holds([2], 0, 0);
        Tensor.Ones(1, 2).Holds([1, 2], 1, 1);
        Tensor.Full(7).Holds([], 7);
        Tensor.Zeros(0, 3).Holds([0, 3]);
        Assert.That(MessageOf<ShapeException>(() => Tensor.Zeros(-1)), Does.StartWith("full: every axis"));
    }

    [Test]
    public void EyeAndLinspace()
    {
        Tensor.Eye(2).Holds([2, 2], 1, 0, 0, 1);
        Tensor.Linspace(-1, 1, 5).Holds([5], -1, -0.5, 0, 0.5, 1);
    }
}
