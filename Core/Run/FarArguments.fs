namespace Fluxion

open System
open System.Numerics

/// Sine, cosine and tangent of arguments so large that π must be known to a thousand bits to find their place on the circle: in whole numbers,
/// for the rare element. (Payne and Hanek, "Radian reduction for trigonometric functions", 1983.)
module internal FarArguments =
    // Bits below the point: the 1024 of the largest float64, and 256 more, of which no more than 61 cancel.
    let private precision = 1280

    // arctan (1/n), by its series.
    let private arctanOfInverse (n: int) =
        let square = BigInteger(n * n)

        let rec sum (total: BigInteger) (power: BigInteger) k =
            if power.IsZero then
                total
            else
                let term = power / BigInteger(2 * k + 1)
                sum (if k % 2 = 0 then total + term else total - term) (power / square) (k + 1)

        sum BigInteger.Zero ((BigInteger.One <<< precision) / BigInteger n) 0

    // (Machin, 1706.)
    let private pi = lazy (BigInteger 16 * arctanOfInverse 5 - BigInteger 4 * arctanOfInverse 239)

    // |x|, finite and above 1, exactly.
    let private magnitude (x: float) =
        let bits = BitConverter.DoubleToInt64Bits(abs x)
        let exponent = int (bits >>> 52) - 1075
        let significand = (bits &&& 0xFFFFFFFFFFFFFL) ||| 0x10000000000000L
        BigInteger significand <<< (precision + exponent)

    // sin y, from the nearest multiple of π on.
    let private sine (y: BigInteger) =
        let pi = pi.Value
        let n = (y + (pi >>> 1)) / pi
        // A float64 has no room for numbers of 1280 bits; 256 are more than it can tell apart.
        let r = Math.ScaleB(float ((y - n * pi) >>> (precision - 256)), -256)
        let z = r * r

        let series = (Trigonometry.sineOfDouble, 0.0) ||> List.foldBack (fun c sum -> Math.FusedMultiplyAdd(sum, z, c))

        let sine = Math.FusedMultiplyAdd(r, z * series, r)
        if n.IsEven then sine else -sine

    /// The function's value at |x| ≥ 1: NaN at infinity and at NaN.
    let apply (unary: Unary) (x: float) : float =
        if not (Double.IsFinite x) then
            nan
        else
            let y = magnitude x
            let cosine () = sine (y + (pi.Value >>> 1))
            let sign = float (Math.Sign x)

            match unary with
            | Unary.Sin -> sign * sine y
            | Unary.Cos -> cosine ()
            | Unary.Tan -> sign * sine y / cosine ()
            | other -> Errors.argument "compile" "only sin, cos and tan have far arguments" $"this is {other}" "use its tape alone?"
