module Fluxion.Tests.ExtremesTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private number (x: Expr) = x |> eval |> Expr.toScalar
let private x = tensor [ [ 1.5; -2.0; 0.25 ]; [ 0.0; 3.0; -1.0 ] ]

let tests =
    testList
        "Extremes"
        [ testCase "smallest elements, and where they stand" (fun () ->
              Expect.equal (number (Expr.min x)) -2.0 "min"
              Expect.equal (elements (Expr.minOver [ 0 ] x)) [ 0.0; -2.0; -1.0 ] "along an axis"
              Expect.equal (elements (Expr.argMin -1 x)) [ 1.0; 2.0 ] "argMin")

          testCase "the smallest share the derivative where they tie" (fun () ->
              Expect.equal (elements (grad Expr.min (tensor [ 4.0; 1.0; 1.0; 2.0 ]))) [ 0.0; 0.5; 0.5; 0.0 ] "gradient")

          testCase "NaN is kept, and comes first" (fun () ->
              let x = tensor [ 3.0; nan; -infinity; nan ]
              Expect.isTrue (Double.IsNaN(number (Expr.min x))) "min"
              Expect.equal (number (Expr.argMin 0 x)) 1.0 "argMin"
              Expect.equal (number (Expr.argMin 0 (tensor [ 2.0; 1.0; 1.0 ]))) 1.0 "the first of several")

          testCase "integers at the ends of their range" (fun () ->
              let x = Expr.constant (NDArray.ofInts DType.Int64 [ 3 ] [| 5L; Int64.MinValue; Int64.MaxValue |])
              let compiled = compile Expr.min x
              Expect.equal (Expr.value compiled).Ints [| Int64.MinValue |] "compiled"
              Expect.equal (Expr.value (eval (Expr.min x))).Ints [| Int64.MinValue |] "interpreted"
              Expect.equal (number (compile (Expr.argMin 0) x)) 1.0 "position")

          testCase "any and all, of some and of none" (fun () ->
              let b = Expr.greater x (scalar 0.0)
              Expect.equal (elements (Expr.anyOver [ 1 ] b)) [ 1.0; 1.0 ] "any"
              Expect.equal (elements (Expr.allOver [ 0 ] b)) [ 0.0; 0.0; 0.0 ] "all"
              let none = Expr.cast DType.Bool (zeros [ 0 ])
              Expect.equal (number (Expr.any none), number (Expr.all none)) (0.0, 1.0) "of none"
              let error = Expect.throws<DTypeException> (fun () -> Expr.any x |> ignore) "numbers"
              Expect.equal error.Message "any: a bool tensor is needed, but it is float64; compare it, as in Expr.less x y?" "message")

          testCase "there is no smallest of none" (fun () ->
              let error = Expect.throws<ShapeException> (fun () -> Expr.min (zeros [ 0 ]) |> ignore) "min"
              Expect.equal error.Message "min: there must be an element to pick, but the shape is [0]; leave the empty axis out?" "message") ]
