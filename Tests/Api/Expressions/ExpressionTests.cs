using NUnit.Framework;

namespace Fluxion.Api.Tests;

/// <summary>What is said about expressions: as mathematics, by their laws, cost and plan.</summary>
public sealed class ExpressionTests
{
    static readonly Parameter A = new(3, "a"),
        W = new(Tensor.Of(1.0, 2), "w");

    static readonly Tensor X = Tensor.Normal(1, 3, 2),
        Y = Tensor.Normal(2, 3);

    [Test]
    public void PrintsAsMathematics()
    {
        var (x, y) = (new Parameter(X, "X"), new Parameter(Y, "y"));
        var gradient = Loss.MeanSquaredError(y, x.Value.MatMul(W.Value)).Gradient(W);
        Assert.That(Print.Text(gradient), Is.EqualTo("2/3 * Xᵀ(X w - y)"));
        Assert.That(Print.TextWith([("n", 3)], gradient), Is.EqualTo("2/n * Xᵀ(X w - y)"));
        Assert.That(Print.LatexWith([("n", 3)], gradient), Does.StartWith(@"\frac{2}{n}"));
        Assert.That(Print.Text(A.Value * A.Value.Sin() + 1), Is.EqualTo("a*sin(a) + 1"));
        Assert.That(Print.Latex(A.Value.Sqrt()), Is.EqualTo(@"\sqrt{a}"));
    }

    [Test]
    public void PrintsInLittleRoom()
    {
        var x = (A.Value + 1).Sin().Exp();
        Assert.That(Print.Within(10, x), Has.Length.LessThanOrEqualTo(10).And.Contains("…"));
        Assert.That(Print.Short(x), Is.EqualTo("exp(sin(a + 1))"));
        Assert.That(Print.Short(Tensor.Of(1.0, 2)), Is.EqualTo("[1; 2]"));
    }

    [Test]
    public void DrawsGraphs()
    {
        Assert.That(
            Print.Graphviz(A.Value.Sin()).Split('\n'),
            Does.Contain("    n1 [label=\"sin\\nfloat64 []\", shape=box];")
        );
        Assert.That(Print.Mermaid(A.Value.Sin()), Does.StartWith("flowchart").And.Contains("sin"));
    }

    [Test]
    public void LogsTheLawsThatSimplify()
    {
        var x = A.Value.Sigmoid().Log();
        var firing = Rewrite.Log(x)[0];
        Assert.That(Print.Text(firing.Before), Is.EqualTo(Print.Text(x)));
        Assert.That(Print.Text(firing.After), Does.Contain("softplus"));
        Assert.That(firing.Law, Does.Contain("sigmoid"));
        Assert.That(Print.Text(Rewrite.Simplify(x)), Is.EqualTo("-softplus(-a)"));
        Assert.That(Rewrite.Log(A.Value), Is.Empty);
    }

    [Test]
    public void ExplainsPlans()
    {
        var loss = Loss.MeanSquaredError(Y, X.MatMul(W.Value));
        Assert.That(Plan.Explain(loss), Is.EqualTo(Fluxion.Plan.explain(loss.Expression)));
        Assert.That(Plan.Explain(loss), Does.Contain("loop over").And.Contains("flops"));
    }

    [Test]
    public void CountsCosts()
    {
        Assert.That(Cost.Flops(X.MatMul(W.Value)), Is.EqualTo(2 * 3 * 2));
        var shared = X * 2;
        Assert.That(Cost.Flops((shared + 1, shared + 2)), Is.EqualTo(18), "what is shared counts once");
        var (x, y) = (new Parameter(X, "X").Value, Tensor.Of(1.0, 2));
        Assert.That(Cost.PeakMemory(x * 2), Is.EqualTo(3 * 2 * 8));
        Assert.That(Cost.PeakMemory(y * 2), Is.Zero, "what is known is worked out before it runs");
        Assert.That(Cost.Explain(x * 2 + 1), Does.StartWith("12 flops, 48 bytes at a time\n"));
        Assert.That(
            Assert.Throws<ArgumentException>(() => Cost.Flops(1.0))!.Message,
            Does.StartWith("Double: functions take and give tensors")
        );
    }
}
