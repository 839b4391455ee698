/// Models as F# writes them. Tests/Api writes the same ones as modules, and compares.
module Fluxion.Tests.Closures

open Fluxion

let makeLogistic (w1: Expr) (w2: Expr) (b: Expr) = fun (x: Expr) -> x[*, 0] * w1 + x[*, 1] * w2 + b

type Layer = { Weight: Expr; Bias: Expr }

let private affine (layer: Layer) (x: Expr) = Expr.matmul x layer.Weight + layer.Bias

/// Two layers with a tanh between them.
let makePerceptron (hidden: Layer) (output: Layer) = affine hidden >> tanh >> affine output

/// The training loop of a user: the losses before each step, and the parameters after the last.
let private train (optimizer: Optimizer<'p, 's>) (loss: Expr -> Expr -> 'p -> Expr) (x: Expr) (y: Expr) (initial: 'p) (steps: int) =
    let valueAndGradients = compile (fun (x, y, parameters) -> valueAndGrad (loss x y) parameters)
    let update = compile (fun (gradients, state, parameters) -> optimizer.Update gradients state parameters)

    // As Backward and Step do it: the loss and its gradients in one go, then the update.
    let step (parameters, state) =
        let value, gradients = valueAndGradients (x, y, parameters)
        value, update (gradients, state, parameters)

    let rec go (parameters, state) losses count =
        if count = 0 then
            List.rev losses, parameters
        else
            let value, next = step (parameters, state)
            go next (Expr.toScalar value :: losses) (count - 1)

    let losses, parameters = go (initial, optimizer.Init initial) [] steps

    Array.ofList losses, Params.toList parameters |> List.map Expr.toArray |> Array.ofList

let logisticLoss x y (w1, w2, b) = Loss.binaryCrossEntropyWithLogits y (makeLogistic w1 w2 b x)

let perceptronLoss x y (hidden, output) = Loss.meanSquaredError y (makePerceptron hidden output x)

// What follows is called from C#, with a list of parameters in place of a structure of them.

let private logisticOf (leaves: Expr[]) = leaves[0], leaves[1], leaves[2]

let private perceptronOf (leaves: Expr[]) = { Weight = leaves[0]; Bias = leaves[1] }, { Weight = leaves[2]; Bias = leaves[3] }

/// The logistic model's loss, then its gradients.
let logistic (x: Expr, y: Expr, leaves: Expr[]) : Expr[] =
    let _, (g1, g2, g3) = valueAndGrad (logisticLoss x y) (logisticOf leaves)
    [| logisticLoss x y (logisticOf leaves); g1; g2; g3 |]

/// The perceptron's loss, then its gradients.
let perceptron (x: Expr, y: Expr, leaves: Expr[]) : Expr[] =
    let _, gradients = valueAndGrad (perceptronLoss x y) (perceptronOf leaves)
    [| perceptronLoss x y (perceptronOf leaves); yield! Params.toList gradients |]

/// The losses of training by gradient descent with momentum, and the parameters after it.
let trainLogistic (x: Expr, y: Expr, leaves: Expr[], learningRate: float, momentum: float, steps: int) : struct (float[] * float[][]) =
    train (Optimizer.momentum (scalar learningRate) momentum) logisticLoss x y (logisticOf leaves) steps
    |> fun (losses, values) -> struct (losses, values)

/// The losses of training by Adam, and the parameters after it.
let trainPerceptron (x: Expr, y: Expr, leaves: Expr[], learningRate: float, steps: int) : struct (float[] * float[][]) =
    let options = { Adam.defaults with LearningRate = scalar learningRate }

    train (Optimizer.adam options) perceptronLoss x y (perceptronOf leaves) steps
    |> fun (losses, values) -> struct (losses, values)
