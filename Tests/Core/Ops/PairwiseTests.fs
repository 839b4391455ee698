module Fluxion.Tests.PairwiseTests

open System
open Fluxion

let private gradientAt (f: Expr -> Expr -> Expr) (x: float, y: float) =
    let dx, dy = grad (fun (x, y) -> f x y) (scalar x, scalar y) |> eval
    Expr.toScalar dx, Expr.toScalar dy

let private at (f: Expr -> Expr -> Expr) (x: float) (y: float) = f (scalar x) (scalar y) |> eval |> Expr.toScalar

let private conventions =
    testList
        "derivatives where there is none"
        [ testCase "atan2 and hypot at the origin have 0" (fun () ->
              Expect.equal (gradientAt Expr.atan2 (0.0, 0.0)) (0.0, 0.0) "atan2"
              Expect.equal (gradientAt Expr.hypot (0.0, 0.0)) (0.0, 0.0) "hypot"
              Expect.equal (gradientAt Expr.hypot (3.0, 4.0)) (0.6, 0.8) "hypot elsewhere")

          testCase "copySign turns with both signs, and at 0 has none" (fun () ->
              Expect.equal (gradientAt Expr.copySign (2.0, -1.0)) (-1.0, 0.0) "positive to negative"
              Expect.equal (gradientAt Expr.copySign (-2.0, -1.0)) (1.0, 0.0) "negative to negative"
              Expect.equal (gradientAt Expr.copySign (0.0, -1.0)) (0.0, 0.0) "at 0")

          testCase "remainder by its divisor is minus the whole quotient" (fun () ->
              Expect.equal (gradientAt Expr.remainder (7.5, 2.0)) (1.0, -3.0) "7.5 mod 2"
              Expect.equal (gradientAt Expr.remainder (-7.5, 2.0)) (1.0, 4.0) "-7.5 mod 2"
              // 0.1 is a little more than a tenth, though 1 / 0.1 is rounded to 10.
              Expect.equal (gradientAt Expr.remainder (1.0, 0.1)) (1.0, -9.0) "1 mod 0.1")

          testCase "equal terms of logAddExp share, infinite ones too" (fun () ->
              for x in [ 1.0; infinity; -infinity ] do
                  Expect.equal (gradientAt Expr.logAddExp (x, x)) (0.5, 0.5) $"{x}"

              let second = grad (fun x -> grad (fun x -> Expr.logAddExp x (scalar 1.0)) x) (scalar 1.0) |> eval
              Expect.close 1e-15 (Expr.toScalar second) 0.25 "the second derivative at a tie") ]

let private values =
    testList
        "values"
        [ testCase "remainder has the divisor's sign" (fun () ->
              Expect.equal
                  [ at Expr.remainder 7.0 3.0
                    at Expr.remainder -7.0 3.0
                    at Expr.remainder 7.0 -3.0
                    at Expr.remainder -7.0 -3.0 ]
                  [ 1.0; 2.0; -2.0; -1.0 ]
                  "as Python's %"

              Expect.isTrue (Double.IsNaN(at Expr.remainder 1.0 0.0)) "by 0")

          testCase "neither hypot nor atan2 overflows or underflows" (fun () ->
              Expect.close 1e-15 (at Expr.hypot 3e200 4e200 / 1e200) 5.0 "large"
              Expect.close 1e-15 (at Expr.hypot 3e-200 4e-200 / 1e-200) 5.0 "small"
              Expect.equal (at Expr.hypot infinity nan) infinity "an infinite side decides"
              Expect.equal (at Expr.atan2 1e308 1e308) (Math.PI / 4.0) "the diagonal"
              Expect.equal (at Expr.atan2 0.0 -1.0) Math.PI "to the left")

          testCase "logAddExp keeps its digits where the sum is nearly 1" (fun () ->
              // Of mpmath, at 2500 bits.
              for x, y, expected in
                  [ -0.5, -0.9327521295671886, 4.9641909298184984085e-18
                    -0.6931471805599453, -0.6931471805599453, 2.3190468138462996155e-17
                    -0.6931471805599452, -0.6931471805599454, 2.3190468138463002318e-17
                    -0.3, -1.3502252794379894, 8.6405217725339654873e-8
                    -1e-5, -11.512920464961896, 1.0000004165359138629e-10
                    -4.248354255291589e-18, -40.0, 1.3339896496568481304e-34
                    -0.25, -1.5086915410758484, 1.8514781040848122875e-9
                    0.0, -40.0, 4.2483542552915889863e-18 ] do
                  let actual = at Expr.logAddExp x y
                  Expect.isTrue (abs (actual - expected) <= 1e-13 * abs expected) $"{x}, {y} give {actual:R} and should give {expected:R}"
                  Expect.equal (at Expr.logAddExp y x) actual "the other way round")

          testCase "logAddExp far out" (fun () ->
              Expect.close 1e-15 (at Expr.logAddExp 1000.0 1000.0) (1000.0 + Math.Log 2.0) "beyond exp's range"
              Expect.equal (at Expr.logAddExp -infinity 3.0) 3.0 "log 0 adds nothing"
              Expect.equal (at Expr.logAddExp -infinity -infinity) -infinity "log(0 + 0)")

          testCase "squaredDifference prints as it is written" (fun () ->
              let x, y = Expr.variable "x" [], Expr.variable "y" []
              Expect.equal $"{Expr.squaredDifference x (y - 1.0)}" "(x - (y - 1))²" "text") ]

let tests = testList "Pairwise" [ conventions; values ]
