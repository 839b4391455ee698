/// Derivatives as a reader sees them: the gradients of the lectures' losses, word for word.
module Fluxion.Tests.ReadableTests

open Fluxion

let private X, w = Expr.variable "X" [ 569; 3 ], Expr.variable "w" [ 3 ]
let private y = Expr.variable "y" [ 569 ]
let private labels = Expr.variableOf "k" DType.Int64 [ 569 ]
let private z, t = Expr.variable "z" [ 10 ], Expr.variable "t" [ 10 ]
let private W, T = Expr.variable "W" [ 3; 4 ], Expr.variable "T" [ 569; 4 ]
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
      "2/569 * Xᵀ(X w - y)",
      "\\frac{2}{569} X^{\\top} \\left(X w - y\\right)"
      "mean squared error, its residual written twice",
      Expr.mean ((Expr.matmul X w - y) * (Expr.matmul X w - y)),
      w,
      "2/569 * Xᵀ(X w - y)",
      "\\frac{2}{569} X^{\\top} \\left(X w - y\\right)"
      "logistic loss, from probabilities",
      crossEntropy y (Expr.sigmoid logits),
      w,
      "1/569 * Xᵀ(sigmoid(X w) - y)",
      "\\frac{1}{569} X^{\\top} \\left(\\sigma\\left(X w\\right) - y\\right)"
      "logistic loss, from logits",
      Loss.binaryCrossEntropyWithLogits y logits,
      w,
      "1/569 * Xᵀ(sigmoid(X w) - y)",
      "\\frac{1}{569} X^{\\top} \\left(\\sigma\\left(X w\\right) - y\\right)"
      "softmax cross-entropy", Expr.logSumExp z - Expr.sum (t * z), z, "softmax(z) - t", "\\operatorname{softmax}\\left(z\\right) - t"
      "softmax cross-entropy, when nothing says that t sums to 1",
      -(Expr.sum (t * log (softmaxByHand z))),
      z,
      "softmax(z)*sum(t) - t",
      "\\operatorname{softmax}\\left(z\\right) \\cdot \\sum\\left(t\\right) - t"
      "softmax cross-entropy of probabilities, in a linear model",
      Loss.softmaxCrossEntropy T (Expr.matmul X W),
      W,
      "1/569 * Xᵀ(softmax(X W) - T)",
      "\\frac{1}{569} X^{\\top} \\left(\\operatorname{softmax}\\left(X W\\right) - T\\right)"
      "softmax cross-entropy of labels, in a linear model",
      Loss.softmaxCrossEntropy labels (Expr.matmul X W),
      W,
      "1/569 * Xᵀ(softmax(X W) - oneHot(k))",
      "\\frac{1}{569} X^{\\top} \\left(\\operatorname{softmax}\\left(X W\\right) - \\operatorname{oneHot}\\left(k\\right)\\right)"
      "hinge loss",
      Expr.mean (Expr.relu (1.0 - y * logits)),
      w,
      "-1/569 * Xᵀ where(0 < relu(1 - y * X w), y, 0)",
      "-\\frac{1}{569} X^{\\top} \\begin{cases} y & 0 < \\operatorname{relu}\\left(1 - y \\cdot X w\\right) \\\\ 0 & \\text{otherwise} \\end{cases}"
      "ridge",
      Expr.mean (Expr.square (logits - y)) + 0.1 * Expr.sum (w * w),
      w,
      "0.2*w + 2/569 * Xᵀ(X w - y)",
      "0.2 w + \\frac{2}{569} X^{\\top} \\left(X w - y\\right)"
      "a cube", x * x * x, x, "3*x²", "3 x^{2}"
      "softplus by hand", log (1.0 + exp x), x, "sigmoid(x)", "\\sigma\\left(x\\right)"
      "a root in a branch",
      Expr.where (Expr.greater x (scalar 0.0)) (sqrt x) (x * 0.0),
      x,
      "where(0 < x, 1/(2*sqrt(x)), 0)",
      "\\begin{cases} \\frac{1}{2 \\sqrt{x}} & 0 < x \\\\ 0 & \\text{otherwise} \\end{cases}" ]

let private U, C = Expr.variable "U" [ 30; 7 ], Expr.variable "C" [ 30; 30 ]
let private Q, K, V = Expr.variable "Q" [ 5; 16 ], Expr.variable "K" [ 7; 16 ], Expr.variable "V" [ 7; 4 ]
let private G = Expr.variable "G" [ 5; 4 ]
let private b, s, m = Expr.variable "b" [], Expr.variable "s" [], Expr.variable "m" []
let private attention = Expr.matmul (Expr.softmax 1 (Expr.matmul Q (Expr.transpose K) / 4.0)) V

let private huber (delta: float) (r: Expr) =
    Expr.mean (Expr.where (Expr.lessEqual (abs r) (scalar delta)) (0.5 * Expr.square r) (delta * (abs r - 0.5 * delta)))

