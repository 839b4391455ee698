module Fluxion.Tests.CumulativeTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private x = tensor [ [ 1.5; -2.0; 0.25 ]; [ 0.0; 3.0; -1.0 ] ]
let private weights = tensor [ 1.0; 10.0; 100.0; 1000.0 ]

// Values and gradients are PyTorch's, but for ties in cummax, where it takes the last.
let tests =
    testList
        "Cumulative"
        [ testCase "cumsum along either axis, and its gradient" (fun () ->
              Expect.equal (elements (Expr.cumsum 1 x)) [ 1.5; -0.5; -0.25; 0.0; 3.0; 2.0 ] "rows"
              Expect.equal (elements (Expr.cumsum 0 x)) [ 1.5; -2.0; 0.25; 1.5; 1.0; -0.75 ] "columns"
              let loss x = Expr.sum (Expr.cumsum -1 x * tensor [ 1.0; 10.0; 100.0 ])
              Expect.equal (elements (grad loss x)) [ 111.0; 110.0; 100.0; 111.0; 110.0; 100.0 ] "gradient")

          testCase "cumprod's derivative is right with one zero and with two" (fun () ->
              let loss x = Expr.sum (Expr.cumprod 0 x * weights)
              let one = tensor [ 2.0; 0.0; 3.0; -4.0 ]
              Expect.equal (elements (Expr.cumprod 0 one)) [ 2.0; 0.0; 0.0; 0.0 ] "values"
              Expect.equal (elements (grad loss one)) [ 1.0; -23380.0; 0.0; 0.0 ] "one"
              Expect.equal (elements (compile (grad loss) one)) [ 1.0; -23380.0; 0.0; 0.0 ] "compiled"
              Expect.equal (elements (grad loss (tensor [ 2.0; 0.0; 3.0; 0.0 ]))) [ 1.0; 620.0; 0.0; 0.0 ] "two")

          testCase "cummax's derivative goes to where the largest stands first" (fun () ->
              let x = tensor [ 1.0; 3.0; 2.0; 3.0; 5.0 ]
              Expect.equal (elements (Expr.cummax 0 x)) [ 1.0; 3.0; 3.0; 3.0; 5.0 ] "values"
              Expect.equal (elements (Expr.cumArgMax 0 x)) [ 0.0; 1.0; 1.0; 1.0; 4.0 ] "positions"
              let loss x = Expr.sum (Expr.cummax 0 x * tensor [ 1.0; 10.0; 100.0; 1000.0; 10000.0 ])
              Expect.equal (elements (grad loss x)) [ 1.0; 1110.0; 0.0; 0.0; 10000.0 ] "gradient")

          testCase "NaN stays from where it comes, and cummin is cummax upside down" (fun () ->
              let x = tensor [ 1.0; nan; 2.0 ]

              for values in [ elements (Expr.cummax 0 x); elements (compile (Expr.cummax 0) x); elements (Expr.cummin 0 x) ] do
                  Expect.equal values[0] 1.0 "before"
                  Expect.isTrue (Double.IsNaN values[1] && Double.IsNaN values[2]) "after"

              Expect.equal (elements (Expr.cummin 0 (tensor [ 2.0; 3.0; 1.0; 4.0 ]))) [ 2.0; 2.0; 1.0; 1.0 ] "cummin"
              let smallest = Expr.constant (NDArray.ofInts DType.Int32 [ 2 ] [| 7L; int64 Int32.MinValue |])
              Expect.equal (elements (Expr.cummin 0 smallest)) [ 7.0; float Int32.MinValue ] "integers")

          testCase "a recurrence is the loop it stands for" (fun () ->
              let factors, terms = tensor [ 9.0; 0.5; 0.0; 2.0 ], tensor [ 1.0; 2.0; 3.0; 4.0 ]
              Expect.equal (elements (Expr.linearRecurrence 0 factors terms)) [ 1.0; 2.5; 3.0; 10.0 ] "values"
              // y₁ = 0.5·1 + 2, y₃ = 2·3 + 4; the first factor has nothing to multiply.
              let byFactors = grad (fun a -> Expr.sum (Expr.linearRecurrence 0 a terms * weights)) factors
              Expect.equal (elements byFactors) [ 0.0; 10.0; 5250.0; 3000.0 ] "by factors"
              let byTerms = grad (fun b -> Expr.sum (Expr.linearRecurrence 0 factors b * weights)) terms
              Expect.equal (elements byTerms) [ 6.0; 10.0; 2100.0; 1000.0 ] "by terms")

          testCase "a recurrence of sizes that differ says so" (fun () ->
              let error =
                  Expect.throws<ShapeException> (fun () -> Expr.linearRecurrence 0 (zeros [ 3 ]) (zeros [ 4 ]) |> ignore) "sizes"

              Expect.equal
                  error.Message
                  "linearRecurrence: both must have one shape, but they are [3] and [4]; repeat one with Expr.broadcastTo?"
                  "message")

          testCase "integers wrap" (fun () ->
              let x = Expr.constant (NDArray.ofInts DType.Int32 [ 2 ] [| int64 Int32.MaxValue; 1L |])
              Expect.equal (elements (compile (Expr.cumsum 0) x)) [ float Int32.MaxValue; float Int32.MinValue ] "cumsum") ]
