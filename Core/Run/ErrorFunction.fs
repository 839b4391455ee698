namespace Fluxion

open Register

/// The integral of the normal density, and what is missing of it. (Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.)
/// Coefficients as in Exponentials.
module internal ErrorFunction =
    // erf x / x - 1 in x², for |x| ≤ ¾.
    let private nearZero =
        byType
            [ 0.128379165; -0.376126188; 0.112833766; -0.0268346246; 0.00511434583; -0.000674951589 ]
            [ 0.1283791670955126
              -0.37612638903183715
              0.11283791670952481
              -0.026866170644402478
              0.005223977615122226
              -0.0008548326169084925
              0.00012055288776921972
              -1.4924176629226458e-05
              1.6430388093767942e-06
              -1.5937599004855e-07
              1.146375426840048e-08 ]

    // (1 + 2x) exp(x²) erfc x in t = (x - 4) / (x + 4), from x = ¾ to where erfc x is 0.
    let private scaledTail =
        byType
            [ 1.23299512
              -0.139621078
              0.0153797894
              0.068094907
              -0.10104374
              0.0937643483
              -0.066267806
              0.0370013796
              -0.0165570593
              0.0052778289 ]
            [ 1.2329951186255526
              -0.13962111684056236
              0.015379652102622134
              0.06809705425466815
              -0.10103906603647192
              0.09373283499941534
              -0.06633036580769336
              0.03716751551609747
              -0.016197734119401633
              0.005031970215661651
              -0.0007577728108552717
              -0.00019925829541386344
              0.00015061944796825066
              -2.43923939317384e-05
              -1.1215732964692921e-05
              5.691173193594507e-06
              2.8350858838669006e-07
              -7.939627933582261e-07
              8.286475651940588e-08
              7.9314161149545e-08
              -1.886770034780563e-08 ]

    let private threshold = 0.75

    let private near (x: Register) = multiplyAdd x (polynomial (nearZero x) (x *. x)) x

    // -x, but NaN with its sign: of two NaNs, a product keeps one or the other, by how registers were allotted.
    let private opposite (x: Register) = x.Constant 0.0 -. x

    // erfc of a number that is at least ¾. What rounding takes from its square counts: it is multiplied by the exponential.
    let private tail (size: Register) =
        let x = minimum (size.Constant(byType 11.0 28.0 size)) size
        let four = x.Constant 4.0
        let square = x *. x
        let lost = multiplyAdd x x (opposite square)
        let scaled = polynomial (scaledTail x) ((x -. four) /. (x +. four))
        let factor = scaled /. multiplyAdd x (x.Constant 2.0) (x.Constant 1.0)
        Exponentials.scaledExpOfSum factor (opposite square) (opposite lost)

    let private isNear (x: Register) = less (magnitude x) (x.Constant threshold)

    /// (2/√π) ∫ exp(-t²) dt from 0 to x.
    let erf (x: Register) =
        let far = x.Constant 1.0 -. tail (magnitude x)
        select (isNear x) (near x) (bitOr far (sign x))

    /// 1 - erf x, without cancellation where it is small.
    let erfc (x: Register) =
        let rest = tail (magnitude x)
        let far = select (less x (x.Constant 0.0)) (x.Constant 2.0 -. rest) rest
        select (isNear x) (x.Constant 1.0 -. near x) far

    /// The x with erf x = y, by the approximations of NormalQuantile, of which each element takes the coefficients of its own.
    let inverse (y: Register) =
        let constants = List.map (fun (c: float) -> y.Constant c)
        let size = magnitude y
        let isMiddle = lessEqual size (y.Constant NormalQuantile.border)
        let one = y.Constant 1.0
        let r = sqrt (opposite (Logarithms.log ((one -. size) *. y.Constant 0.5)))
        let isOuter = lessEqual r (y.Constant NormalQuantile.farBorder)

        let centre = select isOuter (y.Constant NormalQuantile.outerCentre) (y.Constant NormalQuantile.outermostCentre)

        let middle = multiplyAdd (y *. y) (y.Constant -0.25) (y.Constant NormalQuantile.middleCentre)
        let x = select isMiddle middle (r -. centre)

        let polynomial (part: NormalQuantile.Ratio -> float list) =
            let coefficients (ratio: NormalQuantile.Ratio) = constants (part ratio)
            let tail = List.map2 (select isOuter) (coefficients NormalQuantile.outer) (coefficients NormalQuantile.outermost)
            let all = List.map2 (select isMiddle) (coefficients NormalQuantile.middle) tail
            List.reduceBack (fun c sum -> multiplyAdd sum x c) all

        let ratio = polynomial (fun ratio -> ratio.Numerator) /. polynomial (fun ratio -> ratio.Denominator)
        let rootOfHalf = System.Math.Sqrt 0.5
        let factor = ratio *. select isMiddle (y.Constant(0.5 * rootOfHalf)) (y.Constant rootOfHalf)
        let result = factor *. select isMiddle y (bitOr one (sign y))
        let atEnd = select (equal size one) (bitOr (y.Constant infinity) (sign y)) (y.Constant nan)
        select (less size one) result atEnd
