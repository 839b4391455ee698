namespace Fluxion

open System

/// Where clamp keeps its argument: `Low` to `High`, both included.
[<Struct>]
type internal Bounds =
    { Low: float
      High: float }

    override this.ToString() = $"{this.Low}, {this.High}"

/// Functions of one number, element by element: one in, one out.
module internal Univariate =
    /// A row for a function of one number. `scale x y t` is the tangent t times the derivative at x, where the value is y.
    let unary name notation lane eval scale domain : Row<unit> =
        { Name = name
          Notation = fun _ -> notation
          Shape = fun () types -> { Shape = types[0].Shape; DType = Column.floating name types }
          Rule = fun () -> Rule.Elementwise(fun arguments y _ t -> scale arguments[0] y t)
          Batch = fun () -> BatchRule.Aligned
          Eval = fun () -> Column.evalUnary eval
          Kernel = fun () -> Kernel.Map lane
          Samples = Column.samplesUnary domain }

    let private x = Lane.Argument 0

    let private instruction name instruction eval scale domain =
        unary name (Column.call name $"\\{name}") (Lane.Unary(instruction, x)) eval scale domain

    let square =
        let notation = Column.superscript "²" "2"

        unary "square" notation (Lane.Binary(Binary.Multiply, x, x)) (fun x -> x * x) (fun x _ t -> 2.0 * (x * t)) Column.everywhere

    /// x², in the derivatives below as in those of other files.
    let squareOf (x: Expr) : Expr = Column.apply square () [ x ]

    let exp = instruction "exp" Unary.Exp Math.Exp (fun _ y t -> t * y) Column.everywhere
    let sin = instruction "sin" Unary.Sin Math.Sin (fun x _ t -> t * Expr.Cos x) Column.everywhere
    let cos = instruction "cos" Unary.Cos Math.Cos (fun x _ t -> -(t * Expr.Sin x)) Column.everywhere

    let tan =
        instruction
            "tan"
            Unary.Tan
            Math.Tan
            (fun _ y t -> t * (1.0 + squareOf y))
            (Domain.between -1.2 1.2 |> Domain.withEdges Column.edges)

    let tanh = instruction "tanh" Unary.Tanh Math.Tanh (fun _ y t -> t * (1.0 - squareOf y)) Column.everywhere

    let log = instruction "log" Unary.Log Math.Log (fun x _ t -> t / x) Column.awayFromZero

    // exp x - 1, by the odd function that keeps small numbers: tanh(x/2) (exp x + 1).
    let internal exponentialMinusOne x = if x = 0.0 then x else Math.Tanh(0.5 * x) * (Math.Exp x + 1.0)

    /// exp x - 1, exact where x is so small that exp x is 1 but for rounding. (Higham, "Accuracy and Stability of Numerical Algorithms", section 1.14.1.)
    let expm1 =
        let domain = Column.everywhere |> Domain.withEdges (Column.edges @ [ 1e-300; -1e-20; 710.0; -710.0 ])
        unary "expm1" (Column.named "expm1") (Lane.Unary(Unary.Expm1, x)) exponentialMinusOne (fun x _ t -> t * Expr.Exp x) domain

    // log(1 + x), put right by what rounding took from 1 + x.
    let internal logOfOnePlus x =
        let sum = 1.0 + x

        // Zeros come back as they are, so that -0 keeps its sign.
        if x = 0.0 then x
        elif sum - 1.0 = x then Math.Log sum
        else Math.Log sum - (sum - 1.0 - x) / sum

    /// log(1 + x), exact where 1 + x would round x away. (Goldberg, "What every computer scientist should know about floating-point
    /// arithmetic", 1991, theorem 4.)
    let log1p =

        let domain =
            Domain.between -0.5 3.0
            |> Domain.withEdges [ 0.0; -0.0; 1e-300; -1.0; -1.5; infinity; -infinity; nan ]

        unary "log1p" (Column.named "log1p") (Lane.Unary(Unary.Log1p, x)) logOfOnePlus (fun x _ t -> t / (1.0 + x)) domain

    let sqrt =
        let notation = { Text = Form.Call "sqrt"; Latex = Form.Template("\\sqrt{{0}}", Precedence.atom, [ 0 ]) }

        unary "sqrt" notation (Lane.Unary(Unary.Sqrt, x)) Math.Sqrt (fun _ y t -> t / (2.0 * y)) Column.awayFromZero

    /// 1 / x: ±∞ at ±0.
    let reciprocal =
        let notation =
            { Text = Form.Template("1/{0}", Precedence.quotient, [ Precedence.power ])
              Latex = Form.Template("\\frac1{{0}}", Precedence.sign, [ 0 ]) }

        unary
            "reciprocal"
            notation
            (Lane.Binary(Binary.Divide, Lane.Literal 1.0, x))
            (fun x -> 1.0 / x)
            (fun _ y t -> -(t * squareOf y))
            Column.awayFromZero

    /// 1 / √x: ±∞ at ±0, NaN below.
    let rsqrt =
        let notation = { Text = Form.Call "rsqrt"; Latex = Form.Template("\\frac1{\\sqrt{{0}}}", Precedence.sign, [ 0 ]) }

        let lane = Lane.Binary(Binary.Divide, Lane.Literal 1.0, Lane.Unary(Unary.Sqrt, x))
        unary "rsqrt" notation lane (fun x -> 1.0 / Math.Sqrt x) (fun x y t -> -(t * y / (2.0 * x))) Column.awayFromZero

    // A row for a whole number near x. Its derivative is taken as 0 everywhere, at the jumps too.
    let private rounding name notation instruction (eval: float -> float) =
        let domain =
            Domain.real
            |> Domain.withEdges (Column.edges @ [ 0.5; -0.5; 1.5; -2.5; 1e300; 4503599627370495.5; 0.49999999999999994 ])

        { unary name notation (Lane.Unary(instruction, x)) eval (fun _ _ t -> t) domain with
            Rule = fun () -> Rule.Constant }

    let private between left right = Form.Template($"\\left\\{left} {{0}} \\right\\{right}", Precedence.atom, [ 0 ])

    /// The largest whole number that is not above x.
    let floor =
        rounding "floor" { Text = Form.Call "floor"; Latex = between "lfloor" "rfloor" } Unary.Floor Math.Floor

    /// The smallest whole number that is not below x.
    let ceil = rounding "ceil" { Text = Form.Call "ceil"; Latex = between "lceil" "rceil" } Unary.Ceiling Math.Ceiling
    /// The nearest whole number, of two the even one, as IEEE 754 rounds.
    let round = rounding "round" (Column.named "round") Unary.Round (fun x -> Math.Round(x, MidpointRounding.ToEven))

    /// 1 above 0, -1 below, 0 at 0 (of either sign), NaN at NaN. Its derivative is taken as 0 everywhere.
    let sign =
        let eval x = if Double.IsNaN x then nan else float (Math.Sign x)

        { instruction "sign" Unary.Sign eval (fun _ _ t -> t) Column.everywhere with
            Notation = fun () -> Column.named "sign"
            Rule = fun () -> Rule.Constant }

    /// The derivative at 0 is 0, the middle of what either side has.
    let abs =
        let bars = "\\left\\lvert {0} \\right\\rvert"

        let notation =
            { Text = Form.Template("|{0}|", Precedence.atom, [ 0 ])
              Latex = Form.Template(bars, Precedence.atom, [ 0 ]) }

        unary "abs" notation (Lane.Unary(Unary.Abs, x)) Math.Abs (fun x _ t -> t * Column.apply sign () [ x ]) Column.everywhere

    // Both branches only ever raise e to a negative power, so neither overflows.
    let private logistic x =
        if x >= 0.0 then
            1.0 / (1.0 + Math.Exp -x)
        else
            Math.Exp x / (1.0 + Math.Exp x)

    /// The logistic function 1 / (1 + exp(-x)). (Cox, "The regression analysis of binary sequences", 1958.)
    let sigmoid =
        unary
            "sigmoid"
            { Text = Form.Call "sigmoid"; Latex = Form.Call "\\sigma" }
            (Lane.Unary(Unary.Sigmoid, x))
            logistic
            (fun _ y t -> t * (y * (1.0 - y)))
            Column.everywhere

    /// log(1 + exp x), without overflow: max(x, 0) + log1p(exp(-|x|)). (Dugas et al., NIPS 2000.)
    let softplus =
        let eval x = Math.Max(x, 0.0) + logOfOnePlus (Math.Exp -(Math.Abs x))

        let lane =
            let decay = Lane.Unary(Unary.Exp, Lane.Unary(Unary.Negate, Lane.Unary(Unary.Abs, x)))

            Lane.Binary(Binary.Add, Lane.Binary(Binary.Maximum, x, Lane.Literal 0.0), Lane.Unary(Unary.Log1p, decay))

        unary "softplus" (Column.named "softplus") lane eval (fun x _ t -> t * Column.apply sigmoid () [ x ]) Column.everywhere

    /// max(x, 0), with derivative 0 at 0. (Nair and Hinton, ICML 2010.)
    let relu =
        // By the result, which is kept anyway for whatever it goes to, and is positive where x is.
        let scale _ (y: Expr) (t: Expr) =
            Column.apply Elementwise.where () [ Column.apply Elementwise.less () [ y.Literal 0.0; y ]; t; t.Literal 0.0 ]

        unary
            "relu"
            (Column.named "relu")
            (Lane.Binary(Binary.Maximum, x, Lane.Literal 0.0))
            (fun x -> Math.Max(x, 0.0))
            scale
            Column.everywhere

    /// x, but no less than the first bound and no more than the second; the derivative at the bounds is 1.
    let clamp: Row<Bounds> =
        let isWithin bounds (x: Expr) (t: Expr) =
            let notBeyond a b = Column.apply Elementwise.lessEqual () [ a; b ]
            let below = Column.apply Elementwise.where () [ notBeyond x (x.Literal bounds.High); t; t.Literal 0.0 ]
            Column.apply Elementwise.where () [ notBeyond (x.Literal bounds.Low) x; below; t.Literal 0.0 ]

        let lane bounds =
            Lane.Binary(Binary.Minimum, Lane.Binary(Binary.Maximum, x, Lane.Literal bounds.Low), Lane.Literal bounds.High)

        { Name = "clamp"
          Notation = fun _ -> Column.named "clamp"
          Shape =
            fun bounds types ->
                if not (bounds.Low <= bounds.High) then
                    Errors.argument "clamp" "the lower bound must not be above the upper" $"they are {bounds}" "change places?"

                { Shape = types[0].Shape; DType = Column.floating "clamp" types }
          Rule = fun bounds -> Rule.Elementwise(fun arguments _ _ t -> isWithin bounds arguments[0] t)
          Batch = fun _ -> BatchRule.Aligned
          Eval = fun bounds -> Column.evalUnary (fun x -> Math.Min(Math.Max(x, bounds.Low), bounds.High))
          Kernel = fun bounds -> Kernel.Map(lane bounds)
          Samples =
            [ for low, high in [ -1.0, 1.5; 0.0, infinity; -infinity, 0.5 ] do
                  for sample in Column.samplesUnary Column.everywhere ->
                      { Attribute = { Low = low; High = high }; Arguments = sample.Arguments } ] }

    /// Every row of this file, in the order of the docs.
    let rows: IRow list =
        [ abs
          sign
          floor
          ceil
          round
          clamp
          reciprocal
          rsqrt
          square
          sqrt
          exp
          log
          expm1
          log1p
          sin
          cos
          tan
          tanh
          sigmoid
          softplus
          relu ]

