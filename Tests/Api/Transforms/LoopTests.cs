using Fluxion.Tests;
using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

/// <summary>Loops, choices and equations: the numbers of F#'s, and their derivatives.</summary>
public sealed class LoopTests
{
    static readonly Tensor Rows = Tensor.Of(0.3, -0.7, 1.1, 0.4);

    static Tensor Scanned(Tensor a)
    {
        var (carry, outputs) = Loop.Scan((c, row) => ((a * c).Sin() + row, c * row), Tensor.Scalar(0.5), Rows);
        return carry + outputs.Sum();
    }

    static Tensor ScannedBack(Tensor a)
    {
        var (carry, outputs) = Loop.ScanBack((c, row) => ((a * c).Sin() + row, c * row), Tensor.Scalar(0.5), Rows);
        return carry + (outputs * Rows).Sum();
    }

    static IEnumerable<TestCaseData> Calls()
    {
        static TestCaseData Case(string name, Func<Tensor, Tensor> call) =>
            new TestCaseData(name, call).SetArgDisplayNames(name);

        yield return Case("Scan", Scanned);
        yield return Case("ScanBack", ScannedBack);
        yield return Case(
            "Repeat",
            a => Loop.Repeat(5, (i, x) => (a * x).Sin() + i.Cast(DType.Float64), Tensor.Scalar(0.5))
        );
        yield return Case("WhileLoop", a => Loop.WhileLoop(100, x => x.Less(10), x => x * a, Tensor.Scalar(1)));
        yield return Case("Cond", a => Function.Cond(a.Less(1), x => x.Sum() * a, x => x.Mean() / a, Rows));
        yield return Case("FixedPoint", a => Equation.FixedPoint(x => a + 0.3 * x.Sin(), Tensor.Scalar(0)));
        yield return Case("Root", a => Equation.Root(x => x * x * x - a, Tensor.Scalar(1.5)));
    }

    [TestCaseSource(nameof(Calls))]
    public void IsWhatFSharpGives(string name, Func<Tensor, Tensor> call)
    {
        foreach (var a in new[] { Tensor.Scalar(1.3), Tensor.Scalar(0.8) })
        {
            if (name == "WhileLoop" && a.ToScalar() < 1)
                continue;
            var expected = new Tensor(Transforms.ofLoop(name, a.Expression, Rows.Expression));
            Assert.That(call(a).ToScalar(), Is.EqualTo(expected.ToScalar()));
            Assert.That(Plan.Explain(call(a)), Is.EqualTo(Plan.Explain(expected)));
        }
    }

    [TestCaseSource(nameof(Calls))]
    public void HasDerivativesOfBothModes(string name, Func<Tensor, Tensor> call)
    {
        var a = new Parameter(1.3);
        var numeric = NumericGradient(a, () => call(a))[0];
        var tolerance = 1e-9 * Math.Max(1, Math.Abs(numeric));
        var reverse = Derivative.Grad(call, a.Value).ToScalar();
        var forward = Derivative.DirectionalDerivative(call, a.Value, Tensor.Scalar(1)).ToScalar();
        Assert.That(reverse, Is.EqualTo(numeric).Within(tolerance), name);
        Assert.That(forward, Is.EqualTo(reverse).Within(1e-12 * Math.Max(1, Math.Abs(reverse))), name);
    }

    [Test]
    public void AScanIsTheUnrolledLoop()
    {
        var (carry, outputs) = Loop.Scan((sum, x) => (sum + x, sum * x), Tensor.Scalar(0), Tensor.Of(1.0, 2, 3));
        carry.Holds([], 6);
        outputs.Holds([3], 0, 2, 9);
        (carry, outputs) = Loop.ScanBack((sum, x) => (sum + x, sum * x), Tensor.Scalar(0), Tensor.Of(1.0, 2, 3));
        carry.Holds([], 6);
        outputs.Holds([3], 5, 6, 0);
    }

    [Test]
    public void AScanNeedsNoOutputs()
    {
        Loop.Scan((sum, x) => 2 * sum + x, Tensor.Scalar(0), Tensor.Of(1.0, 2, 3)).Holds([], 11);
        Loop.ScanBack((sum, x) => 2 * sum + x, Tensor.Scalar(0), Tensor.Of(1.0, 2, 3)).Holds([], 17);
        // A pair that goes round is not a carry and an output.
        var (previous, last) = Loop.Scan(
            (pair, _) => (pair.B, pair.A + pair.B),
            (A: Tensor.Scalar(0), B: Tensor.Scalar(1)),
            Tensor.Zeros(10)
        );
        previous.Holds([], 55);
        last.Holds([], 89);
    }

    [Test]
    public void ManySteps()
    {
        // Euler's method for y' = -r y over a second.
        static Tensor Decay(Tensor rate) => Loop.Repeat(100_000, (_, y) => y - 1e-5 * rate * y, Tensor.Scalar(1));
        Assert.That(
            Function.Compile((Tensor rate) => Derivative.Grad(Decay, rate))(Tensor.Scalar(2)).ToScalar(),
            Is.EqualTo(-Math.Exp(-2)).Within(1e-5)
        );
    }

    [Test]
    public void EquationsTakeOptionsAndForms()
    {
        var (x, y) = Equation.Root(
            p => (p.X + p.Y - 3, p.X * p.Y - 2),
            (X: Tensor.Scalar(0.5), Y: Tensor.Scalar(3)),
            new(MaxSteps: 50, Tolerance: 1e-14)
        );
        x.Holds([], 1);
        y.Holds([], 2);
        // Each step goes half of the way to 2.
        var nearly = Equation.FixedPoint(x => x / 2 + 1, Tensor.Scalar(0), new(Tolerance: 0.01)).ToScalar();
        Assert.That(nearly, Is.GreaterThan(1.9).And.LessThan(2));
        Assert.That(
            MessageOf<ArgumentException>(() => Equation.Root(x => x, Tensor.Scalar(1), new(MaxSteps: -1))),
            Does.StartWith("root: steps and tolerance must be 0 or more")
        );
    }

    [Test]
    public void MistakesAreRefused()
    {
        Assert.That(
            MessageOf<ShapeException>(() => Loop.Scan((c, x) => c + x, Tensor.Scalar(0), Tensor.Scalar(1))),
            Does.StartWith("scan: every input needs an axis of rows")
        );
        Assert.That(
            MessageOf<ShapeException>(() => Loop.Repeat(3, (_, x) => Tensor.Concat([x, x]), Tensor.Of(1.0))),
            Does.StartWith("repeat: ")
        );
        Assert.That(
            MessageOf<ArgumentException>(() => Loop.Scan((c, x) => (c + x, 1.0), Tensor.Scalar(0), Rows)),
            Does.StartWith("Double: functions take and give tensors")
        );
        Assert.That(
            MessageOf<ArgumentException>(() => Loop.WhileLoop(-1, x => x.Less(1), x => x, Tensor.Scalar(0))),
            Does.StartWith("whileLoop: the number of steps must be 0 or more")
        );
    }
}
