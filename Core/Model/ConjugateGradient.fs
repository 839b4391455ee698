namespace Fluxion

open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization

/// Polak and Ribière's conjugate gradients. MathNet's ConjugateGradientMinimizer ends its line searches where the bracket is 1e-4 wide, and crawls from there: on
/// Rosenbrock's function it has no gradient of 1e-8 after 1000 iterations. Its StrongWolfeLineSearch goes on forward where the slope is already uphill.
module internal ConjugateGradient =
    // Enough halvings to pass from one end of float64's precision to the other.
    let private mostTrials = 60

    /// A step along a direction of descent that meets the strong Wolfe conditions, and the point there: brackets it by doubling, then takes the zero of the
    /// slope's secant, well inside the bracket. (Nocedal and Wright, "Numerical Optimization", 2006, section 3.5.)
    let private search (here: IObjectiveFunction) (direction: Vector<float>) (first: float) : (IObjectiveFunction * float) option =
        let downhill = direction * here.Gradient
        let there = here.CreateNew()

        // Between `low`, where the slope is downhill, and `high`, where it is uphill or the value is too high to say.
        let rec go (low: float) lowSlope (high: float) highSlope step remaining =
            there.EvaluateAt(here.Point + step * direction)
            let slope = direction * there.Gradient
            let isHigh = there.Value > here.Value + 1e-4 * step * downhill

            if not isHigh && abs slope <= -0.1 * downhill then Some(there, step)
            elif remaining = 0 then None
            elif isHigh then between low lowSlope step infinity remaining
            elif slope > 0.0 then between low lowSlope step slope remaining
            else between step slope high highSlope remaining

        and between low lowSlope high highSlope remaining =
            let next =
                if System.Double.IsInfinity high then
                    2.0 * low
                else
                    let part =
                        if System.Double.IsInfinity highSlope then
                            0.5
                        else
                            lowSlope / (lowSlope - highSlope)

                    low + (high - low) * min 0.9 (max 0.1 part)

            go low lowSlope high highSlope next (remaining - 1)

        go 0.0 downhill infinity infinity first mostTrials

    let private solve (options: MinimizeOptions) (start: IObjectiveFunction) (_: Vector<float>) : StopReason =
        let isFlat (here: IObjectiveFunction) =
            Objective.relativeGradient here.Point here.Value here.Gradient <= options.GradientTolerance

        let rec go (here: IObjectiveFunction) (direction: Vector<float>) (length: float) iterations =
            if isFlat here then
                StopReason.SmallGradient
            elif iterations = options.MaximumIterations then
                StopReason.IterationLimit
            else
                match search here direction length with
                | None -> StopReason.NoProgress
                | Some(there, step) ->
                    if Objective.relativeStep here.Point (step * direction) <= options.StepTolerance then
                        StopReason.SmallStep
                    else
                        let kept = there.Gradient * (there.Gradient - here.Gradient) / (here.Gradient * here.Gradient)
                        let next = max 0.0 kept * direction - there.Gradient
                        let next = if next * there.Gradient < 0.0 then next else -there.Gradient
                        // As much to gain at first as the last step had.
                        let length = step * (direction * here.Gradient) / (next * there.Gradient)
                        go there next length (iterations + 1)

        go start -start.Gradient (1.0 / start.Gradient.L2Norm()) 0

    let minimize (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        LineSearch.run "conjugateGradient" options (solve options) false f start