[<AutoOpen>]
module UnivariateFunctions =
    module Expr =
        /// x².
        let square (x: Expr) : Expr = Column.apply Univariate.square () [ x ]
        /// 1, 0 or -1 by the sign of each element.
        let sign (x: Expr) : Expr = Column.apply Univariate.sign () [ x ]
        /// The largest whole number that is not above each element; its derivative is 0.
        let floor (x: Expr) : Expr = Column.apply Univariate.floor () [ x ]
        /// The smallest whole number that is not below each element; its derivative is 0.
        let ceil (x: Expr) : Expr = Column.apply Univariate.ceil () [ x ]
        /// The nearest whole number, of two the even one; its derivative is 0.
        let round (x: Expr) : Expr = Column.apply Univariate.round () [ x ]

        /// Each element, or the nearest of two bounds that it lies beyond; NaN stays. The derivative is 1 between the bounds and on them, else 0.
        /// Raises ArgumentException when low is above high.
        let clamp (low: float) (high: float) (x: Expr) : Expr = Column.apply Univariate.clamp { Low = low; High = high } [ x ]

        /// 1 / x.
        let reciprocal (x: Expr) : Expr = Column.apply Univariate.reciprocal () [ x ]
        /// 1 / √x.
        let rsqrt (x: Expr) : Expr = Column.apply Univariate.rsqrt () [ x ]
        /// exp x - 1, exact for small x.
        let expm1 (x: Expr) : Expr = Column.apply Univariate.expm1 () [ x ]
        /// log(1 + x), exact for small x; -∞ at -1, NaN below.
        let log1p (x: Expr) : Expr = Column.apply Univariate.log1p () [ x ]
        /// 1 / (1 + exp(-x)).
        let sigmoid (x: Expr) : Expr = Column.apply Univariate.sigmoid () [ x ]
        /// log(1 + exp x), without overflow.
        let softplus (x: Expr) : Expr = Column.apply Univariate.softplus () [ x ]
        /// log(sigmoid x), without overflow.
        let logSigmoid (x: Expr) : Expr = -(softplus -x)
        /// max(x, 0), with derivative 0 at 0.
        let relu (x: Expr) : Expr = Column.apply Univariate.relu () [ x ]
