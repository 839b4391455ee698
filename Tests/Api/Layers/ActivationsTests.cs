using NUnit.Framework;

namespace Fluxion.Api.Tests;

public sealed class ActivationsTests
{
    [Test]
    public void EachIsItsFunction()
    {
        var x = Tensor.Of(-1.5, 0.5);
        new ReLU().Forward(x).Holds([2], 0, 0.5);
        new Sigmoid().Forward(x).Holds([2], 1 / (1 + Math.Exp(1.5)), 1 / (1 + Math.Exp(-0.5)));
        new Tanh().Forward(x).Holds([2], Math.Tanh(-1.5), Math.Tanh(0.5));
        new Softplus().Forward(x).Holds([2], Math.Log(1 + Math.Exp(-1.5)), Math.Log(1 + Math.Exp(0.5)));
    }
}
