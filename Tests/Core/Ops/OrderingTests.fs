module Fluxion.Tests.OrderingTests

open System
open FsCheck
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray

let private same (actual: float list) (expected: float list) message =
    Expect.isTrue (List.forall2 (fun (a: float) b -> a.Equals b) actual expected) $"{message}: {actual} should be {expected}"

let tests =
    testList
        "Ordering"
        [ testCase "sorted stably, NaN last, as in NumPy" (fun () ->
              let x = tensor [ 3.0; nan; 1.0; 2.0; nan; -infinity; 1.0 ]

              for argSort, sort in [ Expr.argSort 0, Expr.sort 0; compile (Expr.argSort 0), compile (Expr.sort 0) ] do
                  Expect.equal (elements (argSort x)) [ 5.0; 2.0; 6.0; 3.0; 0.0; 1.0; 4.0 ] "positions"
                  same (elements (sort x)) [ -infinity; 1.0; 1.0; 2.0; 3.0; nan; nan ] "values"

              Expect.equal (elements (Expr.argSortDescending 0 x)) [ 1.0; 4.0; 0.0; 3.0; 2.0; 6.0; 5.0 ] "NaN first, ties as they come")

          testCase "the derivative goes back to where each came from" (fun () ->
              let loss x = Expr.sum (Expr.sort 0 x * tensor [ 1.0; 10.0; 100.0; 1000.0 ])
              Expect.equal (elements (grad loss (tensor [ 3.0; 1.0; 2.0; 1.0 ]))) [ 1000.0; 1.0; 100.0; 10.0 ] "with a tie"
              let down x = Expr.sum (Expr.sortDescending 0 x * tensor [ 1.0; 10.0; 100.0; 1000.0 ])
              Expect.equal (elements (grad down (tensor [ 3.0; 1.0; 2.0; 1.0 ]))) [ 1.0; 100.0; 10.0; 1000.0 ] "descending")

          testCase "the k largest with their positions, differentiable" (fun () ->
              let x = tensor [ [ 3.0; 1.0; 2.0 ]; [ 4.0; 6.0; 5.0 ] ]
              let values, positions = Expr.topK 2 1 x
              Expect.equal (elements values) [ 3.0; 2.0; 6.0; 5.0 ] "values"
              Expect.equal (elements positions) [ 0.0; 2.0; 1.0; 2.0 ] "positions"
              let loss x = Expr.sum (fst (Expr.topK 2 1 x) * tensor [ 1.0; 10.0 ])
              Expect.equal (elements (grad loss x)) [ 1.0; 0.0; 10.0; 0.0; 1.0; 10.0 ] "gradient"
              let error = Expect.throws<ShapeException> (fun () -> Expr.topK 4 1 x |> ignore) "too many"

              Expect.equal
                  error.Message
                  "topK: k must lie between 0 and the axis's size 3, but it is 4; ask for fewer, or along another axis?"
                  "message")

          testCase "a permutation is undone by its inverse" (fun () ->
              let x = tensor [ 3.0; 1.0; 2.0; 0.5 ]
              let order = Expr.argSort 0 x
              let back = Expr.takeAlong 0 (Expr.inversePermutation 0 order) (Expr.sort 0 x)
              Expect.equal (elements back) [ 3.0; 1.0; 2.0; 0.5 ] "sorted and back")

          // Long enough for runs to be merged several times over; few values, so that ties abound.
          testPropertyWith (Config.Quick.WithMaxTest 20) "compiled is interpreted, at any length" (fun (numbers: int16 list) ->
              let values = List.replicate 9 numbers |> List.concat |> List.mapi (fun i n -> float (int n * (i + 1) % 5))
              let x = tensor (Array.ofList (1.0 :: values))
              let roots = [| Expr.argSort 0 x; Expr.argSortDescending 0 x; Expr.sort 0 x |]

              let compiled =
                  let v = Expr.variable "v" x.Shape
                  Compile.expressions [| Expr.argSort 0 v; Expr.argSortDescending 0 v; Expr.sort 0 v |] [| v |] [| Expr.value x |]

              Array.forall2 (fun root value -> NDArray.identical (Expr.value (eval root)) value) roots compiled) ]
