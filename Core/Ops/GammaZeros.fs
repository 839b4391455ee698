namespace Fluxion

open System
open System.Numerics

/// log |Γ|, digamma and its derivatives of numbers below 0, where they pass through 0 between the poles: the two sides of their reflection nearly cancel there, and must be known
/// to twice the digits of float64. (Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.1.17, 6.1.40, 6.3.7, 6.3.18, 6.4.7 and 6.4.11.)
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

    /// n!.
    let factorial (n: int) : BigInteger = Seq.fold (fun product (i: int) -> product * BigInteger i) BigInteger.One (seq { 2..n })

    // x, x + 1, … below that, and the first that is not.
    let private stepsTo (far: BigInteger) (x: BigInteger) : BigInteger list * BigInteger =
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
        let steps, x = stepsTo far x
        let passed = steps |> List.sumBy (over one)
        log x - over half x - asymptotic (fun k -> 2 * k) x - passed

    // log Γ of a number, and what is to be divided by: the product of the numbers that were passed.
    let private logGammaOfPositive (x: BigInteger) : BigInteger * BigInteger =
        let steps, x = stepsTo far x
        let rest = times x (asymptotic (fun k -> 2 * k * (2 * k - 1)) x)
        times (x - half) (log x) - x + halfLogOfTwoPi.Value + rest, List.fold times one steps

    // The distance from the nearest whole number.
    let private place (x: BigInteger) : BigInteger = x - ((x + half >>> bits) <<< bits)

    let private toFloat (x: BigInteger) : float = Math.ScaleB(float x, -bits)

    // sin πx of numbers between 0 and ½.
    let private sine (x: BigInteger) : BigInteger = FixedPoint.sin bits (times pi.Value x)

    // cot πx.
    let private cotangent (x: BigInteger) : BigInteger =
        let place = place x
        let size = BigInteger.Abs place
        let cotangent = over (sine (half - size)) (sine size)
        if place.Sign < 0 then -cotangent else cotangent

    /// digamma x, x < 0 and not whole.
    let digamma (x: float) : float =
        let x = FixedPoint.ofFloat bits x
        toFloat (digammaOfPositive (one - x) - times pi.Value (cotangent x))

    let private power (n: int) (x: BigInteger) : BigInteger = Seq.fold (fun product _ -> times product x) one (seq { 1..n })

    // Σ (x + k)^-(n+1) over all k from 0: those below the first that is large enough for the asymptotic series of that order, and the series.
    let private zeta (order: int) (x: BigInteger) : BigInteger =
        let steps, x = stepsTo (far + BigInteger(4 * order) * one) x
        let inverse = over one x
        let square = times inverse inverse
        let mutable term = power order inverse / BigInteger order
        let mutable total = term + (power (order + 1) inverse >>> 1)

        for k in 1 .. bernoulli.Length do
            let struct (numerator, denominator) = bernoulli[k - 1]
            let ratio = int64 (2 * k + order - 2) * int64 (2 * k + order - 1)
            term <- times (term * BigInteger ratio / BigInteger((2 * k - 1) * 2 * k)) square
            total <- total + term * BigInteger numerator / BigInteger denominator

        total + (steps |> List.sumBy (fun x -> power (order + 1) (over one x)))

    // dⁿ/dxⁿ π cot πx over n!: as a polynomial in cot πx times πⁿ⁺¹.
    let private reflection (order: int) (cotangent: BigInteger) : BigInteger =
        let differentiate (p: BigInteger[]) =
            // p(c) goes to -(1 + c²) p'(c).
            let at i =
                if i >= 0 && i < p.Length - 1 then
                    BigInteger(i + 1) * p[i + 1]
                else
                    BigInteger.Zero

            Array.init (p.Length + 1) (fun i -> -(at i + at (i - 2)))

        let coefficients = Seq.fold (fun p _ -> differentiate p) [| BigInteger.Zero; BigInteger.One |] (seq { 1..order })
        let value = Array.foldBack (fun c sum -> c * one + times sum cotangent) coefficients BigInteger.Zero
        times value (power (order + 1) pi.Value) / factorial order

    /// ψ⁽ⁿ⁾(x), n ≥ 1, where its two sides nearly cancel, which they do midway between poles and only for orders that are not large.
    let polygamma (order: int) (x: float) : float =
        let x = FixedPoint.ofFloat bits x
        let value = -(zeta order (one - x)) - reflection order (cotangent x)
        toFloat value * float (factorial order)

    /// log |Γ(x)|, x < 0 and not whole.
    let logGamma (x: float) : float =
        let x = FixedPoint.ofFloat bits x
        let logarithm, passed = logGammaOfPositive (one - x)
        toFloat (log (over (times pi.Value passed) (sine (BigInteger.Abs(place x)))) - logarithm)
