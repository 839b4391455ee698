using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorTests
{
    [Test]
    public void ShapeRankAndTypeAreKnownWithoutEvaluation()
    {
        var x = Tensor.Ones(2, 3).Sum(1);
        Assert.That(x.Shape, Is.EqualTo(new[] { 2 }));
        Assert.That(x.Rank, Is.EqualTo(1));
        Assert.That(x.DType, Is.EqualTo(DType.Float64));
    }

    [Test]
    public void PrintsItsValue()
    {
        Assert.That($"{Tensor.Of(new double[,] { { 1, 2 }, { 3, 4 } }) * 0.5}", Is.EqualTo("[[0.5; 1]; [1.5; 2]]"));
        Assert.That($"{Tensor.Scalar(15)}", Is.EqualTo("15"));
        Assert.That($"{new Parameter(15)}", Is.EqualTo("15"));
    }

    [Test]
    public void ToScalarWantsOneElement()
    {
        Assert.That(
            Tensor
                .Of(
                    new double[,]
                    {
                        { 7 },
                    }
                )
                .ToScalar(),
            Is.EqualTo(7)
        );
        Assert.That(
            MessageOf<ShapeException>(() => Tensor.Of(1.0, 2.0).ToScalar()),
            Does.StartWith("toScalar: there must be one element, but the shape is [2]")
        );
    }

    [Test]
    public void WhatToArrayGivesIsACopy()
    {
        var x = Tensor.Of(1.0, 2.0);
        x.ToArray()[0] = 9;
        x.Holds([2], 1, 2);
    }

    [Test]
    public void WhatATensorIsMadeFromMayChangeAfterwards()
    {
        double[] values = [1, 2];
        var x = Tensor.Of(values);
        values[0] = 9;
        x.Holds([2], 1, 2);
    }

    [Test]
    public void AnExpressionOfFSharpIsATensor()
    {
        var x = new Tensor(Tensor.Of(1.0, 2.0).Expression * 2.0);
        x.Holds([2], 2, 4);
    }

    [Test]
    public void AVariableWithoutAValueIsNamed() =>
        Assert.That(
            MessageOf<UnboundInputException>(() =>
                new Tensor(UnivariateFunctions.Expr.square(Variable("rate"))).ToScalar()
            ),
            Does.Contain("variable 'rate' needs a value")
        );

    [Test]
    public void DetachKeepsTheValueAndStopsTheGradient()
    {
        var w = new Parameter(3);
        var x = (w * w).Detach();
        Assert.That(x.ToScalar(), Is.EqualTo(9));
        (x * w).Backward();
        Assert.That(w.Grad!.ToScalar(), Is.EqualTo(9));
    }

    [Test]
    public void BackwardAgreesWithDifferences()
    {
        var w = new Parameter(Tensor.Normal(1, 3, 2), "w");
        var b = new Parameter(Tensor.Normal(2, 2), "b");
        var x = Tensor.Normal(3, 4, 3);
        Tensor Loss() => (x.MatMul(w) + b).Tanh().Square().LogSumExp(1).Mean() + b.Value.Pow(3).Sum();

        Loss().Backward();
        foreach (var parameter in new[] { w, b })
        {
            Assert.That(parameter.Grad!.Shape, Is.EqualTo(parameter.Shape));
            Assert.That(
                parameter.Grad.ToArray(),
                Is.EqualTo(NumericGradient(parameter, Loss)).Within(1e-8),
                parameter.Name
            );
        }
    }

    [Test]
    public void BackwardAndForwardGiveOneValue()
    {
        var w = new Parameter(0.7);
        var (before, after) = ((w * 3).Sigmoid().Log(), (w * 3).Sigmoid().Log());
        var value = before.ToScalar();
        before.Backward();
        after.Backward();
        Assert.That(before.ToScalar(), Is.EqualTo(value));
        Assert.That(after.ToScalar(), Is.EqualTo(value).Within(1e-15));
    }

    [Test]
    public void BackwardAddsUpUntilZeroGrad()
    {
        var w = new Parameter(2);
        for (var count = 1; count <= 3; count++)
        {
            (w * w).Backward();
            Assert.That(w.Grad!.ToScalar(), Is.EqualTo(4 * count));
        }
        w.ZeroGrad();
        Assert.That(w.Grad, Is.Null);
        (w * w).Backward();
        Assert.That(w.Grad!.ToScalar(), Is.EqualTo(4));
    }

    [Test]
    public void BackwardReachesWhatIsThereAndNothingElse()
    {
        var (used, unused) = (new Parameter(1), new Parameter(1));
        (used * 2).Backward();
        Assert.That(used.Grad!.ToScalar(), Is.EqualTo(2));
        Assert.That(unused.Grad, Is.Null);
    }

    [Test]
    public void BackwardNeedsAScalar() =>
        Assert.That(
            MessageOf<ShapeException>(() => Done((new Parameter(1) * Tensor.Ones(3)).Backward)),
            Is.EqualTo(
                "Backward: the tensor must be a scalar, as a loss is, but it is float64 [3]; take its Sum() or Mean() first?"
            )
        );

    [Test]
    public void BackwardNeedsAParameter() =>
        Assert.That(
            MessageOf<InvalidOperationException>(() => Done(Tensor.Scalar(1).Backward)),
            Does.StartWith("Backward: the tensor must be built from a Parameter, but there is none in it")
        );

    [Test]
    public void GradientCanBeDifferentiatedAgain()
    {
        var w = new Parameter(2);
        var cube = w * w * w;
        Assert.That(cube.Gradient(w).ToScalar(), Is.EqualTo(12));
        Assert.That(cube.Gradient(w).Gradient(w).ToScalar(), Is.EqualTo(12));
        Assert.That(cube.Gradient(w).Gradient(w).Gradient(w).ToScalar(), Is.EqualTo(6));
        Assert.That(w.Grad, Is.Null);
    }

    [Test]
    public void GradientByWhatIsNotThereIsZero() =>
        Assert.That(
            new Parameter(1).Value.Gradient(new Parameter(Tensor.Ones(2))).ToArray(),
            Is.EqualTo(new double[] { 0, 0 })
        );

    [Test]
    public void GradientFindsAParameterOnBothSidesOfAnUpdate()
    {
        var w = new Parameter(2);
        var before = w * w;
        w.Update(5);
        var both = before * w;
        Assert.That(both.Gradient(w).ToScalar(), Is.EqualTo((2 * 2 * 5) + (2 * 2)));
        both.Backward();
        Assert.That(w.Grad!.ToScalar(), Is.EqualTo((2 * 2 * 5) + (2 * 2)));
    }

    static Expr Variable(string name) => LeafFunctions.Expr.variable(name, Tensor.Scalar(0).Expression.Shape);

    static object? Done(Action action)
    {
        action();
        return null;
    }

    [Test]
    public void GradientsByParts()
    {
        var x = new Parameter(Tensor.Of(1.0, 2), "x");
        var hidden = x.Value.Sin();
        var loss = (hidden * hidden).Sum();
        loss.Gradient(hidden).Holds([2], [.. hidden.ToArray().Select(h => 2 * h)]);
        loss.Gradient(x.Value).Holds([2], loss.Gradient(x).ToArray());
        loss.Gradient(Tensor.Scalar(1)).Holds([], 0);
        Assert.Throws<ShapeException>(() => hidden.Gradient(hidden));
    }
}
