module Fluxion.Tests.WindowStepsTests

open System
open System.Collections.Generic
open Fluxion

let private draw (dtype: DType) (shape: Shape) = NDArray.ofFloats dtype shape (Paths.numbers<float> 3 (Shape.size shape))

let private interpret (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) =
    let inputs = Dictionary<Variable, NDArray>()

    for variable, value in Array.zip variables values do
        match variable.Node with
        | Node.Variable key -> inputs[key] <- value
        | _ -> ()

    Interpreter.run roots inputs

// Interpreted sums are in float64, one term after the other.
let private agree (name: string) (tolerance: float) (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) =
    let plan = Compile.plan roots variables
    let expected = interpret roots variables values

    let numbers () = plan.Run values |> Array.collect (fun result -> result.Floats)
    let actual = Paths.expectSameBits numbers name

    for a, e in Array.zip actual (expected |> Array.collect (fun result -> result.Floats)) do
        Expect.close tolerance a e name

let private tolerance (dtype: DType) = if dtype = DType.Float32 then 1e-4 else 1e-12

let private options stride padding dilation groups : Conv2dOptions =
    { Stride = stride; Padding = padding; Dilation = dilation; Groups = groups }

let private convolutions: (Conv2dOptions * Shape * Shape) list =
    [ Conv2d.defaults, [ 2; 1; 9; 11 ], [ 3; 1; 3; 5 ]
      options (2, 1) (1, 2) (1, 1) 1, [ 2; 3; 8; 9 ], [ 4; 3; 3; 3 ]
      options (1, 3) (2, 0) (2, 3) 2, [ 1; 4; 9; 12 ], [ 2; 2; 3; 2 ]
      options (1, 1) (1, 1) (1, 1) 3, [ 2; 3; 5; 7 ], [ 3; 1; 3; 3 ]
      options (1, 1) (0, 0) (1, 1) 1, [ 3; 5; 4; 4 ], [ 2; 5; 1; 1 ]
      // Enough work for threads.
      options (1, 1) (1, 1) (1, 1) 1, [ 24; 4; 20; 20 ], [ 8; 4; 3; 3 ]
      // More terms than one chain of sums has, for y and for the images' cotangent.
      options (1, 1) (1, 2) (1, 1) 1, [ 1; 12; 6; 7 ], [ 2; 12; 5; 5 ]
      options (1, 1) (0, 0) (1, 1) 1, [ 2; 2; 6; 9 ], [ 20; 2; 4; 4 ]
      // Nothing to sum over, nothing to sum, nothing at all.
      Conv2d.defaults, [ 2; 0; 3; 3 ], [ 2; 0; 2; 2 ]
      Conv2d.defaults, [ 0; 1; 3; 3 ], [ 2; 1; 2; 2 ]
      Conv2d.defaults, [ 2; 1; 3; 3 ], [ 0; 1; 2; 2 ] ]

let private poolings: (Pool2dOptions * Shape) list =
    [ Pool2d.window (2, 2), [ 2; 3; 8; 10 ]
      { Window = 3, 2; Stride = 2, 1; Padding = 1, 1 }, [ 1; 2; 7; 5 ]
      { Window = 2, 3; Stride = 1, 3; Padding = 0, 1 }, [ 2; 1; 5; 40 ]
      // Enough work for threads.
      Pool2d.window (2, 2), [ 40; 8; 32; 32 ]
      Pool2d.window (2, 2), [ 0; 3; 4; 4 ] ]

// The op, and the gradients of a sum that weights its results.
let private withGradients (f: Expr list -> Expr) (variables: Expr list) =
    let y = f variables
    let weights = Expr.constant (draw y.DType y.Shape)
    y :: grad (fun v -> Expr.sum (weights * f v)) variables |> Array.ofList

let private variables (dtype: DType) (shapes: Shape list) = shapes |> List.mapi (fun i shape -> Expr.variableOf $"x{i}" dtype shape)

let tests =
    testList
        "WindowSteps"
        [ for dtype in [ DType.Float32; DType.Float64 ] do
              testCase $"convolutions of {dtype} and their gradients" (fun () ->
                  for options, x, kernel in convolutions do
                      let inputs = variables dtype [ x; kernel ]
                      let roots = withGradients (fun v -> Expr.conv2d options v[1] v[0]) inputs
                      let name = $"conv2d {options} of {Shape.show x} and {Shape.show kernel}"
                      agree name (tolerance dtype) roots (Array.ofList inputs) [| draw dtype x; draw dtype kernel |])

              testCase $"poolings of {dtype} and their gradients" (fun () ->
                  for options, x in poolings do
                      let inputs = variables dtype [ x ]

                      for pool in [ Expr.maxPool2d; Expr.avgPool2d ] do
                          let roots = withGradients (fun v -> pool options v.Head) inputs
                          agree $"{roots[0]} of {Shape.show x}" (tolerance dtype) roots (Array.ofList inputs) [| draw dtype x |])

          testCase "maxima and winners are found by one step" (fun () ->
              let x = Expr.variable "x" [ 1; 2; 4; 4 ]
              let pooled = Expr.maxPool2d (Pool2d.window (2, 2))
              let value, gradient = valueAndGrad (fun x -> Expr.sum (pooled (x + 1.0))) x
              let explained = Plan.explainPlan (Compile.plan [| value; gradient |] [| x |])
              Expect.equal (explained.Split("maxPool2d of").Length - 1) 1 $"maxPool2d once in {explained}"
              Expect.equal (explained.Split("maxPool2dGradient of").Length - 1) 1 $"its gradient a step of its own in {explained}"
              Expect.isTrue (not (explained.Contains "plain evaluation")) $"all compiled: {explained}")

          testCase "explain counts a convolution's arithmetic and memory" (fun () ->
              let x, kernel = Expr.variable "x" [ 2; 4; 5; 5 ], Expr.variable "kernel" [ 6; 2; 3; 3 ]
              let explained = Plan.explain (Expr.conv2d { Conv2d.defaults with Groups = 2 } kernel x)
              // 2·6·3·3 results of 2·3·3 products, and 200 + 108 + 108 numbers of eight bytes.
              Expect.isTrue (explained.Contains "3888 flops, 3328 bytes") explained)

          testCase "training a convolution in place is the step of a pure function, and allocates nothing" (fun () ->
              let x, kernel = Expr.variable "x" [ 4; 2; 8; 8 ], Expr.variable "kernel" [ 3; 2; 3; 3 ]

              let loss kernel =
                  let largest = Expr.maxPool2d (Pool2d.window (2, 2)) (Expr.conv2d Conv2d.defaults kernel x)
                  Expr.mean (Expr.square (Expr.avgPool2d (Pool2d.window (3, 3)) largest))

              let value, gradient = valueAndGrad loss kernel
              let plan = Compile.plan [| value; kernel - 0.1 * gradient |] [| x; kernel |]
              let values = [| draw DType.Float64 x.Shape; draw DType.Float64 kernel.Shape |]
              let stepper = CompiledStepper(plan, values, [ 1, 1 ], false)
              let mutable pure' = values[1]

              for _ in 1..5 do
                  pure' <- (plan.Run [| values[0]; pure' |])[1]

              stepper.Run 5
              Expect.isTrue (NDArray.identical (stepper.Result 1) pure') "the same kernel after 5 steps"
              let before = GC.GetAllocatedBytesForCurrentThread()
              stepper.Run 20
              Expect.equal (GC.GetAllocatedBytesForCurrentThread() - before) 0L "bytes allocated by 20 steps") ]
