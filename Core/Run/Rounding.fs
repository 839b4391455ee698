namespace Fluxion

open Register

/// Whole numbers near a number, and what is left of it after a whole multiple of another.
module internal Rounding =
    /// To the nearest whole number, of two to the even one: added to a number whose neighbours are 1 apart, and taken off again.
    let round (x: Register) =
        let size = magnitude x
        let whole = x.Constant x.Format.Whole
        let nearest = bitOr (size +. whole -. whole) (sign x)
        // Beyond, all numbers are whole; NaN stays too.
        select (less size whole) nearest x

    let floor (x: Register) =
        let nearest = round x
        nearest -. bitAnd (less x nearest) (x.Constant 1.0)

    let ceiling (x: Register) =
        let nearest = round x
        // -0.5 goes up to -0.
        bitOr (nearest +. bitAnd (less nearest x) (x.Constant 1.0)) (sign x)

    /// x - y floor(x / y), with y's sign. The fused product is exact as long as the quotient's units are; beyond, `FarArguments` takes over, element by
    /// element.
    let remainder (x: Register) (y: Register) =
        let zero = x.Constant 0.0
        let quotient = x /. y
        let rest = multiplyAdd (negate (floor quotient)) y x
        let infinite = x.Constant infinity
        let isAll = bitAnd (equal (magnitude y) infinite) (less (magnitude x) infinite)
        let rest = select isAll x rest
        // x itself may lie on the other side of 0, and so does what is left when the quotient was rounded up.
        let isOther = bitXor (less rest zero) (less y zero)
        let near = select (equal rest zero) (sign y) (select isOther (rest +. y) rest)
        // Of two NaNs, a fused product keeps one or the other, by how registers were allotted.
        let near = select (equal near near) near (x.Constant nan)
        let isFar = lessEqual (x.Constant x.Format.Whole) (magnitude quotient)
        x.Write(Instruction.CallScalarBinary(Binary.Remainder, isFar.Number, x.Number, y.Number, near.Number))
