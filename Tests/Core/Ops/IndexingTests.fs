module Fluxion.Tests.IndexingTests

open System
open Fluxion

let private table = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ]; [ 5.0; 6.0 ] ]
let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray

let tests =
    testList
        "Indexing"
        [ testCase "gather takes rows, again if asked again" (fun () ->
              Expect.equal (elements (Expr.gather 0 (tensor [ 2; 0; 2 ]) table)) [ 5.0; 6.0; 1.0; 2.0; 5.0; 6.0 ] "rows")

          testCase "its gradient counts how often" (fun () ->
              let gradient = grad (fun t -> Expr.sum (Expr.gather 0 (tensor [ 2; 0; 2 ]) t)) table
              Expect.equal (elements gradient) [ 1.0; 1.0; 0.0; 0.0; 2.0; 2.0 ] "counts")

          testCase "scatterAdd adds where indices meet" (fun () ->
              let sums = Expr.scatterAdd 0 3 (tensor [ 1; 1; 0 ]) (tensor [ 10.0; 20.0; 1.0 ])
              Expect.equal (elements sums) [ 1.0; 30.0; 0.0 ] "sums"
              let negative () = Expr.scatterAdd 0 -3 (tensor [ 1 ]) (tensor [ 1.0 ]) |> ignore
              Expect.throws<ShapeException> negative "a negative size" |> ignore)

          testCase "an index outside is an error, never a neighbour's row" (fun () ->
              for index in [ -1; 3 ] do
                  let plain () = Expr.gather 0 (tensor [ index ]) table |> eval |> ignore
                  let error = Expect.throws<ArgumentException> plain "plain"

                  Expect.equal
                      error.Message
                      $"gather: an index must lie in 0 .. 2, but it is {index}; check the data, or the axis?"
                      "message"

                  // Both mapped: rows of all examples lie one after another, and 3 would be the next one's row 0.
                  let tables = Expr.stack 0 [ table; table ]

                  let mapped () =
                      vmap (fun (t, i: Expr) -> Expr.gather 0 i t) (tables, tensor [ [ index ]; [ 0 ] ]) |> eval |> ignore

                  Expect.throws<ArgumentException> mapped "mapped" |> ignore

                  let scattered () =
                      vmap (fun (u, i: Expr) -> Expr.scatterAdd 0 3 i u) (tensor [ [ 1.0 ]; [ 1.0 ] ], tensor [ [ index ]; [ 0 ] ])
                      |> eval
                      |> ignore

                  Expect.throws<ArgumentException> scattered "scattered" |> ignore) ]
