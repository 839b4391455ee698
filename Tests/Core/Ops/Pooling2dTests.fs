module Fluxion.Tests.Pooling2dTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray

// The numbers are those of PyTorch 1.13:
//   p = (torch.arange(40, dtype=torch.float64) * 7 % 11 - 5).reshape(1, 2, 4, 5).requires_grad_()
//   m = torch.nn.functional.max_pool2d(p, (3, 2), stride=(2, 1), padding=(1, 1))
//   a = torch.nn.functional.avg_pool2d(p, (2, 2), stride=(2, 1), padding=(1, 1))
//   torch.autograd.grad(y, p, (torch.arange(y.numel(), dtype=torch.float64) * 3 % 5 - 2).reshape(y.shape)) for y = m and y = a
let private planes = Expr.reshape [ 1; 2; 4; 5 ] (tensor [| for i in 0..39 -> float (i * 7 % 11 - 5) |])
let private tall: Pool2dOptions = { Window = 3, 2; Stride = 2, 1; Padding = 1, 1 }
let private square: Pool2dOptions = { Window = 2, 2; Stride = 2, 1; Padding = 1, 1 }

let private gradientOf (pool: Expr -> Expr) =
    let y = pool planes
    let weights = tensor [| for i in 0 .. Shape.size y.Shape - 1 -> float (i * 3 % 5 - 2) |] |> Expr.reshape y.Shape
    elements (grad (fun x -> Expr.sum (weights * pool x)) planes)

let private torchMaximum =
    [ -3.0
      4.0
      4.0
      5.0
      5.0
      3.0
      1.0
      4.0
      4.0
      4.0
      5.0
      5.0
      5.0
      5.0
      1.0
      4.0
      4.0
      0.0
      5.0
      5.0
      5.0
      4.0
      4.0
      4.0 ]

let private torchMaximumGradient =
    [ 0.0
      0.0
      0.0
      2.0
      0.0
      -2.0
      1.0
      0.0
      0.0
      -2.0
      0.0
      0.0
      0.0
      0.0
      -1.0
      1.0
      0.0
      0.0
      0.0
      0.0
      0.0
      0.0
      0.0
      0.0
      0.0
      3.0
      0.0
      0.0
      -1.0
      -1.0
      0.0
      0.0
      0.0
      0.0
      0.0
      0.0
      -2.0
      0.0
      0.0
      2.0 ]

let private torchMean =
    [ -1.25
      -0.75
      0.0
      0.75
      1.5
      0.25
      -1.0
      -1.25
      0.25
      -1.0
      0.5
      2.0
      0.25
      -0.5
      0.25
      1.0
      -1.0
      -1.0
      0.75
      0.5
      -1.5
      -0.75
      0.0
      -0.5
      0.25
      1.25
      0.0
      -1.25
      0.25
      0.5
      -0.5
      0.75
      1.5
      -0.5
      0.25
      1.0 ]

let private torchMeanGradient =
    [ -0.25
      0.0
      0.25
      0.5
      -0.5
      0.0
      0.25
      0.5
      -0.5
      -0.25
      0.0
      0.25
      0.5
      -0.5
      -0.25
      0.25
      0.5
      -0.5
      -0.25
      0.0
      0.5
      -0.5
      -0.25
      0.0
      0.25
      -0.5
      -0.25
      0.0
      0.25
      0.5
      -0.5
      -0.25
      0.0
      0.25
      0.5
      -0.25
      0.0
      0.25
      0.5
      -0.5 ]

let private raises<'e when 'e :> exn> name (message: string) (pool: Expr -> Expr) (shape: Shape) =
    testCase name (fun () ->
        let error = Expect.throws<'e> (fun () -> pool (zeros shape) |> ignore) name
        Expect.equal error.Message message "message")

let private errors =
    testList
        "errors"
        [ raises<ShapeException>
              "images without channels"
              "maxPool2d: images must be [batch; channels; height; width], but the shape is [28, 28]; reshape it with Expr.reshape?"
              (Expr.maxPool2d (Pool2d.window (2, 2)))
              [ 28; 28 ]

          raises<ShapeException>
              "a window larger than the image"
              "avgPool2d: images must hold a window of 2 by 5, padding (0, 1) included, but they are 3 by 2; take a smaller window?"
              (Expr.avgPool2d { Pool2d.window (2, 5) with Padding = 0, 1 })
              [ 1; 1; 3; 2 ]

          raises<ShapeException>
              "an image of nothing but padding"
              "maxPool2d: images must hold a window of 2 by 2, padding (1, 1) included, but they are 0 by 2; take a smaller window?"
              (Expr.maxPool2d { Pool2d.window (2, 2) with Padding = 1, 1 })
              [ 1; 1; 0; 2 ]

          raises<ArgumentException>
              "a stride of 0"
              "maxPool2d: window and stride must be 1 or more, but the window is (2, 2) and the stride (0, 1); start from Pool2d.window?"
              (Expr.maxPool2d { Pool2d.window (2, 2) with Stride = 0, 1 })
              [ 1; 1; 4; 4 ]

          raises<ArgumentException>
              "padding that would hold a window"
              "maxPool2d: padding must be 0 or more, and at most half of the window, (2, 2), but it is (2, 0); pad the images with Expr.pad?"
              (Expr.maxPool2d { Pool2d.window (2, 2) with Padding = 2, 0 })
              [ 1; 1; 4; 4 ] ]

