using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class FunctionTests
{
    static readonly Tensor W = Tensor.Of(0.5, -1);
    static readonly Tensor Xs = Tensor.Of(
        new double[,]
        {
            { 1, 2 },
            { 3, 4 },
            { -1, 0.5 },
        }
    );
    static readonly Tensor Ys = Tensor.Of(1.0, 0, 2);

    [Test]
    public void VmapGivesGradientsOfExamples()
    {
        static Tensor LossOf(Tensor w, Tensor x, Tensor y) => (x.Dot(w) - y).Square();

        var gradients = Function.Vmap(e => Derivative.Grad(w => LossOf(w, e.X, e.Y), W), (X: Xs, Y: Ys));
        var expected = Enumerable
            .Range(0, 3)
            .SelectMany(i => Derivative.Grad(w => LossOf(w, Xs[i], Ys[i]), W).ToArray())
            .ToArray();
        gradients.Holds([3, 2], expected);
        Assert.That(
            MessageOf<ShapeException>(() => Function.Vmap(x => x, Tensor.Scalar(1))),
            Does.StartWith("vmap: every argument needs an axis to map over")
        );
    }

    [Test]
    public void ACompiledFunctionIsCalledOnceForEachForm()
    {
        var calls = 0;
        var compiled = Function.Compile(
            (Tensor x) =>
            {
                calls++;
                return Derivative.ValueAndGrad(x => (x.Sin() * x).Sum(), x);
            }
        );
        foreach (var x in new[] { W, W * 2, Xs[0] })
        {
            var (value, gradient) = compiled(x);
            value.Holds([], (x.Sin() * x).Sum().ToScalar());
            gradient.Holds([2], (x.Cos() * x + x.Sin()).ToArray());
        }
        Assert.That(calls, Is.EqualTo(1));
        compiled(Ys);
        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public void ACompiledFunctionCanBeDifferentiated()
    {
        var compiled = Function.Compile((Tensor x) => x * x * x);
        Derivative.Grad(compiled, Tensor.Scalar(2)).Holds([], 12);

        var w = new Parameter(2);
        compiled(w).Backward();
        Assert.That(w.Grad!.ToScalar(), Is.EqualTo(12));
    }

    [Test]
    public void ACompiledFunctionTakesParametersAsTheyAre()
    {
        var (calls, model) = (0, new Linear(2, 1, seed: 1));
        var predict = Function.Compile(
            (Tensor x) =>
            {
                calls++;
                return model.Forward(x);
            }
        );
        predict(Xs).Holds([3, 1], model.Forward(Xs).ToArray());
        foreach (var parameter in model.Parameters())
            parameter.Update(parameter.Value * 2);
        predict(Xs).Holds([3, 1], model.Forward(Xs).ToArray());
        Assert.That(calls, Is.EqualTo(1));
        Assert.Throws<InvalidOperationException>(() => predict(Xs).Sum().Backward());

        // Being differentiated, it is the function itself, parameters and all.
        Derivative.Grad(x => predict(x).Sum(), Xs).Sum().Backward();
        Assert.That(model.Parameters()[0].Grad!.ToArray(), Is.EqualTo(new[] { 3.0, 3 }));
    }

    sealed record Mixture(Tensor X, List<Tensor> Terms, List<Parameter> Weights, Dictionary<string, int> Powers);

    [Test]
    public void ACompiledFunctionSeesCollectionsThatAreChangedInPlace()
    {
        var calls = 0;
        var compiled = Function.Compile(
            (Mixture m) =>
            {
                calls++;
                var sum = m.Terms.Zip(m.Weights).Aggregate(Tensor.Scalar(0), (sum, e) => sum + e.First * e.Second);
                return sum * m.X.Pow(m.Powers["x"]);
            }
        );
        var mixture = new Mixture(Tensor.Scalar(2), [Tensor.Scalar(3)], [new(5)], new() { ["x"] = 1 });
        compiled(mixture).Holds([], 30);
        mixture.Terms[0] = Tensor.Scalar(4);
        compiled(mixture).Holds([], 40);
        mixture.Weights[0].Update(6);
        compiled(mixture).Holds([], 48);
        Assert.That(calls, Is.EqualTo(1));
        mixture.Weights[0] = new(7);
        compiled(mixture).Holds([], 56);
        mixture.Terms.Add(Tensor.Scalar(1));
        mixture.Weights.Add(new(2));
        compiled(mixture).Holds([], 60);
        mixture.Powers["x"] = 2;
        compiled(mixture).Holds([], 120);
        Assert.That(calls, Is.EqualTo(4));
    }

    [Test]
    public void EvaluateGivesConstants()
    {
        var w = new Parameter(2, "w");
        var (square, slope) = Function.Evaluate((w.Value.Square(), Slope: w.Value * 2));
        Assert.That((Print.Text(square), Print.Text(slope)), Is.EqualTo(("4", "4")));
        Assert.That(
            MessageOf<UnboundInputException>(() => Derivative.Grad(x => Function.Evaluate(x), Tensor.Scalar(1))),
            Is.Not.Empty
        );
    }

    [Test]
    public void CheckpointKeepsValueAndDerivatives()
    {
        static Tensor F(Tensor x) => (x.Sin() * x.Exp()).Sum();

        Function.Checkpoint(F, W).Holds([], F(W).ToScalar());
        Derivative.Hessian(x => Function.Checkpoint(F, x), W).Holds([2, 2], Derivative.Hessian(F, W).ToArray());
    }

    [Test]
    public void StopGradientLetsValuesThroughAlone()
    {
        Derivative.Grad(x => x * x.StopGradient(), Tensor.Scalar(3)).Holds([], 3);
        Derivative.Jvp(x => x.StopGradient(), Tensor.Scalar(3), Tensor.Scalar(1)).Tangent.Holds([], 0);
    }

    [Test]
    public void CondRunsOneSide()
    {
        Tensor F(Tensor x) => Function.Cond(x.Sum().Greater(0), x => x.Square().Sum(), x => x.Sum() * 3, x);
        Derivative.Grad(F, Tensor.Of(1.0, 2)).Holds([2], 2, 4);
        Derivative.Grad(F, Tensor.Of(-1.0, -2)).Holds([2], 3, 3);
        Assert.That(
            MessageOf<DTypeException>(() => Function.Cond(Tensor.Scalar(1), x => x, x => x, W)),
            Does.StartWith("cond: the condition must be bool, but it is float64")
        );
    }

    [Test]
    public void IterateTakesStepsInPlace()
    {
        static Tensor LossOf(Tensor a) => (a - Tensor.Of(3.0, -1)).Square().Sum();

        var descent = Function.Iterate(
            (Tensor a) =>
            {
                var (value, gradient) = Derivative.ValueAndGrad(LossOf, a);
                return (value, a - 0.1 * gradient);
            },
            Tensor.Zeros(2)
        );
        Assert.Throws<InvalidOperationException>(() => _ = descent.Output);
        descent.Run();
        descent.Output.Holds([], 10);
        descent.State.Holds([2], 0.6, -0.2);
        descent.Run(1000);
        descent.State.Holds([2], 3, -1);
        Assert.Throws<ArgumentException>(() => descent.Run(-1));
    }

    [Test]
    public void IterateTakesInputs()
    {
        var mean = Function.Iterate(
            ((Tensor Sum, Tensor Count) state, Tensor x) =>
            {
                var next = (Sum: state.Sum + x, Count: state.Count + 1);
                return (next.Sum / next.Count, next);
            },
            (Sum: Tensor.Zeros(2), Count: Tensor.Scalar(0))
        );
        mean.Run(Xs[0]);
        mean.Run(new Parameter(Xs[1]).Value);
        mean.Output.Holds([2], 2, 3);
        mean.Run(Tensor.Zeros(2), 2);
        mean.State.Sum.Holds([2], 4, 6);
        mean.State.Count.Holds([], 4);
        Assert.Throws<UnboundInputException>(() =>
            Function.Iterate((Tensor a) => (a, a * new Parameter(2)), Tensor.Scalar(1)).Run()
        );
    }
}
