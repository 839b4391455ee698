module Fluxion.Tests.ThreadedLoopTests

open System
open System.Threading.Tasks
open FsCheck
open FsCheck.FSharp
open Fluxion
open Fluxion.Kernels

let private noCut (_: Loop) : Partition option = None

let private numbers (seed: int) (dtype: DType) (shape: Shape) : NDArray =
    let random = Random seed
    NDArray.ofFloats dtype shape (Array.init (Shape.size shape) (fun _ -> random.NextDouble() * 2.0 - 1.0))

let private identical name (actual: NDArray[]) (expected: NDArray[]) =
    Array.iteri2 (fun i (a: NDArray) e -> Expect.isTrue (NDArray.identical a e) $"{name}, root {i}: {a} should be {e}") actual expected

/// Cut as `cut` says, a plan gives the bits that it gives uncut, on every number of threads and every width.
let private sameBits name (cut: Loop -> Partition option) (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) =
    let expected = (Compile.planCut noCut Tier.Emitted Simd.Width roots variables).Run values

    for width, threads in Paths.all do
        let plan = Compile.planCut cut Tier.Emitted width roots variables
        Paths.on (width, threads) (fun () -> identical $"{name} ({width}, {threads} threads)" (plan.Run values) expected)

let private axesOf (shape: Shape) =
    [ [ 0 ]; [ shape.Length - 1 ]; [ shape.Length / 2 ]; [ 0; shape.Length - 1 ]; [ 0 .. shape.Length - 1 ] ]
    |> List.map List.distinct
    |> List.distinct

/// Values, sums, means and maxima along some axes, of `x` with a row and a column broadcast to it.
let private reductions (axes: int list) (x: Expr) (row: Expr) (column: Expr) : Expr[] =
    let y = x * row + column

    [| tanh y
       Expr.sumOver axes y
       Expr.meanOver axes (Expr.square x)
       Expr.maxOver axes y
       Expr.greater x row
       Expr.sumOver axes (exp x * column) |]

let private trial name cut dtype (shape: Shape) (axes: int list) =
    let rank = shape.Length
    let row = [ List.last shape ]
    let column = List.mapi (fun axis size -> if axis = rank - 1 then 1 else size) shape
    let shapes = [ shape; row; column ]
    let variables = shapes |> List.mapi (fun i shape -> Expr.variableOf $"x{i}" dtype shape) |> Array.ofList
    let values = shapes |> List.mapi (fun i shape -> numbers i dtype shape) |> Array.ofList

    sameBits
        $"{name}, {dtype} {Shape.show shape} along {axes}"
        cut
        (reductions axes variables[0] variables[1] variables[2])
        variables
        values

let private shapes =
    gen {
        let! rank = Gen.choose (1, 3)
        let long, short = Gen.elements [ 63; 64; 65; 200; 700 ], Gen.choose (1, 40)
        let! shape = Gen.listOfLength rank (Gen.frequency [ 1, long; 2, short ])
        let! dtype = Gen.elements [ DType.Float32; DType.Float64 ]
        let! pick = Gen.choose (0, 100)
        let axes = axesOf shape
        return dtype, shape, axes[pick % axes.Length]
    }

let private isCut (plan: CompiledPlan) =
    plan.Program.Steps
    |> Array.exists (fun work ->
        match work with
        | Work.Loop(loop, _) -> (Partition.tryOf loop).IsSome
        | _ -> false)

let private sigmoidTanh (x: Expr) = Expr.sum (Expr.sigmoid x * tanh x)

let private gradientOf dtype (size: int) =
    let x = Expr.variableOf "x" dtype [ size ]
    let value, gradient = valueAndGrad sigmoidTanh x
    [| value; gradient |], x, numbers 3 dtype [ size ]

let tests =
    testList
        "Run/ThreadedLoop"
        [ testPropertyWith (Config.Quick.WithMaxTest 25) "every cut gives the bits of the whole loop"
          <| Prop.forAll (Arb.fromGen shapes) (fun (dtype, shape, axes) -> trial "cut" Partition.tryCut dtype shape axes)

          testCase "large arrays of odd sizes are cut along each kind of axis"
          <| fun () ->
              for dtype, shape in
                  [ DType.Float32, [ 300_007 ]
                    DType.Float64, [ 100_003; 3 ]
                    DType.Float32, [ 3; 100_003 ]
                    DType.Float32, [ 1021; 257 ]
                    DType.Float64, [ 61; 5; 1009 ] ] do
                  for axes in axesOf shape do
                      trial "large" Partition.tryOf dtype shape axes

          testCase "only what is worth it is cut"
          <| fun () ->
              for size, expected in [ 1000, false; 1_000_000, true ] do
                  let roots, x, _ = gradientOf DType.Float32 size
                  let plan = Compile.plan roots [| x |]
                  Expect.equal (isCut plan) expected $"{size} elements"
                  Expect.equal ((Plan.explainPlan plan).Contains "on several threads") expected "explain says so"

          testCase "chunks of a reduction are joined as its tree joins them, whatever their number"
          <| fun () ->
              for size in [ 64 * 16 * 64; 64 * 16 * 64 + 1; 64 * 16 * 129 - 5; 64 * 16 * 3 + 17 ] do
                  for level in [ 0; 1; 3; 5 ] do
                      let cut (loop: Loop) =
                          if Loop.isOneBlock loop then
                              None
                          else
                              Some(Partition.Blocks(level, ((Loop.blocks loop - 1) >>> level) + 1))

                      let x = Expr.variableOf "x" DType.Float32 [ size ]

                      sameBits
                          $"{size} in chunks of 2^{level}"
                          cut
                          [| Expr.sum x; Expr.max x |]
                          [| x |]
                          [| numbers 5 DType.Float32 [ size ] |]

          testCase "a warm step allocates nothing, on any number of threads"
          <| fun () ->
              let roots, x, value = gradientOf DType.Float32 200_000
              let stepper = CompiledStepper(Compile.planAt Tier.Emitted Simd.Width roots [| x |], [| value |], [], false)

              for threads in [ 1; 2; 3 ] do
                  Paths.on (Simd.Width, threads) (fun () ->
                      stepper.Run 5
                      Expect.allocatesNothing (fun () -> stepper.Run 1) $"on {threads} threads")

          testCase "a plan called from many threads at once, each of which would share its loops"
          <| fun () ->
              let roots, x, _ = gradientOf DType.Float64 60_000
              let plan = Compile.planAt Tier.Emitted Simd.Width roots [| x |]
              Expect.isTrue (isCut plan) "its loop is cut"
              let values = [| for seed in 0..7 -> [| numbers seed DType.Float64 [ 60_000 ] |] |]
              let expected = values |> Array.map plan.Run

              Paths.on (Simd.Width, 3) (fun () ->
                  let results = Array.zeroCreate 64
                  Parallel.For(0, 64, (fun i -> results[i] <- plan.Run values[i % 8])) |> ignore
                  results |> Array.iteri (fun i result -> identical $"run {i}" result expected[i % 8])) ]
