namespace Fluxion.Api;

/// <summary>
/// Loops of any length that are one node of an expression: the body is called once, and derivatives of both modes are loops as well. What goes
/// round is a tensor, or anything that holds some, as for <see cref="Derivative"/>; it keeps its form, shapes and types. Bodies may use
/// anything from outside, and nest in any order with derivatives and <see cref="Function.Vmap"/>.
/// </summary>
public static class Loop
{
    /// <summary>
    /// Goes over the rows of inputs: a step takes a carry and a row of each input to the next carry and an output. Gives the last carry, and
    /// the outputs as rows.
    /// </summary>
    /// <example><code>var (total, partial) = Loop.Scan((total, x) => (total + x, total + x), Tensor.Scalar(0), xs);</code></example>
    /// <exception cref="ShapeException">Inputs differ in their number of rows, or the next carry in shape.</exception>
    /// <exception cref="ArgumentException">The next carry differs in form.</exception>
    public static (TCarry Carry, TOutput Outputs) Scan<TCarry, TInput, TOutput>(
        Func<TCarry, TInput, (TCarry Carry, TOutput Output)> step,
        TCarry initial,
        TInput inputs
    ) => Prelude.scan(Interop.Step(step), initial, inputs).ToValueTuple();

    /// <summary>The same without outputs: a step takes a carry and a row of each input to the next carry.</summary>
    /// <inheritdoc cref="Scan{TCarry, TInput, TOutput}" path="/exception"/>
    public static TCarry Scan<TCarry, TInput>(Func<TCarry, TInput, TCarry> step, TCarry initial, TInput inputs) =>
        Prelude.scan(Interop.Step(step), initial, inputs).Item1;

    /// <summary>The same as <see cref="Scan{TCarry, TInput, TOutput}"/> from the last row to the first; outputs stand in the rows that they were made from.</summary>
    /// <inheritdoc cref="Scan{TCarry, TInput, TOutput}" path="/exception"/>
    public static (TCarry Carry, TOutput Outputs) ScanBack<TCarry, TInput, TOutput>(
        Func<TCarry, TInput, (TCarry Carry, TOutput Output)> step,
        TCarry initial,
        TInput inputs
    ) => Prelude.scanBack(Interop.Step(step), initial, inputs).ToValueTuple();

    /// <summary>The same without outputs.</summary>
    /// <inheritdoc cref="Scan{TCarry, TInput, TOutput}" path="/exception"/>
    public static TCarry ScanBack<TCarry, TInput>(Func<TCarry, TInput, TCarry> step, TCarry initial, TInput inputs) =>
        Prelude.scanBack(Interop.Step(step), initial, inputs).Item1;

    /// <summary>A step taken a number of times: it takes the step's number, an int64 scalar from 0 on, and a state to the next state.</summary>
    /// <exception cref="ShapeException">The next state differs in shape.</exception>
    /// <exception cref="ArgumentException">The count is negative, or the next state differs in form.</exception>
    public static TState Repeat<TState>(int count, Func<Tensor, TState, TState> step, TState initial) =>
        Prelude.repeat(count, Interop.ToCore<Expr, TState, TState>((index, state) => step(new(index), state)), initial);

    /// <summary>
    /// A step taken while a condition, a bool scalar, holds of the state, but at most <paramref name="most"/> times. Derivatives of both modes go
    /// through the steps that were taken; reverse mode keeps room for <paramref name="most"/> states.
    /// </summary>
    /// <exception cref="ShapeException">The condition is no scalar, or the next state differs in shape.</exception>
    /// <exception cref="DTypeException">The condition is not bool.</exception>
    /// <exception cref="ArgumentException">The number of steps is negative, or the next state differs in form.</exception>
    public static TState WhileLoop<TState>(
        int most,
        Func<TState, Tensor> condition,
        Func<TState, TState> step,
        TState initial
    ) => Prelude.whileLoop(most, Interop.ToExpression(condition), Interop.ToCore(step), initial);
}
