/// Derivatives as a reader sees them: the gradients of the lectures' losses, word for word.
module Fluxion.Tests.ReadableTests

open Fluxion

let private X, w = Expr.variable "X" [ 569; 3 ], Expr.variable "w" [ 3 ]
let private y = Expr.variable "y" [ 569 ]
let private labels = Expr.variableOf "k" DType.Int64 [ 569 ]
let private z, t = Expr.variable "z" [ 10 ], Expr.variable "t" [ 10 ]
let private x = Expr.variable "x" []
let private logits = Expr.matmul X w

let private crossEntropy (y: Expr) (p: Expr) = -(Expr.mean (y * log p + (1.0 - y) * log (1.0 - p)))

let private softmaxByHand (z: Expr) = exp z / Expr.sum (exp z)

let private gradient (loss: Expr) (by: Expr) = Reverse.gradient loss [ by ] |> List.head

/// A loss, what it is differentiated by, and the gradient in text and LaTeX.
let private golden: (string * Expr * Expr * string * string) list =
    [ "mean squared error",
      Expr.mean (Expr.square (logits - y)),
      w,
      "(2/569)*(Xᵀ (X w - y))",
      "\\frac{2}{569} \\cdot \\left(X^{\\top} \\, \\left(X \\, w - y\\right)\\right)"
      "logistic loss, from probabilities",
      crossEntropy y (Expr.sigmoid logits),
      w,
      "(1/569)*(Xᵀ (sigmoid(X w) - y))",
      "\\frac{1}{569} \\cdot \\left(X^{\\top} \\, \\left(\\sigma\\left(X \\, w\\right) - y\\right)\\right)"
      "logistic loss, from logits",
      Loss.binaryCrossEntropyWithLogits y logits,
      w,
      "(1/569)*(Xᵀ (sigmoid(X w) - y))",
      "\\frac{1}{569} \\cdot \\left(X^{\\top} \\, \\left(\\sigma\\left(X \\, w\\right) - y\\right)\\right)"
      "softmax cross-entropy of probabilities t",
      -(Expr.sum (t * log (softmaxByHand z))),
      z,
      "softmax(z, axis=0)*sum(t) - t",
      "\\operatorname{softmax}\\left(z, \\text{axis=0}\\right) \\cdot \\sum\\left(t\\right) - t"
      "hinge loss",
      Expr.mean (Expr.relu (1.0 - y * logits)),
      w,
      "(-1/569)*(Xᵀ where(0 < relu(1 - y*(X w)), y, 0))",
      "-\\frac{1}{569} \\cdot \\left(X^{\\top} \\, \\begin{cases} y & 0 < \\operatorname{relu}\\left(1 - y \\cdot \\left(X \\, w\\right)\\right) \\\\ 0 & \\text{otherwise} \\end{cases}\\right)"
      "ridge",
      Expr.mean (Expr.square (logits - y)) + 0.1 * Expr.sum (w * w),
      w,
      "0.2*w + (2/569)*(Xᵀ (X w - y))",
      "0.2 \\cdot w + \\frac{2}{569} \\cdot \\left(X^{\\top} \\, \\left(X \\, w - y\\right)\\right)"
      "a cube", x * x * x, x, "3*x²", "3 \\cdot x^{2}"
      "softplus by hand", log (1.0 + exp x), x, "sigmoid(x)", "\\sigma\\left(x\\right)"
      "a root in a branch",
      Expr.where (Expr.greater x (scalar 0.0)) (sqrt x) (x * 0.0),
      x,
      "where(0 < x, 1/(2*sqrt(x)), 0)",
      "\\begin{cases} \\frac{1}{2 \\cdot \\sqrt{x}} & 0 < x \\\\ 0 & \\text{otherwise} \\end{cases}" ]

let private classes =
    testCase "softmax cross-entropy of labels is softmax minus one-hot" (fun () ->
        let z = Expr.variable "z" [ 569; 3 ]
        let found = gradient (Loss.softmaxCrossEntropy labels z) z

        let oneHot = Expr.where (Expr.oneHotOf DType.Bool 3 labels) (scalar 1.0) (scalar 0.0)
        let expected = (1.0 / 569.0) * (Expr.softmax 1 z - oneHot)
        Expect.isTrue (Graph.same found expected) $"{Print.text found}")

let private log' =
    testCase "a log tells which laws made it so" (fun () ->
        let fired = Rewrite.log (log (Expr.sigmoid x) + 2.0 * (3.0 * x))

        Expect.equal
            [ for firing in fired -> firing.Law, string firing.Before, string firing.After ]
            [ "log(sigmoid x) = -softplus(-x)", "log(sigmoid(x))", "-softplus(-x)"
              "a * (b * x) = (a b) * x", "2*3*x", "6*x"
              "x + -y = x - y", "-softplus(-x) + 6*x", "6*x - softplus(-x)" ]
            "each law, the node before, and after")

let tests =
    testList
        "Readable"
        [ for name, loss, by, text, latex in golden do
              testCase name (fun () ->
                  let found = gradient loss by
                  Expect.equal (Print.text found) text "text"
                  Expect.equal (Print.latex found) latex "LaTeX")

          classes
          log' ]
