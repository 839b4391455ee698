namespace Fluxion

/// What every script starts with: tensors, derivatives, evaluation.
[<AutoOpen>]
module Prelude =
    /// A constant from numbers, or nested lists or arrays of them: float64 from `1.0`, float32 from `1.0f`, int32 from `1`.
    /// Raises ShapeException when rows differ in length.
    let inline tensor (data: ^a) : Expr = Literal.From(Literal(), data)

    /// A float64 constant without axes.
    let scalar (value: float) : Expr = tensor value

    let private filled (place: string) (value: float) (shape: Shape) : Expr =
        Expr.constant (NDArray.full DType.Float64 (Shape.check place shape) value)

    /// A float64 constant of one repeated number. Raises ShapeException for a negative size, as `zeros` and `ones` do.
    let full (value: float) (shape: Shape) : Expr = filled "full" value shape

    /// A float64 constant of zeros.
    let zeros (shape: Shape) : Expr = filled "zeros" 0.0 shape

    /// A float64 constant of ones.
    let ones (shape: Shape) : Expr = filled "ones" 1.0 shape

    /// The identity matrix of a size, float64.
    let eye (size: int) : Expr = Expr.constant (NDArray.identity DType.Float64 size)

    /// `count` float64 numbers from `low` to `high`, both included, evenly spaced.
    let linspace (low: float) (high: float) (count: int) : Expr =
        let step = if count > 1 then (high - low) / float (count - 1) else 0.0
        // The last one is `high` itself, not what rounding makes of it.
        tensor (Array.init count (fun i -> if i = count - 1 && i > 0 then high else low + float i * step))

    /// The gradient of a function that gives a scalar, at a point: of the same form as the point (a tensor, record, tuple, list or array).
    /// An expression, so gradients nest. Raises ShapeException when the result is not a scalar.
    let grad (f: 'a -> Expr) (x: 'a) : 'a = snd (Functions.valueAndGrad f x)

    /// The value of a function that gives a scalar, and its gradient.
    let valueAndGrad (f: 'a -> Expr) (x: 'a) : Expr * 'a = Functions.valueAndGrad f x

    /// The value of a function and its derivative along a tangent of the point's form: forward mode.
    let jvp (f: 'a -> 'b) (x: 'a) (tangent: 'a) : 'b * 'b = Functions.jvp f x tangent

    /// The value of a function and what sends a cotangent of the result back to the point: reverse mode.
    let vjp (f: 'a -> 'b) (x: 'a) : 'b * ('b -> 'a) = Functions.vjp f x

    /// The Jacobian of a function: for each tensor of the point, of shape s, the derivatives of the result, of shape r, in shape `r @ s`.
    let jacobian (f: 'a -> Expr) (x: 'a) : 'a = Functions.jacobian f x

    /// The second derivatives of a function that gives a scalar. At one tensor of shape s they have shape `s @ s`; at several, they are the
    /// matrix over all their entries, in order.
    let hessian (f: 'a -> Expr) (x: 'a) : Expr = Functions.hessian f x

    /// A function of one example as a function of many, stacked along a new first axis, with no loop.
    let vmap (f: 'a -> 'b) (x: 'a) : 'b = Functions.vmap f x

    /// A loop over the rows of inputs: `step` takes a carry and a row of each input to the next carry and an output. Gives the last carry, and the
    /// outputs as rows. Of any length: the body is traced once, and derivatives of both modes are loops as well. A step may use anything from outside.
    ///
    ///     let total, partial = scan (fun total x -> total + x, total + x) (scalar 0.0) xs
    ///
    /// Raises ShapeException when inputs differ in their number of rows or the next carry in shape, ArgumentException when it differs in form.
    let scan (step: 'carry -> 'input -> 'carry * 'output) (initial: 'carry) (inputs: 'input) : 'carry * 'output =
        Control.scan false step initial inputs

    /// The same from the last row to the first; outputs stand in the rows that they were made from.
    let scanBack (step: 'carry -> 'input -> 'carry * 'output) (initial: 'carry) (inputs: 'input) : 'carry * 'output =
        Control.scan true step initial inputs

    /// `step` taken `count` times: it takes the step's number, int64 from 0 on, and a state to the next state. Raises what `scan` raises, and
    /// ArgumentException for a negative count.
    let repeat (count: int) (step: Expr -> 'state -> 'state) (initial: 'state) : 'state = Control.repeat count step initial

    /// `step` taken while `condition`, a bool scalar, holds of the state, but at most `most` times. Derivatives of both modes go through the steps that
    /// were taken; reverse mode keeps room for `most` states. Raises what `scan` raises, and DTypeException when the condition is not bool.
    let whileLoop (most: int) (condition: 'state -> Expr) (step: 'state -> 'state) (initial: 'state) : 'state =
        fst (Control.whileLoop most condition step initial)

    /// One of two functions at `x`, by a bool scalar; the other is not run, but where examples of a `vmap` choose for themselves. Raises ShapeException,
    /// DTypeException or ArgumentException when results differ in form or type.
    let cond (condition: Expr) (ifTrue: 'a -> 'b) (ifFalse: 'a -> 'b) (x: 'a) : 'b = Control.cond condition ifTrue ifFalse x

    /// The same function, of which derivatives keep the arguments only: reverse mode works out the values inside once more, and
    /// so needs less memory. (Griewank and Walther, "Evaluating Derivatives", 2nd ed., chapter 12.)
    let checkpoint (f: 'a -> 'b) (x: 'a) : 'b = Control.checkpoint f x

    /// The value of an expression, or of every expression in a record, tuple, list or array: constants.
    /// Raises UnboundInputException when a variable is in it.
    let eval (x: 'a) : 'a = Functions.eval x

    /// The value where variables have the given values, by name. Raises ArgumentException for a name that is not there or stands twice,
    /// UnboundInputException for a variable without a value.
    let evalWith (values: (string * Expr) list) (x: 'a) : 'a = Functions.evalWith values x

    /// The function made ready to be called many times on values: it is traced once for each form of argument, then only run.
    let compile (f: 'a -> 'b) : 'a -> 'b = Functions.compile f

    /// A step that is taken again and again on a state that it keeps and writes in place. `step` takes state and input to an output and the next
    /// state; `Run` takes one step or many in one call, on an input when there is one, and
    /// `State` and `Output` read where they led. State, input and output are parameters of any form.
    ///
    ///     let descent = iterate (fun a () -> let value, g = valueAndGrad loss a in value, a - 0.1 * g) (tensor [ -1.0; 1.0 ])
    ///     descent.Run 10_000
    ///
    /// Raises UnboundInputException when the first state has a variable in it.
    let iterate (step: 'state -> 'input -> 'output * 'state) (initial: 'state) : Iteration<'state, 'input, 'output> =
        Iteration("iterate", false, step, initial)

    /// What was chosen at start, a line each: version, runtime, width of vectors, number of threads, and whose matrix products are used.
    let info () : string = Platform.describe ()
