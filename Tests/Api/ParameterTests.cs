using System.Runtime.CompilerServices;
using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class ParameterTests
{
    [Test]
    public void HoldsWhatItIsGiven()
    {
        new Parameter(15).Value.Holds([], 15);
        new Parameter(Tensor.Ones(2)).Value.Holds([2], 1, 1);
        Assert.That(new Parameter(1, "rate").Name, Is.EqualTo("rate"));
        Assert.That(new Parameter(1).Grad, Is.Null);
    }

    [Test]
    public void UpdateChangesIt()
    {
        var w = new Parameter(1);
        w.Update(0.1);
        Assert.That(w.Value.ToScalar(), Is.EqualTo(0.1));
        w.Update(w * 2);
        Assert.That(w.Value.ToScalar(), Is.EqualTo(0.2));
    }

    [Test]
    public void TensorsBuiltBeforeAnUpdateKeepTheirValue()
    {
        var w = new Parameter(2);
        var (seen, unseen, value) = (w * 3, w * 3, w.Value);
        Assert.That(seen.ToScalar(), Is.EqualTo(6));
        w.Update(10);
        Assert.That(seen.ToScalar(), Is.EqualTo(6));
        Assert.That(unseen.ToScalar(), Is.EqualTo(6));
        Assert.That(value.ToScalar(), Is.EqualTo(2));
        Assert.That((w * 3).ToScalar(), Is.EqualTo(30));
    }

    [Test]
    public void BackwardAfterAnUpdateIsTheGradientWhereTheTensorWasBuilt()
    {
        var w = new Parameter(2);
        var square = w * w;
        w.Update(10);
        square.Backward();
        Assert.That(w.Grad!.ToScalar(), Is.EqualTo(4));
    }

    [Test]
    public void AGradientThatWasReadStays()
    {
        var w = new Parameter(Tensor.Of(2.0, 3.0));
        w.Value.Square().Sum().Backward();
        var (first, again) = (w.Grad!, w.Grad!);
        Assert.That(again, Is.SameAs(first));
        w.ZeroGrad();
        w.Value.Pow(3).Sum().Backward();
        w.ZeroGrad();
        w.Value.Sum().Backward();
        first.Holds([2], 4, 6);
        w.Grad!.Holds([2], 1, 1);
    }

    [Test]
    public void GradientsAddUpUntilTheyAreForgotten()
    {
        var w = new Parameter(Tensor.Of(2.0, 3.0));
        for (var round = 0; round < 3; round++)
        {
            w.ZeroGrad();
            w.Value.Square().Sum().Backward();
            w.Value.Square().Sum().Backward();
            (w * 10).Sum().Backward();
        }
        w.Grad!.Holds([2], 18, 22);
    }

    [Test]
    public void ParametersOfOneValueStayApart()
    {
        var (a, b) = (new Parameter(0), new Parameter(0));
        Assert.That(Graph.same(a.Value.Expression, b.Value.Expression), Is.False);
        (a * 2 + b * 3).Backward();
        Assert.That((a.Grad!.ToScalar(), b.Grad!.ToScalar()), Is.EqualTo((2.0, 3.0)));
    }

    [Test]
    public void ShapeAndTypeStay()
    {
        var w = new Parameter(Tensor.Ones(2), "w");
        Assert.That(
            MessageOf<ShapeException>(() => Updated(w, Tensor.Ones(3))),
            Does.StartWith("Update: 'w' is float64 [2] and its new value must be too, but that is float64 [3]")
        );
        Assert.That(
            MessageOf<DTypeException>(() => Updated(w, Tensor.Of(1f, 2f))),
            Does.Contain("that is float32 [2]")
        );
        Assert.That(
            MessageOf<ShapeException>(() =>
            {
                w.Update(1);
                return null;
            }),
            Does.Contain("that is float64 []")
        );
        w.Value.Holds([2], 1, 1);
    }

    [Test]
    public void ANumberTakesTheParametersType()
    {
        var w = new Parameter(Tensor.Of(1f)[0]);
        w.Update(0.5);
        Assert.That(w.Value.DType, Is.EqualTo(DType.Float32));
    }

    [Test]
    public void IntegersAreNotTrained() =>
        Assert.That(
            MessageOf<DTypeException>(() => new Parameter(Tensor.Of(1, 2), "labels")),
            Does.StartWith("Parameter: 'labels' must be float32 or float64 to have a gradient, but it is int32")
        );

    [Test]
    public void OldValuesAreDropped()
    {
        var w = new Parameter(1);
        var old = Trained(w);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(old.Count(reference => reference.IsAlive), Is.Zero);
        Assert.That(w.Value.ToScalar(), Is.EqualTo(1 * Math.Pow(0.8, 20)).Within(1e-12));
    }

    // Not inlined, so that no local of it is still alive when the collector looks.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static List<WeakReference> Trained(Parameter w)
    {
        var old = new List<WeakReference>();
        var optimizer = new Sgd([w], 0.1);
        for (var step = 0; step < 20; step++)
        {
            old.Add(new(w.Value.Expression));
            optimizer.ZeroGrad();
            (w * w).Backward();
            optimizer.Step();
        }
        return old;
    }

    static object? Updated(Parameter parameter, Tensor value)
    {
        parameter.Update(value);
        return null;
    }
}
