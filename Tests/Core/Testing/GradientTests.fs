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

let private by (method: NumericMethod) = { GradientOptions.defaults with Method = method }

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
              let message = (failure (fun () -> Gradient.check f (scalar 0.0))).Message
              Expect.isTrue (message.Contains "is the function smooth there?") message
              Expect.isTrue (message.Contains "The complex step stopped at less") message)

          testCase "beside a kink and a jump the complex step is right" (fun () ->
              let f (x: Expr) = abs x + Expr.where (Expr.less x (scalar 0.0)) (scalar 0.0) (x * x)
              let report = Gradient.check f (tensor [ 1e-9; -1e-9 ])
              Expect.equal report.ComplexSteps 2 "complex steps"
              // Where differences go across them.
              failure (fun () -> Gradient.checkWith (by NumericMethod.Richardson) f (scalar 1e-3)) |> ignore)

          testCase "every method passes what is right, and says how good it is" (fun () ->
              for method, bound in [ NumericMethod.ComplexStep, 1e-14; NumericMethod.Richardson, 1e-10; NumericMethod.Central, 1e-8 ] do
                  let report = Gradient.checkWith (by method) loss model
                  Expect.equal report.Worst.Method method "method"
                  Expect.isTrue (report.Worst.Error < bound) $"{report}"

                  let reported =
                      if method = NumericMethod.ComplexStep then
                          0.0
                      else
                          report.Worst.NumericError

                  Expect.equal report.Worst.NumericError reported "no error of a complex step")

          testCase "a rule that is wrong by its sign, a factor, a term or a place is found by each method" (fun () ->
              let x = tensor [ 1.0; -2.0; 3.0; 0.5 ]
              let ruled rule = Custom.withVjp (fun (x: Expr) _ (c: Expr) -> rule x c) (fun x -> Expr.sum (x * x * x))

              for what, rule in
                  [ "sign", (fun (x: Expr) (c: Expr) -> -3.0 * c * x * x)
                    "factor", (fun x c -> 2.0 * c * x * x)
                    "one entry", (fun x c -> 3.0 * c * x * x * tensor [ 1.0; 1.0; 0.0; 1.0 ])
                    "a place", (fun x c -> 3.0 * c * Expr.roll 1 0 (x * x))
                    "cotangent", (fun x _ -> 3.0 * x * x) ] do
                  for method in [ NumericMethod.Automatic; NumericMethod.Richardson; NumericMethod.Central ] do
                      // Twice the sum, so that a cotangent that is left out shows.
                      let report = Gradient.report (by method) (fun x -> 2.0 * ruled rule x) x
                      Expect.isTrue (not report.Passed) $"{what} by {method}: {report}"

              let right = ruled (fun x c -> 3.0 * c * x * x)
              Expect.isTrue (Gradient.check (fun x -> 2.0 * right x) x).Passed "the right rule")

          testCase "an error in the tenth digit is seen by the complex step alone" (fun () ->
              let f = Custom.withVjp (fun (x: Expr) _ c -> c * (2.0 + 1e-10) * x) Expr.square
              Expect.isTrue (Gradient.check f |> fun check -> (failure (fun () -> check (scalar 3.0))).Report.Worst.Error > 1e-11) "seen"
              Expect.isTrue (Gradient.checkWith (by NumericMethod.Richardson) f (scalar 3.0)).Passed "not by differences")

          testCase "where the whole gradient is small, errors are measured by its size" (fun () ->
              let f = Custom.withVjp (fun (x: Expr) _ c -> c * 2.02e-12 * x) (fun x -> 1e-12 * x * x)
              Expect.close 1e-3 (failure (fun () -> Gradient.check f (scalar 1.0))).Report.Worst.Error (0.02 / 2.02) "relative")

          testCase "a gradient that is 0 but for rounding passes" (fun () ->
              let f (x: Expr) = Expr.sum (Expr.logSoftmax 0 (Expr.broadcastTo [ 3 ] (Expr.sum (Expr.square x))))
              Expect.isTrue (Gradient.check f (tensor [ -0.4; 0.3; -2.4 ])).Passed "beside the value")

          testCase "a function without values at complex points is compared with differences, which the report says" (fun () ->
              // y with y² = x.
              let f (x: Expr) = root (fun y -> y * y - x) (tensor [ 1.0 ])
              let report = Gradient.check f (tensor [ 2.0 ])
              Expect.equal report.Worst.Method NumericMethod.Richardson "method"
              Expect.equal report.ComplexSteps 0 "complex steps"
              Expect.isTrue ((string report).Contains "stopped at solution") $"{report}"
              let refused () = Gradient.checkWith (by NumericMethod.ComplexStep) f (tensor [ 2.0 ]) |> ignore
              let message = (Expect.throws<NotDifferentiableException> refused "asked for").Message
              Expect.isTrue (message.Contains "solution has not; let the method be NumericMethod.Automatic?") message)

          testCase "Jacobians are checked entry by entry, in both modes" (fun () ->
              let field (m: Model) = Expr.softmax 0 (Expr.matmul m.Weight (tensor [ 1.0; 2.0; -1.0 ]) + m.Bias)

              for options in [ GradientOptions.defaults; byForward ] do
                  let report = Jacobian.checkWith options field model
                  Expect.equal report.Entries 16 "two results by six weights and two biases"

              let twisted (x: Expr) =
                  Expr.stack 0 [ x[0] * x[1]; Custom.withVjp (fun (x: Expr) _ c -> 3.0 * c * x) Expr.square x[1] ]

              let report = (failure (fun () -> Jacobian.check twisted (tensor [ 2.0; 5.0 ]))).Report
              Expect.equal report.Worst.Place "[1] by [1]" "the entry"
              Expect.equal (report.Worst.Analytic, report.Worst.Numeric) (15.0, 10.0) "numbers")

          testCase "second derivatives are checked, and a wrong one under a right gradient is found" (fun () ->
              for options in [ GradientOptions.defaults; byForward ] do
                  Expect.equal (Hessian.checkWith options loss model).Entries 64 "eight by eight"

              // 2x, whose own rule is wrong.
              let slope = Custom.withVjp (fun (_: Expr) _ c -> 3.0 * c) (fun (x: Expr) -> 2.0 * x)
              let f = Custom.withVjp (fun (x: Expr) _ c -> c * slope x) Expr.square
              let x = tensor [ 1.0; -2.0 ]
              Expect.isTrue (Gradient.check f x).Passed "the gradient"
              let report = (failure (fun () -> Hessian.check f x)).Report
              Expect.isTrue (List.contains report.Worst.Place [ "[0] by [0]"; "[1] by [1]" ]) report.Worst.Place)

          testCase "the report of a record names both places of a second derivative" (fun () ->
              let places = (Hessian.check loss model).Worst.Place
              Expect.isTrue (places.Contains "Weight[" || places.Contains "Bias[") places
              Expect.isTrue (places.Contains " by ") places)

          testCase "a loose tolerance lets a small error pass, and says how large it is" (fun () ->
              let report =
                  Gradient.report { GradientOptions.defaults with ComplexTolerance = 1e-2 } wrong (tensor [ 1.0; 1.0; 1.0; 1.0 ])

              Expect.isTrue report.Passed "passed"
              Expect.isTrue (report.Worst.Error > 1e-4) "the worst is still told")

          testCase "where no error is allowed the worst entry is found behind exact ones" (fun () ->
              let report =
                  Gradient.report { GradientOptions.defaults with ComplexTolerance = 0.0 } wrong (tensor [ 1.0; 1.0; 1.0; 1.0 ])

              Expect.equal report.Worst.Index [ 2 ] "place"
              Expect.isTrue (not report.Passed) "not passed")

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
                  "nothing"

              let empty () = Jacobian.check (fun (x: Expr) -> x[1..0]) (tensor [ 1.0 ]) |> ignore

              Expect.equal
                  (Expect.throws<ArgumentException> empty "refused").Message
                  "Gradient.check: the result must hold a number, but it holds none; check what it is made of?"
                  "nothing comes of it") ]
