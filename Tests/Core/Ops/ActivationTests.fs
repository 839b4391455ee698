module Fluxion.Tests.ActivationTests

open System
open Fluxion

let private gradientAt (f: Expr -> Expr) (points: float list) = grad (f >> Expr.sum) (tensor points) |> eval |> Expr.toArray |> List.ofArray
let private at f (points: float list) = f (tensor points) |> eval |> Expr.toArray |> List.ofArray

let tests =
    testList
        "Activation"
        [ testCase "at 0 the left side's derivative counts" (fun () ->
              Expect.equal (gradientAt (Expr.leakyRelu 0.1) [ -2.0; 0.0; 2.0 ]) [ 0.1; 0.1; 1.0 ] "leakyRelu"
              Expect.equal (gradientAt (Expr.leakyRelu 0.0) [ -2.0; 0.0; 2.0 ]) (gradientAt Expr.relu [ -2.0; 0.0; 2.0 ]) "slope 0 is relu"
              Expect.equal (gradientAt (Expr.elu 0.5) [ 0.0; 2.0 ]) [ 0.5; 1.0 ] "elu")

          testCase "elu neither overflows nor cancels" (fun () ->
              Expect.equal (at (Expr.elu 2.0) [ 1000.0; -1000.0 ]) [ 1000.0; -2.0 ] "far out"
              Expect.close 1e-15 (at (Expr.elu 1.0) [ -1e-10 ] |> List.head |> (*) -1e10) (1.0 - 0.5e-10) "near 0"
              Expect.equal (gradientAt (Expr.elu 1.0) [ 1000.0; -1000.0 ]) [ 1.0; 0.0 ] "derivative")

          testCase "silu keeps its digits where exp x is subnormal" (fun () ->
              // -712 exp(-712), by halves of the exponent.
              let half = Math.Exp -356.0
              Expect.close 1e-12 (at Expr.silu [ -712.0 ] |> List.head |> fun y -> y / half / half / -712.0) 1.0 "at -712"
              Expect.equal (at Expr.silu [ -infinity; infinity ]) [ 0.0; infinity ] "infinite")

          testCase "clamp has its derivative on the bounds, and keeps NaN" (fun () ->
              Expect.equal (gradientAt (Expr.clamp -1.0 1.0) [ -2.0; -1.0; 0.0; 1.0; 2.0 ]) [ 0.0; 1.0; 1.0; 1.0; 0.0 ] "derivative"
              Expect.isTrue (Double.IsNaN(at (Expr.clamp -1.0 1.0) [ nan ] |> List.head)) "NaN"
              let error = Expect.throws<ArgumentException> (fun () -> Expr.clamp 2.0 1.0 (scalar 0.0) |> ignore) "bounds"
              Expect.isTrue (error.Message.Contains "2, 1") error.Message
              let x = Expr.variable "x" []
              Expect.equal $"{Expr.clamp 0.0 1.5 x}" "clamp(x, 0, 1.5)" "printed") ]
