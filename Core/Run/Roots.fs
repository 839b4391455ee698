namespace Fluxion

open Register

/// The cube root, and the root of a sum of squares.
module internal Roots =
    // 1 / ∛m for m between √½ and √2. Coefficients as in Exponentials.
    let private inverseOfRoot =
        byType
            [ 1.87451965; -1.86183308; 1.56130829; -0.702388014; 0.128369735 ]
            [ 2.109982129263051
              -3.1515837840839254
              4.438162380431133
              -4.042633338163505
              2.253834833565228
              -0.7010453114782114
              0.09328384473936896 ]

    let private inverseOfRootOf2 = 0.7937005259840998

    /// ∛x of x = m 2^(3q + r), with r in -1, 0, 1: a polynomial for 1 / ∛(m 2^r), a step of Halley's to full precision, and one of Newton's for the
    /// last bit, with the remainder as a fused product. Exact at cubes.
    let cbrt (x: Register) =
        let format = x.Format
        let size = magnitude x
        let struct (k, m) = Logarithms.split size
        let rounder = x.Constant(format.Rounder + float format.Bias)
        let shifted = multiplyAdd k (x.Constant(1.0 / 3.0)) rounder
        let q = shifted -. rounder
        let r = multiplyAdd q (x.Constant -3.0) k

        let ofRest up none down =
            select (less r (x.Constant 0.0)) (x.Constant down) (select (less (x.Constant 0.0) r) (x.Constant up) (x.Constant none))

        let t = m *. ofRest 2.0 1.0 0.5
        let near = polynomial (inverseOfRoot x) m *. ofRest inverseOfRootOf2 1.0 (1.0 / inverseOfRootOf2)
        let third = x.Constant(1.0 / 3.0)
        let missing = multiplyAdd (negate t *. near) (near *. near) (x.Constant 1.0)
        let inverse = multiplyAdd near (missing *. multiplyAdd missing (x.Constant(2.0 / 9.0)) third) near
        let root = t *. inverse *. inverse
        let square = root *. root
        let squareLost = multiplyAdd root root (negate square)
        let remainder = multiplyAdd (negate root) square t -. root *. squareLost
        let root = multiplyAdd (remainder *. third) (inverse *. inverse) root
        let result = bitOr (root *. shiftLeft format.Fraction shifted) (sign x)
        // Zeros, infinities and NaN are their own roots.
        let isNumber = bitAnd (less (x.Constant 0.0) size) (less size (x.Constant infinity))
        select isNumber result x

    /// √(x² + y²), both scaled by a power of two where squares would overflow or underflow; infinite where either is, even beside NaN.
    let hypot (x: Register) (y: Register) =
        let width, height = magnitude x, magnitude y
        let isWide = less height width
        let long = select isWide width height
        let short = select isWide height width
        let limit, step = byType (60, 100) (500, 700) x
        let power exponent = x.Constant(System.Math.ScaleB(1.0, exponent))
        let isLarge = less (power limit) long
        let isSmall = less long (power -limit)
        let choose large small = select isLarge (power large) (select isSmall (power small) (x.Constant 1.0))
        let scale = choose -step step
        let a, b = long *. scale, short *. scale
        let result = sqrt (multiplyAdd a a (b *. b)) *. choose step -step
        let infinite = x.Constant infinity
        select (bitOr (equal width infinite) (equal height infinite)) infinite result
