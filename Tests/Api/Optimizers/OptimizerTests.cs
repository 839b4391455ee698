using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

/// <summary>What holds for every optimizer.</summary>
public sealed class OptimizerTests
{
    static IEnumerable<TestCaseData> Optimizers()
    {
        static TestCaseData Case(string name, Func<IEnumerable<Parameter>, Optimizer> make) =>
            new TestCaseData(make).SetArgDisplayNames(name);

        yield return Case("Sgd", parameters => new Sgd(parameters, 0.1));
        yield return Case("Sgd with momentum", parameters => new Sgd(parameters, 0.1, momentum: 0.9));
        yield return Case("Adam", parameters => new Adam(parameters, 0.1));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void ALossKeepsTheValueFromBeforeTheStep(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var w = new Parameter(3);
        var loss = w * w;
        loss.Backward();
        make([w]).Step();
        Assert.That(loss.ToScalar(), Is.EqualTo(9));
        Assert.That(w.Value.ToScalar(), Is.LessThan(3));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void WhatHasNoGradientStays(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var (moved, still) = (new Parameter(3), new Parameter(3));
        (moved * 2).Backward();
        make([moved, still]).Step();
        Assert.That(still.Value.ToScalar(), Is.EqualTo(3));
        Assert.That(moved.Value.ToScalar(), Is.Not.EqualTo(3));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void EachParameterMovesAsItWouldAlone(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var together = new[] { new Parameter(3), new Parameter(-2), new Parameter(Tensor.Of(1f, 2f)) };
        var alone = new[] { new Parameter(3), new Parameter(-2), new Parameter(Tensor.Of(1f, 2f)) };
        var group = make(together);
        var single = alone.Select(parameter => make([parameter])).ToArray();
        // Some sit out now and then: their state must wait for them.
        int[][] turns =
        [
            [0, 1, 2],
            [0],
            [1, 2],
            [0, 1, 2],
            [2],
        ];
        foreach (var turn in turns)
        {
            group.ZeroGrad();
            foreach (var i in turn)
            {
                alone[i].ZeroGrad();
                together[i].Value.Square().Sum().Backward();
                alone[i].Value.Square().Sum().Backward();
                single[i].Step();
            }
            group.Step();
        }
        foreach (var (left, right) in together.Zip(alone))
            Assert.That(left.Value.ToArray(), Is.EqualTo(right.Value.ToArray()));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void AParameterGivenTwiceMovesOnce(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var (once, twice) = (new Parameter(3), new Parameter(3));
        (once + twice).Backward();
        make([once]).Step();
        make([twice, twice]).Step();
        Assert.That(twice.Value.ToScalar(), Is.EqualTo(once.Value.ToScalar()));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void ShapesAndTypesGoTogether(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var (single, wide) = (new Parameter(Tensor.Of(1f, 2f)), new Parameter(Tensor.Ones(2, 2)));
        var optimizer = make([single, wide]);
        for (var step = 0; step < 3; step++)
        {
            optimizer.ZeroGrad();
            (single.Value.Square().Sum().Cast(DType.Float64) + wide.Value.Square().Sum()).Backward();
            optimizer.Step();
        }
        Assert.That((single.Value.DType, wide.Value.DType), Is.EqualTo((DType.Float32, DType.Float64)));
        Assert.That(wide.Value.Max().ToScalar(), Is.LessThan(1));
        Assert.That(single.Value.Max().ToScalar(), Is.LessThan(2));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void ZeroGradForgets(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var w = new Parameter(3);
        (w * 2).Backward();
        var optimizer = make([w]);
        optimizer.ZeroGrad();
        Assert.That(w.Grad, Is.Null);
        Assert.That(
            MessageOf<InvalidOperationException>(() =>
            {
                optimizer.Step();
                return null;
            }),
            Does.StartWith("Step: a parameter must have a gradient, but none of them has one")
        );
    }

    [TestCaseSource(nameof(Optimizers))]
    public void ThereMustBeSomethingToTrain(Func<IEnumerable<Parameter>, Optimizer> make) =>
        Assert.That(
            MessageOf<ArgumentException>(() => make([])),
            Does.Contain("there must be a parameter to train, but there is none")
        );

    [TestCaseSource(nameof(Optimizers))]
    public void FitsALine(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var x = Tensor.Uniform(1, -1, 1, 50);
        var y = x * 3 - 1;
        var (slope, intercept) = (new Parameter(0), new Parameter(0));
        var optimizer = make([slope, intercept]);
        for (var step = 0; step < 300; step++)
        {
            var loss = Loss.MeanSquaredError(y, x * slope + intercept);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }
        Assert.That(slope.Value.ToScalar(), Is.EqualTo(3).Within(1e-3));
        Assert.That(intercept.Value.ToScalar(), Is.EqualTo(-1).Within(1e-3));
    }

    [Test]
    public void TheLearningRateMayChange()
    {
        var w = new Parameter(1);
        var optimizer = new Sgd([w], 0.5);
        w.Value.Backward();
        optimizer.Step();
        optimizer.LearningRate = 0.125;
        optimizer.Step();
        Assert.That(w.Value.ToScalar(), Is.EqualTo(1 - 0.5 - 0.125));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void AStepMakesOneNewArrayForEachParameter(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        const int Count = 20_000;
        var w = new Parameter(Tensor.Ones(Count));
        var optimizer = make([w]);

        void Step()
        {
            var loss = w.Value.Square().Sum();
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        for (var i = 0; i < 3; i++)
            Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
            Step();
        // Older tensors may still be asked for the older values; gradients and the optimizer's state have no other owner.
        var inArrays = 10 * Count * sizeof(double);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.InRange(inArrays, inArrays + 10 * 4000));
    }
}
