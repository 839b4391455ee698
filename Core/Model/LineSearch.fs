namespace Fluxion

open System
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization

/// A function as MathNet's solvers call it, and what came of the calls. They throw at the limit of iterations and when a line search fails, and the point goes
/// with it; their reason to stop is the same in every case (AbsoluteGradient). So the best point is kept here.
[<Sealed>]
type private Calls(valueAndGradient: Vector<float> -> struct (float * Vector<float>), hessian: Vector<float> -> Matrix<float>) =
    let mutable best: struct (Vector<float> * float * Vector<float>) voption = ValueNone

    member val Evaluations = 0 with get, set
    member val Searches = 0 with get, set
    member _.Hessian(point: Vector<float>) = hessian point

    /// The point with the least value, that value, and the gradient there.
    member _.Best = best.Value

    /// Where the function has no value, one so large that line searches turn back; MathNet's give up at a NaN.
    member this.At(point: Vector<float>) : struct (float * Vector<float>) =
        let struct (value, gradient) = valueAndGradient point
        this.Evaluations <- this.Evaluations + 1

        if Double.IsFinite value && Objective.isFinite gradient then
            match best with
            | ValueSome(struct (_, least, steepness)) when value > least || (value = least && gradient.L2Norm() >= steepness.L2Norm()) -> ()
            | _ -> best <- ValueSome(struct (point, value, gradient))

            struct (value, gradient)
        else
            struct (Double.MaxValue, Vector<float>.Build.Dense point.Count)

/// One point of a function, as MathNet's solvers hold it.
[<Sealed>]
type private Evaluation(calls: Calls, at: Vector<float>, result: struct (float * Vector<float>)) =
    let mutable at = at
    let mutable result = result

    interface IObjectiveFunction with
        // Every line search begins with this.
        member _.CreateNew() =
            calls.Searches <- calls.Searches + 1
            Evaluation(calls, at, result)

        member _.Fork() = Evaluation(calls, at, result)

        member _.EvaluateAt(point) =
            at <- point
            result <- calls.At point

        member _.Point = at

        member _.Value =
            let struct (value, _) = result
            value

        member _.Gradient =
            let struct (_, gradient) = result
            gradient

        member _.Hessian = calls.Hessian at
        member _.IsGradientSupported = true
        member _.IsHessianSupported = true

/// MathNet's solvers of unconstrained problems, on exact derivatives.
module internal LineSearch =
    let private noHessian (_: Vector<float>) : Matrix<float> =
        Errors.invalid "Hessian" "only newton asks for second derivatives" "another solver did" "use newton?"

    /// What a solver made of a function, from a start: the best point that it met.
    let run
        (place: string)
        (options: MinimizeOptions)
        (solve: IObjectiveFunction -> Vector<float> -> StopReason)
        (withHessian: bool)
        (f: 'parameters -> Expr)
        (start: 'parameters)
        : Minimum<'parameters> =
        let objective = Objective(place, start)
        let hessian = if withHessian then objective.Hessian f else noHessian
        let calls = Calls(objective.ValueAndGradient f, hessian)
        let first = objective.Start
        let struct (value, _) as result = calls.At first

        if value = Double.MaxValue then
            Errors.argument place "value and gradient must be finite at the start" "they are not" "start elsewhere?"

        let ended =
            try
                let reason = solve (Evaluation(calls, first, result)) first

                // MathNet's L-BFGS returns at the limit as if it had arrived.
                if calls.Searches >= options.MaximumIterations then
                    StopReason.IterationLimit
                else
                    reason
            with
            | :? MaximumIterationsException -> StopReason.IterationLimit
            | :? OptimizationException -> StopReason.NoProgress

        let struct (point, value, gradient) = calls.Best
        let isFlat = Objective.relativeGradient point value gradient <= options.GradientTolerance

        { Point = objective.Rebuild point
          Value = value
          GradientNorm = gradient.L2Norm()
          Iterations = calls.Searches
          Evaluations = calls.Evaluations
          Stopped = if isFlat then StopReason.SmallGradient else ended }

    let private arriving (solver: IUnconstrainedMinimizer) (objective: IObjectiveFunction) (first: Vector<float>) =
        solver.FindMinimum(objective, first) |> ignore
        StopReason.SmallStep

    let bfgs (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) =
        let solver = BfgsMinimizer(options.GradientTolerance, options.StepTolerance, 0.0, options.MaximumIterations)
        run "bfgs" options (arriving solver) false f start

    let lbfgs (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) =
        let solver =
            LimitedMemoryBfgsMinimizer(options.GradientTolerance, options.StepTolerance, 0.0, options.Memory, options.MaximumIterations)

        run "lbfgs" options (arriving solver) false f start

    // Without a line search MathNet's takes full steps only, which from afar need not come closer.
    let newton (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) =
        let solver = NewtonMinimizer(options.GradientTolerance, options.MaximumIterations, true)
        run "newton" options (arriving solver) true f start
