using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using static Fluxion.LeafFunctions.Expr;

namespace Fluxion.Api;

/// <summary>Where C# meets F#: lists, options, unions and functions are made and taken apart here and nowhere else in Api.</summary>
internal static class Interop
{
    public static FSharpList<T> List<T>(IEnumerable<T> items) => ListModule.OfSeq(items);

    public static Slice At(int index) => Slice.NewAt(index);

    public static Slice Between(int start, int stop) =>
        Slice.NewRange(FSharpOption<int>.Some(start), FSharpOption<int>.Some(stop), 1);

    public static Slice Range(int? start, int? stop, int step) => Slice.NewRange(ToOption(start), ToOption(stop), step);

    static FSharpOption<int>? ToOption(int? value) => value is { } known ? FSharpOption<int>.Some(known) : null;

    /// <summary>A reduction along axes, all of them when none is given, which disappear or stay as size 1.</summary>
    public static Expr Reduce(
        Func<FSharpList<int>, Expr, Expr> over,
        IReadOnlyCollection<int> axes,
        bool keepDims,
        Expr x
    )
    {
        var along = List(axes.Count == 0 ? Enumerable.Range(0, x.Rank) : axes);
        return keepDims
            ? Fluxion.ReductionFunctions.Expr.keepDims(FuncConvert.FromFunc(over), along, x)
            : over(along, x);
    }

    /// <summary>A tensor padded by (before, after) for each axis.</summary>
    public static Expr Pad(Fluxion.PaddingMode mode, IEnumerable<(int Before, int After)> paddings, Expr x) =>
        Fluxion.ArrangementFunctions.Expr.padWith(mode, List(paddings.Select(p => p.ToTuple())), x);

