namespace Fluxion

open System
open Register

/// Sine, cosine and tangent. The nearest multiple of π (or π/2) is taken off in three parts, each product fused: the first difference is
/// exact, so nothing is lost where it cancels. (Cody and Waite, "Software Manual for the Elementary Functions", 1980.) That holds as long as
/// the multiple is found by one product; beyond, `FarArguments` takes over, element by element. Coefficients as in Exponentials.
module internal Trigonometry =
    // (sin r / r - 1) / r² in r², for |r| ≤ π/2: the first coefficient and the others. The last is a hair larger than minimax, so that cos 0 is 1
    // and nothing comes out above 1.
    let private sineOfSingle = -0.166666666, [ 0.00833333105; -0.000198408604; 2.75249736e-06; -2.3799315e-08 ]

    let sineOfDouble =
        -0.16666666666666666,
        [ 0.008333333333333193
          -0.0001984126984120875
          2.7557319211054283e-06
          -2.505210686500695e-08
          1.6058939304682813e-10
          -7.642980816091554e-13
          2.721067971e-15 ]

    // (tan r / r - 1) / r² in r², for |r| ≤ π/4.
    let tangentOfDouble =
        [ 0.33333333333332754
          0.13333333333417502
          0.05396825392529227
          0.021869489641989585
          0.008863218699259452
          0.0035922932774129874
          0.0014547324320452895
          0.0005951723364440783
          0.00022206199506567798
          0.00013718158784356522
          -2.7312990958085628e-05
          9.03061510173989e-05
          -4.533859101263133e-05
          2.0974645535560193e-05 ]

    let private tangent =
        byType [ 0.333333516; 0.133325988; 0.0540674513; 0.0212422148; 0.0109420335; -4.82451229e-05; 0.00444569982 ] tangentOfDouble

    /// Past this size of argument, FarArguments answers.
    let limit = byType 131072.0 4398046511104.0

    // π as a sum of three, each as long as the type allows and rounded down, so that all three add nothing of another sign to -0.
    let private pi =
        byType (3.1415925, 1.50995788e-07, 1.07806051e-14) (3.141592653589793, 1.224646799147353e-16, 2.1657133478438278e-32)

    // x - n π. The first difference is exact.
    let private takeOff (n: Register) (x: Register) =
        let high, middle, low = pi x

        multiplyAdd n (x.Constant -high) x
        |> multiplyAdd n (x.Constant -middle)
        |> multiplyAdd n (x.Constant -low)

    // x - n π/2, and what rounding took from it.
    let private takeOffHalves (n: Register) (x: Register) : struct (Register * Register) =
        let high, middle, low = pi x
        let first = multiplyAdd n (x.Constant(-0.5 * high)) x
        let middle = x.Constant(-0.5 * middle)
        let product = n *. middle
        let productLost = multiplyAdd n middle (negate product)
        let r = first +. product
        let lost = first -. r +. product +. productLost
        struct (r, multiplyAdd n (x.Constant(-0.5 * low)) lost)

    let private far (x: Register) (unary: Unary) (near: Register) =
        let isFar = less (x.Constant(limit x)) (magnitude x)
        x.Write(Instruction.CallScalar(unary, isFar.Number, x.Number, near.Number))

    // sin r, with the sign of a whole number's lowest bit.
    let private signedSine (whole: Register) (r: Register) =
        let z = r *. r
        // The first term apart: near π/2, the others would round it too soon.
        let first, others = byType sineOfSingle sineOfDouble r
        let bend = multiplyAdd z (z.Constant first) (z *. z *. polynomial others z)
        let sine = multiplyAdd r bend r
        bitXor sine (shiftLeft (byType 31 63 r) whole)

    let sin (x: Register) =
        let rounder = x.Constant x.Format.Rounder
        let shifted = multiplyAdd x (x.Constant(1.0 / Math.PI)) rounder
        let sine = x |> takeOff (shifted -. rounder) |> signedSine shifted
        // The polynomial loses the sign of -0.
        select (equal x (x.Constant 0.0)) x sine |> far x Unary.Sin

    /// cos x is (-1)ⁿ sin(x - (n - ½) π).
    let cos (x: Register) =
        let rounder = x.Constant x.Format.Rounder
        let shifted = multiplyAdd x (x.Constant(1.0 / Math.PI)) (x.Constant 0.5) +. rounder
        x |> takeOff (shifted -. rounder -. x.Constant 0.5) |> signedSine shifted |> far x Unary.Cos

    /// tan r after an even multiple of π/2, and -1 / tan r after an odd one.
    let tan (x: Register) =
        let rounder = x.Constant x.Format.Rounder
        let shifted = multiplyAdd x (x.Constant(2.0 / Math.PI)) rounder
        let struct (r, lost) = takeOffHalves (shifted -. rounder) x
        let z = r *. r
        // tan (r + lost) is tan r + (1 + tan² r) lost, and z is near enough to tan² r.
        let small = multiplyAdd lost z lost
        let near = r +. multiplyAdd (r *. z) (polynomial (tangent x) z) small
        let one = x.Constant 1.0
        // 1 with the sign of the lowest bit.
        let parity = bitOr (shiftLeft (byType 31 63 x) shifted) one
        let isOdd = less parity (x.Constant 0.0)
        let result = select isOdd (x.Constant -1.0) near /. select isOdd near one
        // What rounding took is 0 from -0.
        select (equal x (x.Constant 0.0)) x result |> far x Unary.Tan
