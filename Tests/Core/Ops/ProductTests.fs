module Fluxion.Tests.ProductTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private number (x: Expr) = x |> eval |> Expr.toScalar

let tests =
    testList
        "Product"
        [ testCase "products along axes, of none 1" (fun () ->
              let x = tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]
              Expect.equal (number (Expr.prod x)) 720.0 "all"
              Expect.equal (elements (Expr.prodOver [ 0 ] x)) [ 4.0; 10.0; 18.0 ] "along an axis"
              Expect.equal (elements (Expr.prodOver [ 1 ] (zeros [ 2; 0 ]))) [ 1.0; 1.0 ] "none")

          testCase "the derivative is right with no zero, one, and two" (fun () ->
              Expect.equal (elements (grad Expr.prod (tensor [ 2.0; 5.0; 3.0 ]))) [ 15.0; 6.0; 10.0 ] "none"
              Expect.equal (elements (grad Expr.prod (tensor [ 2.0; 0.0; 3.0; -4.0 ]))) [ 0.0; -24.0; 0.0; 0.0 ] "one"
              Expect.equal (elements (grad Expr.prod (tensor [ 2.0; 0.0; 3.0; 0.0 ]))) [ 0.0; 0.0; 0.0; 0.0 ] "two")

          testCase "so is the second, which PyTorch 1.13 has as 0" (fun () ->
              // d² (x₀ x₁ x₂ x₃) / dx₁ dx₃ = x₀ x₂.
              let expected = [ for i in 0..3 -> [ for j in 0..3 -> if (i, j) = (1, 3) || (i, j) = (3, 1) then 6.0 else 0.0 ] ]
              let point = tensor [ 2.0; 0.0; 3.0; 0.0 ]
              Expect.equal (elements (hessian Expr.prod point)) (List.concat expected) "interpreted"
              Expect.equal (elements (compile (hessian Expr.prod) point)) (List.concat expected) "compiled")

          testCase "integers wrap, float32 is rounded once" (fun () ->
              let big = Expr.constant (NDArray.ofInts DType.Int32 [ 3 ] [| 65536L; 65536L; 3L |])
              Expect.equal (number (compile Expr.prod big)) 0.0 "int32"
              let narrow = tensor [ 1e30f; 1e30f; 1e-30f; 1e-30f ]
              Expect.close 1e-6 (number (compile Expr.prod narrow)) 1.0 "float32") ]
