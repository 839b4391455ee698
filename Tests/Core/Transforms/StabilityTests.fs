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
      "1 - exp x", (fun x -> 1.0 - exp x), 1e-20, -1e-20, -1.0
      "log(1 - exp x) near 0", (fun x -> log (1.0 - exp x)), -1e-20, -46.051701859880914, -1e20
      "log(1 - exp x) near 1/2, above", (fun x -> log (1.0 - exp x)), -0.6, -0.79587036834631956, -1.2163692151608708
      "log(1 - exp x) near 1/2, below", (fun x -> log (1.0 - exp x)), -0.7, -0.68634100280838511, -0.9864338636344633
      "log(1 - exp x) far below", (fun x -> log (1.0 - exp x)), -50.0, -1.9287498479639178e-22, -1.9287498479639178e-22
      "log(1 - exp x) where exp(-x) overflows", (fun x -> log (1.0 - exp x)), -800.0, 0.0, 0.0
      "log1p(-sigmoid x)", (fun x -> Expr.log1p -(Expr.sigmoid x)), 800.0, -800.0, -1.0
      "logistic growth above", (fun x -> 3.0 / (1.0 + exp (2.0 - x))), 40.0, 3.0, 9.4173983761440883e-17
      "logistic growth far below", (fun x -> 3.0 / (1.0 + exp (2.0 - x))), -800.0, 0.0, 0.0
      "1 / (1 + exp x)", (fun x -> Expr.reciprocal (exp x + 1.0)), 800.0, 0.0, 0.0
      "log(exp x + exp y)", (fun x -> log (exp x + exp (2.0 * x))), 800.0, 1600.0, 2.0
      "log(1 + Σ exp x)", (fun x -> log (1.0 + Expr.sum (exp x))), 800.0, 800.0, 1.0
      "a root mean square", (fun x -> sqrt (Expr.mean (x * x))), 0.0, 0.0, 0.0
      "log(exp x)", (fun x -> log (exp x)), 800.0, 800.0, 1.0
      "log(exp + exp)", (fun x -> log (exp x + exp (x - 1.0))), 800.0, 800.3132616875182, 1.0
      "the root of a square", (fun x -> sqrt (x * x)), 0.0, 0.0, 0.0
      "a norm squared", (fun x -> Expr.square (sqrt (Expr.square x))), 0.0, 0.0, 0.0 ]

