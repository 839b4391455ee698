using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TrainingStepTests
{
    static readonly Tensor X = Tensor.Uniform(1, -1, 1, 12, 3);
    static readonly Tensor Y = Tensor.Uniform(2, -1, 1, 12);

    /// <summary>A line under an optimizer, beside a parameter that its loss has nothing of.</summary>
    sealed class Line
    {
        public Line(Func<IEnumerable<Parameter>, Optimizer> make) => Optimizer = make([Weight, Unused, Bias]);

        public Parameter Weight { get; } = new(Tensor.Of(0.5, -0.5, 0.25), "weight");
        public Parameter Unused { get; } = new(Tensor.Of(1f, 2f), "unused");
        public Parameter Bias { get; } = new(0, "bias");
        public Optimizer Optimizer { get; }

        public Tensor Loss(Tensor x, Tensor y) => Api.Loss.MeanSquaredError(y, x.MatMul(Weight) + Bias);

        public double Step(Tensor x, Tensor y)
        {
            var loss = Loss(x, y);
            Optimizer.ZeroGrad();
            loss.Backward();
            Optimizer.Step();
            return loss.ToScalar();
        }

        public void IsAt(Line other)
        {
            Assert.That(Weight.Value.ToArray(), Is.EqualTo(other.Weight.Value.ToArray()).Within(1e-13));
            Assert.That(Bias.Value.ToScalar(), Is.EqualTo(other.Bias.Value.ToScalar()).Within(1e-13));
            Assert.That(Unused.Value.ToArray(), Is.EqualTo(new[] { 1.0, 2.0 }));
        }
    }

    static IEnumerable<TestCaseData> Optimizers()
    {
        static TestCaseData Case(string name, Func<IEnumerable<Parameter>, Optimizer> make) =>
            new TestCaseData(make).SetArgDisplayNames(name);

        yield return Case("Sgd", parameters => new Sgd(parameters, 0.1));
        yield return Case("Sgd with momentum", parameters => new Sgd(parameters, 0.1, momentum: 0.9));
        yield return Case("Adam", parameters => new Adam(parameters, 0.1));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void GoesWhereSingleStepsGo(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var (whole, single) = (new Line(make), new Line(make));
        var training = new TrainingStep(whole.Optimizer, whole.Loss);
        var loss = training.Run(X, Y, 5);
        var expected = Enumerable.Range(0, 5).Select(_ => single.Step(X, Y)).ToArray()[^1];
        Assert.That(loss, Is.EqualTo(expected).Within(1e-13));
        whole.IsAt(single);
    }

    [TestCaseSource(nameof(Optimizers))]
    public void TakesTurnsWithSingleStepsAndOtherRates(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var (whole, single) = (new Line(make), new Line(make));
        var training = new TrainingStep(whole.Optimizer, whole.Loss);
        foreach (var rate in new[] { 0.1, 0.05 })
        {
            whole.Optimizer.LearningRate = single.Optimizer.LearningRate = rate;
            training.Run(X, Y);
            whole.Step(X, Y);
            whole.Bias.Update(whole.Bias * 2);
            training.Run(X, Y, 2);
            single.Step(X, Y);
            single.Step(X, Y);
            single.Bias.Update(single.Bias * 2);
            single.Step(X, Y);
            single.Step(X, Y);
        }
        whole.IsAt(single);
    }

    [TestCaseSource(nameof(Optimizers))]
    public void BatchesMayDifferInRows(Func<IEnumerable<Parameter>, Optimizer> make)
    {
        var (whole, single) = (new Line(make), new Line(make));
        var training = new TrainingStep(whole.Optimizer, whole.Loss);
        (Tensor X, Tensor Y)[] batches = [(X[..5], Y[..5]), (X[5..10], Y[5..10]), (X[10..], Y[10..])];
        for (var epoch = 0; epoch < 2; epoch++)
        {
            var expected = batches.Select(batch => single.Step(batch.X, batch.Y)).ToArray().Average();
            Assert.That(training.Run(batches), Is.EqualTo(expected).Within(1e-13));
            whole.IsAt(single);
        }
    }

    [Test]
    public void TensorsBuiltBeforeKeepTheirValue()
    {
        var line = new Line(parameters => new Sgd(parameters, 0.1));
        var (before, twice) = (line.Weight.Value, line.Weight * 2);
        new TrainingStep(line.Optimizer, line.Loss).Run(X, Y, 3);
        var after = line.Weight.Value;
        new TrainingStep(line.Optimizer, line.Loss).Run(X, Y, 3);
        before.Holds([3], 0.5, -0.5, 0.25);
        twice.Holds([3], 1, -1, 0.5);
        Assert.That(after.ToArray(), Is.Not.EqualTo(line.Weight.Value.ToArray()));
    }

    [Test]
    public void OtherParametersStandForTheirValues()
    {
        var (w, other) = (new Parameter(1), new Parameter(3));
        var training = new TrainingStep(new Sgd([w], 0.5), (x, y) => w * other * x + y);
        Assert.That(training.Run(Tensor.Scalar(2), Tensor.Scalar(1)), Is.EqualTo(7));
        Assert.That((w.Value.ToScalar(), other.Value.ToScalar()), Is.EqualTo((1 - 0.5 * 6, 3.0)));
    }

    [Test]
    public void ManyStepsAllocateNoMoreThanOne()
    {
        var line = new Line(parameters => new Sgd(parameters, 0.01, momentum: 0.9));
        var training = new TrainingStep(line.Optimizer, line.Loss);

        long Allocated(int steps)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            training.Run(X, Y, steps);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(2);
        Assert.That(Allocated(500), Is.EqualTo(Allocated(1)));
    }

    [Test]
    public void BatchesOfOneFormAllocateNothingEach()
    {
        var line = new Line(parameters => new Sgd(parameters, 0.01, momentum: 0.9));
        var training = new TrainingStep(line.Optimizer, line.Loss);
        var (x, y) = (X.Detach(), Y.Detach());

        long Allocated(int count)
        {
            var batches = Enumerable.Repeat((x, y), count).ToArray();
            var before = GC.GetAllocatedBytesForCurrentThread();
            training.Run(batches);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(2);
        Assert.That(Allocated(500), Is.EqualTo(Allocated(3)));
    }

    [Test]
    public void WhatCannotBeTrainedIsRefused()
    {
        var line = new Line(parameters => new Sgd(parameters, 0.1));
        Assert.That(
            MessageOf<ArgumentException>(() => new TrainingStep(line.Optimizer, line.Loss).Run(X, Y, 0)),
            Does.StartWith("Run: the number of steps must be positive, but it is 0")
        );
        Assert.That(
            MessageOf<ArgumentException>(() => new TrainingStep(line.Optimizer, line.Loss).Run([])),
            Does.StartWith("Run: there must be a batch, but there is none")
        );
        Assert.That(
            MessageOf<ShapeException>(() =>
                new TrainingStep(line.Optimizer, (x, _) => x.MatMul(line.Weight)).Run(X, Y)
            ),
            Does.Contain("must give a scalar")
        );
        line.IsAt(new Line(parameters => new Sgd(parameters, 0.1)));
    }
}
