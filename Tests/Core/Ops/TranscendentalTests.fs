module Fluxion.Tests.TranscendentalTests

open System
open Fluxion

let private at (f: Expr -> Expr) (x: float) = f (scalar x) |> eval |> Expr.toScalar
let private slope (f: Expr -> Expr) (x: float) = grad f (scalar x) |> eval |> Expr.toScalar

/// To 20 digits and more from mpmath; the judge of all faster code is judged here.
let private published =
    [ "erf", Expr.erf, 0.3, 0.32862675945912742764
      "erf", Expr.erf, 1.5, 0.96610514647531072707
      "erf", Expr.erf, -3.0, -0.99997790950300141456
      "erfc", Expr.erfc, 0.3, 0.67137324054087257236
      "erfc", Expr.erfc, 1.0, 0.15729920705028513066
      "erfc", Expr.erfc, 5.0, 1.5374597944280348502e-12
      "erfc", Expr.erfc, 20.0, 5.3958656116079009289e-176
      "erfc", Expr.erfc, 26.0, 5.6631924088561428465e-296
      "erfc", Expr.erfc, -1.0, 1.8427007929497148693
      "asinh", Expr.asinh, 1e-5, 9.9999999998333333333e-6
      "acosh", Expr.acosh, 1.5, 0.9624236501192068949
      "cbrt", Expr.cbrt, 2.0, 1.2599210498948731648 ]

let private values =
    testCase "values" (fun () ->
        for name, f, x, expected in published do
            Expect.close 5e-15 (at f x / expected) 1.0 $"{name} {x}")

let private derivatives =
    testCase "derivatives far out, where squares would overflow or cancel" (fun () ->
        Expect.close 1e-15 (slope Expr.asinh 1e200 * 1e200) 1.0 "asinh"
        Expect.close 1e-15 (slope Expr.acosh 1e200 * 1e200) 1.0 "acosh"
        Expect.isTrue (Double.IsNaN(slope Expr.acosh -2.0)) "acosh where it has no value"
        let near = 1.0 - Math.ScaleB(1.0, -40)
        Expect.close 1e-12 (slope Expr.atanh near / Math.ScaleB(1.0, 39)) 1.0 "atanh near 1"
        Expect.equal (slope Expr.cbrt 0.0) infinity "cbrt at 0 is vertical"
        Expect.close 1e-15 (slope Expr.erf 0.0) (2.0 / Math.Sqrt Math.PI) "erf at 0")

let private functions =
    testCase "F#'s own names work" (fun () ->
        let x = scalar 0.4
        let same f (g: float -> float) name = Expect.close 1e-15 (f x |> eval |> Expr.toScalar) (g 0.4) name
        same asin Math.Asin "asin"
        same acos Math.Acos "acos"
        same atan Math.Atan "atan"
        same sinh Math.Sinh "sinh"
        same cosh Math.Cosh "cosh"
        same log10 Math.Log10 "log10"
        same floor Math.Floor "floor"
        same ceil Math.Ceiling "ceil"
        same round Math.Round "round"
        same (fun x -> atan2 x (scalar -2.0)) (fun x -> Math.Atan2(x, -2.0)) "atan2")

let private notation =
    testCase "in LaTeX" (fun () ->
        let x = Expr.variable "x" []

        for expr, expected in
            [ Expr.asin x, "\\arcsin"
              Expr.log2 x, "\\log_{2}"
              Expr.cbrt x, "\\sqrt[3]{x}"
              Expr.exp2 x, "2^{x}"
              Expr.floor x, "\\left\\lfloor x \\right\\rfloor"
              Expr.reciprocal x, "\\frac1{x}" ] do
            Expect.isTrue ((Print.latex expr).Contains expected) $"{Print.latex expr} has {expected}")

let tests = testList "Transcendental" [ values; derivatives; functions; notation ]
