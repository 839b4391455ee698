namespace Fluxion

open System
open Register

/// Sine, cosine and tangent. The nearest multiple of π (or π/2) is taken off in three parts, each product fused: the first difference is
/// exact, so nothing is lost where it cancels. (Cody and Waite, "Software Manual for the Elementary Functions", 1980.) That holds as long as
/// the multiple is found by one product; beyond, `FarArguments` takes over, element by element. Coefficients as in Exponentials.
module internal Trigonometry =
    /// (sin r / r - 1) / r² in r², for |r| ≤ π/2.
    let sineOfSingle = [ -0.166666597; 0.00833306089; -0.000198091977; 2.60483353e-06 ]

    let sineOfDouble =
        [ -0.16666666666666666
          0.008333333333333193
          -0.0001984126984120875
          2.7557319211054283e-06
          -2.505210686500695e-08
          1.6058939304682813e-10
          -7.642980816091554e-13
          2.7210602468791282e-15 ]

    // (tan r / r - 1) / r² in r², for |r| ≤ π/4.
    let private tangent =
        byType
            [ 0.333333522; 0.133326128; 0.0540658981; 0.0212504081; 0.0109203663; -2.02783285e-05; 0.00443167752 ]
            [ 0.33333333333332754
              0.13333333333417496
              0.05396825392529365
              0.021869489641962888
              0.008863218699556504
              0.0035922932753585904
              0.0014547324411819846
              0.0005951723103668904
              0.00022206204004791255
              0.00013718155242158623
              -2.7313010934826037e-05
              9.030622475592802e-05
              -4.533865645921889e-05
              2.09746665387747e-05 ]

    /// Past this size of argument, FarArguments answers.
    let limit = byType 131072.0 4398046511104.0

    // π as a sum of three, each as long as the type allows and rounded down, so that all three add nothing of another sign to -0.
    let private pi =
        byType (3.1415925, 1.50995788e-07, 1.07806051e-14) (3.141592653589793, 1.224646799147353e-16, 2.1657133478438278e-32)

    // x - n scale π, for a scale that is a power of 2.
    let private takeOff (scale: float) (n: Register) (x: Register) =
        let high, middle, low = pi x

        multiplyAdd n (x.Constant(-scale * high)) x
        |> multiplyAdd n (x.Constant(-scale * middle))
        |> multiplyAdd n (x.Constant(-scale * low))

    let private far (x: Register) (unary: Unary) (near: Register) =
        let isFar = less (x.Constant(limit x)) (magnitude x)
        x.Write(Instruction.CallScalar(unary, isFar.Number, x.Number, near.Number))

    // sin r, with the sign of a whole number's lowest bit.
    let private signedSine (whole: Register) (r: Register) =
        let z = r *. r
        let sine = multiplyAdd r (z *. polynomial (byType sineOfSingle sineOfDouble r) z) r
        bitXor sine (shiftLeft (byType 31 63 r) whole)

    let sin (x: Register) =
        let rounder = x.Constant x.Format.Rounder
        let shifted = multiplyAdd x (x.Constant(1.0 / Math.PI)) rounder
        let sine = x |> takeOff 1.0 (shifted -. rounder) |> signedSine shifted
        // The polynomial loses the sign of -0.
        select (equal x (x.Constant 0.0)) x sine |> far x Unary.Sin

    /// cos x is (-1)ⁿ sin(x - (n - ½) π).
    let cos (x: Register) =
        let rounder = x.Constant x.Format.Rounder
        let shifted = multiplyAdd x (x.Constant(1.0 / Math.PI)) (x.Constant 0.5) +. rounder
        x |> takeOff 1.0 (shifted -. rounder -. x.Constant 0.5) |> signedSine shifted |> far x Unary.Cos

    /// tan r after an even multiple of π/2, and -1 / tan r after an odd one.
    let tan (x: Register) =
        let rounder = x.Constant x.Format.Rounder
        let shifted = multiplyAdd x (x.Constant(2.0 / Math.PI)) rounder
        let r = takeOff 0.5 (shifted -. rounder) x
        let z = r *. r
        let near = multiplyAdd r (z *. polynomial (tangent x) z) r
        let one = x.Constant 1.0
        // 1 with the sign of the lowest bit.
        let parity = bitOr (shiftLeft (byType 31 63 x) shifted) one
        let isOdd = less parity (x.Constant 0.0)
        select isOdd parity near /. select isOdd near one |> far x Unary.Tan
