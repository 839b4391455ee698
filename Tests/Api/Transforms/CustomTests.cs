using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class CustomTests
{
    static readonly Tensor Point = Tensor.Of(-1.5, 0.2, 2.7);

    [Test]
    public void ARuleForReverseModeServesBoth()
    {
        var round = Custom.WithVjp((Tensor x) => x.Round(), (_, _, cotangent) => cotangent);
        round(Point).Holds([3], -2, 0, 3);
        Derivative.Grad(x => round(x).Square().Sum(), Point).Holds([3], -4, 0, 6);
        Derivative.Jvp(round, Point, Tensor.Ones(3)).Tangent.Holds([3], 1, 1, 1);
        Function.Vmap(x => Derivative.Grad(round, x), Point).Holds([3], 1, 1, 1);
    }

    [Test]
    public void ARuleForForwardModeServesBoth()
    {
        // Twice the derivative that it has, to be seen.
        var sine = Custom.WithJvp((Tensor x) => x.Sin(), (x, tangent) => 2 * x.Cos() * tangent);
        sine(Point).Holds([3], Point.Sin().ToArray());
        Derivative.Grad(x => sine(x).Sum(), Point).Holds([3], (2 * Point.Cos()).ToArray());
        Derivative
            .Grad(x => Derivative.Grad(x => sine(x).Sum(), x).Sum(), Point)
            .Holds([3], (-2 * Point.Sin()).ToArray());
    }

    [Test]
    public void RulesTakeForms()
    {
        var product = Custom.WithVjp(
            ((Tensor A, Tensor B) p) => p.A * p.B,
            (p, _, cotangent) => (A: cotangent * p.B, B: cotangent * p.A * 10)
        );
        var (a, b) = Derivative.Grad(product, (A: Tensor.Scalar(2), B: Tensor.Scalar(3)));
        a.Holds([], 3);
        b.Holds([], 20);
    }

    [Test]
    public void ARuleOfAnotherShapeIsRefused() =>
        Assert.That(
            MessageOf<ShapeException>(() =>
                Custom.WithVjp((Tensor x) => x.Round(), (_, _, cotangent) => cotangent.Sum())(Point)
            ),
            Does.StartWith("withVjp: ")
        );
}
