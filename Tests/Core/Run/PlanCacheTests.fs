module Fluxion.Tests.PlanCacheTests

open System
open System.Threading.Tasks
open Fluxion

let private noVariables (leaf: Expr) : NDArray = invalidOp $"{leaf} has no value"

// A loss as classes build it: everything anew, from data and parameters of the moment.
let private lossOf (rate: float) (x: Expr) (w: Expr) = Expr.mean (Expr.square (rate * Expr.matmul x w - 1.0))
let private data seed = eval (Random.normal [ 6; 2 ] (Random.key seed))

let private interpreted (loss: Expr -> Expr) (w: Expr) =
    let value, gradient = eval (valueAndGrad loss w)
    [| Expr.value value; Expr.value gradient |]

let private run (cache: PlanCache) (rate: float) (x: Expr) (w: Expr) =
    let leaf = Expr.fresh "w" w.Type
    cache.ValueAndGradients(lossOf rate x leaf, [| leaf |], (fun _ -> Expr.value w))

let private near (actual: NDArray[]) (expected: NDArray[]) message =
    Array.iter2 (fun (a: NDArray) (e: NDArray) -> Array.iter2 (fun a e -> Expect.close 1e-13 a e message) a.Floats e.Floats) actual expected

let tests =
    testList
        "PlanCache"
        [ testCase "one form is one plan, whatever its values, and gives what the interpreter gives"
          <| fun () ->
              let cache = PlanCache 4

              for seed in 1..5 do
                  let x, w = data seed, tensor [ float seed; -0.5 ]
                  near (run cache 2.0 x w) (interpreted (lossOf 2.0 x) w) $"seed {seed}"

              Expect.equal cache.Count 1 "plans"

          testCase "another number, another shape and another leaf are other forms"
          <| fun () ->
              let cache = PlanCache 8
              let x, w = data 1, tensor [ 0.3; -0.5 ]
              let rows = eval (x.[0..3])

              for rate, x in [ 2.0, x; 3.0, x; 2.0, rows ] do
                  near (run cache rate x w) (interpreted (lossOf rate x) w) $"{rate}, {x.Type}"

              Expect.equal cache.Count 3 "a number and a shape"
              let a, b = Expr.fresh "a" w.Type, Expr.fresh "b" w.Type
              let loss = Expr.sum (a * a * b)
              let valueOf leaf = Expr.value (if obj.ReferenceEquals(leaf, a) then w else 2.0 * w |> eval)
              let byA = cache.ValueAndGradients(loss, [| a |], valueOf)
              let byB = cache.ValueAndGradients(loss, [| b |], valueOf)
              Expect.equal cache.Count 5 "the leaf that is differentiated by"
              near byA[1..] [| Expr.value (eval (4.0 * w * w)) |] "by a"
              near byB[1..] [| Expr.value (eval (w * w)) |] "by b"

          testCase "old forms make room"
          <| fun () ->
              let cache = PlanCache 3
              let x, w = data 1, tensor [ 0.3; -0.5 ]

              for rate in [ 1.5; 2.5; 3.5; 4.5; 1.5; 2.5 ] do
                  near (run cache rate x w) (interpreted (lossOf rate x) w) $"{rate}"

              Expect.equal cache.Count 3 "plans"

          testCase "a plan does not keep the data that it was made with"
          <| fun () ->
              let cache = PlanCache 4

              let once () =
                  let x = data 1
                  run cache 2.0 x (tensor [ 0.3; -0.5 ]) |> ignore
                  WeakReference(Expr.value x)

              let reference = once ()
              GC.Collect()
              GC.WaitForPendingFinalizers()
              GC.Collect()
              Expect.equal cache.Count 1 "the plan"
              Expect.isTrue (not reference.IsAlive) "the data is gone"

          testCase "many threads share plans"
          <| fun () ->
              let cache = PlanCache 4
              let w = tensor [ 0.3; -0.5 ]

              Parallel.For(
                  0,
                  200,
                  fun i ->
                      let x, rate = data i, 1.0 + float (i % 2)
                      near (run cache rate x w) (interpreted (lossOf rate x) w) $"{i}"
              )
              |> ignore

              Expect.equal cache.Count 2 "plans"

          testCase "a loss must be a scalar"
          <| fun () ->
              let w = Expr.fresh "w" (tensor [ 1.0; 2.0 ]).Type

              let error =
                  Expect.throws<ShapeException>
                      (fun () -> (PlanCache 4).ValueAndGradients(w * w, [| w |], noVariables) |> ignore)
                      "a vector"

              Expect.isTrue (error.Message.StartsWith "gradient: the function must give a scalar") error.Message ]
