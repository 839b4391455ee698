module Fluxion.Tests.Convolution2dTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray

/// Whole numbers that repeat with an odd period: products of them are exact.
let private pattern (shape: Shape) (step: int) (period: int) (shift: int) =
    Expr.reshape shape (tensor [| for i in 0 .. Shape.size shape - 1 -> float (i * step % period - shift) |])

/// Figures 1.1, 1.5 and 1.6 of Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
let guide =
    tensor
        [ 3.0
          3.0
          2.0
          1.0
          0.0
          0.0
          0.0
          1.0
          3.0
          1.0
          3.0
          1.0
          2.0
          2.0
          3.0
          2.0
          0.0
          0.0
          2.0
          2.0
          2.0
          0.0
          0.0
          0.0
          1.0 ]
    |> Expr.reshape [ 1; 1; 5; 5 ]

// The numbers are those of PyTorch 1.13:
//   x = (torch.arange(80, dtype=torch.float64) * 7 % 11 - 5).reshape(1, 4, 4, 5).requires_grad_()
//   w = (torch.arange(48, dtype=torch.float64) * 5 % 7 - 3).reshape(4, 2, 2, 3).requires_grad_()
//   y = torch.nn.functional.conv2d(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2)
//   torch.autograd.grad(y, (x, w), (torch.arange(60, dtype=torch.float64) * 3 % 5 - 2).reshape(y.shape))
let private options: Conv2dOptions = { Stride = 2, 1; Padding = 1, 2; Dilation = 1, 2; Groups = 2 }
let private x, w = pattern [ 1; 4; 4; 5 ] 7 11 5, pattern [ 4; 2; 2; 3 ] 5 7 3

let private torchResult =
    [ -38.0
      19.0
      9.0
      7.0
      11.0
      -23.0
      -25.0
      34.0
      -19.0
      16.0
      10.0
      -27.0
      12.0
      13.0
      -33.0
      10.0
      -12.0
      -31.0
      11.0
      7.0
      -1.0
      15.0
      -2.0
      -14.0
      -1.0
      -16.0
      11.0
      0.0
      9.0
      15.0
      9.0
      18.0
      -31.0
      15.0
      9.0
      -14.0
      8.0
      34.0
      -1.0
      -14.0
      -38.0
      19.0
      9.0
      7.0
      11.0
      -12.0
      5.0
      17.0
      -33.0
      13.0
      3.0
      -24.0
      32.0
      16.0
      -19.0
      10.0
      -12.0
      -31.0
      11.0
      7.0 ]

let private torchInputGradient =
    [ -6.0
      3.0
      -1.0
      5.0
      1.0
      0.0
      -3.0
      5.0
      -1.0
      3.0
      -6.0
      3.0
      -1.0
      5.0
      1.0
      0.0
      -3.0
      5.0
      -1.0
      3.0
      3.0
      -6.0
      -6.0
      3.0
      -3.0
      2.0
      2.0
      0.0
      -3.0
      -1.0
      3.0
      -6.0
      -6.0
      3.0
      -3.0
      2.0
      2.0
      0.0
      -3.0
      -1.0
      2.0
      2.0
      0.0
      -3.0
      -1.0
      -6.0
      3.0
      -1.0
      5.0
      1.0
      2.0
      2.0
      0.0
      -3.0
      -1.0
      -6.0
      3.0
      -1.0
      5.0
      1.0
      -3.0
      0.0
      2.0
      2.0
      2.0
      3.0
      -6.0
      -6.0
      3.0
      -3.0
      -3.0
      0.0
      2.0
      2.0
      2.0
      3.0
      -6.0
      -6.0
      3.0
      -3.0 ]

let private torchKernelGradient =
    [ 4.0
      -7.0
      -11.0
      0.0
      15.0
      -3.0
      9.0
      4.0
      1.0
      5.0
      4.0
      9.0
      4.0
      -7.0
      -11.0
      0.0
      15.0
      -3.0
      9.0
      4.0
      1.0
      5.0
      4.0
      9.0
      3.0
      15.0
      2.0
      -12.0
      -7.0
      10.0
      -14.0
      -7.0
      3.0
      4.0
      -7.0
      -11.0
      3.0
      15.0
      2.0
      -12.0
      -7.0
      10.0
      -14.0
      -7.0
      3.0
      4.0
      -7.0
      -11.0 ]

let private raises<'e when 'e :> exn> name (message: string) (x: Shape) (kernel: Shape) (options: Conv2dOptions) =
    testCase name (fun () ->
        let error = Expect.throws<'e> (fun () -> zeros x |> Expr.conv2d options (zeros kernel) |> ignore) name
        Expect.equal error.Message message "message")

