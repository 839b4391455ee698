/// Losses against hand-computed values, published formulas, PyTorch, and differences.
module Fluxion.Tests.LossTests

open System
open FsCheck
open Fluxion

let private numbers (x: Expr) = Expr.toArray (eval x)
let private number (x: Expr) = Expr.toScalar (eval x)

let private allClose (tolerance: float) (actual: float seq) (expected: float seq) (message: string) =
    Expect.equal (Seq.length actual) (Seq.length expected) message
    Seq.iteri2 (fun i a e -> Expect.close tolerance a e $"{message}, element {i}") actual expected

let private agrees (loss: Expr -> Expr) (x: Expr) (value: float) (slope: float list) =
    let actual, gradient = valueAndGrad loss x
    Expect.close 1e-13 (number actual) value "value"
    allClose 1e-13 (numbers gradient) slope "gradient"

// The numbers are what PyTorch 1.13 prints for this, in float64:
//   z = torch.tensor([0.5, -1.5, 2.0, 40.0, -800.0], requires_grad=True); y = torch.tensor([1.0, 0.0, 0.25, 1.0, 0.0])
//   F.mse_loss(z, y); F.binary_cross_entropy_with_logits(z, y)
//   z = torch.tensor([[1.0, 2.0, -0.5], [0.3, -1000.0, 0.1], [700.0, 0.0, 710.0]], requires_grad=True)
//   F.cross_entropy(z, torch.tensor([1, 0, 2]))
//   F.cross_entropy(z, torch.tensor([[0.2, 0.5, 0.3], [0.9, 0.0, 0.1], [0.0, 0.0, 1.0]]))
// each with torch.autograd.grad(loss, z).
let private published =
    let z = tensor [ 0.5; -1.5; 2.0; 40.0; -800.0 ]
    let y = tensor [ 1.0; 0.0; 0.25; 1.0; 0.0 ]
    let logits = tensor [ [ 1.0; 2.0; -0.5 ]; [ 0.3; -1000.0; 0.1 ]; [ 700.0; 0.0; 710.0 ] ]

    testList
        "as PyTorch"
        [ testCase "meanSquaredError" (fun () -> agrees (Loss.meanSquaredError y) z 128305.3125 [ -0.2; -0.6; 0.7; 15.6; -320.0 ])

          testCase "binaryCrossEntropyWithLogits" (fun () ->
              agrees
                  (Loss.binaryCrossEntropyWithLogits y)
                  z
                  0.4604836546411663
                  [ -0.07550813375962909; 0.03648510476127127; 0.12615941559557647; 0.0; 0.0 ])

          testCase "softmaxCrossEntropy of labels" (fun () ->
              agrees
                  (Loss.softmaxCrossEntropy (tensor [ 1; 0; 2 ]))
                  logits
                  0.3232411000444972
                  [ 0.0845720605450084
                    -0.1034426379584988
                    0.018870577413490425
                    -0.15005533422917405
                    0.0
                    0.15005533422917403
                    1.513262290081145e-05
                    0.0
                    -1.5132622900796791e-05 ])

          testCase "softmaxCrossEntropy of probabilities" (fun () ->
              agrees
                  (Loss.softmaxCrossEntropy (tensor [ [ 0.2; 0.5; 0.3 ]; [ 0.9; 0.0; 0.1 ]; [ 0.0; 0.0; 1.0 ] ]))
                  logits
                  0.6465744333778306
                  [ 0.01790539387834174
                    0.06322402870816786
                    -0.08112942258650957
                    -0.11672200089584071
                    0.0
                    0.1167220008958407
                    1.513262290081145e-05
                    0.0
                    -1.5132622900796791e-05 ]) ]

