/// The problems that Fluxion is timed on, each beside the loop one would write by hand for it.
module Fluxion.Bench.Workloads

open Fluxion
open Fluxion.Kernels
open Fluxion.Bench.ByHand

let private numbers (random: System.Random) (dtype: DType) (shape: Shape) =
    NDArray.ofFloats dtype shape (Array.init (Shape.size shape) (fun _ -> random.NextDouble() * 2.0 - 1.0))

let private variableOf (name: string) (value: NDArray) = Expr.variableOf name value.DType value.Shape

let private floats (array: NDArray) = Array.map float32 array.Floats

// The plan of roots, with code of its own from the start, run on values with some inputs replaced by roots after each step.
let private compiled (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) (updates: (int * int) list) (shown: int) =
    let plan = Compile.planAt Tier.Emitted Simd.Width roots variables
    let stepper = CompiledStepper(plan, values, updates, false)

    let numbers () =
        let fresh = CompiledStepper(plan, values, updates, false)
        fresh.Run 1
        Array.init shown (fun root -> (fresh.Result root).Floats) |> Array.concat

    { Run = stepper.Run; Values = numbers }, (fun () -> Plan.explainPlan plan)

let private repeat (run: unit -> unit) (count: int) =
    for _ in 1..count do
        run ()

// A loop by hand that moves weights in place, and gives the loss before it.
let private descentByHand (start: NDArray) (step: float32[] -> float32) : Side =
    let weights = floats start

    let values () =
        let weights = floats start
        let loss = step weights
        Array.append [| float loss |] (Array.map float weights)

    { Run = repeat (fun () -> step weights |> ignore); Values = values }

