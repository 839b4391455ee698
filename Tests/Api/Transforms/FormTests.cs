using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

/// <summary>What transforms take and give: anything that holds tensors, and a derivative has the form of what it is the derivative by.</summary>
public sealed class FormTests
{
    sealed record Layer(Tensor Weight, Tensor? Bias, string Name);

    record Model(Layer Hidden, int Size)
    {
        public required Tensor Scale { get; init; }

        public Tensor Shift { get; } = Tensor.Scalar(7);
    }

    sealed record Deep(Layer Hidden, int Size, Layer Last) : Model(Hidden, Size);

    readonly record struct Point(Tensor X, Tensor Y);

    static readonly Tensor One = Tensor.Scalar(1),
        Two = Tensor.Scalar(2),
        Three = Tensor.Scalar(3);

    [Test]
    public void Records()
    {
        var model = new Model(new(Two, null, "first"), 5) { Scale = Three };
        var gradient = Derivative.Grad(m => m.Hidden.Weight * m.Scale * m.Shift * m.Size, model);
        gradient.Hidden.Weight.Holds([], 105);
        gradient.Scale.Holds([], 70);
        gradient.Shift.Holds([], 30);
        Assert.That(gradient.Hidden, Is.EqualTo(gradient.Hidden with { Bias = null, Name = "first" }));
        Assert.That(gradient.Size, Is.EqualTo(5));
        model.Scale.Holds([], 3);
    }

    [Test]
    public void RecordsThatInherit()
    {
        var model = new Deep(new(Two, One, "first"), 5, new(Three, null, "last")) { Scale = One };
        var gradient = Derivative.Grad(m => m.Hidden.Weight * m.Last.Weight + m.Hidden.Bias!, model);
        gradient.Hidden.Weight.Holds([], 3);
        gradient.Hidden.Bias!.Holds([], 1);
        gradient.Last.Weight.Holds([], 2);
        gradient.Scale.Holds([], 0);
    }

    [Test]
    public void StructsOfRecords()
    {
        var gradient = Derivative.Grad(p => p.X * p.Y, new Point(Two, Three));
        gradient.X.Holds([], 3);
        gradient.Y.Holds([], 2);
    }

    [Test]
    public void AnonymousTypes()
    {
        var gradient = Derivative.Grad(
            p => p.X * p.Y * p.Count,
            new
            {
                X = Two,
                Y = Three,
                Count = 4,
            }
        );
        gradient.X.Holds([], 12);
        gradient.Y.Holds([], 8);
        Assert.That(gradient.Count, Is.EqualTo(4));
    }

    [Test]
    public void ArraysAndLists()
    {
        static Tensor Product(IEnumerable<Tensor> factors) => factors.Aggregate((x, y) => x * y);

        static double[] Numbers(IEnumerable<Tensor> tensors) => [.. tensors.Select(tensor => tensor.ToScalar())];

        var expected = new[] { 6.0, 3, 2 };
        Assert.That(Numbers(Derivative.Grad(x => Product(x), new[] { One, Two, Three })), Is.EqualTo(expected));
        Assert.That(
            Numbers(Derivative.Grad(x => Product(x), new List<Tensor> { One, Two, Three })),
            Is.EqualTo(expected)
        );
        IReadOnlyList<Tensor> list = [One, Two, Three];
        Assert.That(Numbers(Derivative.Grad(x => Product(x), list)), Is.EqualTo(expected));
        IList<Tensor> mutable = [One, Two, Three];
        Assert.That(Numbers(Derivative.Grad(x => Product(x), mutable)), Is.EqualTo(expected));
    }

