module Fluxion.Tests.GammaDrawTests

open Fluxion

let private number (x: Expr) = x |> eval |> Expr.toScalar
let private key = Random.key 42

// Derivatives of the quantile in 40 digits, by differences of the incomplete gamma function.
let private known =
    [ 0.1, 0.01, 0.42279343812970282
      0.005, 1e-90, 4.1332727491623945e-86
      0.03, 0.5, 15.908863478995442
      0.5, 0.3, 1.0098019459488547
      1.0, 1.0, 1.1735630272247269
      2.5, 0.4, 0.36971341461733994
      2.5, 9.0, 1.8917118000908480
      30.0, 25.0, 0.91668159973565724
      200.0, 230.0, 1.0724010427863758
      2000.0, 2100.0, 1.0246788279417405 ]

let tests =
    testList
        "GammaDraw"
        [ testCase "the derivative, at known values" (fun () ->
              for a, x, expected in known do
                  Expect.close 1e-11 (number (GammaDraw.derivative (scalar a) (scalar x)) / expected) 1.0 $"at {a} and {x}"

              // Together they go on as long as the longest.
              let pick (f: float * float * float -> float) = tensor [ for row in known -> f row ]

              let derivative =
                  GammaDraw.derivative (pick (fun (a, _, _) -> a)) (pick (fun (_, x, _) -> x)) |> eval |> Expr.toArray

              for actual, (_, _, expected) in Seq.zip derivative known do
                  Expect.close 1e-11 (actual / expected) 1.0 "side by side")

          testCase "the two forms meet" (fun () ->
              for deviations in [ -3.0; 0.0; 3.0 ] do
                  let at a = number (GammaDraw.derivative (scalar a) (scalar (a + deviations * sqrt a)))
                  Expect.close 1e-6 (at 9_999.9) (at 10_000.1) $"{deviations} deviations out")

          testCase "a draw moves as its quantile does, to second order" (fun () ->
              for a, index, slope, bend in [ 2.5, 0, 1.376503568183703, -0.0839429014163; 0.5, 2, 0.7731181775184253, 0.666870954729 ] do
                  let draw (a: Expr) = (Random.gamma a [ 4 ] key).[index]
                  Expect.close 1e-12 (number (grad draw (scalar a))) slope $"first derivative at {a}"
                  Expect.close 1e-12 (number (jvp draw (scalar a) (scalar 1.0) |> snd)) slope $"forward at {a}"
                  Expect.close 1e-9 (number (grad (grad draw) (scalar a))) bend $"second derivative at {a}")

          testCase "means move with the distribution's" (fun () ->
              // The mean of x is a, and of log x digamma(a), whose derivative at 3/2 is π²/2 - 4.
              let mean (f: Expr -> Expr) a = grad (fun a -> Expr.mean (f (Random.gamma a [ 20_000 ] key))) (scalar a) |> number

              for a in [ 0.3; 1.5; 20.0 ] do
                  Expect.close 0.05 (mean id a) 1.0 $"of x at {a}"

              Expect.close 0.03 (mean log 1.5) (System.Math.PI ** 2.0 / 2.0 - 4.0) "of log x")

          testCase "what is no number stays alone" (fun () ->
              let derivative =
                  GammaDraw.derivative (tensor [ nan; 1.0; 0.001 ]) (tensor [ nan; 1.0; 0.0 ]) |> eval |> Expr.toArray

              Expect.isTrue (System.Double.IsNaN derivative[0]) "NaN"
              Expect.close 1e-12 derivative[1] 1.1735630272247269 "beside NaN"
              Expect.equal derivative[2] 0.0 "a draw that is 0 stays 0") ]
