/// Plans by form: each made once, found again, and dropped when many others came.
module Fluxion.Tests.PlanCacheTests

open Fluxion

let private fresh name = Expr.fresh name { Shape = [ 3 ]; DType = DType.Float64 }

// A plan that is the list of roles it was made with, so that each is an object of its own.
let private cacheOf (capacity: int) (roleOf: Expr -> int) = PlanCache<int list>(capacity, roleOf, fun _ _ roles -> List.ofArray roles)

let private find (cache: PlanCache<int list>) (loss: Expr) : int list * Expr[] =
    let struct (plan, inputs) = cache.Find loss
    plan, inputs

let tests =
    testList
        "PlanCache"
        [ testCase "a form's plan is made once, and inputs come in its order"
          <| fun () ->
              let cache = cacheOf 8 (fun _ -> 0)
              let a, b = fresh "a", fresh "b"
              let loss (a: Expr) (b: Expr) = Expr.sum (a * b - 2.0 * a)
              let plan, inputs = find cache (loss a b)
              Expect.equal (inputs |> Array.sortBy (fun input -> input.Id)) [| a; b |] "both"
              let again, others = find cache (loss b a)
              Expect.isTrue (obj.ReferenceEquals(plan, again)) "one plan"
              Expect.equal others (Array.rev inputs) "in each other's places"
              let data = tensor [ 1.0; 2.0; 3.0 ]
              Expect.equal (snd (find cache (loss data b)) |> Array.contains data) true "data is an input"
              Expect.equal cache.Count 1 "plans"

          testCase "what plays another role is another form"
          <| fun () ->
              let first, second = fresh "first", fresh "second"

              let roleOf leaf =
                  if obj.ReferenceEquals(leaf, first) then 1
                  elif obj.ReferenceEquals(leaf, second) then 2
                  else 0

              let cache = cacheOf 8 roleOf
              let loss (a: Expr) (b: Expr) = Expr.sum (a - b)
              Expect.equal (fst (find cache (loss first second)) |> List.sort) [ 1; 2 ] "both"
              Expect.equal (fst (find cache (loss first (fresh "data"))) |> List.sort) [ 0; 1 ] "one"
              find cache (loss second first) |> ignore
              Expect.equal cache.Count 3 "in each other's places they are a third"

          testCase "forms that take turns keep their plans, and more than fit drop the oldest"
          <| fun () ->
              let cache = cacheOf 7 (fun _ -> 0)
              let loss i = Expr.sum (float i * fresh "x")
              let plans = [ for i in 2..8 -> fst (find cache (loss i)) ]

              for _ in 1..3 do
                  for i, plan in List.zip [ 2..8 ] plans do
                      Expect.isTrue (obj.ReferenceEquals(fst (find cache (loss i)), plan)) $"form {i}"

              find cache (loss 9) |> ignore
              Expect.equal cache.Count 7 "plans"
              Expect.isTrue (not (obj.ReferenceEquals(fst (find cache (loss 2)), plans.Head))) "the first was dropped" ]
