using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

/// <summary>What a module finds in itself, under which name and in which order.</summary>
public sealed class ModuleTests
{
    abstract class Model : Module
    {
        public override Tensor Forward(Tensor x) => x;
    }

    static string[] NamesIn(Module model) => [.. model.NamedParameters().Keys];

    sealed class Members : Model
    {
#pragma warning disable CS0414, IDE0052 // The fields are read by reflection: that is the point.
        readonly Parameter first = new(1);
        public Parameter Second { get; } = new(2);
        readonly Parameter _third = new(3);
        public Parameter Fourth = new(4);
        static readonly Parameter Shared = new(5);
        readonly Parameter? absent = null;
        public double Data { get; } = 25;
        public Parameter Computed => Second;
        internal Parameter? Settable { get; set; } = new(6);
#pragma warning restore CS0414, IDE0052
    }

    [Test]
    public void AnUnknownNameIsAnsweredWithTheKnownOnes() =>
        Assert.That(
            MessageOf<KeyNotFoundException>(() => new Members().NamedParameters()["second"]),
            Is.EqualTo(
                "Members: 'second' must be the path of a Parameter, but the paths are 'first', 'Second', 'third', 'Fourth', 'Settable'; check the spelling?"
            )
        );

    [Test]
    public void FieldsAndAutoPropertiesInOrderOfDeclaration()
    {
        var model = new Members();
        Assert.That(NamesIn(model), Is.EqualTo(new[] { "first", "Second", "third", "Fourth", "Settable" }));
        Assert.That(
            model.Parameters().Select(parameter => parameter.Value.ToScalar()),
            Is.EqualTo(new double[] { 1, 2, 3, 4, 6 })
        );
        Assert.That(model.NamedParameters()["Second"], Is.SameAs(model.Second));
    }

    class Base : Model
    {
        readonly Parameter weight = new(1);
        public Parameter Weight => weight;
    }

    sealed class Derived : Base
    {
        public Parameter Bias { get; } = new(2);
    }

    [Test]
    public void TheBaseClassGoesFirst() => Assert.That(NamesIn(new Derived()), Is.EqualTo(new[] { "weight", "Bias" }));

    sealed class Captured(Linear layer, Parameter scale) : Model
    {
        public override Tensor Forward(Tensor x) => layer.Forward(x) * scale;
    }

    [Test]
    public void WhatAPrimaryConstructorKeeps() =>
        Assert.That(
            NamesIn(new Captured(new Linear(2, 1), new Parameter(1))),
            Is.EqualTo(new[] { "layer.Weight", "layer.Bias", "scale" })
        );

    sealed class Registered : Model
    {
        readonly Parameter slope;
        public Linear Layer { get; }
        public Parameter Found { get; } = new(3);

        public Registered()
        {
            AddParameter("only", Tensor.Ones(2));
            slope = AddParameter("w1", 7);
            Layer = AddModule("inner", new Linear(1, 1));
        }

        public double Slope => slope.Value.ToScalar();
    }

    [Test]
    public void ARegisteredNameGoesFirstAndStandsOnce()
    {
        var model = new Registered();
        Assert.That(NamesIn(model), Is.EqualTo(new[] { "w1", "inner.Weight", "inner.Bias", "Found", "only" }));
        Assert.That(model.Slope, Is.EqualTo(7));
        Assert.That(model.Children().Keys, Is.EqualTo(new[] { "inner" }));
    }

    sealed class Repeated : Model
    {
        public Repeated(string first, string second) => (AddParameter(first), AddParameter(second)).ToString();
    }

    [Test]
    public void ANameIsGivenOnceAndHasNoDot()
    {
        Assert.That(
            MessageOf<ArgumentException>(() => new Repeated("w", "w")),
            Is.EqualTo(
                "Repeated: each name must be new, and without dots, which paths are made of, but 'w' is not; choose another?"
            )
        );
        Assert.That(MessageOf<ArgumentException>(() => new Repeated("w", "a.b")), Does.Contain("'a.b' is not"));
        Assert.That(MessageOf<ArgumentException>(() => new Repeated("w", "")), Does.Contain("'' is not"));
    }

    sealed class Clash : Model
    {
        public Parameter Scale { get; } = new(1);

        public Clash() => AddParameter("Scale");
    }

    [Test]
    public void ANameForTwoThingsIsRefused() =>
        Assert.That(
            MessageOf<InvalidOperationException>(() => new Clash().Parameters()),
            Does.StartWith("Clash: each name must stand for one thing, but 'Scale' stands for 2")
        );

    sealed class Collections : Model
    {
        readonly List<Linear> layers = [new(1, 1, bias: false), new(1, 1, bias: false)];
        readonly Module[] others = [new ReLU(), new Linear(1, 1, bias: false)];
        readonly Parameter?[] scales = [new(1), null, new(2)];
        readonly Dictionary<string, Module> heads = new() { ["class"] = new Linear(1, 1, bias: false) };

        public int Count => layers.Count + others.Length + scales.Length + heads.Count;
    }

    [Test]
    public void ListsArraysAndDictionaries()
    {
        var model = new Collections();
        Assert.That(
            NamesIn(model),
            Is.EqualTo(
                new[]
                {
                    "layers.0.Weight",
                    "layers.1.Weight",
                    "others.1.Weight",
                    "scales.0",
                    "scales.2",
                    "heads.class.Weight",
                }
            )
        );
        Assert.That(
            model.Children().Keys,
            Is.EqualTo(new[] { "layers.0", "layers.1", "others.0", "others.1", "heads.class" })
        );
        Assert.That(model.Count, Is.EqualTo(8));
    }

