module Fluxion.Tests.DiagonalsTests

open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private m = tensor [ for i in 0..2 -> [ for j in 0..3 -> float (4 * i + j) ] ]

// Values are NumPy's.
let tests =
    testList
        "Diagonals"
        [ testCase "diagonals of a matrix" (fun () ->
              for offset, expected in [ -3, []; -1, [ 4.0; 9.0 ]; 0, [ 0.0; 5.0; 10.0 ]; 2, [ 2.0; 7.0 ]; 3, [ 3.0 ]; 9, [] ] do
                  Values.holds (Expr.diagonal offset) m [ expected.Length ] expected $"offset {offset}"

              Expect.equal (elements (grad Expr.trace m)) (List.map (fun i -> if i % 5 = 0 then 1.0 else 0.0) [ 0..11 ]) "gradient")

          testCase "matrices of a diagonal" (fun () ->
              let v = tensor [ 1.0; 2.0 ]
              Values.holds (Expr.diag 0) v [ 2; 2 ] [ 1.0; 0.0; 0.0; 2.0 ] "main"
              Values.holds (Expr.diag 1) v [ 3; 3 ] [ 0.0; 1.0; 0.0; 0.0; 0.0; 2.0; 0.0; 0.0; 0.0 ] "above"
              Values.holds (Expr.diag -1) v [ 3; 3 ] [ 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 2.0; 0.0 ] "below"
              Values.holds (Expr.diag 2) (zeros [ 0 ]) [ 2; 2 ] [ 0.0; 0.0; 0.0; 0.0 ] "of none"

              for offset in [ -2; 0; 1 ] do
                  Values.holds (Expr.diag offset >> Expr.diagonal offset) v [ 2 ] [ 1.0; 2.0 ] "there and back")

          testCase "triangles" (fun () ->
              Values.holds (Expr.tril -1) m [ 3; 4 ] [ 0.0; 0.0; 0.0; 0.0; 4.0; 0.0; 0.0; 0.0; 8.0; 9.0; 0.0; 0.0 ] "tril"
              Values.holds (Expr.triu 1) m [ 3; 4 ] [ 0.0; 1.0; 2.0; 3.0; 0.0; 0.0; 6.0; 7.0; 0.0; 0.0; 0.0; 11.0 ] "triu"
              let infinite = tensor [ [ 1.0; infinity ]; [ 2.0; nan ] ]
              Expect.equal (elements (Expr.tril 0 infinite) |> List.take 3) [ 1.0; 0.0; 2.0 ] "what is left out is 0, whatever it was")

          testCase "many matrices at once, and mapped" (fun () ->
              let many = Expr.stack 0 [ m; m + 100.0 ]
              Expect.equal (elements (Expr.trace many)) [ 15.0; 315.0 ] "batch"
              Expect.equal (elements (vmap Expr.trace many)) [ 15.0; 315.0 ] "mapped"
              Expect.equal (elements (vmap (Expr.diagonal -1) many)) [ 4.0; 9.0; 104.0; 109.0 ] "diagonal"

              Expect.equal
                  (elements (Expr.diag 0 (tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ])))
                  [ 1.0; 0.0; 0.0; 2.0; 3.0; 0.0; 0.0; 4.0 ]
                  "diag")

          testCase "a vector has no diagonal" (fun () ->
              let error = Expect.throws<ShapeException> (fun () -> Expr.trace (zeros [ 3 ]) |> ignore) "trace"

              Expect.equal error.Message "trace: there must be two axes, but the tensor is [3]; add one with Expr.expandDims?" "message") ]
