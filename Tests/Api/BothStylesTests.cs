using Fluxion.Tests;
using NUnit.Framework;

namespace Fluxion.Api.Tests;

/// <summary>
/// A model written as a closure in F# (Tests/Closures) and as a module in C# is one model: the same expression, the same gradients, and
/// training that gives the same numbers to the last bit.
/// </summary>
public sealed class BothStylesTests
{
    const int Steps = 50;

    static readonly Tensor X = Tensor.Normal(1, 20, 2);

    sealed class Logistic : Module
    {
        readonly Parameter w1,
            w2,
            b;

        public Logistic()
        {
            w1 = AddParameter("w1", 0.1);
            w2 = AddParameter("w2", -0.2);
            b = AddParameter("b");
        }

        public override Tensor Forward(Tensor x) => x[.., 0] * w1 + x[.., 1] * w2 + b;
    }

    static readonly Tensor Labels = (X[.., 0] + X[.., 1]).Greater(0.3).Cast(DType.Float64).Detach();

    static readonly Tensor Targets = X[.., ..1].Sin().Detach();

    static Sequential Perceptron() => new(new Linear(2, 5, seed: 1), new Tanh(), new Linear(5, 1, seed: 2));

    static Expr[] Leaves(Module model) => [.. model.Parameters().Select(parameter => parameter.Value.Expression)];

    static void AssertSame(Expr[] closure, Module model, Tensor loss)
    {
        Assert.That(Graph.same(loss.Expression, closure[0]), "the loss");
        Assert.That(closure, Has.Length.EqualTo(1 + model.Parameters().Count));
        foreach (var (gradient, (name, parameter)) in closure.Skip(1).Zip(model.NamedParameters()))
            Assert.That(Graph.same(loss.Gradient(parameter).Expression, gradient), $"the gradient by {name}");
    }

    static double[] Train(Module model, Optimizer optimizer, Func<Tensor> lossOf)
    {
        var losses = new List<double>();
        for (var step = 0; step < Steps; step++)
        {
            var loss = lossOf();
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            losses.Add(loss.ToScalar());
        }
        return [.. losses];
    }

    static void AssertSameNumbers((double[] Losses, double[][] Parameters) closure, double[] losses, Module model)
    {
        Assert.That(losses, Is.EqualTo(closure.Losses));
        Assert.That(model.Parameters().Select(parameter => parameter.Value.ToArray()), Is.EqualTo(closure.Parameters));
        Assert.That(losses[^1], Is.LessThan(losses[0]));
    }

    [Test]
    public void TheLogisticModelIsTheSameExpression()
    {
        var model = new Logistic();
        AssertSame(
            Closures.logistic(X.Expression, Labels.Expression, Leaves(model)),
            model,
            Loss.BinaryCrossEntropyWithLogits(Labels, model.Forward(X))
        );
    }

    [Test]
    public void ThePerceptronIsTheSameExpression()
    {
        var model = Perceptron();
        AssertSame(
            Closures.perceptron(X.Expression, Targets.Expression, Leaves(model)),
            model,
            Loss.MeanSquaredError(Targets, model.Forward(X))
        );
    }

    /// <summary>The comparison tells models apart: the same formula with two parameters exchanged is another expression.</summary>
    [Test]
    public void AnotherModelIsNotTheSame()
    {
        var model = new Logistic();
        var leaves = Leaves(model);
        (leaves[0], leaves[1]) = (leaves[1], leaves[0]);
        var exchanged = Closures.logistic(X.Expression, Labels.Expression, leaves);
        var loss = Loss.BinaryCrossEntropyWithLogits(Labels, model.Forward(X));
        Assert.That(Graph.same(loss.Expression, exchanged[0]), Is.False);
    }

    [Test]
    public void TheLogisticModelTrainsToTheSameNumbers()
    {
        var model = new Logistic();
        var (losses, parameters) = Closures.trainLogistic(
            X.Expression,
            Labels.Expression,
            Constants(model),
            learningRate: 0.5,
            momentum: 0.9,
            Steps
        );
        var optimizer = new Sgd(model.Parameters(), learningRate: 0.5, momentum: 0.9);
        var ours = Train(model, optimizer, () => Loss.BinaryCrossEntropyWithLogits(Labels, model.Forward(X)));
        AssertSameNumbers((losses, parameters), ours, model);
    }

    [Test]
    public void ThePerceptronTrainsToTheSameNumbers()
    {
        var model = Perceptron();
        var (losses, parameters) = Closures.trainPerceptron(
            X.Expression,
            Targets.Expression,
            Constants(model),
            learningRate: 0.01,
            Steps
        );
        var optimizer = new Adam(model.Parameters(), learningRate: 0.01);
        var ours = Train(model, optimizer, () => Loss.MeanSquaredError(Targets, model.Forward(X)));
        AssertSameNumbers((losses, parameters), ours, model);
    }

    static Expr[] Constants(Module model) =>
        [.. model.Parameters().Select(parameter => parameter.Value.Detach().Expression)];
}
