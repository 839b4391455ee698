using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class LossTests
{
    [Test]
    public void MeanSquaredError() => Loss.MeanSquaredError(Tensor.Of(1.0, 2.0), Tensor.Of(2.0, 4.0)).Holds([], 2.5);

    [Test]
    public void BinaryCrossEntropyWithLogits()
    {
        static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
        Loss.BinaryCrossEntropyWithLogits(Tensor.Of(1.0, 0.0), Tensor.Of(0.3, -2.0))
            .Holds([], -(Math.Log(Sigmoid(0.3)) + Math.Log(1 - Sigmoid(-2))) / 2);
        Loss.BinaryCrossEntropyWithLogits(Tensor.Of(true, false), Tensor.Of(800.0, -800.0)).Holds([], 0);
    }

    [Test]
    public void SoftmaxCrossEntropy()
    {
        var logits = Tensor.Of(
            new double[,]
            {
                { 1, 2, 3 },
                { 1, 1, 1 },
            }
        );
        var expected = (Math.Log(Math.Exp(1) + Math.Exp(2) + Math.Exp(3)) - 3 + Math.Log(3)) / 2;
        Loss.SoftmaxCrossEntropy(Tensor.Of(2, 0), logits).Holds([], expected);
        Loss.SoftmaxCrossEntropy(
                Tensor.Of(
                    new double[,]
                    {
                        { 0, 0, 1 },
                        { 1, 0, 0 },
                    }
                ),
                logits
            )
            .Holds([], expected);
    }

    [Test]
    public void ShapesMustAgreeExactly() =>
        Assert.That(
            MessageOf<ShapeException>(() => Loss.MeanSquaredError(Tensor.Ones(3), Tensor.Ones(3, 1))),
            Does.StartWith("meanSquaredError: target and prediction must have one shape, but the target is [3]")
        );
}
