using NUnit.Framework;

namespace Fluxion.Api.Tests;

public sealed class SequentialTests
{
    [Test]
    public void AppliesFirstToLast()
    {
        var (first, second) = (new Linear(2, 3, seed: 1), new Linear(3, 1, seed: 2));
        var model = new Sequential(first, new Tanh(), second);
        var x = Tensor.Normal(1, 4, 2);
        Assert.That(model.Forward(x).ToArray(), Is.EqualTo(second.Forward(first.Forward(x).Tanh()).ToArray()));
        Assert.That(model.NamedParameters().Keys, Is.EqualTo(new[] { "0.Weight", "0.Bias", "2.Weight", "2.Bias" }));
    }

    [Test]
    public void EmptyIsTheIdentity() => new Sequential().Forward(Tensor.Of(3.0)).Holds([1], 3);

    [Test]
    public void LearnsExclusiveOr()
    {
        var x = Tensor.Of(
            new double[,]
            {
                { 0, 0 },
                { 0, 1 },
                { 1, 0 },
                { 1, 1 },
            }
        );
        var y = Tensor.Of(0.0, 1.0, 1.0, 0.0);
        var model = new Sequential(new Linear(2, 8, seed: 1), new Tanh(), new Linear(8, 1, seed: 2));
        var optimizer = new Adam(model.Parameters(), learningRate: 0.05);
        for (var step = 0; step < 200; step++)
        {
            var loss = Loss.BinaryCrossEntropyWithLogits(y, model.Forward(x)[.., 0]);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        var probabilities = model.Forward(x)[.., 0].Sigmoid();
        Assert.That(probabilities.ToArray(), Is.EqualTo(y.ToArray()).Within(0.1));
    }
}
