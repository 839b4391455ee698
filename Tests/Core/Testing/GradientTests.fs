/// Gradient.check: a right derivative passes, a wrong one is reported, at the entry where it is worst.
module Fluxion.Tests.GradientTests

open System
open Fluxion
open Fluxion.Testing

type private Model = { Weight: Expr; Bias: Expr; Name: string }

let private model =
    { Weight = tensor [ [ 0.5; -1.0; 2.0 ]; [ 0.3; 0.7; -0.2 ] ]
      Bias = tensor [ 0.1; -0.4 ]
      Name = "a model" }

let private loss (m: Model) : Expr = Expr.logSumExp (Expr.matmul m.Weight (tensor [ 1.0; 2.0; -1.0 ]) + m.Bias)

let private byForward = { GradientOptions.defaults with Mode = DifferentiationMode.Forward }

/// The square, of whose derivative one entry is wrong.
let private wrong (x: Expr) : Expr =
    Custom.withVjp (fun x _ cotangent -> cotangent * (2.0 * x + tensor [ 0.0; 0.0; 1e-3; 0.0 ])) Expr.square x

let private failure (action: unit -> GradientReport) = Expect.throws<GradientException> (action >> ignore) "a wrong derivative must raise"

let private numericIs (expected: float) (tolerance: float) (at: float) (f: float -> float) =
    let found = Differences.extrapolated 0.05 (fun step -> [| f (at + step) |]) |> Array.exactlyOne
    Expect.close tolerance found.Value expected "derivative"

    Expect.isTrue (abs (found.Value - expected) <= 10.0 * found.Uncertainty + 1e-13) $"the estimate {found.Uncertainty} of the error"

let tests =
    testList
        "Gradient"
        [ testCase "differences are good to eleven digits and more" (fun () ->
              numericIs (exp 1.0) 1e-11 1.0 exp
              numericIs (cos 2.0) 1e-11 2.0 sin
              numericIs 0.5 1e-11 1.0 sqrt
              numericIs 3.0 1e-13 0.0 (fun x -> 3.0 * x))

          testCase "a right derivative passes, in a record, in both modes" (fun () ->
              for options in [ GradientOptions.defaults; byForward ] do
                  let report = Gradient.checkWith options loss model
                  Expect.equal report.Entries 8 "six weights and two biases"
                  Expect.isTrue report.Passed "passed"
                  Expect.isTrue (report.Worst.Error < 1e-14) $"{report}")

          testCase "a wrong derivative is reported where it is worst" (fun () ->
              let x = tensor [ 1.0; -2.0; 3.0; 0.5 ]
              let report = (failure (fun () -> Gradient.check (wrong >> Expr.sum) x)).Report
              Expect.equal report.Worst.Index [ 2 ] "the entry"
              Expect.close 1e-12 report.Worst.Analytic 6.001 "analytic"
              Expect.close 1e-14 report.Worst.Numeric 6.0 "numeric"
              Expect.close 1e-6 report.Worst.Error (1e-3 / 6.001) "error"
              Expect.equal report.Passed false "not passed")

          testCase "so it is in forward mode, and of a result with axes" (fun () ->
              let x = tensor [ 1.0; -2.0; 3.0; 0.5 ]
              Expect.equal (failure (fun () -> Gradient.checkWith byForward wrong x)).Report.Worst.Index [ 2 ] "forward"
              Expect.equal (failure (fun () -> Gradient.check wrong x)).Report.Worst.Index [ 2 ] "with axes")

          testCase "a derivative that is NaN does not pass" (fun () ->
              let f (x: Expr) = Custom.withVjp (fun _ _ c -> c * nan) Expr.square x
              let report = (failure (fun () -> Gradient.check f (scalar 1.0))).Report
              Expect.isTrue (Double.IsNaN report.Worst.Error) "NaN")

          testCase "the message is the report, with path and numbers" (fun () ->
              let f (m: Model) = loss { m with Bias = Custom.withVjp (fun _ _ c -> 2.0 * c) id m.Bias }

              let message = (failure (fun () -> Gradient.check f model)).Message
              Expect.isTrue (message.StartsWith "The worst of 8 entries is beyond 1E-11: Bias[") message
              Expect.isTrue (message.Contains "analytic" && message.Contains "numeric" && message.Contains "complex step") message)

          testCase "where a function is not smooth the report says so" (fun () ->
              // The step function of a jump: no difference settles.
              let f (x: Expr) = Expr.where (Expr.less x (scalar 0.0)) (scalar 0.0) (scalar 1.0)
              let message = (failure (fun () -> Gradient.check f (scalar 1e-3))).Message
              Expect.isTrue (message.Contains "is the function smooth there?") message)

          testCase "a loose tolerance lets a small error pass, and says how large it is" (fun () ->
              let report =
                  Gradient.report { GradientOptions.defaults with ComplexTolerance = 1e-2 } wrong (tensor [ 1.0; 1.0; 1.0; 1.0 ])

              Expect.isTrue report.Passed "passed"
              Expect.isTrue (report.Worst.Error > 1e-4) "the worst is still told")

          testCase "what cannot be checked is refused" (fun () ->
              let message (point: Expr) =
                  (Expect.throws<ArgumentException> (fun () -> Gradient.check Expr.sum point |> ignore) "refused").Message

              Expect.equal
                  (message (tensor [ 1.0f ]))
                  "Gradient.check: the point must be float64, as differences are, but it is float32; cast inside the function?"
                  "float32"

              Expect.equal
                  (message (tensor [ 1; 2 ]))
                  "Gradient.check: the point must be float64, as differences are, but it is int32; close over it?"
                  "integers"

              Expect.equal
                  (message (zeros [ 0 ]))
                  "Gradient.check: there must be a number to move, but the point holds none; check at a tensor?"
                  "nothing") ]
