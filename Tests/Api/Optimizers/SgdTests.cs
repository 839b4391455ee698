using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class SgdTests
{
    [Test]
    public void StepsAgainstTheGradient()
    {
        var w = new Parameter(Tensor.Of(1.0, -2.0));
        (w.Value * Tensor.Of(3.0, 5.0)).Sum().Backward();
        new Sgd([w], learningRate: 0.1).Step();
        w.Value.Holds([2], 1 - 0.3, -2 - 0.5);
    }

    [Test]
    public void MomentumGathersSpeed()
    {
        var w = new Parameter(1);
        var optimizer = new Sgd([w], learningRate: 0.1, momentum: 0.5);
        var (position, velocity) = (1.0, 0.0);
        for (var step = 0; step < 5; step++)
        {
            optimizer.ZeroGrad();
            (w * w).Backward();
            optimizer.Step();
            velocity = 0.5 * velocity + 2 * position;
            position -= 0.1 * velocity;
            Assert.That(w.Value.ToScalar(), Is.EqualTo(position).Within(1e-15));
        }
    }

    [Test]
    public void MomentumHasARange() =>
        Assert.That(
            MessageOf<ArgumentException>(() => new Sgd([new Parameter(1)], 0.1, momentum: 1)),
            Does.Contain("must lie in [0, 1), but it is 1")
        );
}
