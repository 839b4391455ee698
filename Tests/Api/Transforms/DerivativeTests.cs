using Fluxion.Tests;
using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class DerivativeTests
{
    static readonly Tensor Point = Tensor.Of(0.4, -0.9, 1.3);
    static readonly Tensor Along = Tensor.Of(1, -2, 0.5);

    static Tensor Mixed(Tensor x) => (x[0] * x[1]).Sin() + (x[1] * x[2]).Sin() + x[0].Exp() * x[2];

    static Tensor Field(Tensor x) => Tensor.Stack([x[1] * x[2], x[0].Sin(), x[0] * x[1] * x[2]]);

    static IEnumerable<TestCaseData> Calls()
    {
        static TestCaseData Case(string name, Func<Tensor, Tensor, Tensor> call) =>
            new TestCaseData(name, call).SetArgDisplayNames(name);

        yield return Case("Grad", (x, _) => Derivative.Grad(Mixed, x));
        yield return Case("ValueAndGrad", (x, _) => Derivative.ValueAndGrad(Mixed, x).Gradient);
        yield return Case("Jvp", (x, v) => Derivative.Jvp(Field, x, v).Tangent);
        yield return Case("Vjp", (x, v) => Derivative.Vjp(Field, x).Pullback(v));
        yield return Case("Linearize", (x, v) => Derivative.Linearize(Field, x).Derivative(v));
        yield return Case("DirectionalDerivative", (x, v) => Derivative.DirectionalDerivative(Mixed, x, v));
        yield return Case("Jacobian", (x, _) => Derivative.Jacobian(Field, x));
        yield return Case("JacobianForward", (x, _) => Derivative.JacobianForward(Field, x));
        yield return Case("JacobianReverse", (x, _) => Derivative.JacobianReverse(Field, x));
        yield return Case("Hessian", (x, _) => Derivative.Hessian(Mixed, x));
        yield return Case("Hvp", (x, v) => Derivative.Hvp(Mixed, x, v));
        yield return Case("Vhp", (x, v) => Derivative.Vhp(Mixed, x, v));
        yield return Case("Laplacian", (x, _) => Derivative.Laplacian(Mixed, x));
        yield return Case("Divergence", (x, _) => Derivative.Divergence(Field, x));
        yield return Case("Curl", (x, _) => Derivative.Curl(Field, x));
        yield return Case("Taylor", (x, v) => Derivative.Taylor(3, Mixed, x, v)[^1]);
        yield return Case("NthDerivative", (x, _) => Derivative.NthDerivative(4, x => x.Sin(), x));
        yield return Case("Vmap", (x, v) => Function.Vmap(x => (x * x).Sum(), Tensor.Stack([x, v])));
        yield return Case("Checkpoint", (x, _) => Derivative.Grad(x => Function.Checkpoint(Mixed, x), x));
        yield return Case("Simplify", (x, _) => Rewrite.Simplify(x.Sigmoid().Log() + x * 0));
    }

    [TestCaseSource(nameof(Calls))]
    public void IsTheExpressionThatFSharpBuilds(string name, Func<Tensor, Tensor, Tensor> call)
    {
        var expected = Transforms.ofTensor(name, Point.Expression, Along.Expression);
        var actual = call(Point, Along);
        // Bodies of checkpoints are traced anew, with variables of their own.
        if (name != "Checkpoint")
            Assert.That(Graph.same(actual.Expression, expected));
        actual.Holds([.. expected.Shape], new Tensor(expected).ToArray());
    }

    [Test]
    public void AGradientIsWhatDifferencesSay()
    {
        var x = new Parameter(Point);
        Assert.That(
            Derivative.Grad(Mixed, Point).ToArray(),
            Is.EqualTo(NumericGradient(x, () => Mixed(x))).Within(1e-9)
        );
    }

    [Test]
    public void ValuesComeAlong()
    {
        Derivative.ValueAndGrad(x => x.Square(), Tensor.Scalar(3)).Value.Holds([], 9);
        Derivative.Jvp(x => x.Square(), Tensor.Scalar(3), Tensor.Scalar(2)).Value.Holds([], 9);
        Derivative.Vjp(x => x.Square(), Tensor.Scalar(3)).Value.Holds([], 9);
        Derivative.Linearize(x => x.Square(), Tensor.Scalar(3)).Value.Holds([], 9);
        Assert.That(
            Derivative.Taylor(3, x => x.Square(), Tensor.Scalar(3), Tensor.Scalar(1)).Select(d => d.ToScalar()),
            Is.EqualTo(new[] { 9.0, 6, 2, 0 })
        );
    }

    static readonly (Tensor A, Tensor B) Pair = (Tensor.Of(0.5, -1, 2), Tensor.Scalar(0.3));

    static Tensor Line((Tensor A, Tensor B) p) => (p.A * Tensor.Of(1.0, 2, 3) + p.B).Square().Sum();

    [Test]
    public void TheGradientByATupleIsATuple()
    {
        var (a, b) = Derivative.Grad(Line, Pair);
        var (expectedA, expectedB) = Transforms.ofPair(Pair.A.Expression, Pair.B.Expression);
        Assert.That(Graph.same(a.Expression, expectedA) && Graph.same(b.Expression, expectedB));
        Assert.That(a.Shape, Is.EqualTo(new[] { 3 }));
        Assert.That(b.Shape, Is.Empty);
    }

    [Test]
    public void TheHessianByATupleIsOverAllEntries()
    {
        var hessian = Derivative.Hessian(Line, Pair);
        Assert.That(Graph.same(hessian.Expression, Transforms.hessianOfPair(Pair.A.Expression, Pair.B.Expression)));
        Assert.That(hessian.Shape, Is.EqualTo(new[] { 4, 4 }));
    }

    /// <summary>∂²/∂x∂y of a function that uses x from outside: derivatives are not mixed up.</summary>
    [Test]
    public void DerivativesNest()
    {
        Tensor Inner(Tensor x) => Derivative.Grad(y => x * y, Tensor.Scalar(1));
        Derivative.Grad(x => x * Inner(x), Tensor.Scalar(3)).Holds([], 6);
        Tensor Cube(Tensor x) => x * x * x;
        Derivative
            .Grad(x => Derivative.Jvp(x => Derivative.Grad(Cube, x), x, Tensor.Scalar(1)).Tangent, Tensor.Scalar(2))
            .Holds([], 6);
    }

    [Test]
    public void AFunctionMayUseParameters()
    {
        var w = new Parameter(3, "w");
        var slope = Derivative.Grad(x => w * x * x, Tensor.Scalar(2));
        slope.Holds([], 12);
        slope.Backward();
        Assert.That(w.Grad!.ToScalar(), Is.EqualTo(4));
    }

    [Test]
    public void MistakesAreRefusedWhereTheyAreMade()
    {
        Assert.That(
            MessageOf<ShapeException>(() => Derivative.Grad(x => x * 2, Point)),
            Does.StartWith("grad: the function must give a scalar, but it gives [3]")
        );
        Assert.That(
            MessageOf<ArgumentException>(() => Derivative.Grad(x => Tensor.Scalar(x), 3.0)),
            Is.EqualTo(
                "Double: functions take and give tensors, or tuples, arrays, lists, dictionaries and records of them, but this is System.Double; make it a tensor, by Tensor.Scalar say?"
            )
        );
        Assert.That(
            MessageOf<ArgumentException>(() => Derivative.Grad(w => w.Value, new Parameter(1))),
            Does.EndWith("give the parameter's Value?")
        );
        Assert.That(
            MessageOf<ShapeException>(() => Derivative.Jvp(Field, Point, Tensor.Scalar(1))),
            Does.StartWith("jvp: ")
        );
        Assert.That(
            MessageOf<ShapeException>(() => Derivative.Curl(x => x, Tensor.Of(1.0, 2))),
            Is.EqualTo("curl: the point must be [3], but it is [2]; use jacobian in other dimensions?")
        );
        Assert.That(
            MessageOf<ArgumentException>(() => Derivative.Taylor(-1, Mixed, Point, Along)),
            Does.StartWith("taylor: the order must be 0 or more")
        );
    }
}