let private errors =
    testList
        "errors"
        [ raises<ShapeException>
              "images without channels"
              "conv2d: images must be [batch; channels; height; width], but the shape is [28, 28]; reshape it with Expr.reshape?"
              [ 28; 28 ]
              [ 1; 1; 3; 3 ]
              Conv2d.defaults

          raises<ShapeException>
              "a flat kernel"
              "conv2d: the kernel must be [outChannels; inChannels / groups; height; width], but the shape is [3, 3]; reshape it with Expr.reshape?"
              [ 1; 1; 28; 28 ]
              [ 3; 3 ]
              Conv2d.defaults

          raises<ShapeException>
              "channels that do not fall into groups"
              "conv2d: channels must fall into 2 groups, but there are 3 in and 4 out; change the groups?"
              [ 1; 3; 5; 5 ]
              [ 4; 1; 3; 3 ]
              { Conv2d.defaults with Groups = 2 }

          raises<ShapeException>
              "a kernel for other channels"
              "conv2d: the kernel must have 3 input channels, but it has 4; order its axes [outChannels; inChannels / groups; height; width]?"
              [ 1; 3; 5; 5 ]
              [ 3; 4; 3; 3 ]
              Conv2d.defaults

          raises<ShapeException>
              "a kernel for all channels where there are groups"
              "conv2d: the kernel must have 4 / 2 = 2 input channels, but it has 4; order its axes [outChannels; inChannels / groups; height; width]?"
              [ 1; 4; 5; 5 ]
              [ 2; 4; 3; 3 ]
              { Conv2d.defaults with Groups = 2 }

          raises<ShapeException>
              "a kernel larger than the padded image"
              "conv2d: the kernel must fit into the padded image, which is 5 by 4, but with its dilation it spans 3 by 5; pad more, or take a smaller kernel?"
              [ 1; 1; 3; 4 ]
              [ 1; 1; 3; 3 ]
              { Conv2d.defaults with Padding = 1, 0; Dilation = 1, 2 }

          raises<ShapeException>
              "a kernel of nothing"
              "conv2d: the kernel must have at least one row and one column, but it is [1, 1, 0, 3]; give it a height and width?"
              [ 1; 1; 3; 4 ]
              [ 1; 1; 0; 3 ]
              Conv2d.defaults

          raises<ArgumentException>
              "a stride of 0"
              "conv2d: stride, dilation and groups must be 1 or more, and padding 0 or more, but stride is (0, 1), padding (0, 0), dilation (1, 1) and groups 1; start from Conv2d.defaults?"
              [ 1; 1; 3; 3 ]
              [ 1; 1; 3; 3 ]
              { Conv2d.defaults with Stride = 0, 1 }

          testCase "a cotangent of another shape" (fun () ->
              let gradient: Convolution2d.Gradient = { Options = Conv2d.defaults; Size = 5, 5 }

              let error =
                  Expect.throws<ShapeException>
                      (fun () ->
                          Column.apply Convolution2d.conv2dInputGradient gradient [ zeros [ 1; 2; 4; 4 ]; zeros [ 2; 1; 3; 3 ] ]
                          |> ignore)
                      "cotangent"

              Expect.equal
                  error.Message
                  "conv2dInputGradient: the cotangent must be [1, 2, 3, 3], but it is [1, 2, 4, 4]; give it the shape of conv2d's result?"
                  "message")

          testCase "integers" (fun () ->
              Expect.throws<DTypeException>
                  (fun () -> Expr.cast DType.Int32 x |> Expr.conv2d options (Expr.cast DType.Int32 w) |> ignore)
                  "integers"
              |> ignore) ]

let tests =
    testList
        "Convolution2d"
        [ testCase "the guide's example" (fun () ->
              let kernel = tensor [ 0.0; 1.0; 2.0; 2.0; 2.0; 0.0; 0.0; 1.0; 2.0 ] |> Expr.reshape [ 1; 1; 3; 3 ]
              let y = guide |> Expr.conv2d Conv2d.defaults kernel
              Expect.equal y.Shape [ 1; 1; 3; 3 ] "shape"
              Expect.equal (elements y) [ 12.0; 12.0; 17.0; 10.0; 17.0; 19.0; 9.0; 6.0; 14.0 ] "elements")

          testCase "stride, padding, dilation and groups, as PyTorch has them" (fun () ->
              let y = x |> Expr.conv2d options w
              Expect.equal y.Shape [ 1; 4; 3; 5 ] "shape"
              Expect.equal (elements y) torchResult "elements")

          testCase "both gradients, as PyTorch has them" (fun () ->
              let weights = pattern [ 1; 4; 3; 5 ] 3 5 2
              let gradientX, gradientW = grad (fun (x, w) -> Expr.sum (weights * Expr.conv2d options w x)) (x, w)
              Expect.equal (elements gradientX) torchInputGradient "by images"
              Expect.equal (elements gradientW) torchKernelGradient "by the kernel")

          testCase "a kernel of one element on one channel is a product" (fun () ->
              let y = guide |> Expr.conv2d Conv2d.defaults (Expr.reshape [ 1; 1; 1; 1 ] (scalar 2.0))
              Expect.equal (elements y) (elements (2.0 * guide)) "elements")

          // The result is linear in the kernel and in the images, so its square has the second derivative that this closed form gives.
          testCase "second derivatives" (fun () ->
              let image = Expr.reshape [ 1; 1; 1; 2 ] (tensor [ 3.0; 5.0 ])
              let loss (k: Expr) = Expr.sum (Expr.conv2d Conv2d.defaults (Expr.reshape [ 1; 1; 1; 2 ] k) image ** 2.0)
              Expect.equal (elements (hessian loss (tensor [ 1.0; -1.0 ]))) [ 18.0; 30.0; 30.0; 50.0 ] "2 x xᵀ")

          testCase "options print when they differ from the defaults" (fun () ->
              let x, w = Expr.variable "x" [ 1; 1; 3; 3 ], Expr.variable "w" [ 1; 1; 2; 2 ]
              Expect.equal (string (Expr.conv2d Conv2d.defaults w x)) "conv2d(x, w)" "defaults"

              Expect.equal (string (Expr.conv2d { Conv2d.defaults with Padding = 1, 2 } w x)) "conv2d(x, w, padding=(1, 2))" "padding")

          errors ]
