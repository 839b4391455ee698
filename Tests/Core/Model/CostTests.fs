/// Costs counted before anything is compiled.
module Fluxion.Tests.CostTests

open Fluxion

let private x = Expr.variable "x" [ 10; 4 ]
let private w = Expr.variable "w" [ 4; 3 ]

let private counts: (string * int64 * Expr) list =
    [ "a sum", 40L, x + x
      "a broadcast number", 40L, 2.0 * x
      "a product", 2L * 10L * 4L * 3L, Expr.matmul x w
      "a reduction", 40L, Expr.sum x
      "what moves elements", 0L, Expr.reshape [ 5; 8 ] (Expr.transpose x)
      "what is shared", 40L + 40L, (let y = x + x in y * y) ]

let private loop count = repeat count (fun _ y -> y * y + 1.0) x

// Losses of the kind that people train.
let private losses: (string * (Expr -> Expr)) list =
    let data = Expr.variable "data" [ 64; 4 ]
    let target = Expr.variable "target" [ 64; 3 ]

    [ "linear regression", (fun w -> Expr.mean (Expr.square (Expr.matmul data w - target)))
      "logistic regression",
      (fun w ->
          let p = Expr.sigmoid (Expr.matmul data w)
          -(Expr.mean (target * log p + (1.0 - target) * log (1.0 - p))))
      "softmax cross-entropy", (fun w -> -(Expr.mean (target * Expr.logSoftmax 1 (Expr.matmul data w))))
      "two layers", (fun w -> Expr.mean (Expr.square (Expr.matmul (tanh (Expr.matmul data w)) (Expr.transpose w)) - 1.0)) ]

let private atMostFive (value: Expr) (gradient: Expr list) (where: string) =
    let own = Cost.flops value
    let both = Cost.flops (value :: gradient)
    Expect.isTrue (both <= 5L * own) $"{where}: {both} flops with the gradient, {own} without"

let tests =
    testList
        "Cost"
        [ testList
              "counts"
              [ for name, expected, expr in counts do
                    testCase name (fun () -> Expect.equal (Cost.flops expr) expected "flops") ]

          testCase "a loop costs its steps" (fun () ->
              // The steps are counted, too.
              Expect.equal (Cost.flops (loop 7)) (7L * (80L + 1L)) "flops")

          testCase "an exponential is more than a sum" (fun () ->
              Expect.isTrue (Cost.flops (exp x) > 10L * Cost.flops (x + x)) $"{Cost.flops (exp x)}")

          testCase "memory is that of what is alive together" (fun () ->
              let chain = x |> sin |> cos |> exp
              Expect.equal (Cost.peakMemory chain) (2L * 8L * 40L) "each only until the next"
              let y = sin x
              Expect.equal (Cost.peakMemory (cos y + exp y)) (3L * 8L * 40L) "shared until its last use"
              Expect.equal (Cost.peakMemory (Expr.transpose (sin x))) (8L * 40L) "a view is no copy"
              Expect.equal (Cost.peakMemory x) 0L "leaves")

          testCase "is explained by op" (fun () ->
              let lines = (Cost.explain (Expr.sum (Expr.matmul x w + 1.0))).Split '\n'
              Expect.equal lines[1] "matmul: 1 times, 240 flops, 80.0 %" "costliest first"
              Expect.equal lines.Length 4 "one line an op, and the total")

          testList
              "a gradient and its function cost at most five times the function"
              [ for name, loss in losses do
                    testCase name (fun () ->
                        let value, gradient = valueAndGrad loss w
                        atMostFive value [ gradient ] name) ] ]
