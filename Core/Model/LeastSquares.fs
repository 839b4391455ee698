namespace Fluxion

open MathNet.Numerics.LinearAlgebra

/// A point of a fit, and what is known there.
[<NoEquality; NoComparison>]
type private FitPoint = { Point: Vector<float>; Residuals: Vector<float>; Sum: float; Jacobian: Matrix<float> }

/// What a trust region carries from step to step: the scales of the parameters, its radius, the damping that it came to, and the length of the last step
/// that was too short for the sum of squares to judge.
[<NoEquality; NoComparison>]
type private Region = { Scale: Vector<float>; Radius: float; Damping: float; Short: float }

/// Fits by the Jacobian of the residuals. MathNet's Levenberg-Marquardt is not used: it solves the normal equations, damps all parameters alike whatever their
/// scales, compares sums of squares and gradients with absolute numbers, and gives up at the first NaN.
module internal LeastSquares =
    // Where a step changes the sum of squares by less than this part of it, rounding decides the comparison of two sums.
    let private shortChange = 1e-9

    // Residuals, with the Jacobian where the sum of squares is as wanted.
    let private tryKnow residualsOf jacobianOf (isWanted: float -> bool) (point: Vector<float>) : FitPoint option * float =
        let residuals: Vector<float> = residualsOf point
        let sum = residuals * residuals

        if System.Double.IsFinite sum && isWanted sum then
            let jacobian: Matrix<float> = jacobianOf point

            if Objective.isFinite (jacobian.Enumerate()) then
                Some { Point = point; Residuals = residuals; Sum = sum; Jacobian = jacobian }, sum
            else
                None, infinity
        else
            None, sum

    // The largest |cos| of an angle between the residuals and a column of the Jacobian.
    let private largestCosine (here: FitPoint) =
        let gradient = here.Jacobian.TransposeThisAndMultiply here.Residuals
        let cosines = gradient.PointwiseDivide(LinearModel.columnScale here.Jacobian * sqrt here.Sum)
        cosines.InfinityNorm()

    let private isFlat (options: LeastSquaresOptions) (here: FitPoint) = here.Sum = 0.0 || largestCosine here <= options.GradientTolerance

    // Below this the angle of residuals and Jacobian may be right but for rounding of the sum of squares.
    let private roundedCosine = 1e-6

    // Why steps became as small as they can: where they are no method's own, because none that was longer led down.
    let private ended (here: FitPoint) (isOwn: bool) =
        if isOwn || largestCosine here <= roundedCosine then
            StopReason.SmallStep
        else
            StopReason.NoProgress

    // How the radius shrinks after a step that disappointed, from what it was to gain and what it gained. (Moré 1978, section 4.)
    let private shrinkage (slope: float) (actual: float) =
        if actual >= 0.0 then 0.5
        elif not (actual > -99.0) then 0.1
        else max 0.1 (0.5 * slope / (slope + 0.5 * actual))

    let private levenbergMarquardtFrom (options: LeastSquaresOptions) know (first: FitPoint) =
        let rec search (here: FitPoint) (region: Region) (model: LinearModel) iterations =
            if isFlat options here then
                here, iterations, StopReason.SmallGradient
            elif iterations >= options.MaximumIterations then
                here, iterations, StopReason.IterationLimit
            else
                let damping = LinearModel.dampingFor region.Radius region.Damping model
                let z = LinearModel.coordinates damping model
                let length = z.L2Norm()

                if not (length > options.StepTolerance * (region.Scale.PointwiseMultiply here.Point).L2Norm()) then
                    here, iterations, ended here (damping = 0.0)
                else
                    // The first step says what a long one is.
                    let radius = if iterations = 0 then min region.Radius length else region.Radius
                    judge here { region with Radius = radius; Damping = damping } model z (iterations + 1)

        and judge here region model z iterations =
            let length = z.L2Norm()
            let gain, loss = LinearModel.gain z model / here.Sum, region.Damping * length * length / here.Sum
            let predicted = gain + 2.0 * loss

            let isShort sum =
                region.Damping = 0.0 && predicted <= shortChange && abs (1.0 - sum / here.Sum) <= shortChange

            let isBetter sum = 1.0 - sum / here.Sum >= 1e-4 * predicted
            let isWanted sum = isBetter sum || (isShort sum && length < region.Short)
            let there, sum = know isWanted (here.Point + LinearModel.step z model)
            let actual = if System.Double.IsFinite sum then 1.0 - sum / here.Sum else -infinity

            match there with
            | Some there when isShort sum && length < region.Short ->
                accept there { region with Radius = 2.0 * length; Short = length } iterations
            | None when isShort sum -> here, iterations, StopReason.SmallStep
            | _ ->
                let ratio = actual / predicted

                let region =
                    if ratio <= 0.25 then
                        let factor = shrinkage -(gain + loss) actual

                        { region with
                            Radius = factor * min region.Radius (10.0 * length)
                            Damping = region.Damping / factor }
                    elif region.Damping = 0.0 || ratio >= 0.75 then
                        { region with Radius = 2.0 * length; Damping = 0.5 * region.Damping }
                    else
                        region

                match there with
                | Some there -> accept there region iterations
                | None -> search here region model iterations

        and accept there region iterations =
            // Scales only grow, so that a parameter cannot run off while the residuals do not feel it.
            let scale = region.Scale.PointwiseMaximum(there.Jacobian.ColumnNorms 2.0)
            search there { region with Scale = scale } (LinearModel.create scale there.Jacobian there.Residuals) iterations

        let scale = LinearModel.columnScale first.Jacobian
        let size = (scale.PointwiseMultiply first.Point).L2Norm()
        let radius = options.InitialRadius * (if size > 0.0 then size else 1.0)

        search
            first
            { Scale = scale; Radius = radius; Damping = 0.0; Short = infinity }
            (LinearModel.create scale first.Jacobian first.Residuals)
            0

    let private gaussNewtonFrom (options: LeastSquaresOptions) know (first: FitPoint) =
        let rec search (here: FitPoint) short iterations =
            if isFlat options here then
                here, iterations, StopReason.SmallGradient
            else
                let scale = LinearModel.columnScale here.Jacobian
                let model = LinearModel.create scale here.Jacobian here.Residuals
                let z = LinearModel.coordinates 0.0 model
                let size = options.StepTolerance * (scale.PointwiseMultiply here.Point).L2Norm()
                along here 1.0 (LinearModel.step z model) (LinearModel.gain z model / here.Sum) (z.L2Norm()) size short iterations

        // Halves the step until it makes the sum of squares smaller, by Armijo's condition. (Nocedal and Wright, section 10.3.)
        and along here part step gain length size short iterations =
            if iterations >= options.MaximumIterations then
                here, iterations, StopReason.IterationLimit
            elif not (length > size) then
                here, iterations, ended here (part = 1.0)
            else
                let isShort sum = gain <= shortChange && abs (1.0 - sum / here.Sum) <= shortChange
                let isWanted sum = 1.0 - sum / here.Sum >= 1e-4 * gain || (isShort sum && length < short)
                let there, sum = know isWanted (here.Point + step)

                match there with
                | Some there -> search there (if isShort sum then length else infinity) (iterations + 1)
                | None when isShort sum -> here, iterations + 1, ended here (part = 1.0)
                | None -> along here (part / 2.0) (step / 2.0) (gain / 2.0) (length / 2.0) size short (iterations + 1)

        search first infinity 0

    // Residuals that are linear, A p + c, from c: to all digits of p, in one step. None where the data leave a parameter open.
    let private tryLinear (atOrigin: Vector<float>) (first: FitPoint) : FitPoint option =
        let model = LinearModel.create (LinearModel.columnScale first.Jacobian) first.Jacobian first.Residuals

        if model.Rank < first.Point.Count then
            None
        else
            let point, left = Refinement.solve first.Jacobian -atOrigin
            Some { first with Point = point; Residuals = -left; Sum = left * left }

    let private result (objective: Objective<'parameters>) evaluations (last: FitPoint) iterations reason : Fitted<'parameters> =
        let scale = LinearModel.columnScale last.Jacobian
        let model = LinearModel.create scale last.Jacobian last.Residuals

        let factor = Array2D.init scale.Count model.Rank (fun i k -> model.Right[k, i] / model.Singular[k] / scale[i])

        { Point = objective.Rebuild last.Point
          ResidualSumOfSquares = last.Sum
          GradientNorm = (last.Jacobian.TransposeThisAndMultiply last.Residuals).L2Norm()
          DegreesOfFreedom = last.Residuals.Count - last.Point.Count
          Rank = model.Rank
          CovarianceFactor = Expr.constant (NDArray([ scale.Count; model.Rank ], Buffer.Float64(factor |> Seq.cast |> Array.ofSeq)))
          Iterations = iterations
          Evaluations = evaluations
          Stopped = reason }

    let private fit place solve (options: LeastSquaresOptions) (residuals: 'parameters -> Expr) (start: 'parameters) : Fitted<'parameters> =
        LeastSquaresOptions.require place options
        let objective = Objective(place, start)
        let residualsOf, (jacobianOf, isLinear) = objective.Residuals residuals, objective.Jacobian residuals
        let mutable evaluations = 0

        let know isWanted point =
            evaluations <- evaluations + 1
            tryKnow residualsOf jacobianOf isWanted point

        match know (fun _ -> true) objective.Start with
        | None, _ ->
            Errors.argument
                place
                "residuals, the sum of their squares and the Jacobian must be finite at the start"
                "they are not"
                "start elsewhere?"
        | Some first, _ when first.Residuals.Count < first.Point.Count ->
            Errors.shape
                place
                "there must be as many residuals as parameters, or more"
                $"there are {first.Residuals.Count} residuals for {first.Point.Count} parameters"
                "give more data, or fix some parameters?"
        | Some first, _ ->
            let atOrigin =
                if isLinear then
                    Some(residualsOf (Vector<float>.Build.Dense first.Point.Count))
                else
                    None

            let last, iterations, reason = solve options know atOrigin first
            result objective evaluations last iterations reason

    let levenbergMarquardt options (residuals: 'parameters -> Expr) start =
        fit "levenbergMarquardt" (fun options know _ first -> levenbergMarquardtFrom options know first) options residuals start

    let gaussNewton options (residuals: 'parameters -> Expr) start =
        let solve options know atOrigin first =
            match Option.bind (fun atOrigin -> tryLinear atOrigin first) atOrigin with
            | Some found when options.MaximumIterations > 0 && found.Sum < first.Sum -> found, 1, StopReason.SmallStep
            | _ -> gaussNewtonFrom options know first

        fit "gaussNewton" solve options residuals start
