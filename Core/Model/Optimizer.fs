namespace Fluxion

open System

/// How parameters follow their gradients. `Init` makes the state for parameters of a form; `Update` takes gradients, state and parameters to the
/// next parameters and state, all of them expressions, so that `compile` can take a whole training step. The state is itself parameters of some
/// form (see Params): it goes through `compile`, `eval` and files as they do.
[<NoEquality; NoComparison>]
type Optimizer<'parameters, 'state> =
    { Init: 'parameters -> 'state
      Update: 'parameters -> 'state -> 'parameters -> 'parameters * 'state }

/// What Adam remembers: the number of steps (an int64 scalar), and running means of the gradients and of their squares.
type AdamState<'parameters> = { Step: Expr; Mean: 'parameters; Variance: 'parameters }

/// What Adam can be told. The learning rate is a scalar expression; the decay rates lie in [0, 1).
type AdamOptions = { LearningRate: Expr; Beta1: float; Beta2: float; Epsilon: float }

/// Adam's options.
module Adam =
    /// Learning rate 0.001, decay rates 0.9 and 0.999, epsilon 1e-8: the settings that its paper recommends.
    let defaults: AdamOptions =
        { LearningRate = Expr.constant (NDArray.full DType.Float64 [] 1e-3)
          Beta1 = 0.9
          Beta2 = 0.999
          Epsilon = 1e-8 }

/// The state of an optimizer whose learning rate follows a schedule: the number of steps (an int64 scalar), and the optimizer's own.
type ScheduledState<'state> = { Step: Expr; State: 'state }

