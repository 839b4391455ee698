using Fluxion.Testing;
using NUnit.Framework;

namespace Fluxion.Api.Tests;

/// <summary>Derivatives checked as a C# user would check them.</summary>
public sealed class DerivativeCheckTests
{
    sealed class Line : Module
    {
        readonly Parameter weight = new(Tensor.Of(0.5, -1.0));
        readonly Parameter bias = new(0.1);

        public override Tensor Forward(Tensor x) => x.MatMul(weight.Value) + bias;
    }

    static readonly Tensor Point = Tensor.Of(0.5, -1.0, 2.0);

    [Test]
    public void AGradientIsCheckedInALine()
    {
        var report = DerivativeCheck.Gradient(x => (x.Exp() * x.Sin()).Sum(), Point);
        Assert.That(report.Passed);
        Assert.That(report.Entries, Is.EqualTo(3));
        Assert.That(report.Worst.Method, Is.EqualTo(NumericMethod.ComplexStep));
    }

    [Test]
    public void SoAreThoseOfTwoTensorsJacobiansAndSecondDerivatives()
    {
        Assert.That(DerivativeCheck.Gradient((x, y) => x * y.Tanh(), Point, Point).Entries, Is.EqualTo(6));
        Assert.That(DerivativeCheck.Jacobian(x => x.Softmax(), Point).Entries, Is.EqualTo(9));
        Assert.That(DerivativeCheck.Hessian(x => x.Exp().Sum().Log(), Point).Entries, Is.EqualTo(9));
    }

    [Test]
    public void TheParametersOfAModuleAreNamed()
    {
        var model = new Line();
        var x = Tensor.Of(
            new[,]
            {
                { 1.0, 2.0 },
                { 3.0, -1.0 },
            }
        );
        var report = DerivativeCheck.Gradient(model, () => model.Forward(x).Square().Mean());
        Assert.That(report.Entries, Is.EqualTo(3));
        Assert.That(report.Worst.Path, Is.AnyOf("weight", "bias"));
    }

    [Test]
    public void WhatIsWrongIsReportedWithItsPlace()
    {
        // At its kink relu has no derivative, and is taken to have 0.
        var error = Assert.Throws<GradientException>(() =>
            DerivativeCheck.Gradient(x => x.Relu().Sum(), Tensor.Of(1.0, 0.0, -2.0))
        );
        var worst = error!.Report.Worst;
        Assert.That(worst.Place, Is.EqualTo("[1]"));
        Assert.That(worst.Analytic, Is.Zero);
        Assert.That(worst.Numeric, Is.EqualTo(0.5).Within(1e-12));
        Assert.That(error.Message, Does.StartWith("The worst of 3 entries is beyond 1E-07: [1]"));
        Assert.That(error.Message, Does.Contain("stopped at relu"));
    }

    [Test]
    public void OptionsChooseTheMethod()
    {
        var options = new GradientOptions(NumericMethod.Central, 1e-11, 1e-6, 0.05, DifferentiationMode.Forward);
        var report = DerivativeCheck.Gradient(x => x.Exp().Sum(), Point, options);
        Assert.That(report.Worst.Method, Is.EqualTo(NumericMethod.Central));
    }

    [Test]
    public void OnlyFloat64CanBeChecked() =>
        Assert.Throws<DTypeException>(() => DerivativeCheck.Gradient(x => x.Sum(), Tensor.Of(1f, 2f)));
}
