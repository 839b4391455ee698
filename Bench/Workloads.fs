/// The problems that Fluxion is timed on, each beside the loop one would write by hand for it.
module Fluxion.Bench.Workloads

open Fluxion
open Fluxion.Bench.ByHand

let private numbers (random: System.Random) (dtype: DType) (shape: Shape) =
    NDArray.ofFloats dtype shape (Array.init (Shape.size shape) (fun _ -> random.NextDouble() * 2.0 - 1.0))

let private variableOf (name: string) (value: NDArray) = Expr.variableOf name value.DType value.Shape

let private floats (array: NDArray) = Array.map float32 array.Floats

// A step of gradient descent on weights, rows and targets being inputs.
let private descent name rate (loss: Expr -> Expr -> Expr -> Expr) (x: NDArray) (y: NDArray) (w: NDArray) byHand =
    let variables = [| variableOf "x" x; variableOf "y" y; variableOf "w" w |]
    let value, gradient = valueAndGrad (loss variables[0] variables[1]) variables[2]

    let start () =
        Stepper(Compile.plan [| value; variables[2] - rate * gradient |] variables, [| x; y; w |], [ 2, 1 ])

    let stepper, weights = start (), floats w

    { Name = name
      Compiled = stepper.Run
      ByHand =
        fun count ->
            for _ in 1..count do
                byHand weights |> ignore
      Agree =
        fun () ->
            let stepper, weights = start (), floats w
            stepper.Run 1
            let loss: float32 = byHand weights

            List.ofArray (Array.append (stepper.Result 0).Floats (stepper.Result 1).Floats), float loss :: [ for w in weights -> float w ] }

/// A step of least squares, 100 rows of two numbers.
let linearRegression =
    let random = System.Random 1

    let x, y, w =
        numbers random DType.Float32 [ 100; 2 ], numbers random DType.Float32 [ 100 ], numbers random DType.Float32 [ 2 ]

    let xs, ys = floats x, floats y
    let loss x y w = Expr.mean (Expr.square (Expr.matmul x w - y))
    descent "linreg100" 0.1 loss x y w (fun w -> Loops.LinearRegression(xs, ys, w, 0.1f))

/// A step of logistic regression, 569 rows of 30 numbers.
let logisticRegression =
    let random = System.Random 4
    let x, w = numbers random DType.Float32 [ 569; 30 ], numbers random DType.Float32 [ 30 ]
    let y = NDArray.ofFloats DType.Float32 [ 569 ] (Array.init 569 (fun i -> float (i % 2)))
    let xs, ys, logits = floats x, floats y, Array.zeroCreate 569

    let loss x y w =
        let z = Expr.matmul x w
        Expr.mean (Expr.softplus z - y * z)

    descent "logreg" 0.1 loss x y w (fun w -> Loops.LogisticRegression(xs, ys, w, logits, 0.1f))

// A function's value and gradient, with the arguments held.
let private gradients name (f: Expr[] -> Expr) (values: NDArray[]) (byHand: unit -> float list) =
    let variables = values |> Array.mapi (fun i value -> variableOf $"x{i}" value)
    let value, gradient = valueAndGrad f variables
    let roots = Array.append [| value |] gradient
    let stepper = Stepper(Compile.plan roots variables, values, [])

    { Name = name
      Compiled = stepper.Run
      ByHand =
        fun count ->
            for _ in 1..count do
                byHand () |> ignore
      Agree =
        fun () ->
            stepper.Run 1

            [ for i in 0 .. roots.Length - 1 do
                  yield! (stepper.Result i).Floats ],
            byHand () }

/// sin((x + y) z) of three numbers.
let scalar =
    let values = [| 0.3; 0.4; 0.7 |] |> Array.map (fun value -> NDArray.full DType.Float64 [] value)
    let gradient = Array.zeroCreate 3
    let run () = Loops.Scalar(0.3, 0.4, 0.7, gradient)

    { gradients "scalar" (fun v -> sin ((v[0] + v[1]) * v[2])) values (fun () -> run () :: List.ofArray gradient) with
        ByHand =
            fun count ->
                for _ in 1..count do
                    run () |> ignore }

/// Rosenbrock's function of 1,000 numbers.
let rosenbrock =
    let x = numbers (System.Random 2) DType.Float64 [ 1000 ]

    let f (v: Expr[]) =
        let head, tail = v[0][..998], v[0][1..]
        Expr.sum (100.0 * Expr.square (tail - Expr.square head) + Expr.square (1.0 - head))

    let gradient = Array.zeroCreate 1000

    { gradients "rosenbrock_gradient" f [| x |] (fun () -> Loops.Rosenbrock(x.Floats, gradient) :: List.ofArray gradient) with
        ByHand =
            fun count ->
                for _ in 1..count do
                    Loops.Rosenbrock(x.Floats, gradient) |> ignore }

/// The sum of sigmoid(x w + b) tanh(x) over a million numbers.
let elementwise =
    let x = numbers (System.Random 3) DType.Float32 [ 1_000_000 ]
    let w, b = NDArray.full DType.Float32 [] 0.5, NDArray.full DType.Float32 [] 0.1
    let xs, gradient, sums = Array.map float32 x.Floats, Array.zeroCreate 1_000_000, Array.zeroCreate 2
    let run () = Loops.Elementwise(xs, 0.5f, 0.1f, gradient, sums)

    let byHand () =
        let value = float (run ())
        value :: [ for g in gradient -> float g ] @ [ float sums[0]; float sums[1] ]

    { gradients "elementwise" (fun v -> Expr.sum (Expr.sigmoid (v[0] * v[1] + v[2]) * tanh v[0])) [| x; w; b |] byHand with
        ByHand =
            fun count ->
                for _ in 1..count do
                    run () |> ignore }

/// A step of a network of two numbers, ten, ten and one, on 50 points.
let perceptron =
    let random = System.Random 5
    let draw shape = numbers random DType.Float32 shape
    let values = [| draw [ 50; 2 ]; draw [ 50; 1 ]; draw [ 2; 10 ]; draw [ 10; 10 ]; draw [ 10; 1 ] |]
    let variables = values |> Array.mapi (fun i value -> variableOf $"v{i}" value)

    let loss (weights: Expr list) =
        let hidden = weights |> List.take 2 |> List.fold (fun x w -> tanh (Expr.matmul x w)) variables[0]
        Expr.mean (Expr.square (Expr.matmul hidden (List.last weights) - variables[1]))

    let weights = List.ofArray variables[2..]
    let value, gradient = valueAndGrad loss weights
    let moved = List.map2 (fun (w: Expr) g -> w - 0.1 * g) weights gradient

    let start () =
        Stepper(Compile.plan (Array.ofList (value :: moved)) variables, values, [ 2, 1; 3, 2; 4, 3 ])

    let byHand () =
        Perceptron(floats values[0], floats values[1], floats values[2], floats values[3], floats values[4])

    let stepper, network = start (), byHand ()

    { Name = "mlp_small"
      Compiled = stepper.Run
      ByHand =
        fun count ->
            for _ in 1..count do
                network.Step 0.1f |> ignore
      Agree =
        fun () ->
            let stepper, network = start (), byHand ()
            stepper.Run 1
            let loss = network.Step 0.1f

            [ for root in 0..3 do
                  yield! (stepper.Result root).Floats ],
            float loss :: [ for w in network.Weights -> float w ] }

let all = [ linearRegression; scalar; logisticRegression; perceptron; elementwise; rosenbrock ]
