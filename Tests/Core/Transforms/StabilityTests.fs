/// Where floating-point numbers fail: values and derivatives that would overflow, lose their digits, or be NaN because of a branch not taken.
module Fluxion.Tests.StabilityTests

open Fluxion

let private derivative (f: Expr -> Expr) (x: float) = grad f (scalar x) |> eval |> Expr.toScalar
let private value (f: Expr -> Expr) (x: float) = compile f (scalar x) |> Expr.toScalar

let private sigmoidByHand (x: Expr) = 1.0 / (1.0 + exp -x)

/// A function as a beginner writes it, a point where that fails, and the value and derivative there (from mpmath with 50 digits).
let private naive: (string * (Expr -> Expr) * float * float * float) list =
    [ "log sigmoid far below", (fun x -> log (Expr.sigmoid x)), -800.0, -800.0, 1.0
      "log sigmoid by hand", (fun x -> log (sigmoidByHand x)), -800.0, -800.0, 1.0
      "exp x / (1 + exp x)", (fun x -> exp x / (1.0 + exp x)), 800.0, 1.0, 0.0
      "log sigmoid above", (fun x -> log (Expr.sigmoid x)), 40.0, -4.248354255291589e-18, 4.248354255291589e-18
      "log(1 - sigmoid)", (fun x -> log (1.0 - Expr.sigmoid x)), 800.0, -800.0, -1.0
      "log(1 + exp)", (fun x -> log (1.0 + exp x)), 800.0, 800.0, 1.0
      "log(1 + x)", (fun x -> log (1.0 + x)), 1e-20, 1e-20, 1.0
      "log(1 - x)", (fun x -> log (1.0 - x)), 1e-20, -1e-20, -1.0
      "exp x - 1", (fun x -> exp x - 1.0), 1e-20, 1e-20, 1.0
      "log(exp x)", (fun x -> log (exp x)), 800.0, 800.0, 1.0
      "log(exp + exp)", (fun x -> log (exp x + exp (x - 1.0))), 800.0, 800.3132616875182, 1.0
      "the root of a square", (fun x -> sqrt (x * x)), 0.0, 0.0, 0.0
      "a norm squared", (fun x -> Expr.square (sqrt (Expr.square x))), 0.0, 0.0, 0.0 ]

let private vectors =
    let large = tensor [ 1000.0; 999.0; 0.0 ]

    [ testCase "the logarithm of softmax by hand, with its gradient" (fun () ->
          let loss (z: Expr) = -(Expr.sum (tensor [ 0.0; 1.0; 0.0 ] * log (exp z / Expr.sum (exp z))))
          Expect.close 1e-14 (compile loss large |> Expr.toScalar) 1.3132616875182228 "value"

          Values.close
              1e-14
              (grad loss large |> eval |> Expr.value)
              (tensor [ 0.7310585786300049; -0.7310585786300049; 0.0 ] |> Expr.value)
              "gradient")

      testCase "the logarithm of a sum of exponentials" (fun () ->
          Expect.close 1e-14 (compile (fun z -> log (Expr.sum (exp z))) large |> Expr.toScalar) 1000.3132616875182 "value")

      testCase "the logarithm of a mean of exponentials" (fun () ->
          let f (z: Expr) = log (Expr.mean (exp z))
          Expect.close 1e-14 (compile f large |> Expr.toScalar) 999.2146493988501 "value"

          let rows = Expr.stack 0 [ large; 2.0 * large ]
          let slope = vmap (grad f) rows |> eval |> Expr.toArray |> Array.sum
          Expect.close 1e-14 slope 2.0 "gradients of two rows, which are shares")

      testCase "a norm has the gradient 0 at 0" (fun () ->
          for norm in [ Expr.norm; (fun x -> sqrt (Expr.sum (x * x))) ] do
              let slope = grad norm (tensor [ 0.0; 0.0 ]) |> eval |> Expr.toArray
              Expect.equal slope [| 0.0; 0.0 |] "gradient") ]