// A step of training: the update of all weights is part of the plan.
let private training
    name
    (optimizer: Optimizer<Expr list, 'state>)
    (loss: Expr -> Expr -> Expr list -> Expr)
    (x: NDArray, y: NDArray, weights: NDArray[])
    limit
    facade
    =
    let starts = weights |> Array.map Expr.constant |> List.ofArray
    let state = optimizer.Init starts |> Params.toList |> List.map (eval >> Expr.value) |> Array.ofList
    let values = Array.concat [ [| x; y |]; weights; state ]
    let variables = values |> Array.mapi (fun i value -> variableOf $"v{i}" value)
    let parameters = List.ofArray variables[2 .. 1 + weights.Length]
    let remembered = Params.ofList (optimizer.Init starts) (List.ofArray variables[2 + weights.Length ..])
    let value, gradient = valueAndGrad (loss variables[0] variables[1]) parameters
    let moved, next = optimizer.Update gradient remembered parameters
    let roots = Array.ofList (value :: moved @ Params.toList next)
    let updates = [ for i in 1 .. roots.Length - 1 -> i + 1, i ]
    let side, explain = compiled roots variables values updates (1 + weights.Length)

    { Name = name
      Compiled = side
      Explain = explain
      Limit = limit
      Facade = facade
      Inputs = Array.append [| x; y |] weights }

// A function's value and gradient, with the arguments held.
let private gradients name (f: Expr[] -> Expr) (values: NDArray[]) limit =
    let variables = values |> Array.mapi (fun i value -> variableOf $"x{i}" value)
    let value, gradient = valueAndGrad f variables
    let roots = Array.append [| value |] gradient
    let side, explain = compiled roots variables values [] roots.Length

    { Name = name
      Compiled = side
      Explain = explain
      Limit = Some limit
      Facade = None
      Inputs = values }

/// A step of least squares, 100 rows of two numbers.
let private linearRegression () =
    let random = System.Random 1

    let x, y, w =
        numbers random DType.Float32 [ 100; 2 ], numbers random DType.Float32 [ 100 ], numbers random DType.Float32 [ 2 ]

    let xs, ys = floats x, floats y
    let loss x y (weights: Expr list) = Expr.mean (Expr.square (Expr.matmul x weights.Head - y))
    let step = descentByHand w (fun w -> Loops.LinearRegression(xs, ys, w, 0.1f))

    let facade =
        StepByStep.train (StepByStep.descent 0.1) (fun x y w -> Fluxion.Api.Loss.MeanSquaredError(y, x.MatMul w[0])) (x, y, [| w |])

    training "linreg100" (Optimizer.sgd (scalar 0.1)) loss (x, y, [| w |]) (Some step) (Some facade)

/// A step of logistic regression, 569 rows of 30 numbers.
let private logisticRegression () =
    let random = System.Random 4
    let x, w = numbers random DType.Float32 [ 569; 30 ], numbers random DType.Float32 [ 30 ]
    let y = NDArray.ofFloats DType.Float32 [ 569 ] (Array.init 569 (fun i -> float (i % 2)))
    let xs, ys, logits = floats x, floats y, Array.zeroCreate 569

    let loss x y (weights: Expr list) =
        let z = Expr.matmul x weights.Head
        Expr.mean (Expr.softplus z - y * z)

    let step = descentByHand w (fun w -> Loops.LogisticRegression(xs, ys, w, logits, 0.1f))

    let facade =
        StepByStep.train
            (StepByStep.descent 0.1)
            (fun x y w -> Fluxion.Api.Loss.BinaryCrossEntropyWithLogits(y, x.MatMul w[0]))
            (x, y, [| w |])

    training "logreg" (Optimizer.sgd (scalar 0.1)) loss (x, y, [| w |]) (Some step) (Some facade)

let private labels (count: int) = NDArray([ count ], Buffer.Int32(Array.init count (fun i -> i * 7 % 10)))

/// A step of softmax regression with momentum, 64 pictures of 64 pixels in ten classes.
let private softmaxDigits () =
    let random = System.Random 6

    let x, w, b =
        numbers random DType.Float32 [ 64; 64 ], numbers random DType.Float32 [ 64; 10 ], numbers random DType.Float32 [ 10 ]

    let loss x y (weights: Expr list) = Loss.softmaxCrossEntropy y (Expr.matmul x weights[0] + weights[1])

    let facade =
        StepByStep.train
            (StepByStep.momentum 0.1)
            (fun x y w -> Fluxion.Api.Loss.SoftmaxCrossEntropy(y, x.MatMul w[0] + w[1]))
            (x, labels 64, [| w; b |])

    training "softmax_digits" (Optimizer.momentum (scalar 0.1) 0.9) loss (x, labels 64, [| w; b |]) None (Some facade)

/// A step of a network of two numbers, ten, ten and one, on 50 points.
let private smallPerceptron () =
    let random = System.Random 5
    let draw shape = numbers random DType.Float32 shape
    let x, y, weights = draw [ 50; 2 ], draw [ 50; 1 ], [| draw [ 2; 10 ]; draw [ 10; 10 ]; draw [ 10; 1 ] |]

    let loss x y (weights: Expr list) =
        let hidden = weights |> List.take 2 |> List.fold (fun x w -> tanh (Expr.matmul x w)) x
        Expr.mean (Expr.square (Expr.matmul hidden (List.last weights) - y))

    let start () = Perceptron(floats x, floats y, floats weights[0], floats weights[1], floats weights[2])
    let network = start ()

    let values () =
        let network = start ()
        let loss = network.Step 0.1f
        Array.append [| float loss |] (Array.map float network.Weights)

    let limit = { Run = repeat (fun () -> network.Step 0.1f |> ignore); Values = values }

    let facade =
        StepByStep.train
            (StepByStep.descent 0.1)
            (fun x y w -> Fluxion.Api.Loss.MeanSquaredError(y, x.MatMul(w[0]).Tanh().MatMul(w[1]).Tanh().MatMul(w[2])))
            (x, y, weights)

    training "mlp_small" (Optimizer.sgd (scalar 0.1)) loss (x, y, weights) (Some limit) (Some facade)

// Numbers between -0.1 and 0.1, as weights of a network start.
let private small (random: System.Random) (shape: Shape) =
    let values = numbers random DType.Float32 shape
    NDArray.ofFloats DType.Float32 shape (Array.map (fun value -> value * 0.1) values.Floats)

/// A step of Adam on a network of 784, 256, 128 and 10, on 64 pictures.
let private largePerceptron () =
    let random = System.Random 7
    let draw = small random
    let x, y = numbers random DType.Float32 [ 64; 784 ], labels 64

    let weights =
        [| draw [ 784; 256 ]; draw [ 256 ]; draw [ 256; 128 ]; draw [ 128 ]; draw [ 128; 10 ]; draw [ 10 ] |]

    let loss x y (w: Expr list) =
        let hidden = Expr.relu (Expr.matmul (Expr.relu (Expr.matmul x w[0] + w[1])) w[2] + w[3])
        Loss.softmaxCrossEntropy y (Expr.matmul hidden w[4] + w[5])

    let start () = Classifier(floats x, Array.map int y.Ints, Array.map floats weights)

    let network = start ()

    let values () =
        let network = start ()
        let loss = network.Step 1e-3f
        Array.append [| float loss |] (Array.map float network.Weights)

    let limit = { Run = repeat (fun () -> network.Step 1e-3f |> ignore); Values = values }

    let facade =
        StepByStep.train
            (StepByStep.adam 1e-3)
            (fun x y w ->
                let hidden = ((x.MatMul w[0] + w[1]).Relu().MatMul w[2] + w[3]).Relu()
                Fluxion.Api.Loss.SoftmaxCrossEntropy(y, hidden.MatMul w[4] + w[5]))
            (x, y, weights)

    training "mlp_mnist" (Optimizer.adam Adam.defaults) loss (x, y, weights) (Some limit) (Some facade)

/// A step of gradient descent on a network of two convolutions and three layers, on 64 pictures of 28 by 28.
/// (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, with maxima and relu.)
let private leNet () =
    let random = System.Random 10
    let draw = small random
    let x, y = numbers random DType.Float32 [ 64; 1; 28; 28 ], labels 64

    let weights =
        [| draw [ 6; 1; 5; 5 ]
           draw [ 6 ]
           draw [ 16; 6; 5; 5 ]
           draw [ 16 ]
           draw [ 400; 120 ]
           draw [ 120 ]
           draw [ 120; 84 ]
           draw [ 84 ]
           draw [ 84; 10 ]
           draw [ 10 ] |]

    let padded = { Conv2d.defaults with Padding = 2, 2 }
    let halved = Expr.maxPool2d (Pool2d.window (2, 2))

    let loss x y (w: Expr list) =
        let first = Expr.conv2d padded w[0] x + Expr.reshape [ 6; 1; 1 ] w[1] |> Expr.relu |> halved
        let second = Expr.conv2d Conv2d.defaults w[2] first + Expr.reshape [ 16; 1; 1 ] w[3] |> Expr.relu |> halved
        let third = Expr.relu (Expr.matmul (Expr.reshape [ 64; 400 ] second) w[4] + w[5])
        Loss.softmaxCrossEntropy y (Expr.matmul (Expr.relu (Expr.matmul third w[6] + w[7])) w[8] + w[9])

    let facade =
        let two = Fluxion.Api.Size2D(2, 2)

        StepByStep.train
            (StepByStep.descent 0.1)
            (fun x y w ->
                let first = (x.Conv2d(w[0], padding = two) + w[1].Reshape(6, 1, 1)).Relu().MaxPool2d two
                let second = (first.Conv2d w[2] + w[3].Reshape(16, 1, 1)).Relu().MaxPool2d two
                let third = (second.Reshape(64, 400).MatMul w[4] + w[5]).Relu()
                Fluxion.Api.Loss.SoftmaxCrossEntropy(y, (third.MatMul w[6] + w[7]).Relu().MatMul w[8] + w[9]))
            (x, y, weights)

    training "lenet" (Optimizer.sgd (scalar 0.1)) loss (x, y, weights) None (Some facade)

/// sin((x + y) z) of three numbers.
let private scalarGradient () =
    let values = [| 0.3; 0.4; 0.7 |] |> Array.map (fun value -> NDArray.full DType.Float64 [] value)
    let gradient = Array.zeroCreate 3
    let run () = Loops.Scalar(0.3, 0.4, 0.7, gradient)

    let limit =
        { Run =
            fun count ->
                for _ in 1..count do
                    run () |> ignore
          Values = fun () -> Array.append [| run () |] gradient }

    gradients "scalar" (fun v -> sin ((v[0] + v[1]) * v[2])) values limit

let private rosenbrock (x: Expr) =
    let head, tail = x[.. x.Shape.Head - 2], x[1..]
    Expr.sum (100.0 * Expr.square (tail - Expr.square head) + Expr.square (1.0 - head))

/// Rosenbrock's function of 1,000 numbers.
let private rosenbrockGradient () =
    let x = numbers (System.Random 2) DType.Float64 [ 1000 ]
    let gradient = Array.zeroCreate 1000
    let point = x.Floats
    let run () = Loops.Rosenbrock(point, gradient)

    let limit = { Run = repeat (fun () -> run () |> ignore); Values = fun () -> Array.append [| run () |] gradient }

    gradients "rosenbrock_gradient" (fun v -> rosenbrock v[0]) [| x |] limit

/// All second derivatives of Rosenbrock's function of 20 numbers.
let private rosenbrockHessian () =
    let value = numbers (System.Random 8) DType.Float64 [ 20 ]
    let x = variableOf "x" value
    let side, explain = compiled [| hessian rosenbrock x |] [| x |] [| value |] [] 1
    let point, second = value.Floats, Array.zeroCreate 400
    let run () = Loops.RosenbrockHessian(point, second)

    let limit =
        { Run = repeat run
          Values =
            fun () ->
                run ()
                second }

    { Name = "rosenbrock_hessian"
      Compiled = side
      Explain = explain
      Limit = Some limit
      Facade = None
      Inputs = [| value |] }

/// The sum of sigmoid(x w + b) tanh(x) over a million numbers.
let private elementwise () =
    let x = numbers (System.Random 3) DType.Float32 [ 1_000_000 ]
    let w, b = NDArray.full DType.Float32 [] 0.5, NDArray.full DType.Float32 [] 0.1
    let xs, gradient, sums = floats x, Array.zeroCreate 1_000_000, Array.zeroCreate 2
    let run () = Loops.Elementwise(xs, 0.5f, 0.1f, gradient, sums)

    let values () =
        let value = run ()
        Array.concat [ [| float value |]; Array.map float gradient; Array.map float sums ]

    let limit = { Run = repeat (fun () -> run () |> ignore); Values = values }
    gradients "elementwise" (fun v -> Expr.sum (Expr.sigmoid (v[0] * v[1] + v[2]) * tanh v[0])) [| x; w; b |] limit

/// The log likelihood of a mixture of 25 Gaussians in ten dimensions for 1,000 points, with a prior on their inverse factors, and its gradient, but for
/// constants. (Šrajer, Kukelova and Fitzgibbon, "A benchmark of selected algorithmic differentiation tools", 2018, section 4.)
let private gaussianMixture () =
    let random = System.Random 9
    let d, k, n = 10, 25, 1000
    let draw shape = numbers random DType.Float64 shape
    let values = [| draw [ k ]; draw [ k; d ]; draw [ k; d ]; draw [ k; d; d ]; draw [ d; n ] |]
    let variables = values |> Array.mapi (fun i value -> variableOf $"x{i}" value)

    let triangle =
        NDArray.ofFloats DType.Float64 [ d; d ] (Array.init (d * d) (fun i -> if i / d > i % d then 1.0 else 0.0))
        |> Expr.constant

    let objective (v: Expr list) =
        let alpha, means, logs, lower, x = v[0], v[1], v[2], v[3] * triangle, variables[4]
        let factors = lower + Expr.reshape [ k; d; 1 ] (exp logs) * eye d
        // Points are columns: the long axis last.
        let moved = Expr.reshape [ 1; d; n ] x - Expr.reshape [ k; d; 1 ] means
        let scaled = Expr.matmul factors moved

        let terms =
            Expr.reshape [ k; 1 ] (alpha + Expr.sumOver [ 1 ] logs)
            - 0.5 * Expr.sumOver [ 1 ] (Expr.square scaled)

        let data = Expr.sum (Expr.logSumExpOver [ 0 ] terms) - float n * Expr.logSumExp alpha
        data + 0.5 * (Expr.sum (Expr.square (exp logs)) + Expr.sum (Expr.square lower))

    let value, gradient = valueAndGrad objective (List.ofArray variables[..3])
    let side, explain = compiled (Array.ofList (value :: gradient)) variables values [] 5
    let mixture = GaussianMixture(values[4].Floats, k)
    let alpha, means, logs, lower = values[0].Floats, values[1].Floats, values[2].Floats, values[3].Floats
    let evaluate () = mixture.Evaluate(alpha, means, logs, lower)

    let numbers () =
        let value = evaluate ()
        Array.concat [ [| value |]; mixture.ByAlpha; mixture.ByMeans; mixture.ByLogs; mixture.ByLower ]

    let limit = { Run = repeat (fun () -> evaluate () |> ignore); Values = numbers }

    { Name = "gmm"
      Compiled = side
      Explain = explain
      Limit = Some limit
      Facade = None
      Inputs = values }

/// All workloads by name, each made when it is asked for.
let all: (string * (unit -> Workload)) list =
    [ "linreg100", linearRegression
      "scalar", scalarGradient
      "logreg", logisticRegression
      "softmax_digits", softmaxDigits
      "mlp_small", smallPerceptron
      "mlp_mnist", largePerceptron
      "lenet", leNet
      "elementwise", elementwise
      "rosenbrock_gradient", rosenbrockGradient
      "rosenbrock_hessian", rosenbrockHessian
      "gmm", gaussianMixture ]
    @ Products.all

/// Prints what each workload's plan does.
let explainAll () : unit =
    for name, workload in all do
        printfn $"{name}\n{(workload ()).Explain()}\n"
