namespace Fluxion

open System

/// erf and erfc of one number, by textbook expansions: slow, and right to a few units of the last place. (Abramowitz and Stegun, "Handbook of
/// Mathematical Functions", 7.1.6 and 7.1.14.)
module internal NormalIntegral =
    // From here on the continued fraction is the better one, and before it the series.
    let private border = 1.0

    // x exp(-x²) 2/√π Σ (2x²)ⁿ / (1·3···(2n+1)): all terms have one sign.
    let private series (x: float) =
        let rec sum total term n =
            let next = term * 2.0 * x * x / float (2 * n + 1)

            if total + next = total then
                total
            else
                sum (total + next) next (n + 1)

        2.0 / Math.Sqrt Math.PI * x * Math.Exp(-(x * x)) * sum 1.0 1.0 1

    // exp(-x²)/√π / (x + ½/(x + 1/(x + 3/2/(x + …)))) for x ≥ 1, from a depth at which no more changes.
    let private fraction (x: float) =
        let depth = 20 + int (200.0 / (x * x))
        let denominator = (x, [ depth .. -1 .. 1 ]) ||> List.fold (fun below n -> x + 0.5 * float n / below)
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
