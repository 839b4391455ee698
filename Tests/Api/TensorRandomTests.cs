using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorRandomTests
{
    [Test]
    public void RandomNumbersFollowTheSeed()
    {
        var uniform = Tensor.Uniform(1, -2, 3, 1000).ToArray();
        Assert.That(uniform, Is.All.InRange(-2.0, 3.0));
        Assert.That(uniform.Average(), Is.EqualTo(0.5).Within(0.2));
        Assert.That(Tensor.Uniform(1, -2, 3, 1000).ToArray(), Is.EqualTo(uniform));
        Assert.That(Tensor.Uniform(2, -2, 3, 1000).ToArray(), Is.Not.EqualTo(uniform));

        var normal = Tensor.Normal(1, 1000).ToArray();
        Assert.That(normal.Average(), Is.EqualTo(0).Within(0.15));
        Assert.That(normal.Average(z => z * z), Is.EqualTo(1).Within(0.2));
        Assert.That(Tensor.Normal(1, 1000).ToArray(), Is.EqualTo(normal));
    }

    [Test]
    public void TruncatedNormalsLieBetweenTheirBounds()
    {
        var far = Tensor.TruncatedNormal(42, 8, 9, 4);
        Assert.That(
            far.ToArray(),
            Is.EqualTo(new[] { 8.077462005648986, 8.048618771060955, 8.13114060365817, 8.135589494114777 })
                .Within(1e-12)
        );
        Assert.That(
            MessageOf<ArgumentException>(() => Tensor.TruncatedNormal(1, 2, 1, 3)),
            Does.StartWith("truncatedNormal: the lower bound")
        );
    }

    [Test]
    public void DrawsHaveTheDerivativeOfTheirParameter()
    {
        var rate = new Parameter(Tensor.Scalar(2), "rate");
        var waits = Tensor.Exponential(42, rate, 2);
        Assert.That(waits.ToArray(), Is.EqualTo(new[] { 0.31610743794875906, 0.19805206544738352 }).Within(1e-14));
        waits.Sum().Backward();
        Assert.That(rate.Grad!.ToScalar(), Is.EqualTo(-waits.Sum().ToScalar() / 2).Within(1e-14));

        var concentration = new Parameter(Tensor.Scalar(2.5), "concentration");
        var gamma = Tensor.Gamma(42, concentration, 4);
        Assert.That(gamma.ToArray()[3], Is.EqualTo(7.956724822791977).Within(1e-13));
        gamma[0].Backward();
        Assert.That(concentration.Grad!.ToScalar(), Is.EqualTo(1.376503568183703).Within(1e-12));
    }

    [Test]
    public void ChoicesFollowTheirProbabilities()
    {
        Tensor.Bernoulli(42, Tensor.Scalar(0.3), 8).Holds([8], 0, 0, 0, 0, 0, 1, 0, 0);
        Tensor.Categorical(42, Tensor.Of(0.0, 1, -1), 6).Holds([6], 1, 1, 0, 1, 1, 1);
        Tensor.Permutation(42, 8).Holds([8], 5, 1, 7, 0, 2, 3, 6, 4);
        Assert.That(Tensor.Permutation(42, 8).DType, Is.EqualTo(DType.Int64));
    }
}
