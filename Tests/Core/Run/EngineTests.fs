module Fluxion.Tests.EngineTests

open System
open System.Collections.Generic
open Fluxion
open Fluxion.Kernels

// Numbers of an argument: its edges first, then some from its interval.
let private draw (random: Random) (dtype: DType) (shape: Shape) (domain: Domain) : NDArray =
    let edges = domain.Edges |> List.toArray

    let number i =
        if i < edges.Length && Shape.size shape > 2 then
            edges[i]
        elif defaultArg domain.DType dtype |> _.IsFloating then
            domain.Low + (domain.High - domain.Low) * random.NextDouble()
        else
            float (random.Next(int domain.Low, int domain.High + 1))

    NDArray.ofFloats (defaultArg domain.DType dtype) shape (Array.init (Shape.size shape) number)

let private interpret (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) =
    let inputs = Dictionary<Variable, NDArray>()

    Array.iter2
        (fun (variable: Expr) value ->
            match variable.Node with
            | Node.Variable key -> inputs[key] <- value
            | _ -> ())
        variables
        values

    Interpreter.run roots inputs

// Sums of many terms may round differently; float32 is computed in float64 by the interpreter.
let private close (name: string) (actual: NDArray) (expected: NDArray) =
    Expect.equal (actual.Shape, actual.DType) (expected.Shape, expected.DType) $"{name}: type"
    let tolerance = if expected.DType = DType.Float32 then 2e-5 else 1e-13

    Array.iteri2 (fun i a e -> Expect.close tolerance a e $"{name}, element {i}") actual.Floats expected.Floats

/// The compiled value is the interpreted one, and bitwise the same without code of its own and at every width; also when called again.
let private agree (name: string) (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) =
    let expected = interpret roots variables values

    let plans = Paths.tiers |> List.map (fun (tier, width) -> Compile.planAt tier width roots variables)
    let first = plans.Head.Run values

    Array.iter2 (close name) first expected

    for plan in plans @ plans do
        Array.iter2
            (fun (a: NDArray) b ->
                Expect.isTrue (NDArray.identical a b) $"{name}: every tier, width and call gives the same bits: {a} and {b}")
            (plan.Run values)
            first

let private agreeOf (name: string) (f: Expr list -> Expr list) (shapes: Shape list) =
    let random = Random 7

    for dtype in [ DType.Float64; DType.Float32 ] do
        let variables = shapes |> List.mapi (fun i shape -> Expr.variableOf $"x{i}" dtype shape)
        let values = shapes |> List.map (fun shape -> draw random dtype shape Domain.real)
        agree name (Array.ofList (f variables)) (Array.ofList variables) (Array.ofList values)

let private rows =
    [ for row in Ops.all do
          testCase row.Name (fun () ->
              for primitive, arguments in row.Cases do
                  for dtype in [ DType.Float64; DType.Float32 ] do
                      let random = Random 3
                      let values = arguments |> List.map (fun (shape, domain) -> draw random dtype shape domain) |> Array.ofList
                      let variables = values |> Array.mapi (fun i value -> Expr.variableOf $"x{i}" value.DType value.Shape)

                      let expr =
                          try
                              Some(Expr.Apply(primitive, variables))
                          with :? DTypeException ->
                              None

                      match expr with
                      | Some expr -> agree $"{row.Name} {primitive.AttributeText}" [| expr |] variables values
                      | None -> ()) ]

let private one f =
    function
    | [ x ] -> f x
    | _ -> []

let private two f =
    function
    | [ x; y ] -> f x y
    | _ -> []

let private sizes = [ 1; 2; 3; 7; 8; 9; 15; 16; 17; 31; 33; 100; 1023; 1024; 1025; 5000; 70001 ]

