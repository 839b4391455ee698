module Fluxion.Tests.ReductionTests

open System
open Fluxion

let private gradientAt (f: Expr -> Expr) (points: float list) = grad f (tensor points) |> eval |> Expr.toArray |> List.ofArray
let private number (x: Expr) = x |> eval |> Expr.toScalar

let tests =
    testList
        "Reduction"
        [ testCase "the largest share the derivative where they tie" (fun () ->
              Expect.equal (gradientAt Expr.max [ 1.0; 3.0; 3.0; 2.0 ]) [ 0.0; 0.5; 0.5; 0.0 ] "gradient"
              Expect.equal (gradientAt Expr.max [ 2.0; 2.0; 2.0; 2.0 ]) [ 0.25; 0.25; 0.25; 0.25 ] "all tied")

          testCase "argMax is the first of the largest, and NaN is the largest" (fun () ->
              Expect.equal (number (Expr.argMax 0 (tensor [ 1.0; 3.0; 3.0 ]))) 1.0 "tie"
              Expect.equal (number (Expr.argMax 0 (tensor [ 1.0; nan; infinity; nan ]))) 1.0 "NaN")

          testCase "nothing has sum 0, mean NaN, logsumexp -inf, and no largest" (fun () ->
              let none = zeros [ 0 ]
              Expect.equal (number (Expr.sum none)) 0.0 "sum"
              Expect.isTrue (Double.IsNaN(number (Expr.mean none))) "mean"
              Expect.equal (number (Expr.logSumExp none)) -infinity "logsumexp"
              let error = Expect.throws<ShapeException> (fun () -> Expr.max none |> ignore) "max"
              Expect.equal error.Message "max: there must be an element to pick, but the shape is [0]; leave the empty axis out?" "message")

          testCase "logsumexp and logSoftmax stand numbers whose exp does not" (fun () ->
              let x = [ 1000.0; 1000.0; -1000.0 ]
              Expect.close 1e-15 (number (Expr.logSumExp (tensor x))) (1000.0 + log 2.0) "value"
              List.iter2 (fun a b -> Expect.close 1e-12 a b "gradient") (gradientAt Expr.logSumExp x) [ 0.5; 0.5; 0.0 ]
              let first (x: Expr) = (Expr.logSoftmax 0 x)[0]
              List.iter2 (fun a b -> Expect.close 1e-12 a b "gradient of logSoftmax") (gradientAt first x) [ 0.5; -0.5; 0.0 ]
              Expect.close 1e-12 (number (Expr.sum (Expr.softmax 0 (tensor x)))) 1.0 "softmax sums to 1")

          testCase "softmax is right to 1e-13 of itself down to the smallest number" (fun () ->
              // Of mpmath.
              let x = [ 1000.25; 399.54999999999995; 964.25; 301.1 ]

              let expected =
                  [ 0.99999999999999976805; 1.3161479774412901401e-261; 2.3195228302435688503e-16; 2.3068161186616601864e-304 ]

              let softmax = Expr.softmax 0

              for actual in [ softmax (tensor x) |> eval; compile softmax (tensor x) ] do
                  for actual, expected in Seq.zip (Expr.toArray actual) expected do
                      Expect.isTrue (abs (actual - expected) <= 1e-13 * expected) $"{actual:R} should be {expected:R}")

          testCase "eval's logsumexp and logSoftmax keep a small term beside a large one" (fun () ->
              let x = tensor [ 0.0; -40.0 ]
              let expected = 4.2483542552915889863e-18
              Expect.isTrue (abs (number (Expr.logSumExp x) - expected) <= 1e-15 * expected) "logsumexp"
              let largest = (Expr.logSoftmax 0 x)[0]
              Expect.isTrue (abs (number largest + expected) <= 1e-15 * expected) "logSoftmax"
              Expect.close 1e-15 (number (Expr.logSumExp (tensor [ 2.0; 2.0; -40.0 ]))) (2.0 + log 2.0) "ties")

          testCase "an impossible class stays impossible" (fun () ->
              let x = [ -infinity; 0.0 ]
              Expect.equal (number (Expr.logSumExp (tensor x))) 0.0 "value"
              Expect.equal (gradientAt Expr.logSumExp x) [ 0.0; 1.0 ] "gradient")

          testCase "keepDims puts the axes back, and broadcasts" (fun () ->
              let x = tensor [ [ 1.0; 3.0 ]; [ 5.0; 9.0 ] ]
              let means = Expr.keepDims Expr.meanOver [ -1 ] x
              Expect.equal means.Shape [ 2; 1 ] "shape"
              Expect.equal (eval (x - means) |> Expr.toArray |> List.ofArray) [ -1.0; 1.0; -2.0; 2.0 ] "centred"
              Expect.equal (Expr.keepDims Expr.sumOver [ 0; 1 ] x).Shape [ 1; 1 ] "all axes")

          testCase "float32 sums are rounded once" (fun () ->
              let x = Expr.constant (NDArray.full DType.Float32 [ 1_000_000 ] 0.1)
              Expect.equal (number (Expr.sum x)) (float (float32 (1e6 * float 0.1f))) "a million tenths") ]
