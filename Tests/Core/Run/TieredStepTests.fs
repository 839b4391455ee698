module Fluxion.Tests.TieredStepTests

open System
open System.Threading.Tasks
open Fluxion
open Fluxion.Kernels

let private draw (random: Random) (dtype: DType) (shape: Shape) : NDArray =
    NDArray.ofFloats dtype shape (Array.init (Shape.size shape) (fun _ -> random.NextDouble() * 4.0 - 2.0))

let private identical (name: string) (actual: NDArray[]) (expected: NDArray[]) =
    Array.iteri2 (fun i (a: NDArray) e -> Expect.isTrue (NDArray.identical a e) $"{name}, result {i}: {a} and {e}") actual expected

/// Interpreted loops give the bits of emitted ones, for both floating types.
let private agree (name: string) (values: DType -> NDArray list) (f: Expr list -> Expr list) =
    for dtype in [ DType.Float32; DType.Float64 ] do
        let values = values dtype
        let variables = values |> List.mapi (fun i value -> Expr.variableOf $"x{i}" value.DType value.Shape)
        let roots, variables = Array.ofList (f variables), Array.ofList variables
        let run tier = (Compile.planAt tier Simd.Width roots variables).Run(Array.ofList values)
        identical $"{name} of {dtype}" (run Tier.Interpreted) (run Tier.Emitted)

let private drawn (shapes: Shape list) (dtype: DType) : NDArray list =
    let random = Random 11
    shapes |> List.map (draw random dtype)

let private two f =
    function
    | [ x; y ] -> f x y
    | _ -> []

let private bits =
    [ testCase "sums whose axes do not join" (fun () ->
          // Short and long rows, many of them, and axes that are reduced beside one that is kept.
          for left, right in
              [ [ 200; 40 ], [ 40 ]
                [ 70; 1030 ], [ 1030 ]
                [ 1030; 3 ], [ 3 ]
                [ 100; 700 ], [ 700 ]
                [ 30; 7; 40 ], [ 7; 1 ]
                [ 5; 90; 600 ], [ 90; 1 ] ] do
              let last = left.Length - 1

              agree
                  $"{Shape.show left} by {Shape.show right}"
                  (drawn [ left; right ])
                  (two (fun x y ->
                      [ Expr.sum (x * y)
                        Expr.sumOver [ 0 ] (x * y)
                        Expr.meanOver [ last ] (x + y)
                        Expr.maxOver [ 0; last ] (x - y)
                        x * y + x ])))
      testCase "no elements" (fun () ->
          agree
              "empty"
              (drawn [ [ 0; 5 ]; [ 5; 0 ] ])
              (two (fun x y -> [ x + 1.0; Expr.sum x; Expr.meanOver [ 0 ] x; Expr.sumOver [ 1 ] y ])))
      testCase "numbers that are no numbers, and far arguments" (fun () ->
          let edges = [| nan; infinity; -infinity; -0.0; 0.0; 1e30; -7e20; 1e-310; 1e-40; 131073.5; 2.0 |]

          let values dtype =
              [ NDArray.ofFloats dtype [ edges.Length ] edges; NDArray.ofFloats dtype [ edges.Length ] (Array.rev edges) ]

          agree
              "edges"
              values
              (two (fun x y ->
                  [ sin x
                    cos y
                    Expr.remainder x y
                    Expr.remainder (x * 1e20) y
                    Expr.maximum x y
                    Expr.minimum x y
                    Expr.where (Expr.less x y) (exp x) (tanh y)
                    Expr.less x y
                    Expr.max x
                    Expr.sum (Expr.where (Expr.less x (x.Literal 3.0)) (x.Literal 1.0) y) ])))
      testCase "views with strides of every sign" (fun () ->
          agree
              "views"
              (drawn [ [ 40; 30 ]; [ 30; 40 ] ])
              (two (fun x y ->
                  [ Expr.transpose x + y
                    Expr.slice [ Slice.Range(None, None, -1); Slice.Range(None, None, 3) ] x * 2.0
                    Expr.sumOver [ 0 ] (Expr.transpose x * y) ]))) ]

let private sumOfProducts (size: int) : Expr[] * Expr[] =
    let x = Expr.variable "x" [ size ]
    [| Expr.sum (tanh x * x); exp (x - Expr.mean x) |], [| x |]

let tests =
    testList
        "Tiers"
        [ testList "interpreted loops give the bits of emitted ones" bits
          testCase "a small plan is interpreted first, and emitted when it is hot" (fun () ->
              let plan = sumOfProducts 10 ||> Compile.plan
              let value = draw (Random 1) DType.Float64 [ 10 ]
              let first = plan.Run [| value |]
              Expect.isTrue (not plan.IsEmitted) "after one run"
              let mutable runs = 1

              while not plan.IsEmitted && runs < 1_000_000 do
                  identical $"run {runs}" (plan.Run [| value |]) first
                  runs <- runs + 1

              Expect.isTrue plan.IsEmitted "in the end"
              identical "emitted" (plan.Run [| value |]) first)
          testCase "a large plan is emitted for its first run" (fun () ->
              let plan = sumOfProducts 3_000_000 ||> Compile.plan
              plan.Run [| NDArray.full DType.Float64 [ 3_000_000 ] 0.5 |] |> ignore
              Expect.isTrue plan.IsEmitted "as interpreting it once would cost more than emitting")
          testCase "a loop that several threads share is interpreted first" (fun () ->
              let roots, variables = sumOfProducts 30_000
              let plan = Compile.plan roots variables

              let isCut (work: Work) =
                  match work with
                  | Work.Loop(loop, _) -> (Partition.tryOf loop).IsSome
                  | _ -> false

              Expect.isTrue (plan.Program.Steps |> Array.exists isCut) "it is long enough to be shared"
              let value = draw (Random 4) DType.Float64 [ 30_000 ]
              let first = plan.Run [| value |]
              Expect.isTrue (not plan.IsEmitted) "after one run"

              for threads in [ 1; 3 ] do
                  Paths.on (Simd.Width, threads) (fun () ->
                      for run in 1..200 do
                          identical $"run {run} on {threads} threads" (plan.Run [| value |]) first)

              Expect.isTrue plan.IsEmitted "in the end")
          testCase "a plan that becomes hot in the middle of many threads' calls" (fun () ->
              let roots, variables = sumOfProducts 700
              let plan = Compile.plan roots variables
              let values = [| for i in 0..15 -> draw (Random i) DType.Float64 [ 700 ] |]
              let oracle = Compile.planAt Tier.Emitted Simd.Width roots variables
              let expected = values |> Array.map (fun value -> oracle.Run [| value |])

              let calls =
                  Parallel.For(
                      0,
                      8000,
                      fun i ->
                          let results = plan.Run [| values[i % 16] |]

                          if not (Array.forall2 NDArray.identical results expected[i % 16]) then
                              invalidOp $"call {i} differs"
                  )

              Expect.isTrue calls.IsCompleted "every call gives its own result"
              Expect.isTrue plan.IsEmitted "the plan is hot")
          testCase "interpreted loops allocate nothing" (fun () ->
              let roots, variables = sumOfProducts 100
              let plan = Compile.planAt Tier.Interpreted Simd.Width roots variables
              let stepper = CompiledStepper(plan, [| draw (Random 2) DType.Float64 [ 100 ] |], [], false)
              stepper.Run 10
              Expect.allocatesNothing (fun () -> stepper.Run 1) "a step"
              Expect.isTrue (not plan.IsEmitted) "forced") ]
