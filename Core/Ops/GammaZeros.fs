namespace Fluxion

open System
open System.Numerics

/// log |Γ| and digamma of numbers below 0, where they pass through 0 between the poles: the two sides of their reflection nearly cancel there, and must be known
/// to twice the digits of float64. (Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.1.17, 6.1.40, 6.3.7 and 6.3.18.)
module internal GammaZeros =
    /// B₂, B₄, …, B₂₄, numerators and denominators.
    let bernoulli: struct (int * int)[] =
        [| struct (1, 6)
           struct (-1, 30)
           struct (1, 42)
           struct (-1, 30)
           struct (5, 66)
           struct (-691, 2730)
           struct (7, 6)
           struct (-3617, 510)
           struct (43867, 798)
           struct (-174611, 330)
           struct (854513, 138)
           struct (-236364091, 2730) |]

    let private bits = 128
    let private one = BigInteger.One <<< bits
    let private half = one >>> 1
    let private pi = lazy (FixedPoint.pi bits)
    let private times, over = FixedPoint.times bits, FixedPoint.over bits
    let private ln2 = lazy (FixedPoint.ln2 bits)
    let private log (x: BigInteger) = FixedPoint.log bits ln2.Value x
    let private halfLogOfTwoPi = lazy (log (BigInteger 2 * pi.Value) >>> 1)

    // From here on, twelve terms of the asymptotic series leave 10⁻³⁴.
    let private far = BigInteger 32 * one

    // x, x + 1, … below that, and the first that is not.
    let private stepsTo (x: BigInteger) : BigInteger list * BigInteger =
        let rec collect steps (x: BigInteger) = if x < far then collect (x :: steps) (x + one) else steps, x
        collect [] x

    // Σ B₂ₖ / divisor k · x^-2k.
    let private asymptotic (divisor: int -> int) (x: BigInteger) : BigInteger =
        let square = times x x
        let mutable power, total = one, BigInteger.Zero

        for k in 1 .. bernoulli.Length do
            let struct (numerator, denominator) = bernoulli[k - 1]
            power <- over power square
            total <- total + power * BigInteger numerator / BigInteger(int64 denominator * int64 (divisor k))

        total

    let private digammaOfPositive (x: BigInteger) : BigInteger =
        let steps, x = stepsTo x
        let passed = steps |> List.sumBy (over one)
        log x - over half x - asymptotic (fun k -> 2 * k) x - passed

    // log Γ of a number, and what is to be divided by: the product of the numbers that were passed.
    let private logGammaOfPositive (x: BigInteger) : BigInteger * BigInteger =
        let steps, x = stepsTo x
        let rest = times x (asymptotic (fun k -> 2 * k * (2 * k - 1)) x)
        times (x - half) (log x) - x + halfLogOfTwoPi.Value + rest, List.fold times one steps

    // The distance from the nearest whole number.
    let private place (x: BigInteger) : BigInteger = x - ((x + half >>> bits) <<< bits)

    let private toFloat (x: BigInteger) : float = Math.ScaleB(float x, -bits)

    // sin πx of numbers between 0 and ½.
    let private sine (x: BigInteger) : BigInteger = FixedPoint.sin bits (times pi.Value x)

    /// digamma x, x < 0 and not whole.
    let digamma (x: float) : float =
        let x = FixedPoint.ofFloat bits x
        let place = place x
        let size = BigInteger.Abs place
        let cotangent = over (sine (half - size)) (sine size)
        let slope = times pi.Value (if place.Sign < 0 then -cotangent else cotangent)
        toFloat (digammaOfPositive (one - x) - slope)

    /// log |Γ(x)|, x < 0 and not whole.
    let logGamma (x: float) : float =
        let x = FixedPoint.ofFloat bits x
        let logarithm, passed = logGammaOfPositive (one - x)
        toFloat (log (over (times pi.Value passed) (sine (BigInteger.Abs(place x)))) - logarithm)
