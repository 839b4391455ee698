namespace Fluxion

open Register

/// x^y = exp(y log x). The logarithm is carried as a sum of two registers, for an error in it grows by y log x, which goes up to 745. (Dekker,
/// "A floating-point technique for extending the available precision", 1971.) Coefficients as in Exponentials.
module internal Powers =
    // (2 atanh s - 2s - 2s³/3) / s⁵ in s².
    let private afterCubic =
        byType
            [ 0.400001526; 0.285470856; 0.234197774 ]
            [ 0.4000000000000227
              0.2857142857009215
              0.22222222521307863
              0.18181784241133053
              0.153867633404463
              0.1325667335555
              0.13197707605767267 ]

    let private twoThirds = byType (0.6666667, -1.98682149e-08) (0.6666666666666666, 3.700743415417188e-17)

    // a + b and what rounding took from it, where |a| ≥ |b| or a is 0.
    let private sum (a: Register) (b: Register) : struct (Register * Register) =
        let total = a +. b
        struct (total, a -. total +. b)

    // (a + aTail) (b + bTail) and what rounding took from it.
    let private product (a: Register) (aTail: Register) (b: Register) (bTail: Register) : struct (Register * Register) =
        let total = a *. b
        let lost = multiplyAdd a b (negate total)
        struct (total, multiplyAdd a bTail (multiplyAdd aTail b lost))

    // log m by s = (m - 1) / (m + 1): 2s, s³ (2/3 + …), and their tails added up.
    let private logOfSignificand (m: Register) : struct (Register * Register * Register) =
        let one = m.Constant 1.0
        let f = m -. one
        let struct (divisor, divisorTail) = sum one m
        let inverse = one /. divisor
        let s = f *. inverse
        let lost = multiplyAdd (negate s) divisor f
        let sTail = inverse *. multiplyAdd (negate s) divisorTail lost
        let struct (z, zTail) = product s sTail s sTail
        let struct (cube, cubeTail) = product s sTail z zTail
        let high, low = twoThirds m
        let struct (c, cTail) = sum (m.Constant high) (z *. polynomial (afterCubic m) z)
        let struct (term, termTail) = product cube cubeTail c (cTail +. m.Constant low)
        struct (s +. s, term, sTail +. sTail +. termTail)

    // log x of a positive number, and its tail.
    let private logWithTail (x: Register) : struct (Register * Register) =
        let struct (k, m) = Logarithms.split x
        let struct (linear, cubic, tail) = logOfSignificand m
        let struct (high, highLost) = sum (k *. k.Constant(Exponentials.ln2High k)) linear
        let struct (high, lost) = sum high cubic
        let low = multiplyAdd k (k.Constant(Exponentials.ln2Low k)) tail +. highLost +. lost
        sum high low

    // log x over the logarithm of a base, whose inverse is given in two parts, and rounded once.
    let private logOverBase (inverse: float, inverseTail: float) (x: Register) =
        let struct (log, tail) = logWithTail x
        let struct (high, low) = product log tail (x.Constant inverse) (x.Constant inverseTail)
        Logarithms.withEdges 0.0 x (high +. low)

    /// The logarithm to base 2, exact at powers of 2.
    let log2 (x: Register) =
        logOverBase (byType (1.44269502, 1.92596303e-08) (1.4426950408889634, 2.0355273740931033e-17) x) x

    /// The logarithm to base 10, exact at powers of 10 that are floats.
    let log10 (x: Register) =
        logOverBase (byType (0.434294492, -1.010305e-08) (0.4342944819032518, 1.098319650216765e-17) x) x

    // |x|^y for every x and y but y = 0.
    let private ofMagnitude (x: Register) (y: Register) =
        let infinite = x.Constant infinity
        let struct (log, logTail) = logWithTail x
        let log = select (less x infinite) log x
        let log = select (equal x (x.Constant 0.0)) (x.Constant -infinity) log
        // Any power so large overflows or is 0, unless x is 1: as a finite number, it gives 0 where log x is 0.
        let largest = byType 1e12 1e20 y
        let struct (exponent, tail) = product (clamp -largest largest y) (y.Constant 0.0) log logTail
        let isFinite = less (magnitude exponent) (x.Constant(byType 128.0 1024.0 x))
        Exponentials.expOfSum exponent (select isFinite tail (x.Constant 0.0))

    let private isWhole (size: Register) =
        let whole = size.Constant size.Format.Whole
        bitOr (lessEqual whole size) (equal (size +. whole -. whole) size)

    /// x^y, and at zeros, infinities, NaN and negative x what the C standard asks (C99, annex F.9.4.4).
    let power (x: Register) (y: Register) =
        let zero, one = x.Constant 0.0, x.Constant 1.0
        let size = magnitude y
        let isWholeExponent = isWhole size
        let isEven = isWhole (size *. x.Constant 0.5)
        let isOdd = bitAnd isWholeExponent (bitXor isEven (x.Bits -1L))
        let result = bitOr (ofMagnitude (magnitude x) y) (bitAnd isOdd (sign x))
        let isNegative = bitAnd (less x zero) (less (x.Constant -infinity) x)
        let result = select isNegative (select isWholeExponent result (x.Constant nan)) result
        select (bitOr (equal y zero) (equal x one)) one result

    /// x^y for the constants y that multiplications or a root do sooner and better.
    let ofConstant (x: Register) (y: float) : Register voption =
        match y with
        | 0.0 -> ValueSome(x.Constant 1.0)
        | 1.0 -> ValueSome x
        | 2.0 -> ValueSome(x *. x)
        | 3.0 -> ValueSome(x *. x *. x)
        | -1.0 -> ValueSome(x.Constant 1.0 /. x)
        | 0.5
        | -0.5 ->
            // A root of -0 is -0, and of -∞ NaN.
            let root = sqrt (x +. x.Constant 0.0)
            let root = select (equal x (x.Constant -infinity)) (x.Constant infinity) root
            ValueSome(if y > 0.0 then root else x.Constant 1.0 /. root)
        | _ -> ValueNone
