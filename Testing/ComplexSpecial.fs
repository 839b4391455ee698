namespace Fluxion.Testing

open System
open System.Numerics
open Fluxion

/// Error and gamma functions of a complex number near the real line, by expansions of their own: not those that the ops use, where there is a choice.
module internal ComplexSpecial =
    // z exp(-z²) 2/√π Σ (2z²)ⁿ / (1·3···(2n+1)). (Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.6.)
    let private series (z: Complex) =
        let rec sum (total: Complex) (term: Complex) n =
            let next = term * (2.0 * z * z / float (2 * n + 1))
            if n > 200 then total else sum (total + next) next (n + 1)

        2.0 / Math.Sqrt Math.PI * z * ComplexFunctions.exp -(z * z) * sum Complex.One Complex.One 1

    // exp(-z²)/√π / (z + ½/(z + 1/(z + 3/2/(z + …)))). (7.1.14.)
    let private fraction (z: Complex) =
        let depth = 20 + int (300.0 / (z.Real * z.Real))

        let denominator =
            (z, [ depth .. -1 .. 1 ])
            ||> List.fold (fun below n -> z + ComplexFunctions.divide (ComplexFunctions.real (0.5 * float n)) below)

        ComplexFunctions.divide (ComplexFunctions.exp -(z * z)) (Math.Sqrt Math.PI * denominator)

    /// 1 - erf z.
    let erfc (z: Complex) : Complex =
        if z.Real > 1.0 then fraction z
        elif z.Real < -1.0 then 2.0 - fraction -z
        else 1.0 - series z

    /// (2/√π) ∫ exp(-t²) dt from 0 to z.
    let erf (z: Complex) : Complex =
        if z.Real > 1.0 then 1.0 - fraction z
        elif z.Real < -1.0 then fraction -z - Complex.One
        else series z

    /// The w with erf w = z, by steps with a slope that is measured: where they stop, the slope has no part in w.
    let inverseErf (z: Complex) : Complex =
        let start = NormalQuantile.inverseErf z.Real
        let value x = (erf (ComplexFunctions.real x)).Real
        let slope = (value (start + 1e-4) - value (start - 1e-4)) / 2e-4

        let next (w: Complex) = Complex(start, w.Imaginary - ((erf w).Imaginary - z.Imaginary) / slope)

        if Double.IsFinite start && slope > 0.0 then
            Seq.unfold (fun w -> Some(w, next w)) (ComplexFunctions.real start) |> Seq.item 6
        else
            ComplexFunctions.broken start

    // B₂, B₄, ….
    let private bernoulli =
        [ 1.0 / 6.0; -1.0 / 30.0; 1.0 / 42.0; -1.0 / 30.0; 5.0 / 66.0; -691.0 / 2730.0; 7.0 / 6.0 ]

    let private numbered = bernoulli |> List.mapi (fun i b -> 2 * (i + 1), b)
    let private factorial (n: int) = List.fold (*) 1.0 [ for i in 2..n -> float i ]

    // Far enough for the asymptotic series.
    let private far = 30.0

    // The points on the way up there, one apart.
    let private below (z: Complex) = [ for k in 0 .. int (ceil (max 0.0 (far - z.Real))) - 1 -> z + Complex(float k, 0.0) ]

    // No sum is this long.
    let private lowest = -1000.0

    /// log |Γ(z)|. (6.1.40 and 6.1.15.)
    let logGamma (z: Complex) : Complex =
        let steps = below z
        let z = z + Complex(float steps.Length, 0.0)
        let above = (z - Complex(0.5, 0.0)) * ComplexFunctions.log z - z + Complex(0.5 * Math.Log(2.0 * Math.PI), 0.0)

        let rest =
            numbered
            |> List.fold
                (fun sum (n, b) -> sum + b / (float (n * (n - 1)) * ComplexFunctions.power z (ComplexFunctions.real (float (n - 1)))))
                Complex.Zero

        let size (z: Complex) = if z.Real < 0.0 then -z else z

        if steps.Length > 0 && steps.Head.Real < lowest then
            ComplexFunctions.broken nan
        else
            above + rest
            - (steps |> List.fold (fun sum step -> sum + ComplexFunctions.log (size step)) Complex.Zero)

    /// The derivative of digamma of an order. (6.3.18 and 6.4.11, 6.3.5 and 6.4.6.)
    let polygamma (order: int) (z: Complex) : Complex =
        let steps = below z
        let z = z + Complex(float steps.Length, 0.0)

        let over (numerator: float) (power: int) (z: Complex) =
            ComplexFunctions.divide (ComplexFunctions.real numerator) (ComplexFunctions.power z (ComplexFunctions.real (float power)))

        let sign = if order % 2 = 0 then -1.0 else 1.0

        let leading =
            if order = 0 then
                -(ComplexFunctions.log z)
            else
                over (factorial (order - 1)) order z

        let rest =
            numbered
            |> List.fold (fun sum (n, b) -> sum + over (b * factorial (n + order - 1) / factorial n) (n + order) z) Complex.Zero

        if steps.Length > 0 && steps.Head.Real < lowest then
            ComplexFunctions.broken nan
        else
            let own = factorial order
            let passed = steps |> List.fold (fun sum step -> sum + over own (order + 1) step) Complex.Zero
            sign * (leading + over (own / 2.0) (order + 1) z + rest + passed)

    /// The function of a number.
    let evaluate (scalar: ScalarFunction) : Complex -> Complex =
        match scalar with
        | ScalarFunction.Polygamma order -> polygamma order
