module Fluxion.Tests.AlongAxisTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private x = tensor [ [ 1.5; -2.0; 0.25 ]; [ 0.0; 3.0; -1.0 ] ]

let tests =
    testList
        "AlongAxis"
        [ testCase "each row is picked by its own indices" (fun () ->
              Expect.equal (elements (Expr.takeAlong 1 (tensor [ [ 2; 0 ]; [ 1; 1 ] ]) x)) [ 0.25; 1.5; 3.0; 3.0 ] "rows"
              Expect.equal (elements (Expr.takeAlong 0 (tensor [ [ 1; 0; 1 ] ]) x)) [ 0.0; -2.0; -1.0 ] "columns")

          testCase "scatterAlong adds where indices meet" (fun () ->
              let sums = Expr.scatterAlong 1 3 (tensor [ [ 2; 2 ]; [ 0; 1 ] ]) (tensor [ [ 1.0; 10.0 ]; [ 3.0; 4.0 ] ])
              Expect.equal (elements sums) [ 0.0; 0.0; 11.0; 3.0; 4.0; 0.0 ] "sums")

          testCase "bool and integers are picked too" (fun () ->
              let picked = compile (Expr.takeAlong 0 (tensor [ 1; 0 ])) (Expr.cast DType.Bool (tensor [ 0.0; 1.0 ]))
              Expect.equal picked.DType DType.Bool "type"
              Expect.equal (elements picked) [ 1.0; 0.0 ] "bool")

          testCase "an index outside is an error, never a neighbour's element" (fun () ->
              for index in [ -1; 3 ] do
                  let indices = tensor [ [ index ]; [ 0 ] ]
                  let expected = $"an index must lie in 0 .. 2, but it is {index}; check the data, or the axis?"

                  for take in [ Expr.takeAlong 1 indices >> eval; compile (Expr.takeAlong 1 indices) ] do
                      let error = Expect.throws<ArgumentException> (fun () -> take x |> ignore) "take"
                      Expect.equal error.Message $"takeAlong: {expected}" "message"

                  for scatter in [ Expr.scatterAlong 1 3 indices >> eval; compile (Expr.scatterAlong 1 3 indices) ] do
                      let error = Expect.throws<ArgumentException> (fun () -> scatter (zeros [ 2; 1 ]) |> ignore) "scatter"
                      Expect.equal error.Message $"scatterAlong: {expected}" "message")

          testCase "sizes that differ beside the axis say so" (fun () ->
              let error = Expect.throws<ShapeException> (fun () -> Expr.takeAlong 1 (tensor [ [ 0 ] ]) x |> ignore) "sizes"

              Expect.equal
                  error.Message
                  "takeAlong: sizes must agree but along axis 1, but they are [2, 3] and [1, 1]; repeat one with Expr.broadcastTo?"
                  "message") ]
