namespace Fluxion

open System
open System.Numerics

/// Sine, cosine and tangent of arguments so large that π must be known to a thousand bits to find their place on the circle: in whole numbers,
/// for the rare element; remainders of quotients that have no room for their last digit; the
/// gamma function left of 0; and logarithms of sums near 1. (Payne and Hanek, "Radian reduction for trigonometric functions", 1983.)
module internal FarArguments =
    // Bits below the point: the 1024 of the largest float64, and 256 more, of which no more than 61 cancel.
    let private precision = 1280

    let private pi = lazy (FixedPoint.pi precision)

    // y less the nearest whole multiple of a unit, that multiple, and what rounding took from the difference.
    let private reduce (y: BigInteger) (unit: BigInteger) : struct (BigInteger * float * float) =
        let n = (y + (unit >>> 1)) / unit
        // A float64 has no room for numbers of 1280 bits; 256 are more than it can tell apart.
        let rest = (y - n * unit) >>> (precision - 256)
        let cut = float rest
        let lost = float (rest - BigInteger cut)
        let r = cut + lost
        struct (n, Math.ScaleB(r, -256), Math.ScaleB(cut - r + lost, -256))

    let private polynomial (coefficients: float list) (x: float) =
        (coefficients, 0.0) ||> List.foldBack (fun c sum -> Math.FusedMultiplyAdd(sum, x, c))

    let private sine (y: BigInteger) =
        let struct (n, r, _) = reduce y pi.Value
        let z = r * r
        let first, others = Trigonometry.sineOfDouble
        let bend = Math.FusedMultiplyAdd(z, first, z * z * polynomial others z)
        let sine = Math.FusedMultiplyAdd(r, bend, r)
        if n.IsEven then sine else -sine

    let private tangent (y: BigInteger) =
        let struct (n, r, lost) = reduce y (pi.Value >>> 1)
        let z = r * r
        let small = Math.FusedMultiplyAdd(lost, z, lost)
        let near = r + Math.FusedMultiplyAdd(r * z, polynomial Trigonometry.tangentOfDouble z, small)
        if n.IsEven then near else -1.0 / near

    // At |x| ≥ 1: NaN at infinity and at NaN.
    let private circular (x: float) (ofMagnitude: BigInteger -> float) : float =
        if Double.IsFinite x then
            ofMagnitude (FixedPoint.ofFloat precision (abs x))
        else
            nan

    /// The value of a function at an argument that its tape leaves out.
    let apply (unary: Unary) (x: float) : float =
        let sign = float (Math.Sign(if Double.IsNaN x then 0.0 else x))

        match unary with
        | Unary.Sin -> circular x (fun y -> sign * sine y)
        | Unary.Cos -> circular x (fun y -> sine (y + (pi.Value >>> 1)))
        | Unary.Tan -> circular x (fun y -> sign * tangent y)
        | Unary.LogGamma -> Gamma.logGamma x
        | Unary.Digamma -> Gamma.digamma x
        | other -> Errors.argument "compile" "only some functions have far arguments" $"this is {other}" "use its tape alone?"

    /// The value of a function of two numbers, whatever they are.
    let applyBinary (binary: Binary) (x: float) (y: float) : float =
        match binary with
        | Binary.Remainder -> Pairwise.floored x y
        | Binary.LogAddExp -> LogSum.nearOne x y
        | other -> Errors.argument "compile" "only some functions have far arguments" $"this is {other}" "use its tape alone?"
