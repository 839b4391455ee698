namespace Fluxion

open System
open MathNet.Numerics

/// Random numbers that are more than a formula of a uniform or normal one.
module internal Distribution =
    let private sqrtTwo = Math.Sqrt 2.0
    let private probabilityBelow (x: float) = 0.5 * SpecialFunctions.Erfc(-x / sqrtTwo)
    let private quantile (p: float) = -sqrtTwo * SpecialFunctions.ErfcInv(2.0 * p)

    /// A uniform number in [0, 1) to a standard normal one between bounds, by the inverse of the distribution function. Probabilities are those of the
    /// tail that holds the interval, or most of it: near 1 they would have few digits.
    let truncate (low: float) (high: float) : float -> float =
        let isMirrored = low + high > 0.0
        let first, last = if isMirrored then -high, -low else low, high
        let below, beyond = probabilityBelow first, probabilityBelow last
        let start, stop = if isMirrored then beyond, below else below, beyond

        fun u ->
            // Rounding may lead past a bound, and where both probabilities are 0, to infinity.
            let x = Math.Clamp(quantile (start + u * (stop - start)), first, last)
            if isMirrored then -x else x

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
