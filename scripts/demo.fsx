// The main job: three models, from a line to handwritten digits, each fitted by gradient descent. Run with: dotnet fsi build.fsx demo
#load "fluxion.fsx"

open System.IO
open Fluxion

let data name = Path.Combine(__SOURCE_DIRECTORY__, "..", "data", name)

/// A linear model; its gradient has the same form.
type Linear = { Weight: Expr; Bias: Expr }

let predict (p: Linear) x = Expr.matmul x p.Weight + p.Bias

let section title = printfn "\n%s" title

/// Goals that were missed, for the exit code.
let mutable missed: string list = []

let requireAtLeast goal name (fit: Fit<_, _>) =
    let reached = (List.last fit.History).Metrics |> List.head |> snd
    printfn "%s: %.2f%% of examples never trained on are right (the goal is %.0f%%)" name (100.0 * reached) (100.0 * goal)

    if not (reached >= goal) then
        missed <- missed @ [ name ]

let showEvery epochs (epoch: Epoch) =
    if epoch.Number = 0 then
        printfn "%s" (Train.header epoch)

    if epoch.Number % epochs = 0 then
        printfn "%s" (Train.row epoch)

/// Weights by name, and a bias, as mathematics to three decimals.
let linear (weights: (string * float) list) (bias: float) =
    let rounded (number: float) = System.Math.Round(number, 3)
    let terms = weights |> List.map (fun (name, weight) -> rounded weight * Expr.variable name [])
    List.reduce (+) terms + rounded bias

section "1. A line through 100 points: y = 3x + 2 + noise in [0, 1), mean squared error"

let points seed =
    let key = Random.key seed
    let x = Random.uniform (-1.0, 1.0) [ 100; 1 ] key
    let y = 3.0 * Expr.squeeze 1 x + 2.0 + Random.uniform (0.0, 1.0) [ 100 ] (Random.foldIn 1 key)
    eval (x, y)

let line =
    Train.fit
        { Train.defaults with
            Epochs = 100
            Batch = { Size = 100; DropLast = false }
            Report = showEvery 11 }
        { Predict = predict
          Loss = Loss.meanSquaredError
          Optimizer = Optimizer.sgd (scalar 0.1)
          Metrics = [] }
        (points 42)
        (points 43)
        { Weight = zeros [ 1 ]; Bias = scalar 0.0 }

printfn "y = %O" (linear [ ("x", (Expr.toArray line.Parameters.Weight)[0]) ] (Expr.toScalar line.Parameters.Bias))

section "2. Breast cancer: logistic regression on 30 measurements, a fifth held out"

// A fifth is 114 cases, so one more or less is 0.9%: over the splits of keys 0 to 29 the mean is 98.1%. This is the first of them.
let cancer = Table.readCsv (data "breast_cancer.csv")

let cancerTrain, cancerValid =
    Data.holdOut 0.2 (Random.key 0) (Table.features "benign" cancer, Table.column "benign" cancer)

let scaling = Data.standardize (fst cancerTrain)
let scaled (x, y) = Scaling.apply scaling x, y

let logistic =
    Train.fit
        { Train.defaults with Epochs = 30 }
        { Predict = predict
          Loss = Loss.binaryCrossEntropyWithLogits
          Optimizer = Optimizer.momentum (scalar 0.01) 0.9
          Metrics = [ ("accuracy", Metrics.binaryAccuracy) ] }
        (scaled cancerTrain)
        (scaled cancerValid)
        { Weight = zeros [ 30 ]; Bias = scalar 0.0 }

requireAtLeast 0.97 "breast cancer" logistic

let weights =
    List.zip (cancer.Columns |> List.except [ "benign" ]) (List.ofArray (Expr.toArray logistic.Parameters.Weight))
    |> List.sortByDescending (snd >> abs)

printfn "the five of 30 standardized measurements that weigh most:"

printfn
    "P(benign) = %O   (25 smaller terms left out)"
    (Expr.sigmoid (linear (List.take 5 weights) (Expr.toScalar logistic.Parameters.Bias)))

section "3. Digits: softmax regression on 8x8 pixels, mini-batches, a fifth for validation"

let digits = Table.readCsv (data "digits.csv.gz")
// Pixels are 0 to 16.
let pixels = eval (Table.features "digit" digits / 16.0)
let digitsTrain, digitsValid = Data.holdOut 0.2 (Random.key 2) (pixels, Table.labels "digit" digits)

let softmax =
    Train.fit
        { Train.defaults with Epochs = 12 }
        { Predict = predict
          Loss = Loss.softmaxCrossEntropy
          Optimizer = Optimizer.adam { Adam.defaults with LearningRate = scalar 0.02 }
          Metrics = [ ("accuracy", Metrics.accuracy) ] }
        digitsTrain
        digitsValid
        { Weight = zeros [ 64; 10 ]; Bias = zeros [ 10 ] }

requireAtLeast 0.94 "digits" softmax
let weight, bias, x = Expr.variable "W" [ 64; 10 ], Expr.variable "b" [ 10 ], Expr.variable "x" [ 1; 64 ]
printfn "P(digit) = %O" (Expr.softmax 1 (predict { Weight = weight; Bias = bias } x))

match missed with
| [] -> printfn "\nBoth goals are reached."
| names ->
    eprintfn "\nMissed the accuracy goal: %s" (String.concat ", " names)
    exit 1