/// Choices whose other branch is infinite or NaN at the point, on whole tensors: first and second derivatives.
let private choices: (string * (Expr -> Expr) * float[] * float[] * float[]) list =
    let positive x = Expr.greater x (scalar 0.0)

    [ "√ of what is not negative",
      (fun x -> Expr.sum (Expr.where (positive x) (sqrt x) (0.0 * x))),
      [| 0.0; 4.0; -1.0 |],
      [| 0.0; 0.25; 0.0 |],
      [| 0.0; -1.0 / 32.0; 0.0 |]
      "sin x / x",
      (fun x -> Expr.sum (Expr.where (Expr.equal x (scalar 0.0)) (1.0 + 0.0 * x) (sin x / x))),
      [| 0.0; 1.0 |],
      [| 0.0; -0.30116867893975674 |],
      [| 0.0; -0.23913362692838303 |]
      "x log x",
      (fun x -> Expr.sum (Expr.where (positive x) (x * log x) (0.0 * x))),
      [| 0.0; 1.0; -3.0 |],
      [| 0.0; 1.0; 0.0 |],
      [| 0.0; 1.0; 0.0 |]
      "exp that overflows",
      (fun x -> Expr.sum (Expr.where (Expr.less x (scalar 100.0)) (exp x) x)),
      [| 0.0; 1e4 |],
      [| 1.0; 1.0 |],
      [| 1.0; 0.0 |]
      "a branch for the whole tensor",
      (fun x -> Expr.where (positive (Expr.sum x)) (sqrt (Expr.sum x)) (Expr.sum (Expr.square x))),
      [| 0.0; 0.0 |],
      [| 0.0; 0.0 |],
      [| 2.0; 2.0 |]
      "a power and a quotient",
      (fun x -> Expr.sum (Expr.where (positive x) (x ** 0.5 / (1.0 / x)) x)),
      [| 0.0; 1.0 |],
      [| 1.0; 1.5 |],
      [| 0.0; 0.75 |]
      "in two choices",
      (fun x ->
          let root = sqrt x
          let small = Expr.less x (scalar 2.0)
          Expr.sum (Expr.where (positive x) root (0.0 * x) + Expr.where small (0.0 * x) root)),
      [| 0.0; 1.0; 4.0 |],
      [| 0.0; 0.5; 0.5 |],
      [| 0.0; -0.25; -1.0 / 16.0 |]
      "behind a transpose",
      (fun x ->
          let turned = Expr.transpose (Expr.reshape [ 1; 3 ] x)
          Expr.sum (Expr.where (positive turned) (Expr.transpose (Expr.reshape [ 1; 3 ] (sqrt x))) (0.0 * turned))),
      [| 0.0; 4.0; -1.0 |],
      [| 0.0; 0.25; 0.0 |],
      [| 0.0; -1.0 / 32.0; 0.0 |]
      "behind a slice",
      (fun x -> let tail, roots = x[1..], sqrt x in Expr.sum (Expr.where (positive tail) roots[1..] (0.0 * tail))),
      [| 4.0; 0.0; 4.0 |],
      [| 0.0; 0.0; 0.25 |],
      [| 0.0; 0.0; -1.0 / 32.0 |]
      "behind a broadcast",
      (fun x ->
          let both = Expr.broadcastTo [ 2; 2 ] x
          Expr.sum (Expr.where (positive both) (Expr.broadcastTo [ 2; 2 ] (sqrt x)) (0.0 * both))),
      [| 0.0; 4.0 |],
      [| 0.0; 0.5 |],
      [| 0.0; -1.0 / 16.0 |]
      "behind picked entries",
      (fun x ->
          let pick = Expr.gather 0 (tensor [ 1L; 0L; 1L ])
          Expr.sum (Expr.where (positive (pick x)) (pick (sin (1.0 / x))) (0.0 * pick x))),
      [| 0.0; 1.0 |],
      [| 0.0; -2.0 * cos 1.0 |],
      [| 0.0; 2.0 * (2.0 * cos 1.0 - sin 1.0) |]
      "rows of a product of matrices",
      (fun x ->
          let rows, weights = Expr.reshape [ 2; 2 ] x, tensor [ [ 1.0; 2.0 ]; [ 3.0; -1.0 ] ]
          let isIn = Expr.reshape [ 2; 1 ] (Expr.allOver [ 1 ] (positive rows))
          Expr.sum (Expr.where isIn (Expr.matmul (sqrt rows) weights) (Expr.matmul rows weights))),
      [| 0.0; 0.0; 4.0; 1.0 |],
      [| 3.0; 2.0; 0.75; 1.0 |],
      [| 0.0; 0.0; -3.0 / 32.0; -0.5 |]
      "sides that examples choose for themselves",
      (fun x ->
          let root x = cond (positive x) (fun (x: Expr) -> sqrt x, 1.0 / x) (fun x -> x * x, x) x
          let roots, inverses = vmap root x
          Expr.sum (roots + inverses)),
      [| 0.0; 4.0; -3.0 |],
      [| 1.0; 0.25 - 1.0 / 16.0; -5.0 |],
      [| 2.0; -1.0 / 32.0 + 2.0 / 64.0; 2.0 |] ]

