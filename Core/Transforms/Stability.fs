namespace Fluxion

open System

/// Laws that hold for real numbers, and whose right side also holds for floating-point ones: it neither overflows, nor takes the logarithm of 0, nor
/// loses the digits of a small number beside 1. They are applied before a function is differentiated too, for only a stable function has a
/// stable derivative. (Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 1.14; Blanchard, Higham and Higham 2021.)
module internal Stability =
    open Row
    open Rules

    let private isSame (x: Expr) (y: Expr) = obj.ReferenceEquals(x, y)
    let private softplus (x: Expr) = Column.apply Univariate.softplus () [ x ]
    let private sigmoid (x: Expr) = Column.apply Univariate.sigmoid () [ x ]
    let private absolute (x: Expr) = Column.apply Univariate.abs () [ x ]
    let private expm1 (x: Expr) = Column.apply Univariate.expm1 () [ x ]
    let private log1p (x: Expr) = Column.apply Univariate.log1p () [ x ]

    [<return: Struct>]
    let inline private (|Add|_|) (expr: Expr) = (|Binary|_|) Elementwise.add expr

    [<return: Struct>]
    let inline private (|Subtract|_|) (expr: Expr) = (|Binary|_|) Elementwise.subtract expr

    [<return: Struct>]
    let inline private (|Multiply|_|) (expr: Expr) = (|Binary|_|) Elementwise.multiply expr

    [<return: Struct>]
    let inline private (|Divide|_|) (expr: Expr) = (|Binary|_|) Elementwise.divide expr

    [<return: Struct>]
    let private (|Negated|_|) (expr: Expr) = (|Unary|_|) Elementwise.negate expr

    [<return: Struct>]
    let private (|Exp|_|) (expr: Expr) = (|Unary|_|) Univariate.exp expr

    [<return: Struct>]
    let private (|Expm1|_|) (expr: Expr) = (|Unary|_|) Univariate.expm1 expr

    [<return: Struct>]
    let private (|Sigmoid|_|) (expr: Expr) = (|Unary|_|) Univariate.sigmoid expr

    [<return: Struct>]
    let private (|Square|_|) (expr: Expr) = (|Unary|_|) Univariate.square expr

    [<return: Struct>]
    let private (|Softplus|_|) (expr: Expr) = (|Unary|_|) Univariate.softplus expr

    // 1 plus something.
    let private (|OnePlus|_|) (expr: Expr) =
        match expr with
        | Add(Everywhere 1.0, x)
        | Add(x, Everywhere 1.0) when x.Shape = expr.Shape -> Some x
        | _ -> None

    // x², that of a difference too.
    let private (|Squared|_|) (expr: Expr) =
        match expr with
        | Square x -> Some x
        | Binary Pairwise.squaredDifference (x, y) -> Some(x - y)
        | _ -> None

    // The number that a tensor is multiplied with, or divided by, and the tensor without it.
    let private factored (expr: Expr) : float * Expr =
        match expr with
        | Scaled(c, x) -> c, x
        | Divide(x, Number c) when x.Shape = expr.Shape -> 1.0 / c, x
        | x -> 1.0, x

    let private isPositiveNumber (c: float) = c > 0.0 && Double.IsFinite c

    // A positive number times a sum, as a mean is: the number, and the axes and the terms of the sum. The total may have got another shape.
    let private (|Total|_|) (expr: Expr) : (float * Axes * Expr) option =
        let number, inner = factored expr

        let total =
            match tryApplication Movement.reshape inner with
            | ValueSome(_, [| x |]) -> x
            | _ -> inner

        match tryApplication Reduction.sum total, tryApplication Reduction.mean total with
        | ValueSome(axes, [| x |]), _ when isPositiveNumber number -> Some(number, axes, x)
        | _, ValueSome(axes, [| x |]) when isPositiveNumber number && Shape.size x.Shape > 0 ->
            Some(number * float (Shape.size total.Shape) / float (Shape.size x.Shape), axes, x)
        | _ -> None

    // A number times the sum of squares, a vector's product with itself among them.
    let private (|SumOfSquares|_|) (expr: Expr) : (float * Axes * Expr) option =
        match expr with
        | Total(c, axes, Squared x) -> Some(c, axes, x)
        | _ ->
            match factored expr with
            | c, Binary Contraction.matmul (x, y) when isPositiveNumber c && x.Rank = 1 && isSame x y -> Some(c, Axes.All, x)
            | _ -> None

    let private (|ScaledSquare|_|) (expr: Expr) : (float * Expr) option =
        match factored expr with
        | c, Squared x when isPositiveNumber c -> Some(c, x)
        | _ -> None

    // The logarithm of c Σ exp x, in a shape of as many elements.
    let private logTotal (shape: Shape) (c: float) (axes: Axes) (x: Expr) : Expr =
        let logarithm = (Column.apply Reduction.logSumExp axes [ x ]).ReshapeTo shape
        if c = 1.0 then logarithm else logarithm + Math.Log c

    let private times (c: float) (x: Expr) = if c = 1.0 then x else x.Literal c * x

    // A reduction along one axis, whose result may have the axis back as one element.
    let private (|Along|_|) (reduction: Row<Axes>) (expr: Expr) =
        let inner =
            match tryApplication Movement.reshape expr with
            | ValueSome(_, [| x |]) -> x
            | _ -> expr

        match tryApplication reduction inner with
        | ValueSome(Axes.Along [ axis ], [| x |]) when expr.Shape = Shape.reduce true [ axis ] x.Shape -> Some(axis, x)
        // One along the first axis broadcasts as it is.
        | ValueSome(Axes.Along [ 0 ], [| x |]) when isSame inner expr -> Some(0, x)
        | ValueSome(Axes.All, [| x |]) when x.Rank = 1 && isSame inner expr -> Some(0, x)
        | _ -> None

    // A product with a softplus: the other factor, and what it is of.
    let private (|SoftplusProduct|_|) (expr: Expr) =
        match expr with
        | Multiply(y, Softplus z)
        | Multiply(Softplus z, y) -> Some(y, z)
        | _ -> None

    // The negative log likelihood of a Bernoulli variable, term by term: y softplus(-z) + (1 - y) softplus z, from its two terms.
    let private bernoulli (one: Expr) (zero: Expr) =
        match one, zero with
        | SoftplusProduct(y, Negated z), SoftplusProduct(Subtract(Everywhere 1.0, y'), z') when isSame y y' && isSame z z' ->
            Some(softplus z - y * z)
        | _ -> None

    // Whether the logarithm of x is a term of a sum, which then is NaN or infinite wherever x is not a positive number.
    let rec private hasLogarithm (depth: int) (x: Expr) (expr: Expr) =
        match expr with
        | Unary Univariate.log y -> isSame x y
        | Negated y -> depth > 0 && hasLogarithm (depth - 1) x y
        | Add(y, z)
        | Subtract(y, z) -> depth > 0 && (hasLogarithm (depth - 1) x y || hasLogarithm (depth - 1) x z)
        | _ -> false

    let private matrix (x: Expr) = Expr.reshape [ 1; Shape.size x.Shape ] x
    let private probability (x: Expr) = sigmoid (x + 1.0)

    let laws: Law list =
        [ unary "log(sigmoid x) = -softplus(-x)" Univariate.log [ fun x -> Expr.Log(sigmoid x) ] (fun _ x ->
              match x with
              | Sigmoid x -> Some -(softplus -x)
              | _ -> None)
          unary "log(1 - sigmoid x) = -softplus x" Univariate.log [ fun x -> Expr.Log(1.0 - sigmoid x) ] (fun node x ->
              match x with
              | Subtract(Everywhere 1.0, Sigmoid x) -> shaped node -(softplus x)
              | _ -> None)
          unary
              "log(1 + exp x) = softplus x"
              Univariate.log
              [ (fun x -> Expr.Log(1.0 + Expr.Exp x)); (fun x -> Expr.Log(Expr.Exp x + 1.0)) ]
              (fun _ x ->
                  match x with
                  | OnePlus(Exp x) -> Some(softplus x)
                  | _ -> None)
          unary "log1p(exp x) = softplus x" Univariate.log1p [ fun x -> Expr.log1p (Expr.Exp x) ] (fun _ x ->
              match x with
              | Exp x -> Some(softplus x)
              | _ -> None)
          unary "log1p(-sigmoid x) = -softplus x" Univariate.log1p [ fun x -> Expr.log1p -(sigmoid x) ] (fun _ x ->
              match x with
              | Negated(Sigmoid x) -> Some -(softplus x)
              | _ -> None)
          unary
              "log1p(c Σ exp x) = softplus(log(c Σ exp x))"
              Univariate.log1p
              [ fun x -> Expr.log1p (Expr.sum (Expr.Exp x)) ]
              (fun node x ->
                  match x with
                  | Total(c, axes, Exp x) -> Some(softplus (logTotal node.Shape c axes x))
                  | _ -> None)
          unary
              "log(1 + x) = log1p x"
              Univariate.log
              [ (fun x -> Expr.Log(1.0 + Expr.square x)); (fun x -> Expr.Log(1.0 - Expr.Sin x)) ]
              (fun _ x ->
                  match x with
                  | OnePlus(Exp _) -> None
                  | OnePlus x -> Some(log1p x)
                  | Subtract(Everywhere 1.0, Sigmoid _) -> None
                  | Subtract(Everywhere 1.0, x) & difference when x.Shape = difference.Shape -> Some(log1p -x)
                  | _ -> None)
          number "exp x - 1 = expm1 x" Elementwise.subtract [ fun x -> Expr.Exp x - 1.0 ] (fun node x y ->
              match x, y with
              | Exp x, Everywhere 1.0 when node.Shape = x.Shape -> Some(expm1 x)
              | _ -> None)
          number "1 - exp x = -expm1 x" Elementwise.subtract [ fun x -> 1.0 - Expr.Exp x ] (fun node x y ->
              match x, y with
              | Everywhere 1.0, Exp y when node.Shape = y.Shape -> Some -(expm1 y)
              | _ -> None)
          number "exp x + -1 = expm1 x" Elementwise.add [ (fun x -> Expr.Exp x + -1.0); (fun x -> -1.0 + Expr.Exp x) ] (fun node x y ->
              match x, y with
              | Exp x, Everywhere -1.0
              | Everywhere -1.0, Exp x when node.Shape = x.Shape -> Some(expm1 x)
              | _ -> None)
          // As an exponential below 1/2 it is small beside 1, and above, what is left of 1 is. (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012.)
          unary
              "log(-expm1 x) = log(1 - exp x) below -log 2, x + log(expm1(-x)) above"
              Univariate.log
              [ fun x -> Expr.Log -(expm1 -x) ]
              (fun _ x ->
                  match x with
                  | Negated(Expm1 x) ->
                      let isAbove = Column.apply Elementwise.less () [ x.Literal -(Math.Log 2.0); x ]
                      Some(Column.apply Elementwise.where () [ isAbove; x + Expr.Log(expm1 -x); log1p -(Expr.Exp x) ])
                  | _ -> None)
          unary "log(exp x) = x" Univariate.log [ fun x -> Expr.Log(Expr.Exp x) ] (fun _ x ->
              match x with
              | Exp x -> Some x
              | _ -> None)
          unary "log(softmax x) = logSoftmax x" Univariate.log [ fun x -> Expr.Log(Expr.softmax 1 (matrix x)) ] (fun _ x ->
              match tryApplication Softmax.softmax x with
              | ValueSome(axis, [| x |]) -> Some(Column.apply Softmax.logSoftmax axis [ x ])
              | _ -> None)
          law "exp(logSoftmax x) = softmax x" Univariate.exp [ fun x -> Expr.Exp(Expr.logSoftmax 1 (matrix x)) ] (function
              | Exp logSoftmax ->
                  match tryApplication Softmax.logSoftmax logSoftmax with
                  | ValueSome(axis, [| x |]) -> Some(Column.apply Softmax.softmax axis [ x ])
                  | _ -> None
              | _ -> None)
          unary
              "log(c Σ exp x) = logsumexp x + log c"
              Univariate.log
              [ (fun x -> Expr.Log(Expr.sum (Expr.Exp x)))
                (fun x -> Expr.Log(Expr.mean (Expr.Exp x)))
                (fun x -> Expr.Log(Expr.sum (Expr.Exp x) / 3.0))
                (fun x -> Expr.Log(Expr.keepDims Expr.sumOver [ 1 ] (Expr.Exp(matrix x)))) ]
              (fun node x ->
                  match x with
                  | Total(c, axes, Exp x) -> Some(logTotal node.Shape c axes x)
                  | _ -> None)
          unary "log(exp x + exp y) = logaddexp(x, y)" Univariate.log [ fun x -> Expr.Log(Expr.Exp x + Expr.Exp(Expr.Sin x)) ] (fun _ x ->
              match x with
              | Add(Exp x, Exp y) -> Some(Column.apply Pairwise.logAddExp () [ x; y ])
              | _ -> None)
          law
              "exp x / Σ exp x = softmax x"
              Elementwise.divide
              [ fun x -> Expr.Exp(matrix x) / Expr.reshape [ 1; 1 ] (Expr.sumOver [ 1 ] (Expr.Exp(matrix x))) ]
              (function
               | Divide(Exp x, Along Reduction.sum (axis, Exp x')) when x.Shape = x'.Shape && Graph.same x x' ->
                   Some(Column.apply Softmax.softmax axis [ x ])
               | _ -> None)
          law
              "exp(x - logsumexp x) = softmax x"
              Univariate.exp
              [ (fun x -> let x = matrix x in Expr.Exp(x - Expr.reshape [ 1; 1 ] (Expr.logSumExpOver [ 1 ] x)))
                (fun x -> Expr.Exp(Expr.reshape [ Shape.size x.Shape ] x |> fun x -> x - Expr.logSumExp x)) ]
              (function
               | Exp(Subtract(x, Along Reduction.logSumExp (axis, x'))) & quotient when quotient.Shape = x.Shape && isSame x x' ->
                   Some(Column.apply Softmax.softmax axis [ x ])
               | _ -> None)
          law "exp x / (1 + exp x) = sigmoid x" Elementwise.divide [ fun x -> Expr.Exp x / (1.0 + Expr.Exp x) ] (function
              | Divide(Exp x, OnePlus(Exp x')) when x.Shape = x'.Shape && Graph.same x x' -> Some(sigmoid x)
              | _ -> None)
          binary
              "x / (1 + exp y) = x sigmoid(-y)"
              Elementwise.divide
              [ (fun x -> 1.0 / (1.0 + Expr.Exp -x)); (fun x -> Expr.Sin x / (Expr.Exp x + 1.0)) ]
              (fun _ x y ->
                  match y with
                  | OnePlus(Exp y) -> Some(x * sigmoid -y)
                  | _ -> None)
          unary "reciprocal(1 + exp x) = sigmoid(-x)" Univariate.reciprocal [ fun x -> Expr.reciprocal (1.0 + Expr.Exp -x) ] (fun _ x ->
              match x with
              | OnePlus(Exp x) -> Some(sigmoid -x)
              | _ -> None)
          binary
              "y softplus(-z) + (1 - y) softplus z = softplus z - y z"
              Elementwise.add
              [ fun x ->
                    let y = probability x
                    y * softplus -x + (1.0 - y) * softplus x ]
              (fun node x y ->
                  match bernoulli x y with
                  | Some total -> shaped node total
                  | None ->
                      match bernoulli y x with
                      | Some total -> shaped node total
                      | None -> None)
          unary
              "√(c x²) = √c |x|"
              Univariate.sqrt
              [ (fun x -> Expr.Sqrt(Expr.square x)); (fun x -> Expr.Sqrt(3.0 * Expr.square x)) ]
              (fun _ x ->
                  match x with
                  | ScaledSquare(c, x) -> Some(times (Math.Sqrt c) (absolute x))
                  | _ -> None)
          unary
              "√(c Σ x²) = √c ‖x‖"
              Univariate.sqrt
              [ (fun x -> Expr.Sqrt(Expr.sum (Expr.square x)))
                (fun x -> Expr.Sqrt(Expr.mean (Expr.square x)))
                (fun x -> Expr.Sqrt(Expr.keepDims Expr.sumOver [ 1 ] (Expr.squaredDifference (matrix x) (matrix x.ZerosLike))))
                (fun x -> let x = Expr.reshape [ Shape.size x.Shape ] x in Expr.Sqrt(Expr.matmul x x)) ]
              (fun node x ->
                  match x with
                  | SumOfSquares(c, axes, x) -> Some(times (Math.Sqrt c) ((Column.apply Reduction.norm axes [ x ]).ReshapeTo node.Shape))
                  | _ -> None)
          neutral
              "x ** (1/2) = √x for squares and their sums"
              Elementwise.power
              [ (fun x -> Expr.square x ** 0.5); (fun x -> Expr.sum (Expr.square x) ** 0.5) ]
              (fun x y ->
                  match x, y with
                  | (ScaledSquare _ | SumOfSquares _), Everywhere 0.5 -> Some(Expr.Sqrt x)
                  | _ -> None)
          law "‖x‖² = Σ x²" Univariate.square [ fun x -> Expr.square (Expr.norm x) ] (function
              | Square norm ->
                  match tryApplication Reduction.norm norm with
                  | ValueSome(axes, [| x |]) -> Some(Column.apply Reduction.sum axes [ Column.apply Univariate.square () [ x ] ])
                  | _ -> None
              | _ -> None)
          law "|x|² = x²" Univariate.square [ fun x -> Expr.square (absolute x) ] (function
              | Square(Unary Univariate.abs x) -> Some(Column.apply Univariate.square () [ x ])
              | _ -> None)
          binary "sinh x / cosh x = tanh x" Elementwise.divide [ fun x -> Expr.Sinh x / Expr.Cosh x ] (fun node x y ->
              match x, y with
              | Unary Transcendental.sinh x, Unary Transcendental.cosh y when x.Shape = node.Shape && isSame x y ->
                  Some(Column.apply Univariate.tanh () [ x ])
              | _ -> None)
          binary "log x + x / x = log x + 1" Elementwise.add [ fun x -> Expr.Log x - 2.0 * x + x / x ] (fun _ x y ->
              match x, y with
              | sum, Divide(y, z) when isSame y z && hasLogarithm 3 y sum -> Some(sum + 1.0)
              | _ -> None) ]
