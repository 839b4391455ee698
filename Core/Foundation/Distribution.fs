namespace Fluxion

open System
open MathNet.Numerics

/// Random numbers that are more than a formula of a uniform or normal one.
module internal Distribution =
    let private sqrtTwo = Math.Sqrt 2.0
    let private probabilityBelow (x: float) = 0.5 * SpecialFunctions.Erfc(-x / sqrtTwo)
    let private quantile (p: float) = -sqrtTwo * SpecialFunctions.ErfcInv(2.0 * p)

    // From here on, the probability of a tail is subnormal or 0.
    let private farBound = 37.0

    // x Q(x) / φ(x), for the tail Q of the normal density φ beyond a large x. (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.12.)
    let private tailOverDensity (x: float) =
        let z = 1.0 / (x * x)
        1.0 - z * (1.0 - 3.0 * z * (1.0 - 5.0 * z * (1.0 - 7.0 * z * (1.0 - 9.0 * z))))

    // log (Q(x) / Q(a)).
    let private logOfTails (a: float) (x: float) = -0.5 * (x - a) * (x + a) + Math.Log(tailOverDensity x / tailOverDensity a * (a / x))

    // The x ≥ a beyond which the part w of the tail from a on lies: Newton's steps from where it lies nearly.
    let private quantileOfTail (a: float) (w: float) =
        let target = Math.Log w
        let step (x: float) _ = x + (logOfTails a x - target) * tailOverDensity x / x
        List.fold step (a * Math.Sqrt(1.0 - 2.0 * target / a / a)) [ 1..3 ]

    /// A uniform number in [0, 1) to a standard normal one between bounds, by the inverse of the distribution function. Probabilities are those of the
    /// tail that holds the interval, or most of it: near 1 they would have few digits.
    let truncate (low: float) (high: float) : float -> float =
        let isMirrored = low + high > 0.0
        let first, last = if isMirrored then -high, -low else low, high
        // Rounding may lead past a bound.
        let within (x: float) =
            let x = Math.Clamp(x, first, last)
            if isMirrored then -x else x

        if last < -farBound then
            let kept = Math.Exp(logOfTails -last -first)
            fun u -> within -(quantileOfTail -last (1.0 - u * (1.0 - kept)))
        else
            let below, beyond = probabilityBelow first, probabilityBelow last
            let start, stop = if isMirrored then beyond, below else below, beyond
            fun u -> within (quantile (start + u * (stop - start)))

    // At 1 each fails with probability 0.05, and less above: all of them never.
    let private attempts = 32

    /// The standard normal number x that makes d (1 + x / √(9d))³, with d = concentration - 1/3, a draw of the gamma distribution: the first of several that
    /// is accepted. Concentrations are 1 or more; NaN gives NaN. (Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000.)
    let gammaNormal (key: int64) (index: int64) (concentration: float) : float =
        let d = concentration - 1.0 / 3.0
        let c = 1.0 / Math.Sqrt(9.0 * d)

        let rec next attempt =
            let struct (x, u) = Philox.normalAndUniform key index attempt
            let v = Math.Pow(1.0 + c * x, 3.0)

            if v > 0.0 && Math.Log(1.0 - u) < 0.5 * x * x + d * (1.0 - v + Math.Log v) then
                x
            elif attempt = attempts - 1 then
                0.0
            else
                next (attempt + 1)

        if concentration >= 1.0 then next 0 else nan

    /// Fills an array with the numbers 0 .. count - 1 in an order that follows from the key; `uniform` is for as many numbers to work on.
    let permute (key: int64) (uniform: Span<float>) (order: Span<int64>) : unit =
        for i in 0 .. order.Length - 1 do
            uniform[i] <- Philox.uniform key (int64 i)
            order[i] <- int64 i

        // Sorting by random numbers of 53 bits: ties are too rare to favour any order.
        MemoryExtensions.Sort(uniform, order)
