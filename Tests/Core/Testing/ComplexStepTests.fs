/// The complex step against closed forms where formulas are hard pressed, at kinks and ties, and through loops. The battery tries it on every row.
module Fluxion.Tests.ComplexStepTests

open System
open FsCheck.FSharp
open Fluxion
open Fluxion.Testing

/// Every derivative along ones, and where the step stopped.
let private moved (f: Expr -> Expr) (x: float list) =
    let value = NDArray.ofFloats DType.Float64 [ x.Length ] (Array.ofList x)
    let variable = Expr.fresh "x" value.Type

    let struct (derivatives, stoppedAt) =
        ComplexStep.along (f variable) [| variable |] [| value |] [| Array.create x.Length 1.0 |]

    List.ofArray derivatives, stoppedAt

let private derivativeAt (f: Expr -> Expr) (x: float) =
    let derivatives, stoppedAt = moved f [ x ]
    Expect.equal stoppedAt "" $"stopped for {x}"
    derivatives.Head

let private isKink name (f: Expr -> Expr) (x: float list) =
    let derivatives, stoppedAt = moved f x
    Expect.isTrue (List.exists Double.IsNaN derivatives) $"{name} has no derivative at %A{x}: %A{derivatives}"
    Expect.equal stoppedAt name "the op that is named"

let private silu (x: Expr) = Expr.silu x
let private whole (x: Expr) (low: float) = Expr.where (Expr.less (scalar low) x) x (scalar 0.0)

