using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using static Fluxion.LeafFunctions.Expr;

namespace Fluxion.Api;

/// <summary>Where C# meets F#: lists, options, unions and functions are made and taken apart here and nowhere else in Api.</summary>
internal static class Interop
{
    public static FSharpList<T> List<T>(IEnumerable<T> items) => ListModule.OfSeq(items);

    public static FSharpList<Tuple<string, int>> Pairs(IEnumerable<(string Name, int Size)> pairs) =>
        List(pairs.Select(pair => Tuple.Create(pair.Name, pair.Size)));

    public static Slice At(int index) => Slice.NewAt(index);

    public static Slice Between(int start, int stop) =>
        Slice.NewRange(FSharpOption<int>.Some(start), FSharpOption<int>.Some(stop), 1);

    public static Slice Range(int? start, int? stop, int step) => Slice.NewRange(ToOption(start), ToOption(stop), step);

    static FSharpOption<int>? ToOption(int? value) => value is { } known ? FSharpOption<int>.Some(known) : null;

    /// <summary>
    /// A function as F# has it. Its argument and result are tensors or hold some: tuples, arrays, lists, dictionaries and records of them.
    /// </summary>
    public static FSharpFunc<T, TResult> ToCore<T, TResult>(Func<T, TResult> f)
    {
        RequireTensors<T>();
        RequireTensors<TResult>();
        return FuncConvert.FromFunc(f);
    }

    /// <inheritdoc cref="ToCore{T, TResult}(Func{T, TResult})"/>
    public static FSharpFunc<T1, FSharpFunc<T2, TResult>> ToCore<T1, T2, TResult>(Func<T1, T2, TResult> f)
    {
        RequireTensors<T1>();
        RequireTensors<T2>();
        RequireTensors<TResult>();
        return FuncConvert.FromFunc(f);
    }

    /// <inheritdoc cref="ToCore{T, TResult}(Func{T, TResult})"/>
    public static FSharpFunc<T1, FSharpFunc<T2, FSharpFunc<T3, TResult>>> ToCore<T1, T2, T3, TResult>(
        Func<T1, T2, T3, TResult> f
    )
    {
        RequireTensors<T1>();
        RequireTensors<T2>();
        RequireTensors<T3>();
        RequireTensors<TResult>();
        return FuncConvert.FromFunc(f);
    }

    /// <summary>The same for a function that gives one tensor, of which F# wants the expression.</summary>
    public static FSharpFunc<T, Expr> ToExpression<T>(Func<T, Tensor> f) => ToCore<T, Expr>(x => f(x).Expression);

    /// <summary>The same for a function from one tensor to another.</summary>
    public static FSharpFunc<Expr, Expr> OfExpression(Func<Tensor, Tensor> f) =>
        ToCore<Expr, Expr>(x => f(new(x)).Expression);

    /// <summary>A step of a loop, which gives two things.</summary>
    public static FSharpFunc<T1, FSharpFunc<T2, Tuple<TFirst, TSecond>>> Step<T1, T2, TFirst, TSecond>(
        Func<T1, T2, (TFirst, TSecond)> step
    )
    {
        RequireTensors<T1>();
        RequireTensors<TFirst>();
        RequireTensors<TSecond>();
        return FuncConvert.FromFunc<T1, T2, Tuple<TFirst, TSecond>>((first, second) => step(first, second).ToTuple());
    }

    /// <summary>A step of a scan without outputs.</summary>
    public static FSharpFunc<TCarry, FSharpFunc<TInput, Tuple<TCarry, Expr[]>>> Step<TCarry, TInput>(
        Func<TCarry, TInput, TCarry> step
    ) => Step<TCarry, TInput, TCarry, Expr[]>((carry, row) => (step(carry, row), []));

    /// <summary>Refuses a type in which no tensors are looked for: it would pass through a transform as it is, and give nonsense.</summary>
    /// <exception cref="ArgumentException">It is one.</exception>
    public static void RequireTensors<T>()
    {
        if (Params.isOpaque<T>())
            throw new ArgumentException(
                Errors.sentence(
                    typeof(T).Name,
                    "functions take and give tensors, or tuples, arrays, lists, dictionaries and records of them",
                    $"this is {typeof(T)}",
                    typeof(T) == typeof(Parameter)
                        ? "give the parameter's Value?"
                        : "make it a tensor, by Tensor.Scalar say?"
                )
            );
    }

