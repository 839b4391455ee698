/// Minimizing with exact derivatives: where solvers come to, how they say so, and what they refuse.
module Fluxion.Tests.MinimizeTests

open Fluxion

type private Point = { X: Expr; Y: Expr }

let private rosenbrock (p: Point) : Expr = Expr.square (1.0 - p.X) + 100.0 * Expr.square (p.Y - Expr.square p.X)

let private start = { X = scalar -1.2; Y = scalar 1.0 }
let private number (x: Expr) = Expr.toScalar x
let private entry (i: int) (x: Expr) = Expr.toArray x |> Array.item i

// A record with a generic function, so that each solver can take parameters of every form.
type private Solver =
    abstract Name: string
    abstract Solve<'p> : options: MinimizeOptions * f: ('p -> Expr) * start: 'p -> Minimum<'p>

let private solvers =
    [ { new Solver with
          member _.Name = "bfgs"
          member _.Solve(options, f, start) = Minimize.bfgs options f start }
      { new Solver with
          member _.Name = "lbfgs"
          member _.Solve(options, f, start) = Minimize.lbfgs options f start }
      { new Solver with
          member _.Name = "conjugateGradient"
          member _.Solve(options, f, start) = Minimize.conjugateGradient options f start }
      { new Solver with
          member _.Name = "newton"
          member _.Solve(options, f, start) = Minimize.newton options f start }
      { new Solver with
          member _.Name = "trustRegion"
          member _.Solve(options, f, start) = Minimize.trustRegion options f start } ]

