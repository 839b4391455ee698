namespace Fluxion.Api;

/// <summary>
/// A step that is taken again and again on a state that it keeps, made by <see cref="Function.Iterate{TState, TOutput}"/>. It is compiled once, writes
/// the state in place, and allocates no arrays; reading <see cref="State"/> or <see cref="Output"/> copies. For one thread at a time.
/// </summary>
public sealed class Iteration<TState, TOutput>
{
    // An empty tuple is an input without tensors.
    readonly Fluxion.Iteration<TState, ValueTuple, TOutput> iteration;

    internal Iteration(Fluxion.Iteration<TState, ValueTuple, TOutput> iteration) => this.iteration = iteration;

    /// <summary>One step, or many in one call.</summary>
    /// <exception cref="UnboundInputException">The step uses a variable that is not in its state, a parameter say.</exception>
    /// <exception cref="ShapeException">It makes a state of another shape.</exception>
    /// <exception cref="DTypeException">It makes a state of another element type.</exception>
    /// <exception cref="ArgumentException">It makes a state of another form, or the number of steps is negative.</exception>
    public void Run(int steps = 1) => iteration.Run(default, steps);

    /// <summary>The state now, which further steps leave as it is.</summary>
    public TState State => iteration.State;

    /// <summary>What the last step gave beside its next state.</summary>
    /// <exception cref="InvalidOperationException">No step has run.</exception>
    public TOutput Output => iteration.Output;
}

/// <summary>
/// The same for steps that take an input, mini-batches say, made by <see cref="Function.Iterate{TState, TInput, TOutput}"/>. It is compiled once for each form of input.
/// </summary>
public sealed class Iteration<TState, TInput, TOutput>
{
    readonly Fluxion.Iteration<TState, TInput, TOutput> iteration;

    internal Iteration(Fluxion.Iteration<TState, TInput, TOutput> iteration) => this.iteration = iteration;

    /// <summary>One step on an input, or many in one call.</summary>
    /// <inheritdoc cref="Iteration{TState, TOutput}.Run" path="/exception"/>
    public void Run(TInput input, int steps = 1) => iteration.Run(Interop.Evaluate(input), steps);

    /// <inheritdoc cref="Iteration{TState, TOutput}.State"/>
    public TState State => iteration.State;

    /// <inheritdoc cref="Iteration{TState, TOutput}.Output"/>
    public TOutput Output => iteration.Output;
}