let tests =
    testList
        "ComplexStep"
        [ testCase "derivatives are right far out, near edges and where digits cancel" (fun () ->
              // From mpmath, 40 digits.
              for name, f, x, expected in
                  [ "tanh", tanh, 30.0, 3.502604305078608135e-26
                    "erfc", Expr.erfc, 5.0, -1.567086653101733531e-11
                    "erf", Expr.erf, 1.9, 0.03052474043544782871
                    "erf", Expr.erf, -2.1, 0.0137156499998068404
                    "erfinv", Expr.erfinv, 0.95, 6.049327886384232691
                    "log1p", Expr.log1p, 1e-9, 0.999999999000000001
                    "expm1", Expr.expm1, 1e-12, 1.0000000000010000
                    "sigmoid", Expr.sigmoid, -40.0, 4.248354255291588959e-18
                    "silu", silu, -30.0, -2.713710660963134001e-12
                    "lgamma", Expr.lgamma, -2.3, 3.317323157561822739
                    "lgamma", Expr.lgamma, 1e-3, -1000.57557193181028
                    "trigamma", Expr.polygamma 1, -1.5, -0.236204051641727403
                    "digamma", Expr.digamma, 50.0, 0.02020133322669712581
                    "asinh", Expr.asinh, -1e8, 9.9999999999999995e-9
                    "acosh", Expr.acosh, 1.001, 22.35509170049602596
                    "atan", atan, 1e6, 9.99999999999e-13
                    "cbrt", Expr.cbrt, -8.0, 1.0 / 12.0
                    "softplus", Expr.softplus, -35.0, 6.30511676014698541e-16
                    "gelu", Expr.gelu, -6.0, -3.546870945390201478e-8
                    "mish", Expr.mish, 2.0, 1.069317934279489685
                    "acos", acos, 0.999, -22.36627204212921178
                    "power", (fun x -> x ** 3.0), -2.0, 12.0
                    "power", (fun x -> x ** 2.0), 0.0, 0.0
                    "power", (fun x -> x ** -1.0), -4.0, -1.0 / 16.0
                    "power", (fun x -> Expr.Pow(2.0, x)), 3.0, 8.0 * log 2.0
                    "atan2", (fun x -> Expr.atan2 x (scalar -2.0)), 1.0, -0.4
                    "atan2", (fun x -> Expr.atan2 (scalar -3.0) x), 1.0, 0.3
                    "hypot", (fun x -> Expr.hypot x (scalar 4e200)), 3e200, 0.6 ] do
                  let unit = if expected = 0.0 then 1.0 else expected
                  Expect.close 2e-14 (derivativeAt f x / unit) (expected / unit) $"{name} at {x}")

          testCase "choices go by the real part" (fun () ->
              Expect.equal (fst (moved Expr.relu [ -1.0; 2.0 ])) [ 0.0; 1.0 ] "relu"
              Expect.equal (fst (moved abs [ -1.0; 2.0 ])) [ -1.0; 1.0 ] "abs"
              Expect.equal (fst (moved floor [ -1.5; 2.5 ])) [ 0.0; 0.0 ] "floor"
              Expect.equal (fst (moved (fun x -> Expr.max (x * x)) [ -3.0; 2.0 ])) [ -6.0 ] "max"
              Expect.equal (fst (moved (fun x -> Expr.sort 0 (-x)) [ -3.0; 2.0 ])) [ -1.0; -1.0 ] "sort"
              Expect.equal (fst (moved (fun x -> whole x 0.0) [ -1.0; 2.0 ])) [ 0.0; 1.0 ] "where")

          testCase "at a kink, a jump or a pole there is no derivative, and the op is named" (fun () ->
              isKink "abs" abs [ 0.0 ]
              isKink "relu" Expr.relu [ 0.0 ]
              isKink "sqrt" sqrt [ 0.0 ]
              isKink "log" log [ 0.0 ]
              isKink "reciprocal" Expr.reciprocal [ 0.0 ]
              isKink "floor" floor [ 2.0 ]
              isKink "round" round [ 2.5 ]
              isKink "sign" Expr.sign [ 0.0 ]
              isKink "clamp" (Expr.clamp 0.0 1.0) [ 1.0 ]
              isKink "maximum" (fun x -> Expr.maximum x (scalar 2.0)) [ 2.0 ]
              isKink "max" (fun x -> Expr.max (x * tensor [ 1.0; 2.0 ])) [ 2.0; 1.0 ]
              isKink "less" (fun x -> whole x 2.0) [ 2.0 ]
              isKink "cast" (fun x -> x * Expr.cast DType.Float64 (Expr.cast DType.Int32 x)) [ 2.0 ]
              isKink "atan2" (fun x -> Expr.atan2 x (scalar -1.0)) [ 0.0 ]
              isKink "argsort" (fun x -> Expr.sort 0 (x * tensor [ 1.0; 2.0 ])) [ 2.0; 1.0 ]

              isKink
                  "maxPool2d"
                  (fun x -> Expr.maxPool2d (Pool2d.window (1, 2)) (Expr.reshape [ 1; 1; 1; 2 ] (x * tensor [ 1.0; 2.0 ])))
                  [ 2.0; 1.0 ])

          testCase "what moves alike does not part" (fun () ->
              Expect.equal (fst (moved (fun x -> Expr.maximum x x) [ 2.0 ])) [ 1.0 ] "maximum"
              Expect.equal (fst (moved Expr.max [ 2.0; 2.0 ])) [ 1.0 ] "max")

          testCase "a branch that is not taken does not count, a pole in it neither" (fun () ->
              let f (x: Expr) = Expr.where (Expr.less (scalar 0.5) x) (log x) (scalar 1.0)
              let derivatives, _ = moved f [ 0.0; -1.0; 2.0 ]
              Expect.equal derivatives [ 0.0; 0.0; 0.5 ] "where")

          testCase "a mask of -∞ in front of softmax stands still" (fun () ->
              let mask = tensor [ 0.0; -infinity; 0.0 ]
              let derivatives, _ = moved (fun x -> Expr.softmax 0 (x * x + mask)) [ 1.0; 2.0; 1.0 ]
              Expect.equal derivatives [ 0.0; 0.0; 0.0 ] "equal ones stay so")

          testCase "a rule of the user's is not asked" (fun () ->
              let f = Custom.withVjp (fun _ _ cotangent -> 7.0 * cotangent) Expr.square
              Expect.equal (derivativeAt f 3.0) 6.0 "the square's derivative")

          testCase "loops and branches are gone through" (fun () ->
              let power (x: Expr) = repeat 5 (fun _ y -> x * y) (ones [ 1 ])
              Expect.close 1e-14 (derivativeAt power 1.5) (5.0 * 1.5 ** 4.0) "repeat"

              let summed (x: Expr) =
                  fst (scan (fun total (row: Expr) -> total * row + Expr.sum x, total) (scalar 0.0) (tensor [ 1.0; 2.0; 3.0 ]))

              Expect.close 1e-14 (derivativeAt summed 1.5) 10.0 "scan"

              // Newton's method for the root: its derivative too converges to that of the root.
              let root (x: Expr) =
                  let x = Expr.sum x

                  whileLoop 50 (fun y -> Expr.less (scalar 1e-12) (abs (y * y - x))) (fun y -> (y + x / y) / 2.0) (scalar 1.0)

              Expect.close 1e-10 (derivativeAt root 2.0) (0.5 / sqrt 2.0) "whileLoop"
              let chosen (x: Expr) = cond (Expr.less (scalar 1.0) (Expr.sum x)) exp sin x
              Expect.close 1e-15 (derivativeAt chosen 2.0) (exp 2.0) "cond"
              Expect.close 1e-15 (derivativeAt (checkpoint (fun (x: Expr) -> sin (x * x))) 1.5) (3.0 * cos 2.25) "checkpoint")

          testCase "what has no value at complex points is named" (fun () ->
              isKink "solution" (fun x -> root (fun y -> y * y - x) (tensor [ 1.0 ])) [ 2.0 ])

          testCase "a chain of 100,000 nodes is walked, not climbed" (fun () ->
              let chain (x: Expr) = Seq.fold (fun (y: Expr) _ -> sin y + x) x (seq { 1..50_000 })
              let _, stoppedAt = moved chain [ 0.5 ]
              Expect.equal stoppedAt "" "through")

          testPropertyWith
              (FsCheck.Config.Quick.WithMaxTest 100)
              "forward mode is the complex step on random expressions"
              (Prop.forAll Generators.expressions (fun grown ->
                  let inputs = grown.Variables |> Array.filter (fun variable -> variable.DType = DType.Float64)
                  let isDouble = Graph.postorder grown.Outputs |> Array.forall (fun node -> node.DType <> DType.Float32)
                  let root = Array.last grown.Outputs
                  // Its derivative is 0 by what it is for, where that of its value is 1; the battery leaves it out as well.
                  let isWhole = Graph.postorder [ root ] |> Array.forall (fun node -> not (node.IsOf StopGradient.stopGradient))

                  if isDouble && isWhole && inputs.Length > 0 then
                      let direction (variable: Expr) = Values.direction (int64 variable.Shape.Length) variable.Type
                      let isInput (variable: Expr) = Array.contains variable inputs

                      let directions =
                          grown.Variables
                          |> Array.map (fun variable ->
                              if isInput variable then
                                  (direction variable).Floats
                              else
                                  Array.zeroCreate (Shape.size variable.Shape))

                      let struct (expected, _) = ComplexStep.along root grown.Variables grown.Values directions
                      let tangents = inputs |> Array.map (direction >> Expr.constant)
                      let actual = Values.interpret (Forward.jvpAll [| root |] inputs tangents) grown.Variables grown.Values
                      let scale = expected |> Seq.filter Double.IsFinite |> Seq.map abs |> Seq.fold max 1.0

                      for a, b in Array.zip actual[0].Floats expected do
                          if not (Double.IsNaN b) then
                              Expect.close 1e-9 (a / scale) (b / scale) $"derivatives of {grown}")) ]
