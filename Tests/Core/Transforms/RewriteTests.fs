/// What simplifying makes of whole expressions: numbers move out of linear ops, with the same value and the same derivative.
module Fluxion.Tests.RewriteTests

open FsCheck
open Fluxion

let private a, b = Expr.variable "a" [ 4; 3 ], Expr.variable "b" [ 4; 3 ]
let private w = Expr.variable "w" [ 3; 2 ]

let private everywhere (value: float) = Expr.broadcastTo [ 4; 3 ] (scalar value)

/// Each law by name: before, and what it must become.
let private laws: (string * Expr * Expr) list =
    [ "x * c", a * 3.0, 3.0 * a
      "x * broadcast c", a * everywhere 3.0, 3.0 * a
      "broadcast c * x", everywhere 3.0 * a, 3.0 * a
      "-(c x)", -(3.0 * a), -3.0 * a
      "c x + c y", 3.0 * a + 3.0 * b, 3.0 * (a + b)
      "c x + -c y", 3.0 * a + -3.0 * b, 3.0 * (a - b)
      "c x - c y", 3.0 * a - 3.0 * b, 3.0 * (a - b)
      "c x - -c y", 3.0 * a - -3.0 * b, 3.0 * (a + b)
      "sum (c x)", Expr.sum (3.0 * a), 3.0 * Expr.sum a
      "transpose (c x)", Expr.transpose (3.0 * a), 3.0 * Expr.transpose a
      "matmul (c x) w", Expr.matmul (3.0 * a) w, 3.0 * Expr.matmul a w
      "a sum of scaled means", Expr.mean (2.0 * Expr.sumOver [ 1 ] (3.0 * a)), 6.0 * Expr.mean (Expr.sumOver [ 1 ] a)
      "op(broadcast constants)", a + (everywhere 3.0 - everywhere 1.0), a + everywhere 2.0 ]

let private stays: (string * Expr) list =
    [ "two factors", 3.0 * a + 2.0 * b
      "a result that is larger", Expr.broadcastTo [ 5; 4; 3 ] (3.0 * a)
      "one of several that are linear together", Expr.stack 0 [ 3.0 * a; b ]
      "a change of element type", Expr.cast DType.Float32 (3.0 * a) ]

let private draw (seed: int) =
    [ "a", Random.normal [ 4; 3 ] (Random.key seed)
      "b", Random.normal [ 4; 3 ] (Random.key (seed + 1))
      "w", Random.normal [ 3; 2 ] (Random.key (seed + 2)) ]

let private valuesOf (seed: int) (expr: Expr) =
    let names = Graph.variables [ expr ] |> List.map string
    evalWith (draw seed |> List.filter (fun (name, _) -> List.contains name names)) expr |> Expr.toArray

let private closeAll before after message = Array.iter2 (fun before after -> Expect.close 1e-12 after before message) before after

