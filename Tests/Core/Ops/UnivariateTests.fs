module Fluxion.Tests.UnivariateTests

open System
open Fluxion

let private gradientAt (f: Expr -> Expr) (points: float list) = grad (f >> Expr.sum) (tensor points) |> eval |> Expr.toArray |> List.ofArray

let private conventions =
    testList
        "derivatives where there is none"
        [ testCase "abs at 0 has the middle" (fun () -> Expect.equal (gradientAt abs [ -2.0; 0.0; 2.0 ]) [ -1.0; 0.0; 1.0 ] "gradient")
          testCase "relu at 0 has none" (fun () -> Expect.equal (gradientAt Expr.relu [ -2.0; 0.0; 2.0 ]) [ 0.0; 0.0; 1.0 ] "gradient")
          testCase "sign is flat" (fun () -> Expect.equal (gradientAt Expr.sign [ -2.0; 0.0; 2.0 ]) [ 0.0; 0.0; 0.0 ] "gradient")
          testCase "sqrt at 0 is vertical" (fun () -> Expect.equal (gradientAt sqrt [ 0.0 ]) [ infinity ] "gradient") ]

let private stability =
    testList
        "far out"
        [ testCase "sigmoid, softplus and logSigmoid neither overflow nor lose their derivative" (fun () ->
              let far = [ -800.0; -40.0; 40.0; 800.0 ]
              let at f = f (tensor far) |> eval |> Expr.toArray |> List.ofArray
              Expect.equal (at Expr.sigmoid |> List.head, at Expr.sigmoid |> List.last) (0.0, 1.0) "sigmoid"
              Expect.equal (at Expr.softplus) [ 0.0; Math.Exp -40.0; 40.0; 800.0 ] "softplus"
              Expect.equal (at Expr.logSigmoid) [ -800.0; -40.0; -(Math.Exp -40.0); 0.0 ] "logSigmoid"
              Expect.equal (gradientAt Expr.softplus far |> List.map (Math.Round: float -> float)) [ 0.0; 0.0; 1.0; 1.0 ] "softplus'"
              Expect.equal (gradientAt Expr.logSigmoid far |> List.map (Math.Round: float -> float)) [ 1.0; 1.0; 0.0; 0.0 ] "logSigmoid'") ]

let tests = testList "Univariate" [ conventions; stability ]
