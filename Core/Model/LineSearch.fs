namespace Fluxion

open System
open MathNet.Numerics.LinearAlgebra

/// How a method that searches along lines goes on: the direction from a point and how far along it to try first, and what it remembers of a step from
/// one point to another along a direction.
[<NoEquality; NoComparison>]
type internal LineMethod<'memory> =
    { Start: 'memory
      Direction: 'memory -> Evaluation -> Vector<float> * float
      Remember: 'memory -> Evaluation -> Evaluation -> Vector<float> -> 'memory }

/// A point along a line: how far, the slope along the line, and the function there.
[<NoEquality; NoComparison>]
type private Trial = { Step: float; Slope: float; There: Evaluation }

/// Minimizing along one line after another.
module internal LineSearch =
    // Enough halvings to pass from one end of float64's precision to the other.
    let private mostTrials = 60

    // Changes of a value below this part of it are mostly rounding.
    let private rounding = 1e-14

    // The part of a bracket at which to look next: where the parabola or the slope's secant has its least, well inside.
    let private within (low: Trial) (high: Trial) (isHigh: bool) : float =
        let width = high.Step - low.Step

        let part =
            if Double.IsInfinity high.There.Value then
                0.5
            elif isHigh then
                -low.Slope * width / (2.0 * (high.There.Value - low.There.Value - low.Slope * width))
            else
                low.Slope / (low.Slope - high.Slope)

        low.Step + width * min 0.9 (max 0.1 part)

    /// A point along a direction of descent that meets the strong Wolfe conditions: brackets it by doubling, and narrows the bracket. Where slopes jump and no point
    /// meets them, one whose value is low enough; and whether it meets them. (Nocedal and Wright, "Numerical Optimization", 2006, section 3.5.) Where rounding hides
    /// changes of the value, slopes alone decide. (Hager and Zhang, "A new conjugate gradient method with guaranteed descent", 2005, section 4.)
    let private search
        (at: Vector<float> -> Evaluation)
        (here: Evaluation)
        (direction: Vector<float>)
        (first: float)
        : (Evaluation * bool) option =
        let downhill = direction * here.Gradient

        let isHigh (trial: Trial) =
            let gain = -trial.Step * downhill
            let hidden = rounding * abs here.Value

            let most =
                if gain < 10.0 * hidden then
                    here.Value + hidden
                else
                    here.Value - 1e-4 * gain

            not (trial.There.Value <= most)

        let isFlat (trial: Trial) = not (isHigh trial) && abs trial.Slope <= -0.1 * downhill

        let attempt step =
            let there = at (here.Point + step * direction)
            { Step = step; Slope = direction * there.Gradient; There = there }

        // Between `low`, where the slope is downhill, and `high`, where it is uphill or the value too high.
        let rec narrow (low: Trial) (high: Trial) remaining =
            if remaining = 0 then
                if low.Step > 0.0 then Some(low.There, false) else None
            else
                let trial = attempt (within low high (isHigh high))

                if isFlat trial then
                    Some(trial.There, true)
                elif isHigh trial || trial.Slope > 0.0 then
                    narrow low trial (remaining - 1)
                else
                    narrow trial high (remaining - 1)

        let rec widen (low: Trial) step =
            let trial = attempt step

            if isFlat trial then
                Some(trial.There, true)
            elif isHigh trial || trial.Slope > 0.0 then
                narrow low trial mostTrials
            else
                widen trial (2.0 * step)

        widen { Step = 0.0; Slope = downhill; There = here } first

    /// The direction in which a function falls most, and a step of length 1 along it.
    let steepest (here: Evaluation) : Vector<float> * float = -here.Gradient, 1.0 / here.Gradient.L2Norm()

    // Lower, or as low as rounding can tell and flatter.
    let private isBetter (there: Evaluation) (here: Evaluation) =
        there.Value < here.Value || there.Gradient.L2Norm() < here.Gradient.L2Norm()

    /// The least value that a method comes to. A direction along which it finds nothing better is replaced by the steepest once, and its memory begins anew.
    let minimize (method: LineMethod<'memory>) (options: MinimizeOptions) (evaluations: Evaluations<'parameters>) : Minimum<'parameters> =
        let isSmall (here: Evaluation) (there: Evaluation) =
            Objective.relativeStep here.Point (there.Point - here.Point) <= options.StepTolerance

        let rec go (here: Evaluation) (memory: 'memory) isRestart =
            if Objective.relativeGradient here.Point here.Value here.Gradient <= options.GradientTolerance then
                StopReason.SmallGradient
            elif evaluations.Iterations = options.MaximumIterations then
                StopReason.IterationLimit
            else
                let direction, length = if isRestart then steepest here else method.Direction memory here
                // What is not downhill, or no number, is no direction.
                let direction, length =
                    if direction * here.Gradient < 0.0 then
                        direction, length
                    else
                        steepest here

                match search evaluations.At here direction length with
                | Some(there, isWhole) when isBetter there here && (isWhole || not (isSmall here there)) ->
                    evaluations.Iterations <- evaluations.Iterations + 1

                    if isSmall here there then
                        StopReason.SmallStep
                    else
                        go there (method.Remember memory here there direction) false
                | _ when isRestart -> StopReason.NoProgress
                | _ -> go here method.Start true

        evaluations.Minimum(options, fun first -> go first method.Start false)
