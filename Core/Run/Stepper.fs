namespace Fluxion

/// Roots that are run again and again on a state of their own: values of some inputs become those of the next step. Updates are pairs of an
/// input and the root that replaces it, and all of a step happen at once. One stepper belongs to one thread at a time.
[<AbstractClass>]
type internal Stepper() =
    /// One step, or many.
    abstract Run: steps: int -> unit
    /// Another value, of the same shape and type, for an input: the array itself, which steps write when the input is one that they update.
    abstract Give: input: int * value: NDArray -> unit
    /// A copy of a root's value after the last step.
    abstract Result: root: int -> NDArray
    /// The value of a root without axes, or the first element of another.
    abstract Number: root: int -> float
    /// Per update, a copy of its input's value before the last step, or before the last two: for steppers that keep them, after as many steps.
    abstract Earlier: steps: int -> NDArray[]

/// Steps by the rows' own evaluation, for graphs that are too large to compile.
[<Sealed>]
type internal InterpretedStepper(run: NDArray[] -> NDArray[], values: NDArray[], updates: (int * int) list) =
    inherit Stepper()
    let inputs = Array.copy values
    let mutable results: NDArray[] = [||]
    let mutable last, older = inputs, inputs

    override _.Run steps =
        for _ in 1..steps do
            results <- run inputs
            older <- last
            last <- Array.copy inputs

            for input, root in updates do
                inputs[input] <- results[root]

    override _.Give(input, value) = inputs[input] <- value
    override _.Result root = results[root]
    override _.Number root = NDArray.first results[root]

    override _.Earlier steps =
        let values = if steps = 1 then last else older
        [| for input, _ in updates -> values[input] |]