let private messageOf<'e when 'e :> exn> (action: unit -> unit) = (Expect.throws<'e> action "refused").Message

let private testsOf (solver: Solver) =
    testList
        solver.Name
        [ testCase "finds Rosenbrock's minimum, in a record" (fun () ->
              let found = solver.Solve(MinimizeOptions.defaults, rosenbrock, start)
              Expect.close 1e-6 (number found.Point.X) 1.0 "x"
              Expect.close 1e-6 (number found.Point.Y) 1.0 "y"
              Expect.close 1e-12 found.Value 0.0 "value"
              Expect.equal found.Stopped StopReason.SmallGradient "reason"
              Expect.isTrue found.HasConverged "converged"
              Expect.isTrue (found.GradientNorm < 1e-6) "gradient"
              Expect.isTrue (found.Iterations > 2 && found.Iterations <= found.Evaluations) $"{found.Iterations} of {found.Evaluations}")

          testCase "stays at a minimum" (fun () ->
              let found = solver.Solve(MinimizeOptions.defaults, rosenbrock, { X = scalar 1.0; Y = scalar 1.0 })
              Expect.equal (found.Iterations, found.Stopped, found.Value) (0, StopReason.SmallGradient, 0.0) "nothing done")

          testCase "says where the iterations led when they are used up" (fun () ->
              let found = solver.Solve({ MinimizeOptions.defaults with MaximumIterations = 3 }, rosenbrock, start)
              Expect.equal found.Stopped StopReason.IterationLimit "reason"
              Expect.equal found.HasConverged false "not converged"
              Expect.isTrue (found.Value < number (eval (rosenbrock start))) "better than the start"
              Expect.close 1e-14 found.Value (number (eval (rosenbrock found.Point))) "the value is the point's")

          testCase "does nothing when no iterations are allowed" (fun () ->
              for most in [ 0; -1 ] do
                  let found = solver.Solve({ MinimizeOptions.defaults with MaximumIterations = most }, rosenbrock, start)
                  Expect.equal (found.Iterations, found.Evaluations, found.Stopped) (0, 1, StopReason.IterationLimit) $"{most}")

          testCase "turns back where there is no value" (fun () ->
              // Beyond 0 the logarithm is NaN; a full step from 3 leads there.
              let f (x: Expr) = Expr.sum (x * log x - x)
              let found = solver.Solve(MinimizeOptions.defaults, f, tensor [ 30.0; 3.0 ])
              Expect.close 1e-6 (entry 0 found.Point) 1.0 "first"
              Expect.close 1e-6 (entry 1 found.Point) 1.0 "second")

          testCase "says that a function has no least value" (fun () ->
              for name, f in
                  [ "a plane", Expr.sum
                    "a cubic", (fun x -> Expr.sum (x * x * x))
                    "-exp", (fun x -> -(Expr.sum (exp x)))
                    "a maximum", (fun x -> -(Expr.sum (Expr.square x))) ] do
                  let found = solver.Solve(MinimizeOptions.defaults, f, tensor [ -1.0; 2.0 ])
                  Expect.equal (found.Stopped, found.HasConverged) (StopReason.Unbounded, false) name
                  Expect.close 1e-14 (found.Value / number (eval (f found.Point))) 1.0 $"{name}: the value is the point's"

              // Towards 0 the logarithm falls to -∞, and beyond there is nothing.
              let found = solver.Solve(MinimizeOptions.defaults, log, scalar 0.7)
              Expect.equal found.HasConverged false "log"
              Expect.isTrue (found.Value < -10.0) $"log: {found.Value}")

          testCase "solves what is hard, or says that it did not" (fun () ->
              let wood (x: Expr) =
                  100.0 * Expr.square (x[1] - x[0] * x[0])
                  + Expr.square (1.0 - x[0])
                  + 90.0 * Expr.square (x[3] - x[2] * x[2])
                  + Expr.square (1.0 - x[2])
                  + 10.1 * (Expr.square (x[1] - 1.0) + Expr.square (x[3] - 1.0))
                  + 19.8 * (x[1] - 1.0) * (x[3] - 1.0)

              let singular (x: Expr) =
                  Expr.square (x[0] + 10.0 * x[1])
                  + 5.0 * Expr.square (x[2] - x[3])
                  + (x[1] - 2.0 * x[2]) ** 4.0
                  + 10.0 * (x[0] - x[3]) ** 4.0

              let helix (x: Expr) =
                  100.0 * Expr.square (x[2] - 10.0 * Expr.atan2 x[1] x[0] / (2.0 * System.Math.PI))
                  + 100.0 * Expr.square (Expr.hypot x[0] x[1] - 1.0)
                  + x[2] * x[2]

              let badlyScaled (x: Expr) = Expr.square (x[0] - 1e6) + Expr.square (x[1] - 2e-6) + Expr.square (x[0] * x[1] - 2.0)

              for name, f, start in
                  [ "Wood", wood, [ -3.0; -1.0; -3.0; -1.0 ]
                    "Powell's singular", singular, [ 3.0; -1.0; 0.0; 1.0 ]
                    "helical valley", helix, [ -1.0; 0.0; 0.0 ]
                    "Brown's badly scaled", badlyScaled, [ 1.0; 1.0 ] ] do
                  let found = solver.Solve(MinimizeOptions.defaults, f, tensor start)
                  Expect.isTrue found.HasConverged $"{name}: {found.Stopped}"
                  Expect.isTrue (found.Value < 1e-11) $"{name}: {found.Value}")

          testCase "a constant function and a flat place are where they begin" (fun () ->
              for f in [ (fun (x: Expr) -> Expr.sum (x * 0.0) + 3.0); (fun x -> -(exp (-(Expr.sum (Expr.square x))))) ] do
                  let found = solver.Solve(MinimizeOptions.defaults, f, tensor [ 10.0; 10.0 ])
                  Expect.equal (found.Iterations, found.Stopped) (0, StopReason.SmallGradient) "reason"
                  Expect.equal (Expr.toArray found.Point) [| 10.0; 10.0 |] "point")

          testCase "a kink where nothing more is gained is no gradient" (fun () ->
              let f (x: Expr) = Expr.sum (abs (x - 1.0)) + 0.1 * Expr.sum (Expr.square x)
              let found = solver.Solve(MinimizeOptions.defaults, f, tensor [ 3.0; -0.3 ])
              Expect.equal found.Stopped.IsSmallGradient false "reason"
              Expect.isTrue (found.Value < 0.5) $"{found.Value} is near 0.2")

          testCase "takes a matrix and a tuple" (fun () ->
              let goal = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ]; [ 5.0; 6.0 ] ]
              let f (w: Expr, b: Expr) = Expr.sum (Expr.square (w - goal)) + Expr.square (b - 0.5) * 3.0
              let w, b = (solver.Solve(MinimizeOptions.defaults, f, (zeros [ 3; 2 ], scalar 0.0))).Point
              Expect.equal w.Shape [ 3; 2 ] "shape"
              Array.iter2 (fun a e -> Expect.close 1e-7 a e "w") (Expr.toArray w) (Expr.toArray goal)
              Expect.close 1e-7 (number b) 0.5 "b")

          testCase "refuses what it cannot minimize" (fun () ->
              let solve (f: 'p -> Expr) (start: 'p) = solver.Solve(MinimizeOptions.defaults, f, start) |> ignore

              Expect.equal
                  (messageOf<ShapeException>(fun () -> solve (fun (x: Expr) -> x) (tensor [ 1.0; 2.0 ])))
                  $"{solver.Name}: the function must give a scalar, but it gives [2]; sum or mean it, or use jacobian?"
                  "not a scalar"

              Expect.equal
                  (messageOf<DTypeException>(fun () -> solve (fun (x, y) -> Expr.sum x + y) (tensor [ 1.0f ], scalar 1.0)))
                  $"{solver.Name}: what is minimized over must be float64, but '0' is float32; cast it?"
                  "float32"

              Expect.equal
                  (messageOf<UnboundInputException>(fun () -> solve (fun x -> x * Expr.variable "z" []) (scalar 1.0)))
                  $"{solver.Name}: the function may use only its argument and constants, but it uses variable 'z'; give that a value, or make it a parameter?"
                  "unbound"

              Expect.equal
                  (messageOf<System.ArgumentException>(fun () -> solve log (scalar -1.0)))
                  $"{solver.Name}: value and gradient must be finite at the start, but they are not; start elsewhere?"
                  "NaN"

              Expect.equal
                  (messageOf<System.ArgumentException>(fun () -> solve (fun (_: Expr list) -> scalar 1.0) []))
                  $"{solver.Name}: there must be numbers to minimize over, but the start holds none; start from a tensor?"
                  "nothing") ]

