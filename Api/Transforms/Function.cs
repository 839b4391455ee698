namespace Fluxion.Api;

/// <summary>
/// Functions from functions. Arguments and results are tensors, or tuples, arrays, lists, dictionaries and records that hold some, as for
/// <see cref="Derivative"/>.
/// </summary>
public static class Function
{
    /// <summary>A function of one example at many, stacked along the first axis of each tensor, with no loop: the results are stacked too.</summary>
    /// <example>Per-example gradients: <code>Function.Vmap(e => Derivative.Grad(w => loss(w, e.X, e.Y), w), (X: xs, Y: ys))</code></example>
    /// <exception cref="ShapeException">A tensor is a scalar, or first axes differ in size.</exception>
    public static TResult Vmap<T, TResult>(Func<T, TResult> f, T x) => Prelude.vmap(Interop.ToCore(f), x);

    /// <summary>
    /// The same function, of which derivatives keep the arguments only: reverse mode works out the values inside once more, and so needs less
    /// memory. (Griewank and Walther, "Evaluating Derivatives", 2nd ed., chapter 12.)
    /// </summary>
    public static TResult Checkpoint<T, TResult>(Func<T, TResult> f, T x) => Prelude.checkpoint(Interop.ToCore(f), x);

    /// <summary>
    /// One of two functions at a point, by a bool scalar; the other is not run, but where examples of a <see cref="Vmap"/> choose for
    /// themselves. <see cref="Tensor.Where"/> chooses element by element.
    /// </summary>
    /// <exception cref="ShapeException">The condition is no scalar, or results differ in shape.</exception>
    /// <exception cref="DTypeException">The condition is not bool, or results differ in type.</exception>
    /// <exception cref="ArgumentException">Results differ in form.</exception>
    public static TResult Cond<T, TResult>(Tensor condition, Func<T, TResult> ifTrue, Func<T, TResult> ifFalse, T x) =>
        Prelude.cond(condition.Expression, Interop.ToCore(ifTrue), Interop.ToCore(ifFalse), x);

    /// <summary>
    /// The function made ready to be called many times on values: it is traced once for each form of argument, then only run. Parameters that it uses
    /// have the values that they have at each call, and no gradient flows back to them. Where an argument is or depends on a parameter, or
    /// on an argument of a function that is being differentiated, the function is called as it is.
    /// </summary>
    /// <example><code>var predict = Function.Compile((Tensor x) => model.Forward(x));</code></example>
    public static Func<T, TResult> Compile<T, TResult>(Func<T, TResult> f)
    {
        var compiled = Prelude.compile(Interop.ToCore(f));
        return x => compiled.Invoke(Interop.EvaluateKnown(x));
    }

    /// <summary>A step that takes a state to an output and the next state, taken as often as wanted on a state that is kept.</summary>
    /// <example><code>
    /// var descent = Function.Iterate(
    ///     (Tensor a) => { var (value, g) = Derivative.ValueAndGrad(LossOf, a); return (value, a - 0.1 * g); },
    ///     Tensor.Of(-1.0, 1)
    /// );
    /// descent.Run(10_000);
    /// </code></example>
    public static Iteration<TState, TOutput> Iterate<TState, TOutput>(
        Func<TState, (TOutput Output, TState State)> step,
        TState initial
    ) =>
        new(
            Prelude.iterate(
                Interop.Step<TState, ValueTuple, TOutput, TState>((state, _) => step(state)),
                Interop.Evaluate(initial)
            )
        );

    /// <summary>The same for a step that takes a state and an input to an output and the next state.</summary>
    public static Iteration<TState, TInput, TOutput> Iterate<TState, TInput, TOutput>(
        Func<TState, TInput, (TOutput Output, TState State)> step,
        TState initial
    ) => new(Prelude.iterate(Interop.Step(step), Interop.Evaluate(initial)));

    /// <summary>All tensors inside with their values, worked out together, so that what they share is worked out once.</summary>
    /// <exception cref="UnboundInputException">One of them is, or was made from, an argument of a function that is being traced.</exception>
    public static T Evaluate<T>(T x)
    {
        Interop.RequireTensors<T>();
        return Interop.Evaluate(x);
    }
}
