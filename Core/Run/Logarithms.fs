namespace Fluxion

open System
open Register

/// The natural logarithm and its kin. All take x = 2^k (1 + f) apart, with 1 + f between √½ and √2, and add k ln 2 to a series in f. (Cody and
/// Waite, "Software Manual for the Elementary Functions", 1980.) Coefficients as in Exponentials.
module internal Logarithms =
    // (log1p f - f + f²/2) / f³.
    let private afterSquare =
        [ 0.333333317; -0.25000821; 0.200012266; -0.166233581; 0.14201763; -0.131601797; 0.127615453; -0.0763446728 ]

    // (2 atanh s - 2s) / s³ in s², where log1p f = 2 atanh(f / (2 + f)): the series converges fast enough to pay for a division in float64.
    let private afterLinear =
        [ 0.6666666666666735
          0.39999999999411184
          0.28571428743241245
          0.22222198478340185
          0.18183569609408598
          0.15313906780008907
          0.1479747049092878 ]

    // log(2^k (1 + f)), where k ln 2 is added in two parts, the small one early.
    let private sum (k: Register) (f: Register) =
        let low = k *. k.Constant(Exponentials.ln2Low k)

        let small =
            if f.Tape.DType = DType.Float32 then
                multiplyAdd (f *. f) (multiplyAdd f (polynomial afterSquare f) (f.Constant -0.5)) low
            else
                let s = f /. (f +. f.Constant 2.0)
                let z = s *. s
                let halfSquare = f *. f *. f.Constant 0.5
                multiplyAdd s (multiplyAdd z (polynomial afterLinear z) halfSquare) low -. halfSquare

        multiplyAdd k (k.Constant(Exponentials.ln2High k)) (f +. small)

    /// The exponent field of x / √½, shifted up: (k + bias) at the place where exponents stand.
    let exponentOf (x: Register) =
        let format = x.Format

        let sqrtHalf = if format.Fraction = 23 then 0x3F3504F3L else 0x3FE6A09E667F3BCDL

        bitAnd (addInteger x (x.Bits(format.One - sqrtHalf))) (x.Bits(format.Sign ||| format.Exponent))

    /// A whole number that stands in the exponent field, as a float, less an offset.
    let wholeOf (exponent: Register) (offset: Register) =
        let format = exponent.Format
        bitOr (shiftRight format.Fraction exponent) (exponent.Constant format.Whole) -. offset

    /// The result where x is a number above the pole, and what IEEE 754 asks at the pole, left of it, at infinity and at NaN.
    let withEdges (pole: float) (x: Register) (result: Register) =
        let outside = select (equal x (x.Constant pole)) (x.Constant -infinity) (x.Constant nan)
        let inside = select (less x (x.Constant infinity)) result x
        select (less (x.Constant pole) x) inside outside

    /// x as 2^k m with m between √½ and √2; subnormal x too.
    let split (x: Register) : struct (Register * Register) =
        let format = x.Format
        let tiny = less x (x.Constant format.SmallestNormal)
        let normal = select tiny (x *. x.Constant format.Whole) x
        let exponent = exponentOf normal
        let m = addInteger (subtractInteger normal exponent) (x.Bits format.One)
        let offset = format.Whole + float format.Bias
        let offset = select tiny (x.Constant(offset + float format.Fraction)) (x.Constant offset)
        struct (wholeOf exponent offset, m)

    let log (x: Register) =
        let struct (k, m) = split x
        withEdges 0.0 x (sum k (m -. x.Constant 1.0))

    // log1p of a number above -1.
    let private logOfOnePlus (x: Register) =
        let format = x.Format
        let exponent = exponentOf (x +. x.Constant 1.0)
        // 2^(2-k), which is a normal number for every k.
        let scale = subtractInteger (x.Bits(2L * format.One + (2L <<< format.Fraction))) exponent
        let f = multiplyAdd x scale (scale -. x.Constant 4.0) *. x.Constant 0.25
        let k = wholeOf exponent (x.Constant(format.Whole + float format.Bias))
        sum k f

    /// log(1 + x), without cancellation near 0: 1 + x is rounded only to find k, and f = 2^-k x + (2^-k - 1) is rounded once from x itself.
    let log1p (x: Register) =
        // The fused product of -0 and 4, and 0, is 0.
        bitOr (withEdges -1.0 x (logOfOnePlus x)) (sign x)

    /// log(exp x + exp y). Where the larger of the two and the rest nearly cancel, a call for each element.
    let logAddExp (x: Register) (y: Register) =
        let isBelow = less x y
        let larger, smaller = select isBelow y x, select isBelow x y
        let apart = larger -. smaller
        // What rounding took from the difference, where exp of that is not 0.
        let lost = bitAnd (less apart (x.Constant LogSum.farApart)) (larger -. (apart +. smaller))
        let rest = logOfOnePlus (Exponentials.expOfSum (negate apart) (negate lost))
        // Of NaN one is taken before a sum of two is: which one that keeps, and with which sign, is the processor's choice.
        let sum = select (equal apart apart) (larger +. rest) apart
        // Equal infinities have no difference.
        let result = select (equal x y) (x +. x.Constant(Math.Log 2.0)) sum
        let isLost = less (magnitude result) (magnitude larger *. x.Constant LogSum.cancelled)
        x.Write(Instruction.CallScalarBinary(Binary.LogAddExp, isLost.Number, x.Number, y.Number, result.Number))