let private byNewton =
    testList
        "second derivatives"
        [ testCase "trustRegion leaves a saddle" (fun () ->
              let f (x: Expr) = Expr.square x[0] - Expr.square x[1] + x[1] ** 4.0
              let found = Minimize.trustRegion MinimizeOptions.defaults f (tensor [ 1.0; 1e-3 ])
              Expect.close 1e-9 found.Value -0.25 "value"
              Expect.close 1e-6 (abs (entry 1 found.Point)) (sqrt 0.5) "point")

          testCase "trustRegion and lbfgs take thousands of parameters" (fun () ->
              // A thousand of Rosenbrock's valleys, none as deep as the next.
              let depth = linspace 1.0 2.0 1000

              let f (x: Expr) =
                  let pairs = Expr.reshape [ 1000; 2 ] x
                  let left, right = pairs[*, 0], pairs[*, 1]
                  Expr.sum (depth * (100.0 * Expr.square (right - Expr.square left) + Expr.square (1.0 - left)))

              for solve in [ Minimize.trustRegion; Minimize.lbfgs ] do
                  let found = solve { MinimizeOptions.defaults with GradientTolerance = 1e-7 } f (full 0.5 [ 2000 ])
                  Expect.equal found.Stopped StopReason.SmallGradient "reason"
                  Expect.isTrue (found.Value < 1e-9) $"value {found.Value}")

          testCase "newton leaves a saddle and passes where second derivatives are singular" (fun () ->
              let saddle (x: Expr) = Expr.square x[0] - Expr.square x[1] + x[1] ** 4.0
              let found = Minimize.newton MinimizeOptions.defaults saddle (tensor [ 1.0; 1e-3 ])
              Expect.close 1e-9 found.Value -0.25 "value"
              let sigmoids = Minimize.newton MinimizeOptions.defaults (fun x -> Expr.sum (Expr.sigmoid x)) (tensor [ 0.0; 1.0 ])
              Expect.isTrue (Expr.toArray sigmoids.Point |> Array.forall System.Double.IsFinite) "the point is finite"
              Expect.equal sigmoids.Stopped StopReason.SmallGradient "reason")

          testCase "newton takes one step on a quadratic" (fun () ->
              let a = tensor [ [ 4.0; 1.0 ]; [ 1.0; 3.0 ] ]
              let f (x: Expr) = 0.5 * Expr.sum (x * Expr.matmul a x) - Expr.sum (x * tensor [ 1.0; 2.0 ])
              let found = Minimize.newton MinimizeOptions.defaults f (tensor [ 10.0; -7.0 ])
              Expect.equal found.Iterations 1 "iterations"
              Expect.close 1e-14 (entry 0 found.Point) (1.0 / 11.0) "first"
              Expect.close 1e-14 (entry 1 found.Point) (7.0 / 11.0) "second") ]

