namespace Fluxion

open System
open Register

/// Hyperbolic functions and their inverses; tanh stands with the exponentials.
module internal Hyperbolics =
    // (sinh x / x - 1) / x² in x², for |x| ≤ 1. Coefficients as in Exponentials.
    let private sineAfterLinear =
        byType
            [ 0.166666665; 0.00833335006; 0.000198361597; 2.81695152e-06 ]
            [ 0.16666666666666669
              0.008333333333333148
              0.00019841269841431878
              2.7557319157070243e-06
              2.5052123136964398e-08
              1.6057259750988516e-10
              7.758749314995992e-13 ]

    /// exp |x| / 2 less its quarter's inverse, and a polynomial near 0, where that cancels.
    let sinh (x: Register) =
        let size = magnitude x
        let square = size *. size
        let near = multiplyAdd (size *. square) (polynomial (sineAfterLinear x) square) size
        let half = Exponentials.halfExp size
        let far = half -. x.Constant 0.25 /. half
        bitOr (select (less size (x.Constant 1.0)) near far) (sign x)

    let cosh (x: Register) =
        let half = Exponentials.halfExp (magnitude x)
        half +. x.Constant 0.25 /. half

    // Beyond this, x² + 1 is x² to the last bit, and log1p x is log x.
    let private large = byType 33554432.0 18014398509481984.0

    // log(1 + small) where x is not large, and log 2x where it is.
    let private logOf (x: Register) (small: Register) =
        let isLarge = less (x.Constant(large x)) x
        Logarithms.log1p (select isLarge x small) +. bitAnd isLarge (x.Constant(Math.Log 2.0))

    /// log(|x| + √(x² + 1)), with the 1 that is near 0 apart. (Kahan, "Branch cuts for complex elementary functions", 1987.)
    let asinh (x: Register) =
        let one = x.Constant 1.0
        let size = magnitude x
        let square = size *. size
        let beyond = square /. (one +. sqrt (square +. one))
        bitOr (logOf size (size +. beyond)) (sign x)

    /// log(x + √(x² - 1)), by t = x - 1; NaN below 1.
    let acosh (x: Register) =
        let one = x.Constant 1.0
        let t = x -. one
        let result = logOf x (t +. sqrt (t *. (t +. x.Constant 2.0)))
        select (less x one) (x.Constant nan) result

    /// ½ log((1 + x) / (1 - x)): infinite at ±1, NaN beyond.
    let atanh (x: Register) =
        let size = magnitude x
        let result = x.Constant 0.5 *. Logarithms.log1p ((size +. size) /. (x.Constant 1.0 -. size))
        bitOr result (sign x)
