namespace Fluxion

open System
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization

/// A point, and what a function is there. Where value or gradient are not finite, the value is ∞ and the gradient 0: solvers turn back.
[<NoEquality; NoComparison>]
type internal Evaluation = { Point: Vector<float>; Value: float; Gradient: Vector<float> }

/// A function as solvers call it: it counts, keeps the best point, and stops a solver whose values fall without end. Raises at `place` as Objective does.
[<Sealed>]
type internal Evaluations<'parameters>(place: string, f: 'parameters -> Expr, start: 'parameters) =
    let objective = Objective(place, start)
    let valueAndGradient = objective.ValueAndGradient f
    let mutable best: Evaluation voption = ValueNone
    let mutable count = 0

    // Lower values leave no room for products of two.
    let lowest = -1e150

    let keep (here: Evaluation) =
        match best with
        | ValueSome known when
            known.Value < here.Value
            || known.Value = here.Value && known.Gradient.L2Norm() <= here.Gradient.L2Norm()
            ->
            ()
        | _ -> best <- ValueSome here

    let evaluate (point: Vector<float>) : float * Evaluation =
        let struct (value, gradient) = valueAndGradient point
        count <- count + 1

        if Double.IsFinite value && Objective.isFinite gradient && Objective.isFinite point then
            let here = { Point = point; Value = value; Gradient = gradient }
            keep here
            value, here
        else
            value, { Point = point; Value = infinity; Gradient = Vector<float>.Build.Dense point.Count }

    /// The function on the parameters' vector.
    member _.Objective = objective

    /// The steps taken, which solvers count.
    member val Iterations = 0 with get, set

    /// Whether a value was as low as values can be.
    member val IsUnbounded = false with get, private set

    /// The point with the least value so far, and of those with the same the one with the least gradient.
    member _.Best = best.Value

    /// The function at a point. Raises OptimizationException where it falls without end.
    member this.At(point: Vector<float>) : Evaluation =
        let value, here = evaluate point

        if value < lowest then
            this.IsUnbounded <- true
            raise (OptimizationException "The function falls without end.")

        here

    /// What a solver makes of the function, which it counts steps of and says why it stopped: the best point that it met.
    member this.Minimum(options: MinimizeOptions, solve: Evaluation -> StopReason) : Minimum<'parameters> =
        MinimizeOptions.require place options
        let _, first = evaluate objective.Start

        if Double.IsInfinity first.Value then
            Errors.argument place "value and gradient must be finite at the start" "they are not" "start elsewhere?"

        let ended =
            if options.MaximumIterations <= 0 then
                StopReason.IterationLimit
            else
                try
                    solve first
                with _ when this.IsUnbounded ->
                    StopReason.Unbounded

        let last = this.Best
        let isFlat = Objective.relativeGradient last.Point last.Value last.Gradient <= options.GradientTolerance

        { Point = objective.Rebuild last.Point
          Value = last.Value
          GradientNorm = last.Gradient.L2Norm()
          Iterations = this.Iterations
          Evaluations = count
          Stopped =
            if isFlat && ended <> StopReason.Unbounded then
                StopReason.SmallGradient
            else
                ended }
