module Fluxion.Tests.MatricesTests

open Fluxion
open Fluxion.Operators

let tests =
    testList
        "Matrices"
        [ testProperty "there and back is the same" (fun (rows: FsCheck.PositiveInt) (columns: FsCheck.PositiveInt) (seed: int) ->
              let x = eval (Random.normal [ rows.Get; columns.Get ] (Random.key seed))
              let flat = eval (Expr.reshape [ -1 ] x)
              Expect.isTrue (Graph.same (Expr.ofMatrix (Expr.toMatrix x)) x) "a matrix"
              Expect.isTrue (Graph.same (Expr.ofVector (Expr.toVector flat)) flat) "a vector"
              Expect.equal ((Expr.toMatrix x)[rows.Get - 1, 0]) (Expr.toScalar (eval x.[rows.Get - 1, 0])) "an entry")

          testCase "products agree with MathNet's"
          <| fun () ->
              let a, b = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ]; [ 5.0; 6.0 ] ], tensor [ [ 1.0; -1.0 ]; [ 0.5; 2.0 ] ]
              let ours = eval (a *@ b - 1.0)
              let theirs = Expr.ofMatrix (Expr.toMatrix a * Expr.toMatrix b - 1.0)
              Expect.isTrue (Graph.same ours theirs) $"{ours} and {theirs}"

          testCase "a vector belongs to the caller"
          <| fun () ->
              let x = tensor [ 1.0; 2.0 ]
              (Expr.toVector x)[0] <- 9.0
              Expect.equal (string x) "[1; 2]" "the constant"

          testCase "other shapes are refused"
          <| fun () ->
              for name, convert in
                  [ "toMatrix", (fun () -> Expr.toMatrix (tensor [ 1.0 ]) |> ignore)
                    "toMatrix", (fun () -> Expr.toMatrix (zeros [ 0; 2 ]) |> ignore)
                    "toVector", (fun () -> Expr.toVector (scalar 1.0) |> ignore) ] do
                  let error = Expect.throws<ShapeException> convert name
                  Expect.isTrue (error.Message.StartsWith $"{name}: ") error.Message ]