/// Optimizers for parameters of any form. A learning rate is a scalar expression of any floating-point type: `scalar 0.1`, an input of the
/// compiled step, or what `scheduled` makes of the step's number. So a rate that changes never means another trace.
///
/// Updates raise ShapeException or DTypeException when a gradient or a part of the state has another shape or element type than its parameter.
module Optimizer =
    let private requireScalar (place: string) (learningRate: Expr) =
        if not learningRate.Shape.IsEmpty || not learningRate.DType.IsFloating then
            Errors.shape place "the learning rate must be a floating-point scalar" $"it is {learningRate.Type}" "write scalar 0.1?"

    let private requireFraction (place: string) (name: string) (value: float) =
        // Written so that NaN is refused too.
        if not (value >= 0.0 && value < 1.0) then
            Errors.argument place $"{name} must lie in [0, 1)" $"it is {value}" "try 0.9?"

    let private requireSame (place: string) (role: string) (parameters: 'parameters) (others: 'parameters) =
        let parameters, others = Params.named parameters, Params.named others

        if parameters.Length <> others.Length then
            Errors.shape
                place
                $"there must be a {role} for each of {parameters.Length} parameters"
                $"there are {others.Length}"
                "take the gradient at these very parameters?"

        for (path, parameter), (_, other) in List.zip parameters others do
            if parameter.Type <> other.Type then
                let name = if path = "" then "the parameter" else $"'{path}'"

                TensorType.mismatch
                    parameter.Type
                    other.Type
                    place
                    $"{name} is {parameter.Type} and its {role} must be too"
                    $"that is {other.Type}"
                    "take the gradient at these very parameters?"

    // A scalar in the element type of what it is about to scale.
    let private like (x: Expr) (number: Expr) = Expr.cast x.DType number

    // Constants, whatever the parameters are: a state made of expressions could not enter a compiled step.
    let private zeros (parameters: 'parameters) =
        parameters
        |> Params.map (fun parameter -> Expr.constant (NDArray.full parameter.DType parameter.Shape 0.0))

    let private stepZero = Expr.constant (NDArray([], Buffer.Int64 [| 0L |]))

    let private descend (learningRate: Expr) (parameters: 'parameters) (direction: 'parameters) =
        Params.map2 (fun (x: Expr) d -> x - like x learningRate * d) parameters direction

    /// Gradient descent: p ← p - η g. (Robbins and Monro, "A stochastic approximation method", 1951.)
    let sgd (learningRate: Expr) : Optimizer<'parameters, unit> =
        requireScalar "sgd" learningRate

        { Init = ignore
          Update =
            fun gradients () parameters ->
                requireSame "sgd" "gradient" parameters gradients
                descend learningRate parameters gradients, () }

    /// Classical momentum, the heavy ball: v ← μ v + g, p ← p - η v, from v = 0; the state is v. The gradient is taken at the parameters
    /// themselves, not ahead of them as Nesterov does, and the rate scales v as it leaves, so a new rate acts at once (as in
    /// PyTorch; for a constant rate it is the same as v ← μ v - η g). Raises ArgumentException when μ is not in [0, 1). (Polyak, "Some
    /// methods of speeding up the convergence of iteration methods", 1964; Sutskever et al., ICML 2013, section 2.)
    let momentum (learningRate: Expr) (momentum: float) : Optimizer<'parameters, 'parameters> =
        requireScalar "momentum" learningRate
        requireFraction "momentum" "the momentum" momentum

        { Init = zeros
          Update =
            fun gradients velocity parameters ->
                requireSame "momentum" "gradient" parameters gradients
                requireSame "momentum" "velocity" parameters velocity
                let velocity = Params.map2 (fun (v: Expr) g -> momentum * v + g) velocity gradients
                descend learningRate parameters velocity, velocity }

    // Where processors begin to multiply many times slower: at the smallest number that is not subnormal.
    let private smallestNormal (dtype: DType) =
        if dtype = DType.Float32 then
            1.17549435e-38
        else
            2.2250738585072014e-308

    // Zero instead of what is smaller than a bound. NaN goes through.
    let private orZeroBelow (least: float) (x: Expr) = Expr.where (Expr.less (abs x) (x.Literal least)) (x.Literal 0.0) x

    /// Adam: running means m of g and v of g², both corrected for having started at 0, and p ← p - η m̂ / (√v̂ + ε). Raises
    /// ArgumentException when a decay rate is not in [0, 1), or ε is not positive. Means and squares below the smallest normal number of their type
    /// become 0: subnormal ones would slow down every step, and are too small to move a parameter. (Kingma and Ba, "Adam: a method for stochastic optimization",
    /// ICLR 2015, algorithm 1.)
    let adam (options: AdamOptions) : Optimizer<'parameters, AdamState<'parameters>> =
        requireScalar "adam" options.LearningRate
        requireFraction "adam" "Beta1" options.Beta1
        requireFraction "adam" "Beta2" options.Beta2

        if not (options.Epsilon > 0.0) then
            Errors.argument "adam" "Epsilon must be positive" $"it is {options.Epsilon}" "try 1e-8?"

        // Means that follow nothing but zeros shrink until they are subnormal, and there they stay: 0.9 times the smallest number rounds to itself.
        let running (decay: float) (mean: 'parameters) (values: 'parameters) =
            Params.map2 (fun (m: Expr) x -> orZeroBelow (smallestNormal m.DType) (decay * m + (1.0 - decay) * x)) mean values

        // So that (1 - β2) g² is not subnormal either, as it is in float32 for gradients of 1e-20.
        let squared (gradient: Expr) =
            let least = Math.Sqrt(smallestNormal gradient.DType / (1.0 - options.Beta2))
            Expr.square (orZeroBelow least gradient)

        { Init = fun parameters -> { Step = stepZero; Mean = zeros parameters; Variance = zeros parameters }
          Update =
            fun gradients state parameters ->
                requireSame "adam" "gradient" parameters gradients
                requireSame "adam" "mean" parameters state.Mean
                requireSame "adam" "variance" parameters state.Variance
                let step = state.Step + 1.0
                // In float64 whatever the parameters are: in float32, 1 - 0.999 would keep four digits.
                let correction (decay: float) = 1.0 - Expr.Pow(decay, Expr.cast DType.Float64 step)
                let mean = running options.Beta1 state.Mean gradients
                let variance = running options.Beta2 state.Variance (Params.map squared gradients)
                let correction1, correction2 = correction options.Beta1, correction options.Beta2

                let direction =
                    Params.map2
                        (fun (m: Expr) (v: Expr) -> m / like m correction1 / (sqrt (v / like v correction2) + options.Epsilon))
                        mean
                        variance

                descend options.LearningRate parameters direction, { Step = step; Mean = mean; Variance = variance } }

    /// An optimizer whose learning rate is a function of the number of steps behind it (an int64 scalar, 0 at first), worked out inside
    /// the step: `Optimizer.scheduled (fun step -> 0.1 * exp (-0.01 * Expr.cast DType.Float64 step)) Optimizer.sgd`. The count is part of the
    /// state, so training that is saved and resumed goes on along the same schedule.
    let scheduled (schedule: Expr -> Expr) (make: Expr -> Optimizer<'parameters, 'state>) : Optimizer<'parameters, ScheduledState<'state>> =
        { Init = fun parameters -> { Step = stepZero; State = (make (schedule stepZero)).Init parameters }
          Update =
            fun gradients state parameters ->
                let parameters, next = (make (schedule state.Step)).Update gradients state.State parameters
                parameters, { Step = state.Step + 1.0; State = next } }
