module Fluxion.Tests.LiteralTests

open Fluxion

let private is (expected: DType) (shape: Shape) (elements: float list) (x: Expr) =
    Expect.equal x.DType expected "element type"
    Expect.equal x.Shape shape "shape"
    Expect.equal (Expr.toArray x |> List.ofArray) elements "elements"

let tests =
    testList
        "Literal"
        [ testCase "scalars take the type of the number" (fun () ->
              tensor 1.5 |> is DType.Float64 [] [ 1.5 ]
              tensor 1.5f |> is DType.Float32 [] [ 1.5 ]
              tensor 3 |> is DType.Int32 [] [ 3.0 ]
              tensor 3L |> is DType.Int64 [] [ 3.0 ]
              tensor true |> is DType.Bool [] [ 1.0 ])

          testCase "lists and arrays, nested" (fun () ->
              tensor [ 1.0; 2.0 ] |> is DType.Float64 [ 2 ] [ 1.0; 2.0 ]
              tensor [| 1.0f; 2.0f |] |> is DType.Float32 [ 2 ] [ 1.0; 2.0 ]
              tensor [ 1; 2 ] |> is DType.Int32 [ 2 ] [ 1.0; 2.0 ]
              tensor [| 1L; 2L |] |> is DType.Int64 [ 2 ] [ 1.0; 2.0 ]
              tensor [ true; false ] |> is DType.Bool [ 2 ] [ 1.0; 0.0 ]
              tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ] |> is DType.Float64 [ 2; 2 ] [ 1.0 .. 4.0 ]
              tensor [ [ 1; 2 ]; [ 3; 4 ] ] |> is DType.Int32 [ 2; 2 ] [ 1.0 .. 4.0 ]
              tensor [| [| 1.0f |]; [| 2.0f |] |] |> is DType.Float32 [ 2; 1 ] [ 1.0; 2.0 ]
              tensor [ [ [ 1.0 ]; [ 2.0 ] ] ] |> is DType.Float64 [ 1; 2; 1 ] [ 1.0; 2.0 ]
              tensor (array2D [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]) |> is DType.Float64 [ 2; 2 ] [ 1.0 .. 4.0 ]
              tensor ([]: float list) |> is DType.Float64 [ 0 ] [])

          testCase "an array is copied: what is done to it later is not done to the tensor" (fun () ->
              let data = [| 1.0; 2.0 |]
              let x = tensor data
              data[0] <- 100.0
              x |> is DType.Float64 [ 2 ] [ 1.0; 2.0 ])

          testCase "rows of unequal length are an error, by row" (fun () ->
              let error = Expect.throws<ShapeException> (fun () -> tensor [ [ 1.0; 2.0 ]; [ 3.0 ] ] |> ignore) "ragged"

              Expect.equal
                  error.Message
                  "tensor: all rows must be equally long, but row 0 is [2] and row 1 is [1]; fill up the short ones?"
                  "message")

          testCase "no rows are an error" (fun () ->
              Expect.throws<ShapeException> (fun () -> tensor ([]: float list list) |> ignore) "no row" |> ignore)

          testCase "made of nothing but a shape" (fun () ->
              full 2.0 [ 2 ] |> is DType.Float64 [ 2 ] [ 2.0; 2.0 ]
              eye 2 |> is DType.Float64 [ 2; 2 ] [ 1.0; 0.0; 0.0; 1.0 ]
              linspace 0.0 1.0 5 |> is DType.Float64 [ 5 ] [ 0.0; 0.25; 0.5; 0.75; 1.0 ]
              Expect.equal (linspace 0.0 0.3 4 |> Expr.toArray |> Array.last) 0.3 "the end is exact"
              linspace 2.0 3.0 1 |> is DType.Float64 [ 1 ] [ 2.0 ]
              linspace 2.0 3.0 0 |> is DType.Float64 [ 0 ] []) ]