let tests =
    testList
        "Run"
        [ testList "compiled = interpreted" rows
          testCase "sums of every size" (fun () ->
              for n in sizes do
                  agreeOf $"sum of {n}" (one (fun x -> [ Expr.sum (x * x); Expr.mean x; Expr.max x; x + 1.0 ])) [ [ n ] ])
          testCase "sums of equal numbers, which round the same way each time, are right to a few units" (fun () ->
              for n in [ 500; 1000; 1024; 5000; 16384; 100_000 ] do
                  let x = Expr.variableOf "x" DType.Float32 [ n ]
                  let exact = float n * float 0.1f
                  let unit = float (Single.BitIncrement(float32 exact)) - float (float32 exact)
                  let total = (Compile.plan [| Expr.sum x |] [| x |]).Run [| NDArray.full DType.Float32 [ n ] 0.1 |]
                  let error = abs (total[0].Floats[0] - exact) / unit
                  Expect.isTrue (error <= 2.0) $"the sum of {n} is off by {error} units")
          testCase "sums along axes" (fun () ->
              for shape in [ [ 3; 5 ]; [ 70; 33 ]; [ 1000; 2 ]; [ 2; 1000 ]; [ 4; 5; 6 ]; [ 3; 2000; 5 ] ] do
                  for axes in [ [ 0 ]; [ 1 ]; [ shape.Length - 1 ]; [ 0; shape.Length - 1 ] ] |> List.map List.distinct do
                      let name = $"{Shape.show shape} along {axes}"
                      agreeOf name (one (fun x -> [ Expr.sumOver axes (x * 0.5); Expr.maxOver axes x; x * 0.5 ])) [ shape ])
          testCase "broadcast operands" (fun () ->
              for left, right in [ [ 7; 19 ], [ 19 ]; [ 7; 19 ], [ 7; 1 ]; [ 7; 1 ], [ 1; 19 ]; [ 3; 1; 5 ], [ 4; 1 ]; [ 40 ], [] ] do
                  agreeOf
                      $"{Shape.show left} and {Shape.show right}"
                      (two (fun x y -> [ x * y - y; Expr.sum (x * y); Expr.sumOver [ 0 ] (x + y) ]))
                      [ left; right ])
          testCase "masks of every size, near and far apart" (fun () ->
              for n in [ 1; 4; 5; 16; 17; 40; 1025 ] do
                  agreeOf
                      $"masks of {n}"
                      (two (fun x y ->
                          let less = Expr.less x y
                          // Masks that go through memory: beside one another, and in reverse.
                          let both = Expr.concat 0 [ less; less ]
                          let backward = Expr.slice [ Slice.Range(None, None, -1) ] less
                          [ less; Expr.where both (Expr.concat 0 [ x; y ]) (Expr.concat 0 [ y; x ]); Expr.where backward x y ]))
                      [ [ n ]; [ n ] ])
          testCase "views" (fun () ->
              agreeOf
                  "views"
                  (one (fun x ->
                      [ Expr.transpose x + 1.0
                        Expr.transpose x |> Expr.reshape [ 35 ]
                        x[1..3] * 2.0
                        Expr.slice [ Slice.Range(None, None, -1); Slice.At 2 ] x
                        Expr.slice [ Slice.Range(None, None, 1); Slice.Range(None, None, 3) ] (x * x)
                        x[*, 0]
                        x
                        Expr.reshape [ 35 ] x ]))
                  [ [ 5; 7 ] ])
          testCase "assemblies of values in registers" (fun () ->
              agreeOf
                  "assemblies"
                  (two (fun x y ->
                      [ Expr.stack 0 [ Expr.sum x; Expr.sum y; Expr.sum (x * y) ]
                        Expr.stack 1 [ x + y; x - y ]
                        Expr.concat 0 [ x * y; y ] ]))
                  [ [ 21 ]; [ 21 ] ])
          testCase "products of every form" (fun () ->
              for left, right in
                  [ [ 50; 2 ], [ 2 ]
                    [ 2; 50 ], [ 50 ]
                    [ 50; 30 ], [ 30 ]
                    [ 20; 30 ], [ 30; 40 ]
                    [ 2; 5; 7 ], [ 7; 6 ]
                    [ 9 ], [ 9; 20 ]
                    [ 100 ], [ 100 ] ] do
                  agreeOf $"{Shape.show left} by {Shape.show right}" (two (fun x y -> [ Expr.matmul x y + 1.0 ])) [ left; right ]

              agreeOf
                  "transposed"
                  (two (fun x y -> [ Expr.matmul (Expr.transpose x) y; Expr.matmul (Expr.transpose y) (x + 1.0) ]))
                  [ [ 30; 20 ]; [ 30; 10 ] ])
          testCase "a training step of linear regression" (fun () ->
              let step =
                  function
                  | [ x; y; w ] ->
                      let loss w = Expr.mean (Expr.square (Expr.matmul x w - y))
                      let value, gradient = valueAndGrad loss w
                      [ value; w - 0.1 * gradient ]
                  | _ -> []

              agreeOf "linear regression" step [ [ 100; 2 ]; [ 100 ]; [ 2 ] ])
          testCase "integers: sums, choices and comparisons are loops" (fun () ->
              let n = 37
              let x = Expr.variableOf "x" DType.Int64 [ n ]
              let y = Expr.variableOf "y" DType.Int64 [ n ]
              // Integers that differ in their sign bit alone, and those that are NaN as floats, among them.
              let special = [| 0L; Int64.MinValue; -1L; 0x7FF8000000000001L; 5L |]

              let values shift =
                  NDArray([ n ], Buffer.Int64(Array.init n (fun i -> special[(i * shift) % special.Length])))

              let roots =
                  [| x + y
                     x - y
                     -x
                     Expr.equal x y
                     Expr.notEqual x y
                     Expr.where (Expr.equal x y) x y
                     Expr.equal x (x.Literal 0.0) |]

              let plan = Compile.plan roots [| x; y |]

              let isLoop work =
                  match work with
                  | Work.Loop _ -> true
                  | _ -> false

              Expect.isTrue (plan.Program.Steps |> Array.forall isLoop) "every step is a loop"
              let given = [| values 1; values 3 |]
              let expected = interpret roots [| x; y |] given

              Array.iteri2
                  (fun i (a: NDArray) b -> Expect.isTrue (NDArray.identical a b) $"root {i}: {a} should be {b}")
                  (plan.Run given)
                  expected)
          testCase "reductions of single elements are views of what they reduce" (fun () ->
              let first = [ Slice.Range(None, None, -1); Slice.At 2 ]

              agreeOf
                  "of a view"
                  (one (fun x ->
                      let column = Expr.slice first x

                      [ Expr.meanOver [ 1 ] (Expr.expandDims 1 column)
                        Expr.maxOver [] column
                        Expr.sumOver [ 0 ] (Expr.expandDims 0 (Expr.transpose x)) ]))
                  [ [ 5; 7 ] ]

              // Of integers too: the sum is there as soon as its argument is.
              let n = Expr.variableOf "n" DType.Int64 []
              let mask = Expr.variableOf "mask" DType.Bool [ 3 ]
              let chosen = Expr.where mask (Expr.sum (n - n.Literal 3.0)) (n.Literal -8.0)
              let values = [| NDArray([], Buffer.Int64 [| 0L |]); NDArray([ 3 ], Buffer.Bool [| true; false; true |]) |]
              agree "of an integer" [| chosen |] [| n; mask |] values)
          testCase "integer sums wrap" (fun () ->
              let x = Expr.variableOf "x" DType.Int64 [ 3 ]
              let values = [| NDArray([ 3 ], Buffer.Int64 [| Int64.MaxValue; 1L; 1L |]) |]
              agree "a sum beyond the largest" [| Expr.sum x |] [| x |] values
              let total = Compile.expressions [| Expr.sum x |] [| x |] values |> Array.head
              Expect.equal total.Ints [| Int64.MinValue + 1L |] "wrapped")
          testCase "hundreds of sums in one graph" (fun () ->
              let x = Expr.variable "x" [ 1100 ]
              let sums = [| for i in 1..300 -> Expr.sum (x * (1.0 + float i)) |]
              let plan = Compile.plan sums [| x |]
              let value = draw (Random 2) DType.Float64 [ 1100 ] Domain.real

              // The smallest stack that code may count on.
              let mutable results = [||]
              let thread = Threading.Thread((fun () -> results <- plan.Run [| value |]), 512 * 1024)
              thread.Start()
              thread.Join()
              Array.iter2 (close "sum") results (interpret sums [| x |] [| value |]))
          testCase "a plan survives an error, and its results are its own" (fun () ->
              let x = Expr.variable "x" [ 3 ]
              let i = Expr.variableOf "i" DType.Int64 [ 2 ]
              let plan = Compile.plan [| Expr.pad [ 1, 1 ] (Expr.gather 0 i (x + 1.0)); x |] [| x; i |]
              let indices (data: int64[]) = NDArray([ 2 ], Buffer.Int64 data)
              let value = NDArray.ofFloats DType.Float64 [ 3 ] [| 1.0; 2.0; 3.0 |]
              let first = plan.Run [| value; indices [| 0L; 2L |] |]

              for bad in [ [| 0L; 3L |]; [| -1L; 0L |] ] do
                  Expect.throws<ArgumentException> (fun () -> plan.Run [| value; indices bad |] |> ignore) "out of range"
                  |> ignore

              let second = plan.Run [| NDArray.full DType.Float64 [ 3 ] 5.0; indices [| 1L; 1L |] |]
              Expect.equal first[0].Floats [| 0.0; 2.0; 4.0; 0.0 |] "the first result, as it was"
              Expect.equal second[0].Floats [| 0.0; 6.0; 6.0; 0.0 |] "after the errors")
          testCase "indices out of range are errors" (fun () ->
              let x = Expr.variable "x" [ 3 ]
              let i = Expr.variableOf "i" DType.Int64 [ 2 ]
              let plan = Compile.plan [| Expr.gather 0 i x |] [| x; i |]

              let run () =
                  plan.Run [| NDArray.full DType.Float64 [ 3 ] 1.0; NDArray([ 2 ], Buffer.Int64 [| 0L; 3L |]) |]
                  |> ignore

              let error = Expect.throws<ArgumentException> run "an index behind the last"
              Expect.isTrue (error.Message.Contains "0 .. 2") $"says what is allowed: {error.Message}"

              // Rows without elements have indices all the same.
              let empty = Expr.variable "empty" [ 0; 4 ]
              let along = Compile.plan [| Expr.gather 1 i empty |] [| empty; i |]
              let values = [| NDArray.full DType.Float64 [ 0; 4 ] 0.0; NDArray([ 2 ], Buffer.Int64 [| 0L; 4L |]) |]

              Expect.throws<ArgumentException> (fun () -> along.Run values |> ignore) "an index behind the last, of no rows"
              |> ignore)
          testCase "a step in place is the step of a pure function, and allocates nothing" (fun () ->
              let x, y = Expr.variable "x" [ 100; 2 ], Expr.variable "y" [ 100 ]
              let w = Expr.variable "w" [ 2 ]
              let value, gradient = valueAndGrad (fun w -> Expr.mean (Expr.square (Expr.matmul x w - y))) w
              let plan = Compile.plan [| value; w - 0.1 * gradient |] [| x; y; w |]
              let random = Random 5

              let values =
                  [ [ 100; 2 ]; [ 100 ]; [ 2 ] ]
                  |> List.map (fun shape -> draw random DType.Float64 shape Domain.real)
                  |> Array.ofList

              let stepper = CompiledStepper(plan, values, [ 2, 1 ], false)
              let mutable pure' = values[2]

              for _ in 1..7 do
                  pure' <- (plan.Run [| values[0]; values[1]; pure' |])[1]

              stepper.Run 7
              Expect.isTrue (NDArray.identical (stepper.Result 1) pure') "the same weights after 7 steps"
              let before = GC.GetAllocatedBytesForCurrentThread()
              stepper.Run 100
              Expect.equal (GC.GetAllocatedBytesForCurrentThread() - before) 0L "bytes allocated by 100 steps")
          testCase "parameters that a step exchanges or leaves alone" (fun () ->
              let a, b, c = Expr.variable "a" [ 3 ], Expr.variable "b" [ 3 ], Expr.variable "c" [ 3 ]
              let plan = Compile.plan [| b; a; c; a + b |] [| a; b; c |]
              let values = [| for i in 1.0 .. 3.0 -> NDArray.full DType.Float64 [ 3 ] i |]
              let stepper = CompiledStepper(plan, values, [ 0, 0; 1, 1; 2, 2 ], false)
              stepper.Run 3

              for root, expected in [ 0, 2.0; 1, 1.0; 2, 3.0; 3, 3.0 ] do
                  Expect.equal (stepper.Result root).Floats (Array.create 3 expected) $"root {root}")
          testCase "a step that pads its own state" (fun () ->
              // The zeros of a pad are written once; the buffer of an input, which holds other numbers, must not take their place.
              let x = Expr.variable "x" [ 3 ]
              let plan = Compile.plan [| Expr.pad [ 1, 0 ] (x.[0..1]) |] [| x |]

              let stepper =
                  CompiledStepper(plan, [| NDArray.ofFloats DType.Float64 [ 3 ] [| 1.0; 2.0; 3.0 |] |], [ 0, 0 ], false)

              stepper.Run 2
              Expect.equal (stepper.Result 0).Floats [| 0.0; 0.0; 1.0 |] "moved by two")
          testCase "many threads at once" (fun () ->
              let x = Expr.variable "x" [ 5000 ]
              let plan = Compile.plan [| Expr.sum (tanh x * x); exp (x - Expr.mean x) |] [| x |]
              let values = [| for i in 0..15 -> draw (Random i) DType.Float64 [ 5000 ] Domain.real |]
              let expected = values |> Array.map (fun value -> plan.Run [| value |])

              let check i =
                  let results = plan.Run [| values[i % 16] |]
                  Array.forall2 (fun (a: NDArray) b -> NDArray.identical a b) results expected[i % 16]

              let all =
                  System.Threading.Tasks.Parallel.For(
                      0,
                      400,
                      fun i ->
                          if not (check i) then
                              invalidOp $"run {i} differs"
                  )

              Expect.isTrue all.IsCompleted "every run gives its own result")
          testCase "explain names the ops that were fused" (fun () ->
              let x = Expr.variable "x" [ 10 ]
              let text = Plan.explain (Expr.sum (sin x * x))
              Expect.isTrue (text.Contains "loop over [10]: sin, multiply, sum") $"one loop: {text}")
          testCase "a compiled function checks what it is given" (fun () ->
              let x = Expr.variable "x" [ 3 ]
              let plan = Compile.plan [| x + 1.0 |] [| x |]

              Expect.throws<ShapeException> (fun () -> plan.Run [| NDArray.full DType.Float64 [ 2 ] 0.0 |] |> ignore) "another size"
              |> ignore) ]
