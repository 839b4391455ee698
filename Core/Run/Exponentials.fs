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
            [ 0.49999997; 0.166665435; 0.0416672006; 0.00836657733; 0.0013882583 ]
            [ 0.5000000000000006
              0.16666666666666588
              0.04166666666657612
              0.008333333333389929
              0.0013888888931790136
              0.00019841269718408737
              2.4801504985408736e-05
              2.7557407806484154e-06
              2.7626158614490843e-07
              2.505379379782666e-08 ]

    // (tanh x / x - 1) / x² in x², for |x| ≤ 0.5625.
    let private tangentAfterLinear =
        byType
            [ -0.333333135; 0.133324534; -0.0538374633; 0.0210075472; -0.00617988082 ]
            [ -0.33333333333333276
              0.13333333333323133
              -0.053968253961724666
              0.02186948832728269
              -0.0088632316372796
              0.003592082250891377
              -0.0014554796466956284
              0.0005881836654562868
              -0.00023271625447808417
              8.236097245491526e-05
              -1.8903985817935478e-05 ]

    /// ln 2 as a sum, whose first part times an exponent is exact.
    let ln2High = byType 0.693145751953125 0.6931471805598903

    let ln2Low = byType 1.42860676533018704e-06 5.497923018708371e-14

    // x as n ln 2 + r: a register with n + offset in its low bits, and expm1 r.
    let private reduce (offset: int) (x: Register) : struct (Register * Register) =
        let rounder = x.Constant(x.Format.Rounder + float offset)
        let shifted = multiplyAdd x (x.Constant(1.0 / Math.Log 2.0)) rounder
        let n = shifted -. rounder
        let r = multiplyAdd n (x.Constant -(ln2High x)) x
        let r = multiplyAdd n (x.Constant -(ln2Low x)) r
        struct (shifted, multiplyAdd (r *. r) (polynomial (afterLinear x) r) r)

    // As reduce, with 2ⁿ as the product of two normal numbers: multiplied one after the other, they round once where the result is subnormal,
    // and do not overflow before it does.
    let private split (x: Register) : struct (Register * Register * Register) =
        let format = x.Format
        let struct (shifted, expm1) = reduce (2 * format.Bias) x
        let half = shiftRight 1 shifted
        let otherHalf = subtractInteger shifted half
        struct (expm1, shiftLeft format.Fraction half, shiftLeft format.Fraction otherHalf)

    // Past these, exp is 0 or infinite, and the halves of the exponent still fit.
    let private clampExponent x = clamp (byType -104.0 -746.0 x) (byType 90.0 711.0 x) x

    let private inverseOfPower (power: Register) = subtractInteger (power.Bits(2L * power.Format.One)) power

    let exp (x: Register) =
        let struct (expm1, power, otherPower) = split (clampExponent x)
        (expm1 +. x.Constant 1.0) *. power *. otherPower

    /// exp x - 1, without cancellation near 0.
    let expm1 (x: Register) =
        let struct (expm1, power, otherPower) = split (clampExponent x)

        let result = multiplyAdd expm1 power (power -. inverseOfPower otherPower) *. otherPower
        // The polynomial loses the sign of -0.
        bitOr result (sign x)

    /// exp x / (exp x + 1), each divided by half of the power of 2: right where exp x overflows, and where the result is subnormal.
    let sigmoid (x: Register) =
        let limit = byType 104.0 746.0 x
        let struct (expm1, power, otherPower) = split (clamp -limit limit x)
        let grown = multiplyAdd expm1 power power
        grown /. (grown +. inverseOfPower otherPower)

    /// 1 - 2 / (exp 2|x| + 1), and a polynomial near 0, where that cancels.
    let tanh (x: Register) =
        let format = x.Format
        let size = magnitude x
        let one = x.Constant 1.0
        // Past the limit, tanh is 1 to the last bit.
        let doubled = minimum (x.Constant(byType 20.0 40.0 x)) (size +. size)
        let struct (shifted, expm1) = reduce format.Bias doubled
        let power = shiftLeft format.Fraction shifted
        let far = one -. x.Constant 2.0 /. multiplyAdd expm1 power (power +. one)
        let square = size *. size
        let near = multiplyAdd (size *. square) (polynomial (tangentAfterLinear x) square) size
        bitOr (select (less size (x.Constant 0.5625)) near far) (sign x)
