using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class MinimizeTests
{
    delegate Minimum Solver(IEnumerable<Parameter> parameters, Func<Tensor> loss, MinimizeOptions? options);

    static IEnumerable<TestCaseData> Solvers()
    {
        static TestCaseData Case(string name, Solver solver) => new TestCaseData(solver).SetArgDisplayNames(name);

        yield return Case("Bfgs", Minimize.Bfgs);
        yield return Case("Lbfgs", Minimize.Lbfgs);
        yield return Case("ConjugateGradient", Minimize.ConjugateGradient);
        yield return Case("Newton", Minimize.Newton);
        yield return Case("TrustRegion", Minimize.TrustRegion);
    }

    [TestCaseSource(nameof(Solvers))]
    public void FindsRosenbrocksMinimum(Delegate solver)
    {
        var (x, y) = (new Parameter(-1.2, "x"), new Parameter(1, "y"));
        var found = ((Solver)solver)([x, y], () => (1 - x).Square() + 100 * (y - x.Value.Square()).Square(), null);
        Assert.That(x.Value.ToScalar(), Is.EqualTo(1).Within(1e-6));
        Assert.That(y.Value.ToScalar(), Is.EqualTo(1).Within(1e-6));
        Assert.That(found.Value, Is.EqualTo(0).Within(1e-12));
        Assert.That(found.Stopped, Is.EqualTo(StopReason.SmallGradient));
        Assert.That(found.HasConverged);
    }

    [TestCaseSource(nameof(Solvers))]
    public void StopsWhereTheIterationsAreUsedUp(Delegate solver)
    {
        var x = new Parameter(Tensor.Of(-1.2, 1));
        Tensor Loss() => (1 - x.Value[0]).Square() + 100 * (x.Value[1] - x.Value[0].Square()).Square();
        var before = Loss().ToScalar();
        var found = ((Solver)solver)([x], Loss, new(MaximumIterations: 3));
        Assert.That(found.Stopped, Is.EqualTo(StopReason.IterationLimit));
        Assert.That(found.HasConverged, Is.False);
        Assert.That(Loss().ToScalar(), Is.LessThan(before).And.EqualTo(found.Value).Within(1e-12));
    }

    [TestCaseSource(nameof(Solvers))]
    public void SaysThatThereIsNoLeastLoss(Delegate solver)
    {
        var x = new Parameter(Tensor.Of(1.0, 2));
        var found = ((Solver)solver)([x], () => x.Value.Sum(), null);
        Assert.That((found.Stopped, found.HasConverged), Is.EqualTo((StopReason.Unbounded, false)));
    }

    [Test]
    public void FitsALineWithStandardErrors()
    {
        var (slope, intercept) = (new Parameter(0, "slope"), new Parameter(0, "intercept"));
        var (x, y) = (Tensor.Of(0.0, 1, 2, 3), Tensor.Of(1, 3.5, 4.5, 7));
        var fit = Minimize.LevenbergMarquardt([slope, intercept], () => slope * x + intercept - y);
        slope.Value.Holds([], 1.9);
        intercept.Value.Holds([], 1.15);
        fit.StandardErrors(slope).Holds([], Math.Sqrt(0.225 / 5));
        fit.StandardErrors(intercept).Holds([], Math.Sqrt(0.225 * (0.25 + 2.25 / 5)));
        fit.Covariance.Holds([2, 2], 0.225 / 5, -0.0675, -0.0675, 0.225 * 0.7);
        Assert.That(fit.ResidualSumOfSquares, Is.EqualTo(0.45).Within(1e-13));
        Assert.That(fit.Variance, Is.EqualTo(0.225).Within(1e-13));
        Assert.That((fit.DegreesOfFreedom, fit.Rank, fit.HasConverged), Is.EqualTo((2, 2, true)));
        Assert.That(fit.Iterations, Is.GreaterThan(0).And.LessThan(fit.Evaluations));
        Assert.That(fit.GradientNorm, Is.LessThan(1e-12));
    }

    [Test]
    public void GaussNewtonFitsALineInOneStep()
    {
        var (slope, intercept) = (new Parameter(0, "slope"), new Parameter(0, "intercept"));
        var (x, y) = (Tensor.Of(0.0, 1, 2, 3), Tensor.Of(1, 3.5, 4.5, 7));
        var fit = Minimize.GaussNewton([slope, intercept], () => slope * x + intercept - y);
        slope.Value.Holds([], 1.9);
        fit.StandardErrors(slope).Holds([], Math.Sqrt(0.225 / 5));
        Assert.That(fit.Iterations, Is.LessThanOrEqualTo(3));
    }

    static Tensor Rosenbrock((Tensor X, Tensor Y) p) => (1 - p.X).Square() + 100 * (p.Y - p.X.Square()).Square();

    [Test]
    public void FunctionsAreMinimizedFromAStart()
    {
        var start = (X: Tensor.Scalar(-1.2), Y: Tensor.Scalar(1));
        foreach (
            var found in new[]
            {
                Minimize.Bfgs(Rosenbrock, start),
                Minimize.Lbfgs(Rosenbrock, start),
                Minimize.ConjugateGradient(Rosenbrock, start),
                Minimize.Newton(Rosenbrock, start),
                Minimize.TrustRegion(Rosenbrock, start),
            }
        )
        {
            Assert.That(found.Point.X.ToScalar(), Is.EqualTo(1).Within(1e-6));
            Assert.That(found.Point.Y.ToScalar(), Is.EqualTo(1).Within(1e-6));
            Assert.That(found.Value, Is.EqualTo(0).Within(1e-12));
            Assert.That(found.HasConverged);
        }
        Assert.That(
            Minimize.Newton(Rosenbrock, start, new(MaximumIterations: 2)).Stopped,
            Is.EqualTo(StopReason.IterationLimit)
        );
    }

    [Test]
    public void FunctionsAreFittedFromAStart()
    {
        var (x, y) = (Tensor.Of(0.0, 1, 2, 3), Tensor.Of(1, 3.5, 4.5, 7));
        var weight = new Parameter(2);
        Tensor Residuals((Tensor Slope, Tensor Intercept) p) => (p.Slope * x + p.Intercept - y) * (weight / 2);
        var start = (Slope: Tensor.Scalar(0), Intercept: Tensor.Scalar(0));
        foreach (
            var fit in new[] { Minimize.LevenbergMarquardt(Residuals, start), Minimize.GaussNewton(Residuals, start) }
        )
        {
            fit.Point.Slope.Holds([], 1.9);
            fit.Point.Intercept.Holds([], 1.15);
            fit.StandardErrors.Slope.Holds([], Math.Sqrt(0.225 / 5));
            fit.StandardErrors.Intercept.Holds([], Math.Sqrt(0.225 * (0.25 + 2.25 / 5)));
            Assert.That(fit.ResidualSumOfSquares, Is.EqualTo(0.45).Within(1e-13));
            Assert.That((fit.DegreesOfFreedom, fit.Rank, fit.HasConverged), Is.EqualTo((2, 2, true)));
        }
    }

    [Test]
    public void OtherParametersStay()
    {
        var (moved, fixedOne) = (new Parameter(0), new Parameter(3, "fixed"));
        var fit = Minimize.LevenbergMarquardt([moved], () => moved * Tensor.Of(1.0, 1) - fixedOne);
        Assert.That((moved.Value.ToScalar(), fixedOne.Value.ToScalar()), Is.EqualTo((3.0, 3.0)));
        Assert.That(
            MessageOf<ArgumentException>(() => fit.StandardErrors(fixedOne)),
            Is.EqualTo(
                "StandardErrors: 'fixed' must be one of the fitted parameters, but it is not; give it to the fit?"
            )
        );
    }

    [Test]
    public void WhatCannotBeMinimizedIsRefusedAndNothingMoves()
    {
        var x = new Parameter(Tensor.Of(1.0, 2));
        Assert.That(
            MessageOf<ShapeException>(() => Minimize.Bfgs([x], () => x * 2)),
            Does.StartWith("bfgs: the function must give a scalar, but it gives [2]")
        );
        Assert.That(
            MessageOf<DTypeException>(() => Minimize.Bfgs([new Parameter(Tensor.Of(1f))], () => x.Value.Sum())),
            Does.StartWith("bfgs: what is minimized over must be float64, but '0' is float32")
        );
        Assert.That(
            MessageOf<InvalidOperationException>(() =>
                Minimize.LevenbergMarquardt([x], () => x.Value.Sum() * Tensor.Of(1.0, 2) - 5).Covariance
            ),
            Does.StartWith("Covariance: the data must determine every parameter, but the Jacobian has rank 1")
        );
    }
}