    [Test]
    public void DictionariesInAnyOrder()
    {
        var point = new Dictionary<string, Tensor> { ["y"] = Tensor.Of(1.0, 2), ["x"] = Three };
        var gradient = Derivative.Grad(p => (p["x"] * p["y"]).Sum(), point);
        Assert.That(gradient.Keys, Is.EqualTo(new[] { "y", "x" }));
        gradient["x"].Holds([], 3);
        gradient["y"].Holds([2], 3, 3);

        // Tangents go by key, not by place.
        IReadOnlyDictionary<string, Tensor> both = new Dictionary<string, Tensor> { ["y"] = Two, ["x"] = Three };
        IReadOnlyDictionary<string, Tensor> turned = new Dictionary<string, Tensor>
        {
            ["x"] = One,
            ["y"] = Tensor.Scalar(0),
        };
        Derivative.Jvp(p => p["x"] * p["y"], both, turned).Tangent.Holds([], 2);
    }

    [Test]
    public void LongTuplesAndTuplesInTuples()
    {
        var gradient = Derivative.Grad(
            p => p.Item1 * p.Item8 + p.Item9.Inner * p.Item2,
            (One, Two, One, One, One, One, One, Three, (Inner: Tensor.Scalar(5), 4))
        );
        gradient.Item1.Holds([], 3);
        gradient.Item2.Holds([], 5);
        gradient.Item8.Holds([], 1);
        gradient.Item9.Inner.Holds([], 2);
        Assert.That(gradient.Item9.Item2, Is.EqualTo(4));
    }

    [Test]
    public void WhatMayBeMissing()
    {
        Point? missing = null;
        var gradient = Derivative.Grad(
            p => p.Maybe!.Value.X * p.Always,
            (Maybe: (Point?)new Point(Two, One), Always: Three)
        );
        gradient.Maybe!.Value.X.Holds([], 3);
        gradient.Always.Holds([], 2);
        Assert.That(Derivative.Grad(p => p.Always, (Maybe: missing, Always: Three)).Maybe, Is.Null);
    }

    /// <summary>A list without tensors is data: the very same comes back.</summary>
    [Test]
    public void DataRideAlong()
    {
        IReadOnlyList<double> data = [1, 2];
        var gradient = Derivative.Grad(p => p.X * p.Data[1], (X: Three, Data: data));
        gradient.X.Holds([], 2);
        Assert.That(gradient.Data, Is.SameAs(data));
    }

    [Test]
    public void ResultsHaveFormsToo()
    {
        var (value, pullback) = Derivative.Vjp(x => new Point(x.Sin(), x * x), Three);
        value.Y.Holds([], 9);
        pullback(new(Tensor.Scalar(0), One)).Holds([], 6);
        Assert.That(MessageOf<ShapeException>(() => pullback(new(One, Tensor.Of(1.0, 2)))), Does.StartWith("vjp: "));
    }

    [Test]
    public void ATangentOfAnotherFormIsRefused()
    {
        var x = new Dictionary<string, Tensor> { ["a"] = One, ["b"] = Two };
        var tangent = new Dictionary<string, Tensor> { ["a"] = One, ["c"] = Two };
        Assert.That(
            MessageOf<ArgumentException>(() => Derivative.Jvp(p => p["a"], x, tangent)),
            Is.EqualTo("jvp: the tangent must hold tensors at [a, b], but it has them at [a, c]; give one for each?")
        );
        Assert.That(
            MessageOf<ArgumentException>(() =>
                Derivative.Hvp(p => p.Weight, new Layer(One, One, ""), new(One, null, ""))
            ),
            Is.EqualTo(
                "hvp: the vector must hold tensors at [Weight, Bias], but it has them at [Weight]; give one for each?"
            )
        );
    }

    /// <summary>A plan is kept for each form: what is there, how many there are, and what is no tensor.</summary>
    [Test]
    public void CompiledFunctionsTellFormsApart()
    {
        var calls = 0;
        var compiled = Function.Compile(
            (Layer layer) =>
            {
                calls++;
                return layer.Bias is null ? layer.Weight : layer.Weight + layer.Bias;
            }
        );
        compiled(new(Two, Three, "a")).Holds([], 5);
        compiled(new(Three, Three, "a")).Holds([], 6);
        Assert.That(calls, Is.EqualTo(1));
        compiled(new(Three, null, "a")).Holds([], 3);
        compiled(new(Three, Three, "b")).Holds([], 6);
        Assert.That(calls, Is.EqualTo(3));
    }
}
