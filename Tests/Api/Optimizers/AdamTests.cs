using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class AdamTests
{
    [Test]
    public void FollowsThePapersFormulas()
    {
        var w = new Parameter(1);
        var optimizer = new Adam([w], learningRate: 0.1, new AdamOptions(Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-6));
        var (position, mean, variance) = (1.0, 0.0, 0.0);
        for (var step = 1; step <= 5; step++)
        {
            optimizer.ZeroGrad();
            (w * w).Backward();
            optimizer.Step();
            var gradient = 2 * position;
            mean = 0.8 * mean + 0.2 * gradient;
            variance = 0.95 * variance + 0.05 * gradient * gradient;
            var (m, v) = (mean / (1 - Math.Pow(0.8, step)), variance / (1 - Math.Pow(0.95, step)));
            position -= 0.1 * m / (Math.Sqrt(v) + 1e-6);
            Assert.That(w.Value.ToScalar(), Is.EqualTo(position).Within(1e-14));
        }
    }

    [Test]
    public void TheFirstStepIsTheLearningRate()
    {
        var w = new Parameter(1);
        (w * 1e-3).Backward();
        new Adam([w]).Step();
        Assert.That(w.Value.ToScalar(), Is.EqualTo(1 - 1e-3).Within(1e-7));
    }

    [Test]
    public void OptionsHaveRanges()
    {
        static string Refused(AdamOptions options) =>
            MessageOf<ArgumentException>(() => new Adam([new Parameter(1)], 0.1, options));
        Assert.That(Refused(new(Beta1: 1)), Does.Contain("Beta1 must lie in [0, 1), but it is 1"));
        Assert.That(Refused(new(Beta2: -0.1)), Does.Contain("Beta2 must lie in [0, 1), but it is -0.1"));
        Assert.That(Refused(new(Epsilon: 0)), Does.Contain("Epsilon must be positive, but it is 0"));
    }
}