let tests =
    testList
        "Pooling2d"
        [ testCase "the guide's examples" (fun () ->
              let overlapping = { Pool2d.window (3, 3) with Stride = 1, 1 }
              let largest = Convolution2dTests.guide |> Expr.maxPool2d overlapping
              Expect.equal (elements largest) [ 3.0; 3.0; 3.0; 3.0; 3.0; 3.0; 3.0; 2.0; 3.0 ] "largest"
              // The guide rounds its means to one digit.
              let means =
                  Convolution2dTests.guide
                  |> Expr.avgPool2d overlapping
                  |> elements
                  |> List.map (fun mean -> Math.Round(mean, 1))

              Expect.equal means [ 1.7; 1.7; 1.7; 1.0; 1.2; 1.8; 1.1; 0.8; 1.3 ] "means")

          testCase "the largest, as PyTorch has them" (fun () ->
              Expect.equal (elements (Expr.maxPool2d tall planes)) torchMaximum "elements"
              Expect.equal (gradientOf (Expr.maxPool2d tall)) torchMaximumGradient "gradient")

          testCase "the means, as PyTorch has them" (fun () ->
              Expect.equal (elements (Expr.avgPool2d square planes)) torchMean "elements"
              Expect.equal (gradientOf (Expr.avgPool2d square)) torchMeanGradient "gradient")

          testCase "of equal ones the first gets the gradient" (fun () ->
              let gradient = grad (fun x -> Expr.sum (Expr.maxPool2d (Pool2d.window (2, 2)) x)) (ones [ 1; 1; 2; 2 ])
              Expect.equal (elements gradient) [ 1.0; 0.0; 0.0; 0.0 ] "gradient")

          testCase "NaN wins, and padding never does" (fun () ->
              let pooled =
                  Expr.reshape [ 1; 1; 1; 4 ] (tensor [ 1.0; nan; -2.0; -3.0 ])
                  |> Expr.maxPool2d (Pool2d.window (1, 2))

              Expect.isTrue (Double.IsNaN (elements pooled).Head) "NaN"
              Expect.equal (elements pooled).Tail [ -2.0 ] "numbers"

              let padded =
                  Expr.reshape [ 1; 1; 1; 2 ] (tensor [ -1.0; -2.0 ])
                  |> Expr.maxPool2d { Pool2d.window (1, 2) with Padding = 0, 1 }

              Expect.equal (elements padded) [ -1.0; -2.0 ] "negative beside padding")

          testCase "second derivatives pass through the winners" (fun () ->
              let cube (x: Expr) = Expr.sum (Expr.maxPool2d (Pool2d.window (1, 2)) (Expr.reshape [ 1; 1; 1; 2 ] x) ** 3.0)
              Expect.equal (elements (hessian cube (tensor [ 1.0; 2.0 ]))) [ 0.0; 0.0; 0.0; 12.0 ] "6 x at the winner")

          testCase "a gradient goes to given winners, of which there are as many as numbers" (fun () ->
              let gradient: Pooling2d.Gradient = { Options = Pool2d.window (1, 2); Size = 1, 4 }

              let apply (winners: Expr) =
                  Column.apply Pooling2d.maxPool2dGradient gradient [ Expr.reshape [ 1; 1; 1; 2 ] (tensor [ 3.0; 5.0 ]); winners ]

              let winners (places: int[]) = Expr.constant (NDArray([ 1; 1; 1; places.Length ], Buffer.Int32 places))
              Expect.equal (elements (apply (winners [| 2; 2 |]))) [ 0.0; 0.0; 8.0; 0.0 ] "both to one place"

              for places, word in [ [| 0 |], "one for each"; [| 0; 4 |], "0 .. 3" ] do
                  let error = Expect.throws<ArgumentException> (fun () -> apply (winners places) |> eval |> ignore) word
                  Expect.isTrue (error.Message.Contains word) error.Message)

          errors ]