/// Sums of several choices, each with a number before it.
let private third =
    testCase "third derivatives beside a branch not taken" (fun () ->
        let f (x: Expr) = Expr.sum (Expr.where (Expr.greater x (scalar 0.0)) (sqrt x * log x) (x * x))
        let x, v = tensor [ 1.0; -1.0; 0.0 ], tensor [ 2.0; 1.0; 1.0 ]
        // d³(√x log x)/dx³ at 1 is -1/4, by mpmath.
        let found = grad (fun x -> Expr.sum (v * hvp f x v)) x
        Values.close 1e-14 (eval found |> Expr.value) (tensor [ -1.0; 0.0; 0.0 ] |> Expr.value) "along v twice")

/// A guard costs a mask, so there is none where a divisor is seen to be no 0: the normalization of a layer of rectifiers.
let private unguarded =
    testCase "what cannot be infinite is left as it is" (fun () ->
        let x, w = Expr.variable "x" [ 4; 3 ], Expr.variable "w" [ 3; 3 ]

        let normalized (y: Expr) =
            let centred = y - Expr.keepDims Expr.meanOver [ 1 ] y
            centred / sqrt (Expr.keepDims Expr.meanOver [ 1 ] (Expr.square centred) + 1e-5)

        let loss = Expr.sum (Expr.relu (Expr.matmul (normalized x) w))
        let gradient = Reverse.gradient loss [ x ] |> List.head |> Print.text
        Expect.isTrue (gradient.Contains "where(") "a choice sends zeros through the product"
        Expect.isTrue (not (gradient.Contains "!= 0")) gradient)

/// Every transform differentiates the stable function: beside `grad`, the others would be NaN or infinite at these points.
let private transforms =
    testCase "stable functions under every transform" (fun () ->
        let one = scalar 1.0

        for f, x, value, slope in
            [ (fun (x: Expr) -> log (1.0 - Expr.sigmoid x)), 800.0, -800.0, -1.0
              (fun x -> log (exp x + exp -x)), -900.0, 900.0, -1.0 ] do
            let x = scalar x
            let number y = eval y |> Expr.toScalar
            Expect.equal (taylor 2 f x one |> List.map number) [ value; slope; 0.0 ] "Taylor mode"
            Expect.equal (laplacian f x |> number) 0.0 "Laplace's operator"
            let linearized, push = linearize f x
            Expect.equal (number linearized, number (push one)) (value, slope) "linearize"
            Expect.equal (directionalDerivative f x one |> number) slope "forward mode"
            Expect.equal (nthDerivative 1 f x |> number) slope "n-th derivative"

        let logCosh (x: Expr) = log (Expr.cosh x)
        Expect.equal (derivative logCosh 800.0) 1.0 "a quotient of two that overflow")

/// As of a logarithm: there is a gradient where the value is NaN, and it is that of log |det|. (PyTorch gives 0.)
let private determinants =
    testCase "the logarithm of a negative determinant" (fun () ->
        let a = tensor [ [ 0.0; 2.0 ]; [ 4.0; 0.0 ] ]
        Expect.isTrue (Expr.logDeterminant a |> eval |> Expr.toScalar |> System.Double.IsNaN) "value"
        Expect.equal (grad Expr.logDeterminant a |> eval |> Expr.toArray) [| 0.0; 0.5; 0.25; 0.0 |] "gradient")

let tests =
    testList
        "Stability"
        [ testList
              "as a beginner writes it"
              [ for name, f, x, expected, slope in naive do
                    testCase name (fun () ->
                        Expect.close 1e-14 (value f x) expected "value"
                        Expect.close 1e-14 (derivative f x) slope "derivative") ]
          testList "vectors" vectors
          unguarded
          third
          transforms
          determinants
          testList
              "branches not taken"
              [ for name, f, x, first, second in choices do
                    testCase name (fun () ->
                        let x = tensor (List.ofArray x)
                        Values.close 1e-14 (grad f x |> eval |> Expr.value) (tensor (List.ofArray first) |> Expr.value) "first"
                        let slopes x = Expr.sum (grad f x)
                        Values.close 1e-14 (grad slopes x |> eval |> Expr.value) (tensor (List.ofArray second) |> Expr.value) "second"
                        let compiled = compile (grad f) x |> Expr.value
                        Values.close 1e-14 compiled (tensor (List.ofArray first) |> Expr.value) "compiled") ] ]
