/// Costs counted before anything is compiled.
module Fluxion.Tests.CostTests

open System
open Fluxion

let private v (name: string) (shape: Shape) = Expr.variable name shape
let private x, w, a = v "x" [ 10; 4 ], v "w" [ 4; 3 ], v "a" [ 30; 30 ]
let private key = Random.key 1
let private uniform = Random.uniform (-1.0, 1.0) [ 50 ] key

// By hand. Factorizations are the leading terms of Golub and Van Loan's "Matrix Computations".
let private counts: (string * int64 * Expr list) list =
    [ "a sum", 40L, [ x + x ]
      "a broadcast number", 40L, [ 2.0 * x ]
      "a product: 2 m n k", 2L * 10L * 4L * 3L, [ Expr.matmul x w ]
      "a batch of products", 5L * 2L * 10L * 4L * 3L, [ Expr.matmul (v "batch" [ 5; 10; 4 ]) w ]
      "a reduction", 40L, [ Expr.sum x ]
      "what moves elements", 0L, [ Expr.reshape [ 5; 8 ] (Expr.transpose x); Expr.gather 0 (tensor [ 1; 1 ]) x ]
      "what is shared", 40L + 40L, [ (let y = x + x in y * y) ]
      "what is the same", 40L + 40L, [ (x + x) * (x + x) ]
      "a convolution: twice the windows' elements",
      2L * (2L * 4L * 6L * 6L) * (3L * 3L * 3L),
      [ Expr.conv2d Conv2d.defaults (v "k" [ 4; 3; 3; 3 ]) (v "images" [ 2; 3; 8; 8 ]) ]
      "the largest of windows", 2L * 3L * 4L * 4L * 4L, [ Expr.maxPool2d (Pool2d.window (2, 2)) (v "images" [ 2; 3; 8; 8 ]) ]
      "a gradient by them: largest numbers, where they stand, twice the numbers, and putting them there",
      3L * 2L * 3L * 4L * 4L * 4L + 2L * 3L * 4L * 4L,
      [ grad (fun images -> Expr.sum (Expr.square (Expr.maxPool2d (Pool2d.window (2, 2)) images))) (v "images" [ 2; 3; 8; 8 ]) ]
      "solve: 2/3 n³ + 2 n² k", 18_000L + 2L * 900L * 2L, [ Expr.solve a (v "b" [ 30; 2 ]) ]
      "systems of one matrix and its transpose, which are factored once",
      18_000L + 2L * 2L * 900L * 2L,
      [ Expr.solve a (v "b" [ 30; 2 ]); grad (fun b -> Expr.sum (Expr.solve a b)) (v "b" [ 30; 2 ]) ]
      "a triangle: n² k", 900L * 2L, [ Expr.triangularSolve Triangle.lower a (v "b" [ 30; 2 ]) ]
      "cholesky: n³/3", 9_000L, [ Expr.cholesky a ]
      "its tangent: 2/3 n³ more", 9_000L + 18_000L, [ snd (jvp Expr.cholesky a (v "t" [ 30; 30 ])) ]
      "determinant: 2/3 n³", 18_000L, [ Expr.determinant a ]
      "inverse: 2 n³", 54_000L, [ Expr.inverse a ]
      "qr: 4 m n² - 4/3 n³", 4L * 40L * 100L - 1333L, Params.toList (Expr.qr (v "m" [ 40; 10 ]))
      "eigh: 9 n³", 9L * 27_000L, Params.toList (Expr.eigh a)
      "svd: 6 m n² + 20 n³", 6L * 40L * 100L + 20_000L, Params.toList (Expr.svd (v "m" [ 40; 10 ]))
      "sort: n log n", 3L * 64L * 6L, [ Expr.sort 1 (v "rows" [ 3; 64 ]) ]
      "uniform numbers: ten rounds of ten, five, and their bounds", (105L + 2L) * 50L, [ uniform ]
      "a permutation: numbers to be sorted", (105L + 6L) * 64L, [ Random.permutation 64 key ] ]

let private loop count = repeat count (fun _ y -> y * y + 1.0) x

// Forty layers, in blocks of ten that are wrapped or not.
let private layers (wrap: (Expr -> Expr) -> Expr -> Expr) (w: Expr) : Expr =
    let block h = Seq.fold (fun h _ -> tanh (Expr.matmul h w)) h [ 1..10 ]
    Seq.fold (fun h _ -> wrap block h) (v "input" [ 64; 64 ]) [ 1..4 ] |> Expr.sum

