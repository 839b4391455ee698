namespace Fluxion

open System
open Register

/// The exponential and its kin. All take x = n ln 2 + r apart, with n whole and |r| ≤ ln 2 / 2, and scale a polynomial in r by 2ⁿ. (Cody and
/// Waite, "Software Manual for the Elementary Functions", 1980.) The coefficients are minimax by Remez' exchange in 60 digits, weighted to be
/// right relative to the function; docs/vector-maths.md says how right.
module internal Exponentials =
    // (expm1 r - r) / r² for |r| ≤ ln 2 / 2.
    let private afterLinear =
        byType
            [ 0.499999981; 0.166665432; 0.041667202; 0.00836657893; 0.00138824937 ]
            [ 0.5
              0.16666666666666677
              0.041666666666666505
              0.00833333333332161
              0.001388888888896291
              0.00019841269886201407
              2.4801587171820038e-05
              2.755724411150028e-06
              2.755740296668944e-07
              2.5109078629059006e-08
              2.0875318230963756e-09 ]

    // (tanh x / x - 1) / x² in x², for |x| ≤ 0.5625.
    let private tangentAfterLinear =
        byType
            [ -0.333333139; 0.133324523; -0.0538374336; 0.0210074707; -0.00617982434 ]
            [ -0.33333333333333276
              0.13333333333323133
              -0.0539682539617246
              0.02186948832728101
              -0.008863231637253985
              0.0035920822506505055
              -0.001455479645252373
              0.0005881836599343895
              -0.00023271624142650097
              8.236095510155011e-05
              -1.890397589594001e-05 ]

    /// ln 2 as a sum, whose first part times an exponent is exact.
    let ln2High = byType 0.693145751953125 0.6931471805598903

    let ln2Low = byType 1.42860676533018704e-06 5.497923018708371e-14

    let private expm1Near (r: Register) = multiplyAdd (r *. r) (polynomial (afterLinear r) r) r

    // x as n ln 2 + r: a register with n + offset in its low bits, and expm1 r. The small part of ln 2 is taken off as asked.
    let private reduceBy takeLow (offset: int) (x: Register) : struct (Register * Register) =
        let rounder = x.Constant(x.Format.Rounder + float offset)
        let shifted = multiplyAdd x (x.Constant(1.0 / Math.Log 2.0)) rounder
        let n = shifted -. rounder
        let r: Register = takeLow n (x.Constant -(ln2Low x)) (multiplyAdd n (x.Constant -(ln2High x)) x)
        struct (shifted, expm1Near r)

    // 2ⁿ, of n + twice the bias in the low bits, as the product of two normal numbers: multiplied one after the other, they round once where
    // the result is subnormal, and do not overflow before it does.
    let private powers (shifted: Register) : struct (Register * Register) =
        let half = shiftRight 1 shifted
        let otherHalf = subtractInteger shifted half
        struct (shiftLeft shifted.Format.Fraction half, shiftLeft shifted.Format.Fraction otherHalf)

    // As reduceBy, with 2ⁿ in two factors.
    let private splitBy takeLow (x: Register) : struct (Register * Register * Register) =
        let struct (shifted, expm1) = reduceBy takeLow (2 * x.Format.Bias) x
        let struct (power, otherPower) = powers shifted
        struct (expm1, power, otherPower)

    let private split = splitBy multiplyAdd

    // Past these, exp is 0 or infinite, and the halves of the exponent still fit.
    let private clampExponent x = clamp (byType -104.0 -746.0 x) (byType 90.0 711.0 x) x

    let private inverseOfPower (power: Register) = subtractInteger (power.Bits(2L * power.Format.One)) power

    let exp (x: Register) =
        let struct (expm1, power, otherPower) = split (clampExponent x)
        (expm1 +. x.Constant 1.0) *. power *. otherPower

    /// exp(x) / 2, which is finite a little further.
    let halfExp (x: Register) =
        let struct (expm1, power, otherPower) = split (clampExponent x)
        multiplyAdd expm1 (x.Constant 0.5) (x.Constant 0.5) *. power *. otherPower

    /// 2^x: what is left of x after the nearest whole number is exact, and so are powers that are whole.
    let exp2 (x: Register) =
        let x = clamp (byType -151.0 -1076.0 x) (byType 129.0 1025.0 x) x
        let rounder = x.Constant(x.Format.Rounder + float (2 * x.Format.Bias))
        let shifted = x +. rounder
        let expm1 = expm1Near ((x -. (shifted -. rounder)) *. x.Constant(Math.Log 2.0))
        let struct (power, otherPower) = powers shifted
        (expm1 +. x.Constant 1.0) *. power *. otherPower

    // Takes the small part of ln 2 off with a tail that belongs to the argument.
    let private withTail (tail: Register) (n: Register) (low: Register) (high: Register) = high +. multiplyAdd n low tail

    // exp(x + tail), with a last word on it before 2ⁿ comes in.
    let private expOfSumBy (scale: Register -> Register) (x: Register) (tail: Register) =
        let struct (expm1, power, otherPower) = splitBy (withTail tail) (clampExponent x)
        scale (expm1 +. x.Constant 1.0) *. power *. otherPower

    /// exp(x + tail), for a tail below x's last place.
    let expOfSum (x: Register) (tail: Register) = expOfSumBy id x tail

    /// factor exp(x + tail), for a factor up to 1: a subnormal result is rounded once.
    let scaledExpOfSum (factor: Register) (x: Register) (tail: Register) = expOfSumBy (fun exp -> exp *. factor) x tail

    /// exp x - 1, without cancellation near 0.
    let expm1 (x: Register) =
        let struct (expm1, power, otherPower) = split (clampExponent x)

        let result = multiplyAdd expm1 power (power -. inverseOfPower otherPower) *. otherPower
        // The polynomial loses the sign of -0.
        bitOr result (sign x)

    /// 1 / (1 + exp -x), each divided by half of the power of 2: right where exp -x overflows, and where the result is subnormal.
    let sigmoid (x: Register) =
        let limit = byType 104.0 746.0 x
        let struct (expm1, power, otherPower) = split (clamp -limit limit (negate x))
        let inverse = inverseOfPower otherPower
        inverse /. (multiplyAdd expm1 power inverse +. power)

    // Past this, a number times sigmoid is 0 to the last bit.
    let private gateLimit = byType 110.0 752.0

    // factor / (1 + exp argument), as sigmoid.
    let private gatedBy takeLow (factor: Register) (argument: Register) =
        let struct (expm1, power, otherPower) = splitBy takeLow argument
        let inverse = inverseOfPower otherPower
        factor *. inverse /. (multiplyAdd expm1 power inverse +. power)

    /// x / (1 + exp -x), as sigmoid. Below the limit it is 0 to the last bit, and above it x.
    let silu (x: Register) =
        let limit = gateLimit x
        let near = clamp -limit limit x
        select (less (x.Constant limit) x) x (gatedBy multiplyAdd near (negate near))

    /// x sigmoid(x (linear + cubic x²)): the argument with what rounding took from it, for exp would multiply that by an argument up to 745.
    let geluTanh (x: Register) =
        let inTwo (value: float, rest: float) =
            let single = float (float32 value)
            let high, low = byType (single, value - single + rest) (value, rest) x
            struct (x.Constant high, x.Constant low)

        let near = clamp -Activation.geluTanhLimit Activation.geluTanhLimit x
        let struct (linear, linearRest) = inTwo Activation.geluTanhLinear
        let struct (cubic, cubicRest) = inTwo Activation.geluTanhCubic
        let square = near *. near
        let squareLost = multiplyAdd near near (negate square)
        let bend = cubic *. square
        let bendLost = multiplyAdd cubic squareLost (multiplyAdd cubic square (negate bend))
        let slope = bend +. linear
        // Either of the two may be the larger one.
        let added = slope -. bend
        let sumLost = bend -. (slope -. added) +. (linear -. added)
        let slopeLost = sumLost +. multiplyAdd cubicRest square (bendLost +. linearRest)
        let argument = near *. slope
        let lost = multiplyAdd near slopeLost (multiplyAdd near slope (negate argument))
        let limit = gateLimit x
        let result = gatedBy (withTail (negate lost)) near (clamp -limit limit (negate argument))
        select (less x (x.Constant Activation.geluTanhLimit)) result x

    /// 1 - 2 / (exp 2|x| + 1), and a polynomial near 0, where that cancels.
    let tanh (x: Register) =
        let format = x.Format
        let size = magnitude x
        let one = x.Constant 1.0
        // Past the limit, tanh is 1 to the last bit.
        let doubled = minimum (x.Constant(byType 20.0 40.0 x)) (size +. size)
        let struct (shifted, expm1) = reduceBy multiplyAdd format.Bias doubled
        let power = shiftLeft format.Fraction shifted
        let far = one -. x.Constant 2.0 /. multiplyAdd expm1 power (power +. one)
        let square = size *. size
        let near = multiplyAdd (size *. square) (polynomial (tangentAfterLinear x) square) size
        bitOr (select (less size (x.Constant 0.5625)) near far) (sign x)