    public static Fluxion.PaddingMode ToCore(PaddingMode mode) =>
        mode switch
        {
            PaddingMode.Edge => Fluxion.PaddingMode.Edge,
            PaddingMode.Reflect => Fluxion.PaddingMode.Reflect,
            PaddingMode.Wrap => Fluxion.PaddingMode.Wrap,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "no way of padding has this number"),
        };

    public static DType ToApi(Fluxion.DType dtype) =>
        dtype.Tag switch
        {
            Fluxion.DType.Tags.Float32 => DType.Float32,
            Fluxion.DType.Tags.Float64 => DType.Float64,
            Fluxion.DType.Tags.Int32 => DType.Int32,
            Fluxion.DType.Tags.Int64 => DType.Int64,
            _ => DType.Bool,
        };

    public static Fluxion.DType ToCore(DType dtype) =>
        dtype switch
        {
            DType.Float32 => Fluxion.DType.Float32,
            DType.Float64 => Fluxion.DType.Float64,
            DType.Int32 => Fluxion.DType.Int32,
            DType.Int64 => Fluxion.DType.Int64,
            DType.Bool => Fluxion.DType.Bool,
            _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "no element type has this number"),
        };

    /// <summary>A constant around the array itself, which nobody may write afterwards.</summary>
    public static Expr Constant(Array data, IEnumerable<int> shape) =>
        constant(
            new NDArray(
                List(shape),
                data switch
                {
                    double[] floats => Buffer.NewFloat64(floats),
                    float[] floats => Buffer.NewFloat32(floats),
                    int[] integers => Buffer.NewInt32(integers),
                    long[] integers => Buffer.NewInt64(integers),
                    bool[] truths => Buffer.NewBool(truths),
                    _ => throw new ArgumentException($"no tensor holds elements of {data.GetType()}", nameof(data)),
                }
            )
        );

    public static Expr Full(double value, Fluxion.DType dtype, IEnumerable<int> shape) =>
        constant(NDArrayModule.full(dtype, ShapeModule.check("full", List(shape)), value));

    public static Expr Uniform(int seed, double low, double high, IEnumerable<int> shape) =>
        Random.uniform(low, high, List(shape), Random.key(seed));

    public static Expr Normal(int seed, IEnumerable<int> shape) => Random.normal(List(shape), Random.key(seed));

    public static Expr TruncatedNormal(int seed, double low, double high, IEnumerable<int> shape) =>
        Random.truncatedNormal(low, high, List(shape), Random.key(seed));

    public static Expr Exponential(int seed, Expr rate, IEnumerable<int> shape) =>
        Random.exponential(rate, List(shape), Random.key(seed));

    public static Expr Gamma(int seed, Expr concentration, IEnumerable<int> shape) =>
        Random.gamma(concentration, List(shape), Random.key(seed));

    public static Expr Bernoulli(int seed, Expr probability, IEnumerable<int> shape) =>
        Random.bernoulli(probability, List(shape), Random.key(seed));

    public static Expr Categorical(int seed, Expr logits, IEnumerable<int> shape) =>
        Random.categorical(logits, List(shape), Random.key(seed));

    public static Expr Permutation(int seed, int count) => Random.permutation(count, Random.key(seed));

    /// <summary>The variables that an expression reaches, in the order of a walk from the left.</summary>
    public static IReadOnlyList<Expr> Variables(Expr expression) => Graph.variables([expression]);

    /// <summary>The values of expressions, found together.</summary>
    public static NDArray[] Evaluate(params Expr[] expressions)
    {
        var inputs = new Dictionary<Variable, NDArray>();
        foreach (var leaf in Graph.variables(expressions))
            if (leaf.Node is { IsVariable: true } node && leaf.Source is { } source)
                inputs[node.variable] = source.Value;
        return Interpreter.run(expressions, inputs);
    }

    // A few hundred forms of loss are more than any program alternates between.
    static readonly BackwardPass Backwards = new(256);

    /// <summary>The value of a scalar, whose gradients go to its leaves, by a plan that is kept for the next loss of the same form.</summary>
    public static NDArray Backward(Expr loss) => Backwards.Run(loss);

    /// <summary>A scalar, then its gradient by each leaf, simplified together so that what they share stays shared.</summary>
    public static Expr[] ValueAndGradients(Expr loss, Expr[] leaves) =>
        Rewrite.simplifyAll([loss, .. Reverse.gradientAll(loss, leaves)]);

    /// <summary>
    /// Whole steps of a group on batches; <paramref name="memberOf"/> says which member of the group a leaf of the loss is, or -1. Other
    /// parameters stand for their values, as they are when the loss is built.
    /// </summary>
    public static GroupIteration Iterate(ParameterGroup group, Func<Expr, Expr, Expr> loss, Func<Expr, int> memberOf) =>
        group.Iterate(
            FuncConvert.FromFunc<FSharpList<Expr>, Expr, Expr, Expr>(
                (members, x, y) =>
                {
                    var built = loss(x, y);
                    var replaced =
                        from leaf in Variables(built)
                        where leaf.Source is not null
                        let member = memberOf(leaf)
                        select Tuple.Create(leaf, member < 0 ? constant(leaf.Source!.Value) : members[member]);
                    return Graph.substitute(List(replaced), built);
                }
            )
        );

    /// <summary>
    /// A function that is built from parameters, as one of their values, and those values. What else it reads stays as it is when it is built, and
    /// it is built once.
    /// </summary>
    public static (Parameter[] Parameters, FSharpFunc<Expr[], Expr> Function, Expr[] Start) Function(
        IEnumerable<Parameter> parameters,
        Func<Tensor> build
    )
    {
        Parameter[] moved = [.. parameters];
        var built = new Lazy<Expr>(() => build().Expression);
        return (
            moved,
            FuncConvert.FromFunc<Expr[], Expr>(values =>
            {
                var replaced =
                    from leaf in Variables(built.Value)
                    where leaf.Source is not null
                    let member = Array.FindIndex(moved, parameter => ReferenceEquals(parameter.Value.Expression, leaf))
                    select Tuple.Create(leaf, member < 0 ? constant(leaf.Source!.Value) : values[member]);
                return Graph.substitute(List(replaced), built.Value);
            }),
            [.. moved.Select(parameter => parameter.Value.Constant)]
        );
    }

    public static StopReason ToApi(Fluxion.StopReason reason) =>
        reason.Tag switch
        {
            Fluxion.StopReason.Tags.SmallGradient => StopReason.SmallGradient,
            Fluxion.StopReason.Tags.SmallStep => StopReason.SmallStep,
            Fluxion.StopReason.Tags.NoProgress => StopReason.NoProgress,
            _ => StopReason.IterationLimit,
        };

    /// <summary>Core's optimizers: what begins a group of parameters, given their first values.</summary>
    public static Func<NDArray[], ParameterGroup> Sgd() => Group(Fluxion.Optimizer.sgd<Expr>);

    public static Func<NDArray[], ParameterGroup> Momentum(double momentum) =>
        Group(learningRate => Fluxion.Optimizer.momentum<Expr>(learningRate, momentum));

    public static Func<NDArray[], ParameterGroup> Adam(AdamOptions options) =>
        Group(learningRate =>
            Fluxion.Optimizer.adam<Expr>(new(learningRate, options.Beta1, options.Beta2, options.Epsilon))
        );

    static Func<NDArray[], ParameterGroup> Group<TState>(Func<Expr, Optimizer<Expr, TState>> optimizer) =>
        values => new ParameterGroup<TState>(FuncConvert.FromFunc(optimizer), values);
}
