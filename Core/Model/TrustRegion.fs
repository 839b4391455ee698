namespace Fluxion

open MathNet.Numerics.LinearAlgebra

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

            // A product that is no number ends it too.
            if not (curvature > 0.0) then
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
        let evaluations = Evaluations("trustRegion", f, start)
        let product = evaluations.Objective.HessianProduct f

        // What the model of a function promises; where it has no second derivatives, its slope does.
        let promise (here: Evaluation) (z: Vector<float>) =
            let slope = -(here.Gradient * z)
            let whole = slope - z * product here.Point z / 2.0
            if System.Double.IsFinite whole then whole else slope

        let rec go (here: Evaluation) radius : StopReason =
            if Objective.relativeGradient here.Point here.Value here.Gradient <= options.GradientTolerance then
                StopReason.SmallGradient
            elif evaluations.Iterations = options.MaximumIterations then
                StopReason.IterationLimit
            else
                let z = step (product here.Point) here.Gradient radius

                if Objective.relativeStep here.Point z > options.StepTolerance then
                    evaluations.Iterations <- evaluations.Iterations + 1
                    judge here z radius
                elif z.L2Norm() < 0.99 * radius then
                    StopReason.SmallStep
                else
                    // The step is small because none that was longer led down.
                    StopReason.NoProgress

        and judge here z radius =
            let there = evaluations.At(here.Point + z)
            let predicted = promise here z
            let ratio = (here.Value - there.Value) / predicted

            if System.Double.IsInfinity there.Value then
                go here (z.L2Norm() / 4.0)
            elif predicted <= rounding * abs here.Value then
                // The value cannot tell any more; the gradient can.
                if there.Gradient.L2Norm() < here.Gradient.L2Norm() then
                    go there radius
                else
                    StopReason.NoProgress
            else
                let radius =
                    if ratio < 0.25 then z.L2Norm() / 4.0
                    elif ratio > 0.75 then max radius (2.0 * z.L2Norm())
                    else radius

                go (if ratio > 1e-4 then there else here) radius

        evaluations.Minimum(options, fun first -> go first 1.0)
