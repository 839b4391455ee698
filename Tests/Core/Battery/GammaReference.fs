/// The gamma function's kin in 192 bits, by recurrence alone, left of 0 too, and a few terms of the series far out: what shares nothing with the rows.
module Fluxion.Tests.GammaReference

open System
open System.Numerics
open Fluxion

let private bits = 192
let private one = BigInteger.One <<< bits
let private times, over = FixedPoint.times bits, FixedPoint.over bits
let private ln2 = lazy (FixedPoint.ln2 bits)
let private log (x: BigInteger) = FixedPoint.log bits ln2.Value x

// x and the 200 numbers after it, and the next.
let private shifted (x: float) : BigInteger list * BigInteger =
    let x = FixedPoint.ofFloat bits x
    [ for i in 0..200 -> x + one * BigInteger i ], x + one * BigInteger 201

// Σ terms over powers of x: (divisor, power).
let private inverses (terms: (int * int) list) (x: BigInteger) : BigInteger =
    terms
    |> List.sumBy (fun (divisor, power) -> List.fold over one [ for _ in 1..power -> x ] / BigInteger divisor)

// What the series leaves out is cut off, so that 0 is 0.
let private toFloat (x: BigInteger) = Math.ScaleB(float (x / (BigInteger.One <<< 104)), 104 - bits)

/// log |Γ(x)|, of what is not a pole.
let logGamma (x: float) : float =
    let passed, x = shifted x
    let halfLog = log (BigInteger 2 * FixedPoint.pi bits) >>> 1

    let far =
        times (x - (one >>> 1)) (log x) - x
        + halfLog
        + inverses [ 12, 1; -360, 3; 1260, 5; -1680, 7; 1188, 9 ] x

    toFloat (far - log (passed |> List.fold times one |> BigInteger.Abs))

/// digamma x, of what is not a pole.
let digamma (x: float) : float =
    let passed, x = shifted x
    let far = log x - inverses [ 2, 1; 12, 2; -120, 4; 252, 6; -240, 8 ] x
    toFloat (far - List.sumBy (over one) passed)
