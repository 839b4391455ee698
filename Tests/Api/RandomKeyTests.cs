using Fluxion.Tests;
using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class RandomKeyTests
{
    static readonly RandomKey Key = new(42);
    static readonly Tensor P = Tensor.Of(0.3, 0.6);

    static IEnumerable<TestCaseData> Draws()
    {
        static TestCaseData Case(string name, Tensor draw) => new TestCaseData(name, draw).SetArgDisplayNames(name);

        yield return Case("Uniform", Key.Uniform(-1, 2, 3, 2));
        yield return Case("UniformBetween", Key.Uniform(P, P + 1, 3, 2));
        yield return Case("UniformOf", Key.UniformOf(DType.Float32, -1, 2, 3, 2));
        yield return Case("Normal", Key.Normal(3, 2));
        yield return Case("NormalWith", Key.Normal(P, P, 3, 2));
        yield return Case("NormalOf", Key.NormalOf(DType.Float32, 3, 2));
        yield return Case("TruncatedNormal", Key.TruncatedNormal(1, 2, 3, 2));
        yield return Case("TruncatedNormalOf", Key.TruncatedNormalOf(DType.Float32, 1, 2, 3, 2));
        yield return Case("Exponential", Key.Exponential(P, 3, 2));
        yield return Case("Gamma", Key.Gamma(P, 3, 2));
        yield return Case("Beta", Key.Beta(P, P, 3, 2));
        yield return Case("Dirichlet", Key.Dirichlet(P, 3));
        yield return Case("Bernoulli", Key.Bernoulli(P, 3, 2));
        yield return Case("Categorical", Key.Categorical(P, 3));
        yield return Case("Permutation", Key.Permutation(6));
        yield return Case("FoldIn", Key.FoldIn(7).Normal(3, 2));
        yield return Case("Split", Key.Split(3)[2].Normal(3, 2));
    }

    [TestCaseSource(nameof(Draws))]
    public void IsTheExpressionThatFSharpBuilds(string name, Tensor draw) =>
        Assert.That(Graph.same(draw.Expression, Transforms.ofDraw(name, P.Expression)));

    [Test]
    public void ASeedIsItsKey() =>
        Assert.That(Tensor.Normal(42, 3, 2).ToArray(), Is.EqualTo(Key.Normal(3, 2).ToArray()));

    [Test]
    public void KeysAreMappedAndGoRound()
    {
        var keys = Key.Split(3);
        var stack = new RandomKey(Tensor.Stack(keys.Select(key => key.Value)));
        Function.Vmap(key => key.Normal(2), stack).Holds([3, 2], [.. keys.SelectMany(key => key.Normal(2).ToArray())]);

        var walk = Loop.Repeat(3, (i, x) => x + Key.FoldIn(i).Normal(2), Tensor.Zeros(2));
        walk.Holds([2], (Key.FoldIn(0).Normal(2) + Key.FoldIn(1).Normal(2) + Key.FoldIn(2).Normal(2)).ToArray());
    }

    [Test]
    public void DrawsHaveDerivatives() =>
        Derivative
            .Grad(p => Key.Normal(p.Mean, p.Deviation, 3).Sum(), (Mean: Tensor.Scalar(1), Deviation: Tensor.Scalar(2)))
            .Deviation.Holds([], Key.Normal(3).Sum().ToScalar());

    [Test]
    public void MistakesAreRefused() =>
        Assert.That(
            MessageOf<ShapeException>(() => Key.Gamma(P, 3)),
            Does.StartWith("gamma: the concentration must broadcast to the draw's shape, [3], but it is [2]")
        );
}