    sealed class Tied : Model
    {
        public Linear Encoder { get; } = new(2, 2);
        public Linear Again { get; }
        public Parameter Weight { get; }

        public Tied() => (Again, Weight) = (Encoder, Encoder.Weight);
    }

    [Test]
    public void WhatIsSharedStandsOnce()
    {
        var model = new Tied();
        Assert.That(NamesIn(model), Is.EqualTo(new[] { "Encoder.Weight", "Encoder.Bias" }));
        Assert.That(model.NamedModules().Keys, Is.EqualTo(new[] { "", "Encoder" }));
    }

    sealed class Pair(Module part) : Model
    {
        public Module Left { get; } = part;
        public Module Right { get; } = part;
    }

    [Test]
    public void AModuleHeldOverAndOverIsWalkedOnce()
    {
        // 2^40 paths lead to the one parameter.
        Module model = new Sequential(new Linear(1, 1, bias: false));
        for (var depth = 0; depth < 40; depth++)
            model = new Pair(model);
        Assert.That(model.NamedParameters(), Has.Count.EqualTo(1));
    }

    sealed class Node : Model
    {
        public Node? Inner { get; set; }
    }

    [Test]
    public void ACycleIsNamed()
    {
        var model = new Node { Inner = new Node { Inner = new Node() } };
        model.Inner.Inner.Inner = model.Inner;
        Assert.That(
            MessageOf<InvalidOperationException>(() => model.NamedParameters()),
            Does.StartWith("Node: modules must form a tree, but 'Inner.Inner.Inner' leads back to 'Inner'")
        );
        model.Inner = model;
        Assert.That(MessageOf<InvalidOperationException>(() => model.Parameters()), Does.Contain("the model itself"));
    }

    [Test]
    public void TrainAndEvalReachEveryChild()
    {
        var model = new Sequential(new Linear(1, 2), new Sequential(new ReLU(), new Tied()), new Collections());
        bool[] Modes() => [.. model.NamedModules().Values.Select(module => module.IsTraining).Distinct()];

        Assert.That(model.NamedModules(), Has.Count.EqualTo(12));
        Assert.That(Modes(), Is.EqualTo(new[] { true }));
        model.Eval();
        Assert.That(Modes(), Is.EqualTo(new[] { false }));
        model.Train();
        Assert.That(Modes(), Is.EqualTo(new[] { true }));
    }

    sealed class Noisy : Module
    {
        public override Tensor Forward(Tensor x) => IsTraining ? x * 2 : x;
    }

    [Test]
    public void LayersMayAskForTheMode()
    {
        var model = new Sequential(new Noisy());
        model.Forward(Tensor.Of(1.0)).Holds([1], 2);
        model.Eval();
        model.Forward(Tensor.Of(1.0)).Holds([1], 1);
    }

    [Test]
    public void PrintsAsATree() =>
        Assert.That(
            $"{new Sequential(new Linear(2, 3), new Sequential(new ReLU(), new Linear(3, 1, bias: false)))}",
            Is.EqualTo(
                """
                Sequential
                  0: Linear
                    Weight: float64 [2, 3]
                    Bias: float64 [3]
                  1: Sequential
                    0: ReLU
                    1: Linear
                      Weight: float64 [3, 1]
                """.ReplaceLineEndings("\n")
            )
        );

    [Test]
    public void AModelWithoutParametersHasNone() => Assert.That(new Sequential().NamedParameters(), Is.Empty);

    sealed class Scaled(double scale) : Module
    {
        public Parameter Scale { get; } = new(scale);

        public Linear Inner { get; } = new(2, 1, seed: 3);

        public override Tensor Forward(Tensor x) => Inner.Forward(x) * Scale;
    }

    [Test]
    public void AModelIsAFunctionOfItsParameters()
    {
        var (model, x) = (new Scaled(3), Tensor.Normal(1, 4, 2));
        var values = model.ParameterValues();
        Assert.That(values.Keys, Is.EqualTo(model.NamedParameters().Keys));
        Assert.That(Graph.same(model.Forward(x).Expression, model.ForwardWith(NamesToLeaves(model), x).Expression));

        var loss = model.Forward(x).Square().Sum();
        var gradient = Derivative.Grad(p => model.ForwardWith(p, x).Square().Sum(), values);
        foreach (var (name, parameter) in model.NamedParameters())
            gradient[name].Holds([.. parameter.Shape], loss.Gradient(parameter).ToArray());
    }

    static Dictionary<string, Tensor> NamesToLeaves(Module model) =>
        model.NamedParameters().ToDictionary(entry => entry.Key, entry => entry.Value.Value);

    [Test]
    public void OtherParametersAreGivenByPath()
    {
        var (model, x) = (new Scaled(3), Tensor.Normal(1, 4, 2));
        var before = model.Forward(x).ToArray();
        var doubled = new Dictionary<string, Tensor> { ["Scale"] = Tensor.Scalar(6) };
        model.ForwardWith(doubled, x).Holds([4, 1], [.. before.Select(number => 2 * number)]);
        model.Forward(x).Holds([4, 1], before);

        // What the input was made from stays.
        model.ForwardWith(doubled, x * model.Scale).Holds([4, 1], model.ForwardWith(doubled, x * 3).ToArray());

        Assert.Throws<KeyNotFoundException>(() =>
            model.ForwardWith(new Dictionary<string, Tensor> { ["scale"] = Tensor.Scalar(1) }, x)
        );
        Assert.Throws<ShapeException>(() =>
            model.ForwardWith(new Dictionary<string, Tensor> { ["Scale"] = Tensor.Of(1.0, 2) }, x)
        );
    }
}
