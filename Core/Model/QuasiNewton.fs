namespace Fluxion

open System
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization

/// One point of a function, as MathNet's solvers hold it. Where there is no value they get one so large that line searches turn back, for they give up at a NaN.
[<Sealed>]
type private MathNetObjective(at: Vector<float> -> Evaluation, begun: Evaluation -> unit, first: Evaluation) =
    let mutable here = first

    interface IObjectiveFunction with
        // Every line search begins with this.
        member _.CreateNew() =
            begun here
            MathNetObjective(at, begun, here)

        member _.Fork() = MathNetObjective(at, begun, here)
        member _.EvaluateAt(point) = here <- at point
        member _.Point = here.Point
        member _.Value = min here.Value Double.MaxValue
        member _.Gradient = here.Gradient

        member _.Hessian =
            Errors.invalid "Hessian" "quasi-Newton methods ask for no second derivatives" "one did" "use newton?"

        member _.IsGradientSupported = true
        member _.IsHessianSupported = false

/// How one step of L-BFGS moved the point and the gradient.
[<NoEquality; NoComparison>]
type private Change = { Step: Vector<float>; Gradient: Vector<float> }

/// Newton's method with second derivatives made up from gradients.
module internal QuasiNewton =
    /// MathNet's BfgsMinimizer. It throws at the limit of iterations and where a line search fails, and the point goes with it; its reason to stop is the same in every
    /// case. So both are found here.
    let bfgs (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        let evaluations = Evaluations("bfgs", f, start)
        let solver = BfgsMinimizer(options.GradientTolerance, options.StepTolerance, 0.0, options.MaximumIterations)

        evaluations.Minimum(
            options,
            fun first ->
                // Where the last line search began.
                let origin = ref first

                let begun here =
                    origin.Value <- here
                    evaluations.Iterations <- evaluations.Iterations + 1

                try
                    solver.FindMinimum(MathNetObjective(evaluations.At, begun, first), first.Point) |> ignore
                    let step = evaluations.Best.Point - origin.Value.Point

                    if Objective.relativeStep origin.Value.Point step <= options.StepTolerance then
                        StopReason.SmallStep
                    else
                        StopReason.NoProgress
                with
                | :? MaximumIterationsException -> StopReason.IterationLimit
                | :? OptimizationException when not evaluations.IsUnbounded -> StopReason.NoProgress
        )

    // The approximate inverse of the second derivatives times a vector, from the last changes, newest first. (Nocedal and Wright, algorithm 7.4.)
    let private inverseTimes (changes: Change list) (gradient: Vector<float>) : Vector<float> =
        match changes with
        | [] -> gradient
        | newest :: _ ->
            let parts, left =
                changes
                |> List.mapFold
                    (fun (left: Vector<float>) change ->
                        let part = change.Step * left / (change.Step * change.Gradient)
                        part, left - part * change.Gradient)
                    gradient

            let scaled = left * (newest.Step * newest.Gradient / (newest.Gradient * newest.Gradient))

            List.foldBack2
                (fun change part (sum: Vector<float>) ->
                    let back = change.Gradient * sum / (change.Step * change.Gradient)
                    sum + (part - back) * change.Step)
                changes
                parts
                scaled

    let private direction (changes: Change list) (here: Evaluation) : Vector<float> * float =
        if changes.IsEmpty then
            LineSearch.steepest here
        else
            -(inverseTimes changes here.Gradient), 1.0

    let private remember (memory: int) (changes: Change list) (here: Evaluation) (there: Evaluation) (_: Vector<float>) : Change list =
        let change = { Step = there.Point - here.Point; Gradient = there.Gradient - here.Gradient }

        // Without curvature along the step there is nothing to learn, and a division by 0.
        if change.Step * change.Gradient > 1e-12 * change.Step.L2Norm() * change.Gradient.L2Norm() then
            List.truncate memory (change :: changes)
        else
            changes

    /// Limited memory. MathNet's LimitedMemoryBfgsMinimizer ends where the gradient is small in absolute numbers, whatever the units, and returns at the limit
    /// of iterations as if it had arrived.
    let lbfgs (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        Evaluations("lbfgs", f, start)
        |> LineSearch.minimize { Start = []; Direction = direction; Remember = remember options.Memory } options
