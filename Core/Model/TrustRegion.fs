namespace Fluxion

open MathNet.Numerics.LinearAlgebra

/// A point and what is known there.
[<NoEquality; NoComparison>]
type private Known = { Point: Vector<float>; Value: float; Gradient: Vector<float> }

/// Newton's method within a radius, from products with second derivatives alone. MathNet's trust regions take nothing but least squares, with Jᵀ J for
/// second derivatives.
module internal TrustRegion =
    // The step from `z` along `d` to where it leaves the ball.
    let private toBoundary (z: Vector<float>) (d: Vector<float>) (radius: float) =
        let a, b, c = d * d, z * d, z * z - radius * radius
        let root = sqrt (b * b - a * c)
        // The root of a t² + 2 b t + c without cancellation.
        let t = if b > 0.0 then -c / (b + root) else (root - b) / a
        z + t * d

    /// About the least g·z + z·Hz/2 with ‖z‖ ≤ radius, by conjugate gradients that end at the boundary or where the curvature is not positive.
    /// (Steihaug 1983; Nocedal and Wright, "Numerical Optimization", 2006, algorithm 7.2.)
    let private step (product: Vector<float> -> Vector<float>) (gradient: Vector<float>) (radius: float) : Vector<float> =
        let tolerance = min 0.5 (sqrt (gradient.L2Norm())) * gradient.L2Norm()

        let rec go (z: Vector<float>) (r: Vector<float>) (d: Vector<float>) remaining =
            let bent = product d
            let curvature = d * bent

            if curvature <= 0.0 then
                toBoundary z d radius
            else
                let alpha = r * r / curvature
                let next = z + alpha * d

                if next.L2Norm() >= radius then
                    toBoundary z d radius
                else
                    let residual = r + alpha * bent

                    if residual.L2Norm() <= tolerance || remaining = 0 then
                        next
                    else
                        go next residual (residual * residual / (r * r) * d - residual) (remaining - 1)

        go (Vector<float>.Build.Dense gradient.Count) gradient -gradient (2 * gradient.Count)

    // Changes of a value below this part of it are mostly rounding.
    let private rounding = 1e-13

    /// (Nocedal and Wright, algorithm 4.1.)
    let minimize (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        let objective = Objective("trustRegion", start)
        let valueAndGradient = objective.ValueAndGradient f
        let product = objective.HessianProduct f

        let know (point: Vector<float>) =
            let struct (value, gradient) = valueAndGradient point
            { Point = point; Value = value; Gradient = gradient }

        let isFinite known = System.Double.IsFinite known.Value && Objective.isFinite known.Gradient

        let rec go (here: Known) radius iterations : Known * int * StopReason =
            let relative = Objective.relativeGradient here.Point here.Value here.Gradient

            if relative <= options.GradientTolerance then
                here, iterations, StopReason.SmallGradient
            elif iterations = options.MaximumIterations then
                here, iterations, StopReason.IterationLimit
            else
                let z = step (product here.Point) here.Gradient radius

                if not (Objective.relativeStep here.Point z > options.StepTolerance) then
                    here, iterations, StopReason.SmallStep
                else
                    judge here z radius (iterations + 1)

        and judge here z radius iterations =
            let there = know (here.Point + z)
            let predicted = -(here.Gradient * z + z * product here.Point z / 2.0)
            let actual = here.Value - there.Value

            if not (isFinite there) then
                go here (z.L2Norm() / 4.0) iterations
            elif predicted <= rounding * abs here.Value then
                // The value cannot tell any more; the gradient can.
                if there.Gradient.L2Norm() < here.Gradient.L2Norm() then
                    go there radius iterations
                else
                    here, iterations, StopReason.NoProgress
            else
                let ratio = actual / predicted

                let radius =
                    if ratio < 0.25 then z.L2Norm() / 4.0
                    elif ratio > 0.75 then max radius (2.0 * z.L2Norm())
                    else radius

                go (if ratio > 1e-4 then there else here) radius iterations

        let first = know objective.Start

        if not (isFinite first) then
            Errors.argument "trustRegion" "value and gradient must be finite at the start" "they are not" "start elsewhere?"

        let last, iterations, reason = go first 1.0 0

        { Point = objective.Rebuild last.Point
          Value = last.Value
          GradientNorm = last.Gradient.L2Norm()
          Iterations = iterations
          Evaluations = iterations + 1
          Stopped = reason }