let private byHand =
    testList
        "by hand"
        [ testCase "meanSquaredError of errors 1 and 3 is 5" (fun () ->
              Expect.equal (number (Loss.meanSquaredError (tensor [ 1.0; 2.0 ]) (tensor [ 2.0; -1.0 ]))) 5.0 "(1 + 9) / 2")

          testCase "knowing nothing costs the logarithm of the number of classes" (fun () ->
              let binary = Loss.binaryCrossEntropyWithLogits (tensor [ 1.0; 0.0; 0.3 ]) (zeros [ 3 ])
              Expect.close 1e-15 (number binary) (log 2.0) "two classes"
              let many = Loss.softmaxCrossEntropy (tensor [ 4; 0 ]) (full 7.0 [ 2; 5 ])
              Expect.close 1e-15 (number many) (log 5.0) "five classes")

          testCase "the gradient of logistic regression cancels where mathematics does" (fun () ->
              let x = tensor [ [ 0.5; 0.2 ]; [ 0.1; 0.9 ]; [ 0.8; 0.7 ] ]
              let loss w = Loss.binaryCrossEntropyWithLogits (tensor [ 1.0; 0.0; 1.0 ]) (Expr.matmul x w)
              Expect.equal (string (eval (grad loss (zeros [ 2 ])))) "[-0.2; 0]" "2/3 of a column's errors cancel exactly")

          testCase "extreme logits give finite losses and gradients" (fun () ->
              for size in [ 1e3; 1e100; 1e300 ] do
                  let z = tensor [ size; -size; size; -size ]
                  let binary = Loss.binaryCrossEntropyWithLogits (tensor [ 1.0; 0.0; 0.0; 1.0 ])
                  let value, gradient = valueAndGrad binary z
                  Expect.close 1e-14 (number value / size) 0.5 "two of four are wrong by their size"
                  allClose 1e-15 (numbers gradient) [ 0.0; 0.0; 0.25; -0.25 ] "gradient"

                  let labels = Loss.softmaxCrossEntropy (tensor [ 0; 0 ])
                  let value, gradient = valueAndGrad labels (tensor [ [ size; 0.0 ]; [ 0.0; size ] ])
                  Expect.close 1e-14 (number value / size) 0.5 "one of two is wrong by its size"
                  allClose 1e-15 (numbers gradient) [ 0.0; 0.0; -0.5; 0.5 ] "gradient")

          testCase "a class ruled out by -infinity costs nothing where it is not the label" (fun () ->
              let loss = Loss.softmaxCrossEntropy (tensor [ 0 ])
              let value, gradient = valueAndGrad loss (tensor [ [ 1.0; -infinity; 1.0 ] ])
              Expect.close 1e-15 (number value) (log 2.0) "two classes are left"
              allClose 1e-15 (numbers gradient) [ -0.5; 0.0; 0.5 ] "gradient")

          testCase "float32 stays float32" (fun () ->
              let loss = Loss.softmaxCrossEntropy (tensor [ 0 ]) (tensor [ [ 1.0f; 2.0f ] ])
              Expect.equal loss.DType DType.Float32 "of the logits") ]

let private draw (shape: Shape) (seed: int) = eval (Random.normal shape (Random.key seed))
let private draw01 (shape: Shape) (seed: int) = eval (Random.uniform (0.0, 1.0) shape (Random.key (seed + 1)))

// Central differences; the third derivatives of all three losses are of order 1 here.
let private differs (loss: Expr -> Expr) (z: Expr) =
    let at = numbers z
    let step = 1e-5

    [ for i in 0 .. at.Length - 1 ->
          let moved by = number (loss (Expr.reshape z.Shape (tensor (Array.updateAt i (at[i] + by) at))))

          (moved step - moved -step) / (2.0 * step) ]

