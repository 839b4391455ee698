module Fluxion.Tests.MetricsTests

open Fluxion

let private number (x: Expr) = Expr.toScalar (eval x)

let tests =
    testList
        "Metrics"
        [ testCase "accuracy is the share of rows whose largest logit is that of their class" (fun () ->
              let logits = tensor [ [ 1.0; 3.0; 2.0 ]; [ -1.0; -3.0; -2.0 ]; [ 0.0; 1.0; 5.0 ]; [ 9.0; 0.0; 0.0 ] ]
              Expect.equal (number (Metrics.accuracy (tensor [ 1; 0; 2; 1 ]) logits)) 0.75 "int32 labels"
              Expect.equal (number (Metrics.accuracy (tensor [ 1L; 1L; 1L; 1L ]) logits)) 0.25 "int64 labels"
              Expect.equal (number (Metrics.accuracy (Expr.oneHot 3 (tensor [ 1; 0; 2; 1 ])) logits)) 0.75 "one-hot rows")

          testCase "binaryAccuracy is the share of logits on the right side of 0" (fun () ->
              let logits = tensor [ 2.0; -2.0; 0.1; -0.1 ]
              Expect.equal (number (Metrics.binaryAccuracy (tensor [ 1.0; 0.0; 0.0; 1.0 ]) logits)) 0.5 "floats"
              Expect.equal (number (Metrics.binaryAccuracy (tensor [ true; false; true; true ]) logits)) 0.75 "bools"
              Expect.equal (number (Metrics.binaryAccuracy (tensor [ 1; 0 ]) (zeros [ 2 ]))) 0.5 "0 counts as class 0")

          testCase "shapes that would broadcast are refused" (fun () ->
              let error =
                  Expect.throws<ShapeException>
                      (fun () -> Metrics.binaryAccuracy (zeros [ 3 ]) (zeros [ 3; 1 ]) |> ignore)
                      "[3] and [3; 1]"

              Expect.isTrue (error.Message.StartsWith "binaryAccuracy: target and prediction must have one shape") error.Message) ]
