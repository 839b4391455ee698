module Fluxion.Tests.GraphTests

open Fluxion

let private x = Expr.variable "x" [ 3 ]
let private y = Expr.variable "y" [ 3 ]

let private sameness =
    testList
        "same"
        [ testCase "built twice is the same" (fun () ->
              let build () = Expr.sum (Expr.Exp(x * 2.0) + tensor [ 1.0; 2.0; 3.0 ])
              Expect.isTrue (Graph.same (build ()) (build ())) "two builds")

          testCase "sharing does not matter" (fun () ->
              let shared = Expr.Sin x
              Expect.isTrue (Graph.same (shared * shared) (Expr.Sin x * Expr.Sin x)) "shared and not")

          testCase "order, op, attribute, name, shape and type matter" (fun () ->
              let matrix = Expr.variable "m" [ 2; 2 ]

              for left, right in
                  [ x + y, y + x
                    x + y, x - y
                    Expr.sumOver [ 0 ] matrix, Expr.sumOver [ 1 ] matrix
                    x, y
                    x, Expr.variable "x" [ 4 ]
                    x, Expr.variableOf "x" DType.Float32 [ 3 ]
                    x, tensor [ 1.0; 2.0; 3.0 ]
                    Expr.cast DType.Int32 x, Expr.cast DType.Int64 x ] do
                  Expect.isTrue (not (Graph.same left right)) $"{left} and {right}")

          testCase "constants are compared bit by bit" (fun () ->
              Expect.isTrue (Graph.same (tensor [ nan ]) (tensor [ nan ])) "NaN"
              Expect.isTrue (not (Graph.same (scalar 0.0) (scalar -0.0))) "zeros of two signs"
              Expect.isTrue (not (Graph.same (tensor [ 1.0; 2.0 ]) (tensor [ 1.0; 3.0 ]))) "the first element alone is not enough"
              Expect.isTrue (not (Graph.same (scalar 1.0) (tensor 1.0f))) "types")

          testCase "a variable of a transform is never the user's" (fun () ->
              Expect.isTrue (not (Graph.same (Expr.fresh "x" x.Type) x)) "x and x"
              Expect.isTrue (not (Graph.same (Expr.fresh "x" x.Type) (Expr.fresh "x" x.Type))) "two fresh ones") ]

let private substituting =
    testList
        "substitute"
        [ testCase "replaces a variable everywhere" (fun () ->
              let after = Graph.substitute [ x, y ] (x * Expr.Exp x)
              Expect.isTrue (Graph.same after (y * Expr.Exp y)) "y for x")

          testCase "replaces at once, not one after another" (fun () ->
              let after = Graph.substitute [ x, y; y, x ] (x - y)
              Expect.isTrue (Graph.same after (y - x)) "swapped")

          testCase "replaces inner nodes" (fun () ->
              let inner = Expr.Exp x
              Expect.isTrue (Graph.same (Graph.substitute [ inner, y ] (inner + x)) (y + x)) "exp x")

          testCase "does not enter what it puts in" (fun () ->
              Expect.isTrue (Graph.same (Graph.substitute [ x, x + x ] (Expr.Sin x)) (Expr.Sin(x + x))) "once")

          testCase "leaves alone what has no part in it" (fun () ->
              let expr = Expr.Sin y
              Expect.isTrue (obj.ReferenceEquals(Graph.substitute [ x, y ] expr, expr)) "the very same node")

          testCase "asks for the same type" (fun () ->
              let error =
                  Expect.throws<ShapeException> (fun () -> Graph.substitute [ x, scalar 1.0 ] x |> ignore) "a scalar for a vector"

              Expect.equal
                  error.Message
                  "substitute: x is float64 [3] and what replaces it must be too, but the replacement is float64 []; reshape or cast it?"
                  "message") ]

let private walking =
    testList
        "walks"
        [ testCase "arguments come before what is made from them, each once" (fun () ->
              let shared = Expr.Sin x
              let order = Graph.postorder [ shared * shared + y ]
              Expect.equal order.Length 5 "x, sin, multiply, y, add"
              let seen = NodeMap<bool>()

              for node in order do
                  for argument in node.Arguments do
                      Expect.isTrue seen[argument] "argument first"

                  seen[node] <- true)

          testCase "variables come in the order of a walk from the left" (fun () ->
              Expect.equal (Graph.variables [ y * x + y ]) [ y; x ] "y, then x")

          testCase "one node of two graphs stands for both" (fun () ->
              let left, right = Expr.Sin x, Expr.Sin x
              let canonical = Graph.canonical [ left; right; Expr.Cos x ]
              Expect.isTrue (obj.ReferenceEquals(canonical[left], canonical[right])) "the same") ]

let private verifying =
    testList
        "Verify"
        [ testCase "a variable of two types is a problem, by its name" (fun () ->
              let both = Expr.sum x + Expr.sum (Expr.variable "x" [ 4 ])

              Expect.equal (Verify.problems [ both ]) [ "variable x: it stands with two types, float64 [3] and float64 [4]" ] "problems")

          testCase "a node that lies about its type is a problem" (fun () ->
              let lie = Expr(x.Language.Sin, x.Language.KindOf { x.Type with Shape = [ 4 ] }, x, null)

              Expect.equal (Verify.problems [ lie ]) [ "sin: its type is float64 [4], but its arguments make float64 [3]" ] "problems") ]

let tests = testList "Graph" [ sameness; substituting; walking; verifying ]
