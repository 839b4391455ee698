namespace Fluxion

open System
open Register

/// The angles that have a given sine, cosine or tangent. Coefficients as in Exponentials.
module internal InverseTrigonometry =
    // (asin s / s - 1) / s² in s², for s ≤ ½.
    let private arcsine =
        byType
            [ 0.166667525; 0.0749529788; 0.0454703469; 0.0241796506; 0.0421660929 ]
            [ 0.16666666666665408
              0.07500000000337012
              0.04464285682833165
              0.0303819591367977
              0.022371758054862446
              0.017359704692872673
              0.013885236198243419
              0.012169206583816632
              0.006527998106578491
              0.019528200628557674
              -0.01622414906018791
              0.031912197532916256 ]

    // (atan r / r - 1) / r² in r², for |r| ≤ tan(π/8).
    let private arctangent =
        byType
            [ -0.333333151; 0.199984688; -0.142434795; 0.105933931; -0.0607710326 ]
            [ -0.333333333333332
              0.19999999999953041
              -0.14285714280144887
              0.11111110781024537
              -0.09090897691545034
              0.07692059098589114
              -0.06663091969375272
              0.0584780529232312
              -0.05038941576971766
              0.03805568379461018
              -0.01789783169447331 ]

    // π as a float and what is missing.
    let private pi = byType (3.14159274, -8.74227766e-08) (Math.PI, 1.2246467991473532e-16)

    // π/4 in two parts, the first so short that up to four times it is exact.
    let private eighth =
        byType (0.785398006439209, 1.5695823663008923e-07) (0.7853981633974483, 3.0616169978683824e-17)

    // For x beyond ½, asin x is π/2 - 2 asin √((1 - x) / 2), and what stands below the root is exact. Here: whether x is beyond, and the argument s
    // of that other sine, with asin s - s.
    let private reduce (x: Register) : struct (Register * Register * Register) =
        let half = x.Constant 0.5
        let size = magnitude x
        let isFar = less half size
        let square = select isFar (multiplyAdd size (x.Constant -0.5) half) (size *. size)
        let s = select isFar (sqrt square) size
        struct (isFar, s, s *. square *. polynomial (arcsine x) square)

    /// NaN beyond ±1.
    let asin (x: Register) =
        let struct (isFar, s, bend) = reduce x
        let high, low = pi x
        let rest = s +. s +. (bend +. bend -. x.Constant(0.5 * low))
        bitOr (select isFar (x.Constant(0.5 * high) -. rest) (s +. bend)) (sign x)

    /// NaN beyond ±1.
    let acos (x: Register) =
        let struct (isFar, s, bend) = reduce x
        let high, low = pi x
        let doubled, doubledBend = s +. s, bend +. bend
        let beyond = x.Constant high -. (doubled +. (doubledBend -. x.Constant low))
        let far = select (less x (x.Constant 0.0)) beyond (doubled +. doubledBend)
        let near = x.Constant(0.5 * high) -. (x +. (bitXor bend (sign x) -. x.Constant(0.5 * low)))
        select isFar far near

    // The angle of the point (d, n) with 0 ≤ n ≤ d, as a number (0 or 1) of eighths of a turn, and r and atan r - r: beyond tan(π/8) it is measured
    // from the diagonal.
    let private reduceQuotient (n: Register) (d: Register) : struct (Register * Register * Register) =
        let isFar = less (d *. d.Constant(Math.Sqrt 2.0 - 1.0)) n
        let r = select isFar (n -. d) n /. select isFar (n +. d) d
        let square = r *. r
        struct (bitAnd isFar (d.Constant 1.0), r, r *. square *. polynomial (arctangent r) square)

    // Eighths of a turn, and a rest in two parts, as an angle.
    let private angle (eighths: Register) (r: Register) (bend: Register) =
        let high, low = eighth r
        multiplyAdd eighths (r.Constant high) (r +. multiplyAdd eighths (r.Constant low) bend)

    // The angle on the other side of the line at so many eighths, where the mask is set.
    let private mirror (mask: Register) (line: float) (struct (eighths: Register, r: Register, bend: Register)) =
        let flip = bitAnd mask (r.Bits r.Format.Sign)
        let mirrored = select mask (r.Constant(2.0 * line) -. eighths) eighths
        struct (mirrored, bitXor r flip, bitXor bend flip)

    let atan (x: Register) =
        let one = x.Constant 1.0
        let size = magnitude x
        let isSteep = less one size
        let reduced = reduceQuotient (select isSteep one size) (select isSteep size one)
        let struct (eighths, r, bend) = mirror isSteep 1.0 reduced
        bitOr (angle eighths r bend) (sign x)

    /// The angle of the point (x, y), between -π and π, at zeros and infinities as C99's annex F.9.1.4 asks.
    let atan2 (y: Register) (x: Register) =
        let one = x.Constant 1.0
        let width, height = magnitude x, magnitude y
        let isSteep = less width height
        let n, d = select isSteep width height, select isSteep height width
        // 0/0 is 0 here, and ∞/∞ is 1.
        let infinite = x.Constant infinity
        let areInfinite = bitAnd (equal n infinite) (equal d infinite)
        let n = select areInfinite one n
        let d = select (bitOr areInfinite (equal d (x.Constant 0.0))) one d
        // The sum of both must not overflow; where d is so large, what a small n loses does not count.
        let scale = select (less one d) (x.Constant 0.25) one
        let reduced = reduceQuotient (n *. scale) (d *. scale)
        let isLeft = less (bitOr one (sign x)) (x.Constant 0.0)
        let struct (eighths, r, bend) = reduced |> mirror isSteep 1.0 |> mirror isLeft 2.0
        bitOr (angle eighths r bend) (sign y)