/// A stable function, and the forms that it is to be found in.
let private forms: (string * Expr * Expr list) list =
    let x, y, m = Expr.variable "x" [ 3 ], Expr.variable "y" [ 3 ], Expr.variable "m" [ 2; 3 ]
    let rows reduce = Expr.keepDims reduce [ 1 ]
    let logSigmoid x = Expr.logSigmoid x
    let sigmoid x = Expr.sigmoid x

    [ "exp x - 1", Expr.expm1 x, [ exp x - 1.0; -1.0 + exp x; exp x + -1.0; -(1.0 - exp x); -(-(exp x) + 1.0) ]
      "1 - exp x", -(Expr.expm1 x), [ 1.0 - exp x; -(exp x) + 1.0; 1.0 + -(exp x); -1.0 * exp x + 1.0; -(exp x - 1.0); -(-1.0 + exp x) ]
      "1 - exp(-2x)", -(Expr.expm1 (-2.0 * x)), [ 1.0 - exp (-2.0 * x); 1.0 - exp (-(2.0 * x)) ]
      "log(1 + x)", Expr.log1p x, [ log (1.0 + x); log (x + 1.0) ]
      "log(1 - x)", Expr.log1p -x, [ log (1.0 - x); log (-x + 1.0); log (1.0 + -x); log (-1.0 * x + 1.0) ]
      "log(1 + exp x)", Expr.softplus x, [ log (1.0 + exp x); log (exp x + 1.0); Expr.log1p (exp x); -(log (1.0 / (1.0 + exp x))) ]
      "sigmoid x",
      sigmoid x,
      [ 1.0 / (1.0 + exp -x)
        1.0 / (exp -x + 1.0)
        Expr.reciprocal (1.0 + exp -x)
        exp x / (1.0 + exp x)
        exp x / (exp x + 1.0) ]
      "sigmoid of a difference", sigmoid (x - y), [ 1.0 / (1.0 + exp (y - x)); 1.0 / (1.0 + exp (-(x - y))) ]
      "sigmoid of a multiple", sigmoid (2.0 * x), [ 1.0 / (1.0 + exp (-2.0 * x)); 1.0 / (1.0 + exp (-(2.0 * x))) ]
      "sigmoid(-x)", sigmoid -x, [ 1.0 / (1.0 + exp x); exp -x / (1.0 + exp -x) ]
      "y sigmoid x", y * sigmoid x, [ y / (1.0 + exp -x); y / (exp -x + 1.0) ]
      "log(sigmoid x)", logSigmoid x, [ log (sigmoid x); log (1.0 / (1.0 + exp -x)); -(log (1.0 + exp -x)) ]
      "log(1 - sigmoid x)",
      logSigmoid -x,
      [ log (1.0 - sigmoid x)
        log (-(sigmoid x) + 1.0)
        log (1.0 + -(sigmoid x))
        log (1.0 - 1.0 / (1.0 + exp -x))
        Expr.log1p -(sigmoid x) ]
      "log(exp x + exp y)", Expr.logAddExp x y, [ log (exp x + exp y) ]
      "log Σ exp x", Expr.logSumExp x, [ log (Expr.sum (exp x)); log (Expr.sumOver [ 0 ] (exp x)) ]
      "log Σ exp x, its axis kept", rows Expr.logSumExpOver m, [ log (rows Expr.sumOver (exp m)) ]
      "log Σ exp x, shifted", Expr.max x + Expr.logSumExp (x - Expr.max x), [ Expr.max x + log (Expr.sum (exp (x - Expr.max x))) ]
      "logSoftmax x", Expr.logSoftmax 1 m, [ log (exp m / rows Expr.sumOver (exp m)); log (Expr.softmax 1 m) ]
      "log(mean(exp x))",
      Expr.logSumExp x + log (1.0 / 3.0),
      [ log (Expr.mean (exp x)); log (Expr.sum (exp x) / 3.0); log (1.0 / 3.0 * Expr.sum (exp x)) ]
      "‖x‖", Expr.norm x, [ sqrt (Expr.sum (x * x)); sqrt (Expr.sum (x ** 2.0)); Expr.sum (Expr.square x) ** 0.5; sqrt (Expr.dot x x) ]
      "2 ‖x‖", 2.0 * Expr.norm x, [ sqrt (Expr.sum (2.0 * x * (2.0 * x))); sqrt (4.0 * Expr.sum (x * x)) ]
      "‖x - y‖", Expr.norm (x - y), [ sqrt (Expr.sum ((x - y) * (x - y))); sqrt (Expr.sum (Expr.squaredDifference x y)) ]
      "‖x‖, its axis kept", rows Expr.normOver m, [ sqrt (rows Expr.sumOver (m * m)) ]
      "|x|", abs x, [ sqrt (x * x); sqrt (x ** 2.0); (x * x) ** 0.5 ] ]

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
          for norm in
              [ Expr.norm
                (fun x -> sqrt (Expr.sum (x * x)))
                (fun x -> Expr.sum (x ** 2.0) ** 0.5)
                (fun x -> sqrt (Expr.sum (2.0 * x * (2.0 * x))))
                (fun x -> sqrt (Expr.dot x x))
                (fun x -> sqrt (Expr.sum (Expr.squaredDifference x (zeros [ 2 ]))))
                (fun x -> Expr.sum (sqrt (Expr.keepDims Expr.sumOver [ 1 ] (Expr.square (Expr.reshape [ 1; 2 ] x))))) ] do
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
          testList
              "in all its forms"
              [ for name, stable, forms in forms do
                    testCase name (fun () ->
                        for form in forms do
                            let simple = Rewrite.simplify form
                            Expect.isTrue (Graph.same simple (Rewrite.simplify stable)) $"{form} is {simple}, not {stable}") ]
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
