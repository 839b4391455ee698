using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class LinearTests
{
    [Test]
    public void IsAffine()
    {
        var layer = new Linear(2, 3);
        layer.Weight.Update(
            Tensor.Of(
                new double[,]
                {
                    { 1, 2, 3 },
                    { 4, 5, 6 },
                }
            )
        );
        layer.Bias!.Update(Tensor.Of(10.0, 20.0, 30.0));
        layer
            .Forward(
                Tensor.Of(
                    new double[,]
                    {
                        { 1, 1 },
                        { 0, 2 },
                    }
                )
            )
            .Holds([2, 3], 15, 27, 39, 18, 30, 42);
        layer.Forward(Tensor.Of(1.0, 1.0)).Holds([3], 15, 27, 39);
    }

    [Test]
    public void BiasIsAnOption()
    {
        Assert.That(new Linear(2, 3, bias: false).NamedParameters().Keys, Is.EqualTo(new[] { "Weight" }));
        new Linear(2, 3, bias: false).Forward(Tensor.Zeros(2)).Holds([3], 0, 0, 0);
    }

    [Test]
    public void StartsUniformWithinTheBound()
    {
        var layer = new Linear(100, 200, seed: 3);
        var weight = layer.Weight.Value.ToArray();
        Assert.That(weight.Concat(layer.Bias!.Value.ToArray()), Is.All.InRange(-0.1, 0.1));
        Assert.That(weight.Average(), Is.EqualTo(0).Within(0.002));
        Assert.That(weight.Average(w => w * w), Is.EqualTo(0.01 / 3).Within(1e-4));
    }

    [Test]
    public void FollowsTheSeed()
    {
        static double[] Start(int seed) => new Linear(4, 5, seed).Weight.Value.ToArray();
        Assert.That(Start(1), Is.EqualTo(Start(1)));
        Assert.That(Start(1), Is.Not.EqualTo(Start(2)));
    }

    [Test]
    public void SizesMustBePositive() =>
        Assert.That(
            MessageOf<ArgumentException>(() => new Linear(0, 3)),
            Does.StartWith("Linear: there must be at least one input and one output, but they are 0 and 3")
        );

    [Test]
    public void InputsMustFit() =>
        Assert.That(
            MessageOf<ShapeException>(() => new Linear(2, 3).Forward(Tensor.Ones(5, 4))),
            Does.StartWith("matmul: inner dimensions must agree, but left is [5, 4] and right is [2, 3]")
        );
}