    /// <summary>What is given, which has tensors where <paramref name="like"/> has them.</summary>
    /// <exception cref="ArgumentException">It has not.</exception>
    public static T SameForm<T>(string place, string role, T like, T given)
    {
        static string[] Paths(T x) => [.. Params.named(x).Select(entry => entry.Item1)];

        string[] expected = Paths(like),
            actual = Paths(given);
        return expected.SequenceEqual(actual)
            ? given
            : throw new ArgumentException(
                Errors.sentence(
                    place,
                    $"{role} must hold tensors at [{string.Join(", ", expected)}]",
                    $"it has them at [{string.Join(", ", actual)}]",
                    "give one for each?"
                )
            );
    }

    /// <summary>The same form around other expressions.</summary>
    public static T Rebuild<T>(T like, IEnumerable<Expr> expressions) => Params.ofList(like, List(expressions));

    /// <summary>Every tensor inside with its value, found together.</summary>
    public static T Evaluate<T>(T x)
    {
        var leaves = Params.toList(x);
        return leaves.All(leaf => leaf.IsConstant) ? x : Rebuild(x, Evaluate([.. leaves]).Select(constant));
    }

    /// <summary>The same, unless a variable is inside, a parameter say.</summary>
    public static T EvaluateKnown<T>(T x) => Graph.variables(Params.toList(x)).IsEmpty ? Evaluate(x) : x;

    /// <summary>An expression with some nodes replaced by others of the same type.</summary>
    public static Expr Substitute(Expr expression, IEnumerable<(Expr From, Expr To)> replaced) =>
        Graph.substitute(List(replaced.Select(pair => pair.ToTuple())), expression);

    /// <summary>An expression in which each parameter stands for what <paramref name="valueOf"/> says, or where that is null for its value.</summary>
    static Expr WithValues(Expr expression, Func<Expr, Expr?> valueOf) =>
        Substitute(
            expression,
            from leaf in Variables(expression)
            where leaf.Source is not null
            select (leaf, valueOf(leaf) ?? constant(leaf.Source!.Value))
        );

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

    /// <summary>The variables that an expression reaches, in the order of a walk from the left.</summary>
    public static IReadOnlyList<Expr> Variables(Expr expression) => Graph.variables([expression]);

    /// <summary>The values of expressions, found together.</summary>
    public static NDArray[] Evaluate(Expr[] expressions)
    {
        var inputs = new Dictionary<Variable, NDArray>();
        foreach (var leaf in Graph.variables(expressions))
            if (leaf.Source is { } source)
                inputs[((Input)leaf.Head).Variable] = source.Value;
        return Interpreter.run(expressions, inputs);
    }

    // A few hundred forms of loss are more than any program alternates between.
    static readonly BackwardPass Backwards = new(256);

    /// <summary>The value of a scalar, whose gradients go to its leaves, by a plan that is kept for the next loss of the same form.</summary>
    public static NDArray Backward(Expr loss) => Backwards.Run(loss);

    /// <summary>A scalar, then its gradient by each leaf, simplified together so that what they share stays shared.</summary>
    public static Expr[] ValueAndGradients(Expr loss, Expr[] leaves) =>
        Fluxion.Rewrite.simplifyAll([loss, .. Reverse.gradientAll(loss, leaves)]);

    /// <summary>
    /// Whole steps of a group on batches; <paramref name="memberOf"/> says which member of the group a leaf of the loss is, or -1. Other
    /// parameters stand for their values, as they are when the loss is built.
    /// </summary>
    public static GroupIteration Iterate(ParameterGroup group, Func<Expr, Expr, Expr> loss, Func<Expr, int> memberOf) =>
        group.Iterate(
            FuncConvert.FromFunc<FSharpList<Expr>, Expr, Expr, Expr>(
                (members, x, y) =>
                    WithValues(loss(x, y), leaf => memberOf(leaf) is >= 0 and var member ? members[member] : null)
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
                WithValues(
                    built.Value,
                    leaf =>
                        Array.FindIndex(moved, parameter => ReferenceEquals(parameter.Value.Expression, leaf))
                            is >= 0
                                and var member
                            ? values[member]
                            : null
                )
            ),
            [.. moved.Select(parameter => parameter.Value.Constant)]
        );
    }

    /// <summary>A function of anything that holds tensors, for which parameters are the values that they have when it is called.</summary>
    public static FSharpFunc<T, Expr> FixedFunction<T>(Func<T, Tensor> f) =>
        ToExpression<T>(x => new(WithValues(f(x).Expression, _ => null)));

    public static StopReason ToApi(Fluxion.StopReason reason) =>
        reason.Tag switch
        {
            Fluxion.StopReason.Tags.SmallGradient => StopReason.SmallGradient,
            Fluxion.StopReason.Tags.SmallStep => StopReason.SmallStep,
            Fluxion.StopReason.Tags.NoProgress => StopReason.NoProgress,
            Fluxion.StopReason.Tags.Unbounded => StopReason.Unbounded,
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
