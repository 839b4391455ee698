module Fluxion.Tests.ConvolutionFormsTests

open System
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray

/// Whole numbers that repeat with an odd period: products of them are exact.
let private pattern (shape: Shape) (step: int) (period: int) (shift: int) =
    Expr.reshape shape (tensor [| for i in 0 .. Shape.size shape - 1 -> float (i * step % period - shift) |])

// The numbers are those of PyTorch 1.13, with
//   a = lambda *s: (torch.arange(math.prod(s), dtype=torch.float64) * 7 % 11 - 5).reshape(s)
//   k = lambda *s: (torch.arange(math.prod(s), dtype=torch.float64) * 3 % 7 - 3).reshape(s)
let tests =
    let a shape = pattern shape 7 11 5
    let k shape = pattern shape 3 7 3

    testList
        "ConvolutionForms"
        [ // F.conv1d(a(1, 4, 7), k(2, 2, 3), stride=2, padding=1, dilation=2, groups=2)
          testCase "conv1d, as PyTorch has it" (fun () ->
              let y = a [ 1; 4; 7 ] |> Expr.conv1d { Stride = 2; Padding = 1; Dilation = 2; Groups = 2 } (k [ 2; 2; 3 ])
              Expect.equal y.Shape [ 1; 2; 3 ] "shape"
              Expect.equal (elements y) [ 9.0; -17.0; -10.0; -2.0; -22.0; 9.0 ] "elements")

          // F.conv_transpose2d(a(1, 2, 2, 3), k(2, 2, 3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0), dilation=(1, 2))
          testCase "convTranspose2d, as PyTorch has it" (fun () ->
              let options =
                  { ConvTranspose2d.defaults with
                      Stride = 2, 1
                      Padding = 1, 0
                      OutputPadding = 1, 0
                      Dilation = 1, 2 }

              let y = a [ 1; 2; 2; 3 ] |> Expr.convTranspose2d options (k [ 2; 2; 3; 2 ])
              Expect.equal y.Shape [ 1; 2; 4; 5 ] "shape"

              let first = [ -27; 6; 11; -2; 2; -19; 3; 12; -5; 3; 6; 6; 1; -1; 3; 19; -1; -34; -1; 11 ]

              let second = [ 4; 0; -31; 6; 6; 16; -3; -30; 3; 3; 3; -1; 1; 6; 6; -5; -1; 22; -1; -21 ]
              Expect.equal (elements y) (List.map float (first @ second)) "elements")

          // F.conv_transpose2d(a(1, 2, 2, 2), k(2, 1, 2, 2), stride=2, groups=2)
          testCase "convTranspose2d in groups, as PyTorch has it" (fun () ->
              let options = { ConvTranspose2d.defaults with Stride = 2, 2; Groups = 2 }
              let y = a [ 1; 2; 2; 2 ] |> Expr.convTranspose2d options (k [ 2; 1; 2; 2 ])
              Expect.equal y.Shape [ 1; 2; 4; 4 ] "shape"
              let first = [ 15; 0; -6; 0; -15; 5; 6; -2; 6; 0; -15; 0; -6; 2; 15; -5 ]
              let second = [ 2; -2; -6; 6; 1; -3; -3; 9; 8; -8; 0; 0; 4; -12; 0; 0 ]
              Expect.equal (elements y) (List.map float (first @ second)) "elements")

          testCase "errors are told in the words of the function that was called" (fun () ->
              let message (f: unit -> Expr) = (Expect.throws<ArgumentException> (f >> ignore) "an error").Message
              let conv1d options kernel () = a [ 1; 4; 7 ] |> Expr.conv1d options (k kernel)

              Expect.equal
                  (message (conv1d Conv1d.defaults [ 2; 3; 3 ]))
                  "conv1d: the kernel must have 4 input channels, but it has 3; order its axes [outChannels; inChannels / groups; size]?"
                  "channels"

              Expect.equal
                  (message (conv1d { Conv1d.defaults with Dilation = 4 } [ 2; 4; 3 ]))
                  "conv1d: the kernel must have a number and fit into the padded sequence, which is 7 long, but with its dilation it spans 9; pad more, or take another kernel?"
                  "too long"

              Expect.equal
                  (message (conv1d { Conv1d.defaults with Stride = 0 } [ 2; 4; 3 ]))
                  "conv1d: stride, dilation and groups must be 1 or more, and padding 0 or more, but stride is 0, padding 0, dilation 1 and groups 1; start from Conv1d.defaults?"
                  "stride"

              let transposed options x kernel () = a x |> Expr.convTranspose2d options (k kernel)

              Expect.equal
                  (message (transposed ConvTranspose2d.defaults [ 1; 2; 2; 2 ] [ 3; 2; 2; 2 ]))
                  "convTranspose2d: the kernel must have the images' 2 channels, in 1 groups, but it has 3; order its axes [inChannels; outChannels / groups; height; width]?"
                  "channels"

              Expect.equal
                  (message (transposed { ConvTranspose2d.defaults with Padding = 2, 0 } [ 1; 2; 2; 2 ] [ 2; 2; 2; 2 ]))
                  "convTranspose2d: something must be left of the result, but padding (2, 0) leaves -1 by 3; cut off less?"
                  "nothing left"

              Expect.equal
                  (message (transposed { ConvTranspose2d.defaults with Groups = 0 } [ 1; 2; 2; 2 ] [ 2; 2; 2; 2 ]))
                  "convTranspose2d: stride, dilation and groups must be 1 or more, and padding 0 or more, but stride is (1, 1), padding (0, 0), dilation (1, 1) and groups 0; start from ConvTranspose2d.defaults?"
                  "groups")

          testCase "errors" (fun () ->
              let conv () = a [ 4; 7 ] |> Expr.conv1d Conv1d.defaults (k [ 2; 2; 3 ]) |> ignore

              let error = Expect.throws<ShapeException> conv "two axes"
              Expect.isTrue (error.Message.Contains "sequences must be [batch; channels; length]") error.Message

              let transpose () =
                  a [ 1; 2; 2; 2 ]
                  |> Expr.convTranspose2d { ConvTranspose2d.defaults with OutputPadding = 1, 0 } (k [ 2; 1; 2; 2 ])
                  |> ignore

              let error = Expect.throws<ArgumentException> transpose "as far as the stride"
              Expect.isTrue (error.Message.StartsWith "convTranspose2d: ") error.Message
              Expect.isTrue (error.Message.Contains "less than the stride") error.Message) ]