let private properties =
    testList
        "properties"
        [ testProperty "gradients are what differences show" (fun (PositiveInt seed) ->
              let z, y = draw [ 3; 4 ] seed, draw01 [ 3; 4 ] seed

              for loss in [ Loss.meanSquaredError y; Loss.binaryCrossEntropyWithLogits y; Loss.softmaxCrossEntropy y ] do
                  allClose 1e-8 (numbers (grad loss z)) (differs loss z) "gradient")

          testProperty "binaryCrossEntropyWithLogits is Bishop's eq. 4.90 over the rows" (fun (PositiveInt seed) ->
              let z, y = draw [ 5 ] seed, draw01 [ 5 ] seed

              let expected =
                  Array.map2
                      (fun z y ->
                          let p = 1.0 / (1.0 + exp -z)
                          -(y * log p + (1.0 - y) * log (1.0 - p)))
                      (numbers z)
                      (numbers y)
                  |> Array.average

              Expect.close 1e-13 (number (Loss.binaryCrossEntropyWithLogits y z)) expected "4.90")

          testProperty "two classes are a logit" (fun (PositiveInt seed) ->
              let z = draw [ 5; 2 ] seed
              let labels = eval (Expr.cast DType.Int64 (Expr.greater (draw [ 5 ] (seed + 2)) (scalar 0.0)))
              let binary = Loss.binaryCrossEntropyWithLogits labels (z.[*, 1] - z.[*, 0])
              Expect.close 1e-13 (number (Loss.softmaxCrossEntropy labels z)) (number binary) "softmax of two is sigmoid")

          testProperty "labels and their one-hot rows cost the same" (fun (PositiveInt seed) ->
              let z = draw [ 6; 4 ] seed
              let labels = Expr.argMax 1 (draw [ 6; 4 ] (seed + 3))
              let oneHot = Expr.oneHot 4 labels
              Expect.close 1e-14 (number (Loss.softmaxCrossEntropy labels z)) (number (Loss.softmaxCrossEntropy oneHot z)) "loss") ]

let private refuses<'e when 'e :> exn> (build: unit -> Expr) (message: string) =
    let error = Expect.throws<'e> (build >> ignore) message
    Expect.equal error.Message message "the sentence"

let private errors =
    testList
        "errors"
        [ testCase "a column against a vector" (fun () ->
              for name, loss in
                  [ "meanSquaredError", Loss.meanSquaredError
                    "binaryCrossEntropyWithLogits", Loss.binaryCrossEntropyWithLogits ] do
                  refuses<ShapeException>
                      (fun () -> loss (zeros [ 3 ]) (zeros [ 3; 1 ]))
                      $"{name}: target and prediction must have one shape, but the target is [3] and the prediction is [3, 1]; give the prediction the target's shape with Expr.reshape [3]?")

          testCase "another number of rows" (fun () ->
              refuses<ShapeException>
                  (fun () -> Loss.meanSquaredError (zeros [ 3 ]) (zeros [ 4 ]))
                  "meanSquaredError: target and prediction must have one shape, but the target is [3] and the prediction is [4]; predict one number for each number of the target?"

              refuses<ShapeException>
                  (fun () -> Loss.softmaxCrossEntropy (tensor [ 0; 1 ]) (zeros [ 3; 2 ]))
                  "softmaxCrossEntropy: there must be one label for each row of the logits, but labels are [2] and logits are [3, 2]; take both from the same batch?")

          testCase "an empty batch" (fun () ->
              refuses<ShapeException>
                  (fun () -> Loss.meanSquaredError (zeros [ 0 ]) (zeros [ 0 ]))
                  "meanSquaredError: a mean needs at least one example, but the prediction is [0]; skip empty batches?")

          testCase "logits without classes, and labels with a fraction" (fun () ->
              refuses<ShapeException>
                  (fun () -> Loss.softmaxCrossEntropy (tensor [ 0; 1 ]) (zeros [ 2 ]))
                  "softmaxCrossEntropy: logits must be [batch; classes], but they are [2]; put the classes on the last of two axes?"

              refuses<DTypeException>
                  (fun () -> Loss.softmaxCrossEntropy (tensor [ 0.0; 1.0 ]) (zeros [ 2; 3 ]))
                  "softmaxCrossEntropy: class labels must be int32 or int64, but they are float64; cast them with Expr.cast DType.Int64?")

          testCase "float32 beside float64" (fun () ->
              refuses<DTypeException>
                  (fun () -> Loss.meanSquaredError (tensor [ 1.0f ]) (tensor [ 1.0 ]))
                  "meanSquaredError: target and prediction must have one element type, but the target is float32 and the prediction is float64; cast the target with Expr.cast DType.Float64?")

          testCase "a label that is no class" (fun () ->
              for label in [ 3; -1 ] do
                  let loss = Loss.softmaxCrossEntropy (tensor [ 0; label ]) (zeros [ 2; 3 ])
                  let error = Expect.throws<ArgumentException> (fun () -> number loss |> ignore) "outside"
                  Expect.isTrue (error.Message.Contains $"0 .. 2, but it is {label}") error.Message) ]

let tests = testList "Loss" [ published; byHand; properties; errors ]