let tests =
    testList
        "Rewrite"
        [ testCase "each law fires" (fun () ->
              for name, before, expected in laws do
                  Expect.isTrue (Graph.same (Rewrite.simplify before) expected) name)

          testCase "and none where it would not hold, or would cost more" (fun () ->
              for name, before in stays do
                  Expect.isTrue (Graph.same (Rewrite.simplify before) before) name)

          testProperty "values and derivatives are what they were" (fun (PositiveInt seed) ->
              for name, before, _ in laws do
                  let after = Rewrite.simplify before
                  Expect.equal after.Type before.Type name
                  closeAll (valuesOf seed before) (valuesOf seed after) name
                  let slope expr = Reverse.gradient (Expr.sum (Expr.square expr)) [ a ] |> List.head
                  closeAll (valuesOf seed (slope before)) (valuesOf seed (slope after)) $"{name}, derivative")

          testCase "what was written twice is the same to the laws, however deep" (fun () ->
              let deep () = Seq.fold (fun y _ -> Expr.Sin(y + b)) a (seq { 1..50 })
              Expect.isTrue (Graph.same (Rewrite.simplify (deep () + deep ())) (2.0 * deep ())) "like terms"
              let product = Rewrite.simplify (deep () * Expr.Exp(deep ()))
              Expect.equal (Graph.count product) (Graph.count (deep ()) + 2) "one is left"

              let laws = Rewrite.log (deep () * deep ()) |> List.map (fun firing -> firing.Law)
              Expect.equal (List.distinct laws) [ "f x, written twice = f x, once"; "x * x = x²" ] "the log"
              Expect.equal laws.Length 101 "each node of it")

          testCase "numbers with more axes than what they stand beside keep them" (fun () ->
              let x = Expr.variable "x" []

              for shape in [ [ 1 ]; [ 1; 1 ]; [ 3 ] ] do
                  let number (value: float) = Expr.broadcastTo shape (scalar value)
                  let stored (value: float) = Expr.constant (NDArray.full DType.Float64 shape value)

                  for number in [ number; stored ] do
                      let one, three = number 1.0, number 3.0

                      for expr in
                          [ three * -x
                            -x * three
                            three * (2.0 * x)
                            2.0 * (three * x)
                            three * x + three * x
                            three * x - x * three
                            -(three * x)
                            three * (x - x * x)
                            number -3.0 * (x - x * x)
                            log (one - Expr.sigmoid x)
                            log (one - x)
                            log (one + x)
                            log (one + exp x)
                            exp x - one
                            one / (one + exp -x) ] do
                          let simple = Rewrite.simplify expr
                          Expect.equal simple.Type expr.Type $"{expr}"

                          let valueAt y = Expr.toArray (evalWith [ "x", scalar 0.3 ] y)
                          closeAll (valueAt expr) (valueAt simple) $"{expr}")

          testCase "whole numbers that no float64 is stay what they are" (fun () ->
              let number (value: int64) = Expr.constant (NDArray.ofInts DType.Int64 [] [| value |])
              let large = number 9007199254740993L
              let many = Expr.broadcastTo [ 2 ] large
              let isFirst = Expr.oneHotOf DType.Bool 2 (number 0L)
              let smallest = Expr.constant (NDArray.ofInts DType.Int32 [] [| System.Int32.MinValue |])

              let whole =
                  [ Expr.reshape [ 2; 1 ] many
                    many + Expr.broadcastTo [ 2 ] (number 2L)
                    many * Expr.cast DType.Int64 isFirst
                    Expr.where isFirst large (number 9007199254740993L)
                    Expr.where isFirst large (number 9007199254740992L)
                    smallest * -(Expr.cast DType.Int32 isFirst) ]

              for expr in whole do
                  Expect.equal (Expr.value (eval (Rewrite.simplify expr))).Ints (Expr.value (eval expr)).Ints $"{expr}")

          testCase "a variable is known by its name, whichever node stands for it" (fun () ->
              let x () = Expr.variable "x" []
              let y = Expr.Sin(x ()) * x ()
              let expected = Expr.toScalar (evalWith [ "x", scalar 0.5 ] (Expr.Cos(x ()) * x () + Expr.Sin(x ())))
              let valueOf derivative = derivative |> List.map (evalWith [ "x", scalar 0.5 ] >> Expr.toScalar)
              let asked = [ x (); x () ]

              for found in valueOf (Reverse.gradient y asked) do
                  Expect.close 1e-15 found expected "reverse"

              for found in valueOf (Forward.jvp [ y ] [ x () ] [ scalar 1.0 ]) do
                  Expect.close 1e-15 found expected "forward"

              // Beside an input that is no variable, too: of x² + e x by x and by e = exp x.
              let e = Expr.Exp(x ())
              let y = x () * x () + e * x ()
              let byBoth = valueOf (Reverse.gradient y [ x (); e ])
              Expect.close 1e-15 byBoth.Head (1.0 + exp 0.5) "reverse, by the variable"
              Expect.close 1e-15 byBoth[1] 0.5 "reverse, by the other"
              let along = valueOf (Forward.jvp [ y ] [ x (); e ] [ scalar 2.0; scalar 3.0 ])
              Expect.close 1e-15 along.Head (2.0 * (1.0 + exp 0.5) + 3.0 * 0.5) "forward, along both")

          testCase "no law looks into what a derivative is by" (fun () ->
              let s, zero = Expr.sigmoid a, tensor 0.0
              let slopes = Reverse.gradient (Expr.sum (log s)) [ s; s ]
              let expected = 1.0 / s
              closeAll (valuesOf 1 expected) (valuesOf 1 slopes.Head) "log(sigmoid x), by the sigmoid"
              closeAll (valuesOf 1 expected) (valuesOf 1 slopes[1]) "asked for twice"
              let byZero = Reverse.gradient (Expr.sum (a + zero)) [ zero ] |> List.head
              Expect.equal (valuesOf 1 byZero) [| 12.0 |] "a + 0, by the zero"
              let tangent = Forward.jvp [ log s ] [ s ] [ Expr.constant (NDArray.full DType.Float64 [ 4; 3 ] 1.0) ] |> List.head
              closeAll (valuesOf 1 expected) (valuesOf 1 tangent) "forward")

          testCase "the gradient of a mean holds its factor once, in front" (fun () ->
              let x, w, y = Expr.variable "x" [ 4; 3 ], Expr.variable "w" [ 3 ], Expr.variable "y" [ 4 ]
              let gradient = Reverse.gradient (Loss.meanSquaredError y (Expr.matmul x w)) [ w ] |> List.head
              Expect.isTrue (Graph.same gradient (0.5 * Expr.matmul (Expr.transpose x) (Expr.matmul x w - y))) "2/n Xᵀ(X w - y)") ]
