namespace Fluxion

open System

/// erf and erfc of one number, by textbook expansions: slow, and right to a few units of the last place. (Abramowitz and Stegun, "Handbook of
/// Mathematical Functions", 7.1.5 and 7.1.14.)
module internal NormalIntegral =
    // From here on the continued fraction is the better one, and before it the series.
    let private border = 0.5

    // 2/√π Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n+1)), whose first term is nearly all.
    let private series (x: float) =
        let square = x * x
        let mutable power, rest, n = 1.0, 0.0, 1

        while abs power > 1e-18 do
            power <- -power * square / float n
            rest <- rest + power / float (2 * n + 1)
            n <- n + 1

        2.0 / Math.Sqrt Math.PI * (x + x * rest)

    // exp(-x²)/√π / (x + ½/(x + 1/(x + 3/2/(x + …)))) for x ≥ ½, from a depth at which no more changes.
    let private fraction (x: float) =
        let mutable denominator = x

        for n in 20 + int (200.0 / (x * x)) .. -1 .. 1 do
            denominator <- x + 0.5 * float n / denominator

        // What rounding takes from x² counts as much as what it leaves.
        let square = x * x
        let lost = Math.FusedMultiplyAdd(x, x, -square)
        let power = Math.Exp -square
        (power - power * lost) / (Math.Sqrt Math.PI * denominator)

    // Beyond, erfc is 0 and erf 1.
    let private limit = 28.0

    /// (2/√π) ∫ exp(-t²) dt from 0 to x.
    let erf (x: float) : float =
        if Double.IsNaN x then nan
        elif x = 0.0 then x
        elif abs x < border then series x
        elif abs x > limit then Math.CopySign(1.0, x)
        else Math.CopySign(1.0 - fraction (abs x), x)

    /// 1 - erf x.
    let erfc (x: float) : float =
        if Double.IsNaN x then nan
        elif abs x < border then 1.0 - series x
        elif x > limit then 0.0
        elif x < -limit then 2.0
        elif x < 0.0 then 2.0 - fraction -x
        else fraction x
