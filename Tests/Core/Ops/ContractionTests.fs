module Fluxion.Tests.ContractionTests

open Fluxion

/// Small shapes that matmul may or may not take.
let private operands: Shape list =
    [ [ 1 ]
      [ 2 ]
      [ 3 ]
      [ 0 ]
      [ 2; 3 ]
      [ 3; 2 ]
      [ 3; 3 ]
      [ 1; 3 ]
      [ 3; 0 ]
      [ 0; 3 ]
      [ 2; 2; 3 ]
      [ 1; 3; 2 ]
      [ 2; 1; 3; 2 ] ]

let private numbers (shape: Shape) start =
    NDArray.ofFloats DType.Float64 shape (Array.init (Shape.size shape) (fun i -> start + 0.5 * float i))

/// Whether the definition has a product for these shapes.
let private fits (left: Shape) (right: Shape) =
    let inner = List.last left
    let other = if right.Length = 1 then right[0] else right[right.Length - 2]
    let batch (shape: Shape) = List.take (max 0 (shape.Length - 2)) shape
    inner = other && (Reference.broadcast (batch left) (batch right)).IsSome

let tests =
    testList
        "Contraction"
        [ testCase "matmul is the sum of products, or a shape error" (fun () ->
              for left in operands do
                  for right in operands do
                      let a, b = numbers left 1.0, numbers right -2.0
                      let product () = Expr.matmul (Expr.constant a) (Expr.constant b)

                      if fits left right then
                          let shape, expected = Reference.matmul a b
                          let actual = product () |> eval |> Expr.value
                          Expect.equal actual.Shape shape $"{left} by {right}"
                          List.iter2 (fun x y -> Expect.close 1e-14 x y $"{left} by {right}") (List.ofArray actual.Floats) expected
                      else
                          Expect.throws<ShapeException> (product >> ignore) $"{left} by {right}" |> ignore)

          testCase "a compiled batch is its products one by one, whichever axes are repeated" (fun () ->
              for left, right in
                  [ [ 25; 10; 10 ], [ 10; 300 ]
                    [ 10; 10 ], [ 25; 10; 300 ]
                    [ 2; 3; 6; 7 ], [ 3; 7; 8 ]
                    [ 4; 1; 12; 12 ], [ 1; 5; 12; 9 ]
                    [ 3; 2; 8; 9 ], [ 3; 1; 9; 8 ]
                    [ 0; 6; 7 ], [ 7; 8 ]
                    // Enough work for threads.
                    [ 6; 64; 64 ], [ 6; 64; 100 ] ] do
                  for dtype in [ DType.Float64; DType.Float32 ] do
                      let draw (shape: Shape) = NDArray.ofFloats dtype shape (Paths.numbers<float> 5 (Shape.size shape))
                      let values = [| draw left; draw right |]
                      let a, b = Expr.variableOf "a" dtype left, Expr.variableOf "b" dtype right
                      let plan = Compile.plan [| Expr.matmul a b |] [| a; b |]
                      let name = $"{Shape.show left} by {Shape.show right} of {dtype}"
                      let product = Paths.expectSameBits (fun () -> (plan.Run values |> Array.head).Floats) name
                      let batches = List.take (max left.Length right.Length - 2) (Expr.matmul a b).Shape
                      let matrices (shape: Shape) = batches @ List.skip (shape.Length - 2) shape

                      let flat (value: NDArray) =
                          let shape = matrices value.Shape

                          Expr.constant value
                          |> Expr.broadcastTo shape
                          |> Expr.reshape (Shape.size batches :: List.skip batches.Length shape)

                      let one =
                          [ for i in 0 .. Shape.size batches - 1 do
                                yield! Expr.matmul (flat values[0]).[i] (flat values[1]).[i] |> eval |> Expr.toArray ]

                      let tolerance = if dtype = DType.Float32 then 1e-5 else 1e-13
                      List.iter2 (fun x y -> Expect.close tolerance x y name) (List.ofArray product) one)

          testCase "the gradient has the school's form" (fun () ->
              let x, w = Expr.variable "X" [ 5; 2 ], Expr.variable "w" [ 2 ]
              let gradient = Reverse.gradient (Expr.sum (Expr.matmul x w)) [ w ] |> List.head
              Expect.isTrue (Graph.same gradient (Expr.matmul (Expr.transpose x) (Expr.broadcastTo [ 5 ] (scalar 1.0)))) $"{gradient}") ]
