module Fluxion.Tests.MomentsTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private number (x: Expr) = x |> eval |> Expr.toScalar
let private x = tensor [ [ 1.5; -2.0; 0.25 ]; [ 0.0; 3.0; -1.0 ] ]
let private close actual expected message = List.iter2 (fun a b -> Expect.close 1e-14 a b message) actual expected

// Values and gradients are NumPy's and PyTorch's.
let tests =
    testList
        "Moments"
        [ testCase "variances of populations and samples" (fun () ->
              close (elements (Expr.varOver [ 0 ] x)) [ 0.5625; 6.25; 0.390625 ] "of populations"
              close (elements (Expr.varCorrected 1 [ 1 ] x)) [ 3.145833333333333; 4.333333333333334 ] "of samples"
              close [ number (Expr.std x) ] [ 1.622861841179204 ] "std"
              close [ number (Expr.stdCorrected 1 [ 0; 1 ] x) ] [ 1.7777560762564326 ] "std of a sample")

          testCase "their gradients" (fun () ->
              close
                  (elements (grad Expr.var x))
                  [ 0.40277777777777773
                    -0.7638888888888888
                    -0.013888888888888895
                    -0.09722222222222222
                    0.9027777777777778
                    -0.4305555555555556 ]
                  "var"

              close
                  (elements (grad (Expr.stdCorrected 1 [ 1 ] >> Expr.sum) x))
                  [ 0.44634893644819257
                    -0.5403171335951805
                    0.09396819714698791
                    -0.16012815380508713
                    0.5604485383178051
                    -0.40032038451271784 ]
                  "std")

          testCase "far from 0 no digits are lost" (fun () ->
              close [ number (Expr.var (tensor [ 1e9 + 1.0; 1e9 + 2.0; 1e9 + 3.0 ])) ] [ 2.0 / 3.0 ] "var")

          testCase "where all are the same, std has derivative 0, to second order finite" (fun () ->
              let same = tensor [ 2.0; 2.0; 2.0 ]
              Expect.equal (elements (grad Expr.std same)) [ 0.0; 0.0; 0.0 ] "gradient"
              Expect.isTrue (elements (hessian Expr.std same) |> List.forall Double.IsFinite) "hessian"
              Expect.equal (elements (compile (grad Expr.std) same)) [ 0.0; 0.0; 0.0 ] "compiled")

          testCase "nothing left to divide by is NaN" (fun () ->
              Expect.isTrue (Double.IsNaN(number (Expr.varCorrected 1 [ 0 ] (tensor [ 3.0 ])))) "one, corrected"
              Expect.isTrue (Double.IsNaN(number (Expr.var (zeros [ 0 ])))) "none")

          testCase "attributes print" (fun () ->
              Expect.equal (string (Expr.varCorrected 1 [ 0 ] (Expr.variable "x" [ 3; 2 ]))) "var(x, axes=[0], correction=1)" "text") ]