type private Line = { Slope: Expr; Intercept: Expr }

let private x, y = tensor [ 0.0; 1.0; 2.0; 3.0 ], tensor [ 1.0; 3.5; 4.5; 7.0 ]
let private line (p: Line) = p.Slope * x + p.Intercept - y
let private origin = { Slope = scalar 0.0; Intercept = scalar 0.0 }

let private fits: (string * (LeastSquaresOptions -> (Line -> Expr) -> Line -> Fitted<Line>)) list =
    [ "levenbergMarquardt", Minimize.levenbergMarquardt; "gaussNewton", Minimize.gaussNewton ]

let private leastSquares =
    testList
        "least squares"
        [ for name, fit in fits do
              // By hand: Sxx = 5, Sxy = 9.5, mean of y = 4, residual sum of squares 0.45.
              testCase $"{name}: a line, its standard errors and their covariance" (fun () ->
                  let found = fit LeastSquaresOptions.defaults line origin
                  Expect.close 1e-13 (number found.Point.Slope) 1.9 "slope"
                  Expect.close 1e-13 (number found.Point.Intercept) 1.15 "intercept"
                  Expect.close 1e-13 found.ResidualSumOfSquares 0.45 "sum of squares"
                  Expect.equal (found.DegreesOfFreedom, found.Rank) (2, 2) "degrees of freedom, rank"
                  Expect.close 1e-13 (number found.StandardErrors.Slope) (sqrt (0.225 / 5.0)) "error of the slope"
                  Expect.close 1e-13 (number found.StandardErrors.Intercept) (sqrt (0.225 * (0.25 + 2.25 / 5.0))) "error of the intercept"
                  let covariance = Expr.toArray found.Covariance
                  Expect.close 1e-13 covariance[1] (-0.225 * 1.5 / 5.0) "covariance"
                  Expect.equal covariance[1] covariance[2] "symmetric"
                  Expect.isTrue found.HasConverged "converged"
                  Expect.isTrue (found.GradientNorm < 1e-13) "gradient")

              testCase $"{name}: what the data leave open is said" (fun () ->
                  // Only the sum of both enters.
                  let found = fit LeastSquaresOptions.defaults (fun p -> p.Slope + p.Intercept - y) origin
                  Expect.equal found.Rank 1 "rank"
                  Expect.close 1e-13 (number found.Point.Slope + number found.Point.Intercept) 4.0 "the sum is found"

                  Expect.equal
                      (messageOf<System.InvalidOperationException>(fun () -> found.StandardErrors |> ignore))
                      "StandardErrors: the data must determine every parameter, but the Jacobian has rank 1 for 2 parameters; fix a parameter, or give more data?"
                      "errors")

              testCase $"{name}: refuses fewer residuals than parameters" (fun () ->
                  Expect.equal
                      (messageOf<ShapeException>(fun () ->
                          fit LeastSquaresOptions.defaults (fun p -> p.Slope - p.Intercept) origin |> ignore))
                      $"{name}: there must be as many residuals as parameters, or more, but there are 1 residuals for 2 parameters; give more data, or fix some parameters?"
                      "one residual")

              testCase $"{name}: stops when the steps are used up" (fun () ->
                  let f (p: Line) = exp (p.Slope * x) + p.Intercept - y

                  for most in [ 1; 0; -1 ] do
                      let options = { LeastSquaresOptions.defaults with MaximumIterations = most }
                      let found = fit options f { origin with Slope = scalar 0.1 }
                      Expect.equal (found.Iterations, found.Stopped) (max 0 most, StopReason.IterationLimit) $"{most}")

          testCase "gaussNewton says when halved steps lead nowhere" (fun () ->
              // Freudenstein and Roth's function, whose Jacobian is singular on the way.
              let f (p: Expr) =
                  Expr.stack 0 [ p[0] + ((5.0 - p[1]) * p[1] - 2.0) * p[1] - 13.0; p[0] + ((p[1] + 1.0) * p[1] - 14.0) * p[1] - 29.0 ]

              let stuck = Minimize.gaussNewton LeastSquaresOptions.defaults f (tensor [ 0.5; -2.0 ])
              Expect.equal (stuck.Stopped, stuck.HasConverged) (StopReason.NoProgress, false) "reason"
              let found = Minimize.levenbergMarquardt LeastSquaresOptions.defaults f (tensor [ 0.5; -2.0 ])
              Expect.close 1e-9 (found.ResidualSumOfSquares / 48.98425367924) 1.0 "a local minimum"
              Expect.isTrue found.HasConverged "converged")

          testCase "linear residuals are solved to the last digit, from anywhere" (fun () ->
              // Hilbert's matrix, with a condition number of 1e9: its entries times 360360 are whole, as are their products with these parameters.
              let matrix = Array2D.init 9 7 (fun i j -> 360360.0 / float (i + j + 1))
              let wanted = [| 3.0; -1.0; 4.0; -1.0; 5.0; -9.0; 2.0 |]
              let right = [| for i in 0..8 -> Seq.sum (seq { for j in 0..6 -> matrix[i, j] * wanted[j] }) |]
              let f (p: Expr) = Expr.matmul (tensor matrix) p - tensor right

              for start in [ 0.0; 1e3 ] do
                  let found = Minimize.gaussNewton LeastSquaresOptions.defaults f (full start [ 7 ])
                  Expect.equal (found.Iterations, found.Stopped) (1, StopReason.SmallStep) "one step"
                  Array.iter2 (fun a e -> Expect.close 1e-14 (a / e) 1.0 "parameter") (Expr.toArray found.Point) wanted)

          testCase "residuals of zero are an exact fit" (fun () ->
              let found =
                  Minimize.levenbergMarquardt LeastSquaresOptions.defaults (fun (p: Expr) -> p - tensor [ 1.0; 2.0 ]) (zeros [ 2 ])

              Expect.equal found.ResidualSumOfSquares 0.0 "sum"
              Expect.equal found.Stopped StopReason.SmallGradient "reason"
              Expect.isTrue (System.Double.IsNaN found.Variance) "no degrees of freedom"

              Expect.equal (Expr.toArray found.Point) [| 1.0; 2.0 |] "point")

          testCase "levenbergMarquardt turns back where residuals have no value" (fun () ->
              let f (p: Expr) = log p * tensor [ 1.0; 2.0 ]
              let found = Minimize.levenbergMarquardt LeastSquaresOptions.defaults f (scalar 20.0)
              Expect.close 1e-12 (number found.Point) 1.0 "point") ]

let tests = testList "Minimize" (List.map testsOf solvers @ [ byNewton; leastSquares ])
