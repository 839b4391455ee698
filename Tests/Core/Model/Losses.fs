/// The losses of the benchmarks, and ADBench's objectives, each with the parameters that its gradient is taken by: for what is said of costs.
module Fluxion.Tests.Losses

open System.IO
open Fluxion
open Fluxion.Bench.AdBench

type Loss = { Name: string; Parameters: Expr list; Function: Expr list -> Expr }

let private loss name parameters f : Loss =
    { Name = name
      Parameters = [ for i, shape in List.indexed parameters -> Expr.variable $"w{i}" shape ]
      Function = f }

let private x shape = Expr.variable "x" shape
let private y shape = Expr.variable "y" shape
let private affine (h: Expr) (w: Expr) (b: Expr) = Expr.matmul h w + b
let private crossEntropy (logits: Expr) = -(Expr.mean (y logits.Shape * Expr.logSoftmax 1 logits))

let private leNet (w: Expr list) =
    let padded = { Conv2d.defaults with Padding = 2, 2 }
    let halved = Expr.maxPool2d (Pool2d.window (2, 2))
    let first = Expr.conv2d padded w[0] (x [ 16; 1; 28; 28 ]) + Expr.reshape [ 6; 1; 1 ] w[1] |> Expr.relu |> halved
    let second = Expr.conv2d Conv2d.defaults w[2] first + Expr.reshape [ 16; 1; 1 ] w[3] |> Expr.relu |> halved
    let third = Expr.relu (affine (Expr.reshape [ 16; 400 ] second) w[4] w[5])
    crossEntropy (affine (Expr.relu (affine third w[6] w[7])) w[8] w[9])

let private rosenbrock (w: Expr list) =
    let head, tail = w[0][.. w[0].Shape.Head - 2], w[0][1..]
    Expr.sum (100.0 * Expr.square (tail - Expr.square head) + Expr.square (1.0 - head))

/// What Bench/ times, on as many examples or fewer.
let benchmarks: Loss list =
    [ loss "linear regression" [ [ 2 ] ] (fun w -> Expr.mean (Expr.square (Expr.matmul (x [ 100; 2 ]) w[0] - y [ 100 ])))
      loss "logistic regression" [ [ 30 ] ] (fun w ->
          let z = Expr.matmul (x [ 569; 30 ]) w[0]
          Expr.mean (Expr.softplus z - y [ 569 ] * z))
      loss "probabilities" [ [ 30 ] ] (fun w ->
          let p = Expr.sigmoid (Expr.matmul (x [ 569; 30 ]) w[0])
          -(Expr.mean (y [ 569 ] * log p + (1.0 - y [ 569 ]) * log (1.0 - p))))
      loss "softmax regression" [ [ 64; 10 ]; [ 10 ] ] (fun w -> crossEntropy (affine (x [ 64; 64 ]) w[0] w[1]))
      loss "three layers" [ [ 2; 10 ]; [ 10; 10 ]; [ 10; 1 ] ] (fun w ->
          let hidden = tanh (Expr.matmul (tanh (Expr.matmul (x [ 50; 2 ]) w[0])) w[1])
          Expr.mean (Expr.square (Expr.matmul hidden w[2] - y [ 50; 1 ])))
      loss "wide layers" [ [ 784; 256 ]; [ 256 ]; [ 256; 128 ]; [ 128 ]; [ 128; 10 ]; [ 10 ] ] (fun w ->
          let hidden = Expr.relu (affine (Expr.relu (affine (x [ 64; 784 ]) w[0] w[1])) w[2] w[3])
          crossEntropy (affine hidden w[4] w[5]))
      loss
          "lenet"
          [ [ 6; 1; 5; 5 ]
            [ 6 ]
            [ 16; 6; 5; 5 ]
            [ 16 ]
            [ 400; 120 ]
            [ 120 ]
            [ 120; 84 ]
            [ 84 ]
            [ 84; 10 ]
            [ 10 ] ]
          leNet
      loss "elementwise" [ [ 10_000 ]; []; [] ] (fun w -> Expr.sum (Expr.sigmoid (w[0] * w[1] + w[2]) * tanh w[0]))
      loss "rosenbrock" [ [ 1000 ] ] rosenbrock ]

let private input (name: string) = Path.Combine(RepositoryTests.root, "Tests/Core/AdBench", name)

let private of3 (a: Expr, b: Expr, c: Expr) = [ a; b; c ]

/// ADBench's objectives on its small inputs; of bundle adjustment the sum of squares.
let adBench: Loss list =
    [ let mixture = GaussianMixture.read false (input "gmm_d2_K5.txt")

      { Name = "Gaussian mixture"
        Parameters = of3 (GaussianMixture.parameters mixture)
        Function = fun w -> GaussianMixture.objective mixture (w[0], w[1], w[2]) }

      let adjustment = BundleAdjustment.read (input "ba_test.txt")

      { Name = "bundle adjustment"
        Parameters = of3 (BundleAdjustment.parameters adjustment)
        Function =
          fun w ->
              let errors, weights = BundleAdjustment.objective adjustment (w[0], w[1], w[2])
              Expr.sum (Expr.square errors) + Expr.sum (Expr.square weights) }

      let memory = LongShortTermMemory.read (input "lstm_l2_c1024.txt")
      let gates, ends = LongShortTermMemory.parameters memory

      { Name = "long short-term memory"
        Parameters = [ gates; ends ]
        Function = fun w -> LongShortTermMemory.objective memory (w[0], w[1]) } ]
