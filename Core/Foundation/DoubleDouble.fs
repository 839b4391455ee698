namespace Fluxion

open System
open System.Runtime.CompilerServices

/// A number as the sum of two, of which the second lies below the first's last place.
[<Struct>]
type internal DoubleDouble = { High: float; Low: float }

/// Twice the digits of float64, for the rare element for which its own do not suffice. (Dekker, "A floating-point technique for extending the available
/// precision", 1971; Hida, Li and Bailey, "Algorithms for quad-double precision floating point arithmetic", 2001.)
module internal DoubleDouble =
    let ofFloat (x: float) : DoubleDouble = { High = x; Low = 0.0 }

    // a + b, exactly, where |a| ≥ |b|.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private ofOrdered (a: float) (b: float) : DoubleDouble =
        let sum = a + b
        { High = sum; Low = b - (sum - a) }

    /// a + b, exactly.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let ofSum (a: float) (b: float) : DoubleDouble =
        let sum = a + b
        let other = sum - a
        { High = sum; Low = a - (sum - other) + (b - other) }

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let add (x: DoubleDouble) (y: DoubleDouble) : DoubleDouble =
        let high, low = ofSum x.High y.High, ofSum x.Low y.Low
        let sum = ofOrdered high.High (high.Low + low.High)
        ofOrdered sum.High (sum.Low + low.Low)

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let multiply (x: DoubleDouble) (y: DoubleDouble) : DoubleDouble =
        let product = x.High * y.High
        let lost = Math.FusedMultiplyAdd(x.High, y.High, -product)
        ofOrdered product (lost + (x.High * y.Low + x.Low * y.High))

    // Times a power of 2.
    let private scale (exponent: int) (x: DoubleDouble) : DoubleDouble =
        { High = Math.ScaleB(x.High, exponent); Low = Math.ScaleB(x.Low, exponent) }

    // 1/k!: in float64 where powers of small numbers stand before it, else with the rest of the division.
    let private inverseFactorial (k: int) : DoubleDouble =
        let factorial = Seq.fold (fun product i -> product * float i) 1.0 (seq { 1..k })
        let inverse = 1.0 / factorial
        { High = inverse; Low = Math.FusedMultiplyAdd(-factorial, inverse, 1.0) / factorial }

    let private leading = [| for k in 1..9 -> inverseFactorial k |]
    let private further = [| for k in 10..17 -> (inverseFactorial k).High |]

    /// exp x - 1, |x| ≤ 1, right to 100 bits of itself: by its series at x/16, and (1 + y)² - 1 = y (2 + y) four times.
    let expm1 (x: DoubleDouble) : DoubleDouble =
        if abs x.High < 1e-30 then
            { x with Low = x.Low + 0.5 * x.High * x.High }
        else
            let near = scale -4 x
            let mutable rest = 0.0

            for k in further.Length - 1 .. -1 .. 0 do
                rest <- further[k] + near.High * rest

            let mutable sum = ofFloat rest

            for k in leading.Length - 1 .. -1 .. 0 do
                sum <- add leading[k] (multiply near sum)

            let mutable result = multiply near sum

            for _ in 1..4 do
                result <- multiply result (add (ofFloat 2.0) result)

            result

    // ln 2 in three parts, of which the first times a whole number up to 2000 is exact.
    let private ln2High, ln2Low, ln2Lowest = 0.6931471805598903, 5.497923018708371e-14, 1.94704509238075e-31

    /// exp x, of x up to 1, right to 100 bits of itself as far as float64 goes down.
    let exp (x: float) : DoubleDouble =
        let n = Math.Round(x / Math.Log 2.0)
        let low = n * ln2Low
        let lowLost = Math.FusedMultiplyAdd(n, ln2Low, -low) + n * ln2Lowest
        let rest = add (ofSum (Math.FusedMultiplyAdd(-n, ln2High, x)) -low) (ofFloat -lowLost)
        scale (int n) (add (ofFloat 1.0) (expm1 rest))