let private allocatedBy (plan: CompiledPlan) (values: NDArray[]) : int64 =
    let before = GC.GetAllocatedBytesForCurrentThread()
    plan.Run(values, [||]) |> ignore
    GC.GetAllocatedBytesForCurrentThread() - before

// What a plan allocates when it first runs is its arrays, and a little for each step.
let private isAllocated (loss: Losses.Loss) =
    let value, gradient = valueAndGrad loss.Function loss.Parameters
    let roots = Array.ofList (value :: gradient)
    let variables = Graph.variables roots |> Array.ofList
    let values = variables |> Array.map (fun variable -> NDArray.full variable.DType variable.Shape 0.1)
    let fresh () = Compile.plan roots variables
    // What is made once for all plans.
    allocatedBy (fresh ()) values |> ignore
    let allocated, peak = allocatedBy (fresh ()) values, Cost.peakMemory (value, gradient)
    Expect.isTrue (peak <= allocated && allocated <= peak + 40_000L) $"{loss.Name}: {allocated} bytes allocated, {peak} foretold"

let tests =
    testList
        "Cost"
        [ testList
              "counts"
              [ for name, expected, results in counts do
                    testCase name (fun () -> Expect.equal (Cost.flops results) expected "flops") ]

          testCase "a loop costs its steps" (fun () ->
              // The steps are counted, too.
              Expect.equal (Cost.flops (loop 7)) (7L * (80L + 1L)) "flops")

          testCase "an exponential is more than a sum" (fun () ->
              Expect.isTrue (Cost.flops (exp x) > 10L * Cost.flops (x + x)) $"{Cost.flops (exp x)}")

          testCase "a normal number is more than a uniform one" (fun () ->
              let normal = Cost.flops (Random.normal [ 50 ] key)
              Expect.isTrue (normal > Cost.flops uniform + 50L * 40L) $"{normal} and {Cost.flops uniform}")

          testCase "memory is that of results and of what stands between steps" (fun () ->
              Expect.equal (Cost.peakMemory (x |> sin |> cos |> exp)) (8L * 40L) "a loop keeps its numbers in registers"
              Expect.equal (Cost.peakMemory (Expr.sum (Expr.matmul (exp x) w))) (8L * (40L + 1L)) "one array, and the sum"
              Expect.equal (Cost.peakMemory [ x + 1.0; x - 1.0 ]) (2L * 8L * 40L) "results"
              Expect.equal (Cost.peakMemory x) 0L "leaves")

          testCase "a graph that is evaluated node by node needs what is alive together" (fun () ->
              let chain = Seq.fold (fun y i -> y + float i) x [ 1..60_000 ]
              Expect.equal (Cost.peakMemory chain) (2L * 8L * 40L) "each only until the next")

          testCase "checkpoints take less memory and more arithmetic" (fun () ->
              let plain, wrapped =
                  valueAndGrad (layers id) (v "w" [ 64; 64 ]), valueAndGrad (layers checkpoint) (v "w" [ 64; 64 ])

              Expect.isTrue
                  (Cost.peakMemory wrapped < Cost.peakMemory plain)
                  $"{Cost.peakMemory wrapped} and {Cost.peakMemory plain} bytes"

              Expect.isTrue (Cost.flops wrapped > Cost.flops plain) $"{Cost.flops wrapped} and {Cost.flops plain} flops")

          testList
              "memory is what a plan allocates"
              [ for loss in Losses.benchmarks do
                    testCase loss.Name (fun () -> isAllocated loss) ]

          testCase "is explained by op, in the names of variables" (fun () ->
              let lines = (Cost.explain (Expr.sum (Expr.matmul x w + 1.0))).Split '\n'
              Expect.equal lines[0] "300 flops, 8 bytes at a time" "the total"
              Expect.equal lines[1] "matmul: 240 flops, 80.0 %, once: x w, [10, 3]" "costliest first"
              Expect.equal lines.Length 4 "one line an op, and the total")

          testCase "is explained by result, in the names of fields" (fun () ->
              let y = exp x
              let lines = (Cost.explain {| Double = 2.0 * y; Exponential = y |}).Split '\n'
              let exponential = Cost.flops y
              Expect.isTrue (lines[1].StartsWith $"to Double: {exponential + 40L} flops") lines[1]
              Expect.equal lines[2] "to Exponential: 0 flops, 0.0 %" "nothing beyond the first") ]