/// More losses, as text.
let private more: (string * Expr * Expr * string) list =
    [ "logistic loss, the model written out in each term",
      (let p () = Expr.sigmoid (Expr.matmul X w + b)
       -(Expr.mean (y * log (p ()) + (1.0 - y) * log (1.0 - p ())))),
      w,
      "1/569 * Xᵀ(sigmoid(X w + b) - y)"
      "Huber's loss", huber 1.0 (logits - y), w, "let t1 = X w - y\n1/569 * Xᵀ where(|t1| <= 1, t1, sign(t1))"
      "Huber's loss, of another width", huber 2.0 (logits - y), w, "let t1 = X w - y\nXᵀ where(|t1| <= 2, 1/569 * t1, 2/569 * sign(t1))"
      "log cosh", Expr.mean (log (Expr.cosh (logits - y))), w, "1/569 * Xᵀ tanh(X w - y)"
      "a trace", Expr.trace (Expr.matmul (Expr.transpose U) (Expr.matmul C U)), U, "Cᵀ U + C U"
      "a trace of a square", Expr.trace (Expr.matmul (Expr.transpose X) X), X, "2*X"
      "factors of a matrix", Expr.sum (Expr.square (Expr.matmul T (Expr.transpose W) - X)), W, "2 * (T Wᵀ - X)ᵀ T"
      "attention, by its values", Expr.sum (G * attention), V, "softmax(0.25 * Q Kᵀ)ᵀ G"
      "the logarithm of a determinant", Expr.logDeterminant C, C, "(C⁻¹)ᵀ"
      "half of it", 0.5 * Expr.logDeterminant C, C, "0.5*(C⁻¹)ᵀ"
      "entropy", -(Expr.sum (z * log z)), z, "-(log(z) + 1)"
      "divergence", Expr.sum (z * (log z - log t)), z, "log(z) - log(t) + 1"
      "a normal density", exp (-x * x / 2.0), x, "-(x*exp(-0.5*x²))"
      "the root of 1 + x²", sqrt (1.0 + x * x), x, "x/sqrt(1 + x²)"
      "a normal distribution, by its width", Expr.sum (Expr.square ((y - m) / s) / 2.0 + log s), s, "569/s - sum(((y - m)/s)²/s)"
      "sides that examples choose for themselves",
      Expr.sum (vmap (fun x -> cond (Expr.greater x (scalar 0.0)) sqrt (fun x -> x * x) x) z),
      z,
      "where(0 < z, 1/(2*sqrt(z)), 2*z)" ]

/// Second derivatives by w, as text.
let private hessians: (string * (Expr -> Expr) * string) list =
    [ "mean squared error", (fun w -> Expr.mean (Expr.square (Expr.matmul X w - y))), "2/569 * Xᵀ X"
      "logistic loss",
      (fun w -> Loss.binaryCrossEntropyWithLogits y (Expr.matmul X w)),
      "let t1 = sigmoid(X w)\n1/569 * ((Xᵀ*t1*(1 - t1)) X)ᵀ" ]

let private named =
    testCase "sizes may have names" (fun () ->
        let error = gradient (Expr.mean (Expr.square (logits - y))) w
        Expect.equal (Print.textWith [ "n", 569 ] error) "2/n * Xᵀ(X w - y)" "mean squared error"
        Expect.equal (Print.latexWith [ "n", 569 ] error) "\\frac{2}{n} X^{\\top} \\left(X w - y\\right)" "LaTeX"
        let logistic = gradient (Loss.binaryCrossEntropyWithLogits y logits) w
        Expect.equal (Print.textWith [ "n", 569 ] logistic) "1/n * Xᵀ(sigmoid(X w) - y)" "logistic loss"
        let several = gradient (Expr.mean (Expr.square (Expr.matmul X W - T))) W
        Expect.equal (Print.textWith [ "n", 569; "m", 4 ] several) "2/(n*m) * Xᵀ(X W - T)" "a product of sizes"
        Expect.equal (Print.latexWith [ "n", 569; "m", 4 ] several) "\\frac{2}{n \\, m} X^{\\top} \\left(X W - T\\right)" "in LaTeX"
        // A short decimal is a fraction too where a size says so; what is none stays.
        let x = Expr.variable "x" [ 100 ]
        let short = gradient (Expr.mean (Expr.square x) + 0.3 * Expr.sum x) x
        Expect.equal (Print.text short) "0.3 + 0.02*x" "a decimal"
        Expect.equal (Print.textWith [ "n", 100 ] short) "0.3 + 2/n * x" "a fraction"
        Expect.equal (Print.textWith [ "n", 1 ] (2.0 * x)) "2*x" "a whole number"
        let error () = Print.textWith [ "n", 0 ] short |> ignore
        let message = (Expect.throws<System.ArgumentException> error "no size").Message
        Expect.equal message "Print.textWith: a size needs a name and must be positive, but 'n' is 0; name the sizes of axes?" "error")

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

          for name, f, text in hessians do
              testCase $"second derivatives: {name}" (fun () -> Expect.equal (hessian f w |> Print.text) text "text")

          for name, loss, by, text in more do
              testCase name (fun () -> Expect.equal (gradient loss by |> Print.text) text "text")

          named
          log' ]
