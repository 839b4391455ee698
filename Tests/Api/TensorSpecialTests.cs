using NUnit.Framework;

namespace Fluxion.Api.Tests;

public sealed class TensorSpecialTests
{
    // Values of mpmath.
    [Test]
    public void KnownValues()
    {
        Tensor.Of(0.5, 5.0).Lgamma().Holds([2], 0.5723649429247001, Math.Log(24));
        Tensor.Of(0.5).Digamma().Holds([1], -1.9635100260214235);
        Tensor.Of(1.0).Polygamma(1).Holds([1], Math.PI * Math.PI / 6);
        Tensor.Of(0.5, 1.0).Erfinv().Holds([2], 0.4769362762044699, double.PositiveInfinity);
        Tensor.Of(1.0, -3.0).Gelu().Holds([2], 0.8413447460685429, -0.004049694094890284);
        Tensor.Of(1.0).GeluTanh().Holds([1], 0.8411919906082768);
        Tensor.Of(1.0, -3.0).Mish().Holds([2], 0.8650983882673103, -0.14564746127562459);
    }
}
