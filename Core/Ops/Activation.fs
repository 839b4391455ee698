namespace Fluxion

open System

/// What stands between the layers of a network, beside sigmoid, tanh, softplus and relu.
module internal Activation =
    let private x = Lane.Argument 0

    // `ifPositive` above 0, else the other: at 0 the left side counts, as for relu, and NaN goes there too.
    let private chosen (x: Expr) (ifPositive: Expr) (otherwise: Expr) =
        Column.apply Elementwise.where () [ Column.apply Elementwise.less () [ x.Literal 0.0; x ]; ifPositive; otherwise ]

    let private chosenLane (ifPositive: Lane) (otherwise: Lane) =
        Lane.Select(Lane.Compare(Comparison.Less, Lane.Literal 0.0, x), ifPositive, otherwise)

    let private samples (parameters: float list) : Sample<float> list =
        [ for parameter in parameters do
              for sample in Column.samplesUnary Column.everywhere -> { Attribute = parameter; Arguments = sample.Arguments } ]

    /// x above 0, else slope x; the derivative at 0 is the slope. (Maas, Hannun and Ng, ICML 2013.)
    let leakyRelu: Row<float> =
        { Name = "leakyRelu"
          Notation = fun _ -> Column.named "leakyRelu"
          Shape = fun _ types -> { Shape = types[0].Shape; DType = Column.floating "leakyRelu" types }
          Rule = fun slope -> Rule.Elementwise(fun arguments _ _ t -> chosen arguments[0] t (slope * t))
          Batch = fun _ -> BatchRule.Aligned
          Eval = fun slope -> Column.evalUnary (fun x -> if x > 0.0 then x else slope * x)
          Kernel = fun slope -> Kernel.Map(chosenLane x (Lane.Binary(Binary.Multiply, Lane.Literal slope, x)))
          Samples = samples [ 0.01; 0.3 ] }

    /// x above 0, else alpha (exp x - 1); the derivative at 0 is alpha. (Clevert, Unterthiner and Hochreiter, ICLR 2016.)
    let elu: Row<float> =
        let below alpha (x: Expr) = alpha * Expr.Exp(chosen x (x.Literal 0.0) x)

        { Name = "elu"
          Notation = fun _ -> Column.named "elu"
          Shape = fun _ types -> { Shape = types[0].Shape; DType = Column.floating "elu" types }
          Rule = fun alpha -> Rule.Elementwise(fun arguments _ _ t -> chosen arguments[0] t (t * below alpha arguments[0]))
          Batch = fun _ -> BatchRule.Aligned
          Eval = fun alpha -> Column.evalUnary (fun x -> if x > 0.0 then x else alpha * Univariate.exponentialMinusOne x)
          Kernel = fun alpha -> Kernel.Map(chosenLane x (Lane.Binary(Binary.Multiply, Lane.Literal alpha, Lane.Unary(Unary.Expm1, x))))
          Samples = samples [ 1.0; 0.5 ] }

    /// x sigmoid x, also called swish; 0 at -∞. (Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2018.)
    let silu =
        // Multiplied before dividing, so that what exp x has lost when it is subnormal does not count.
        let eval x =
            if x >= 0.0 then x / (1.0 + Math.Exp -x)
            elif x < -800.0 then -0.0
            else x * Math.Exp(0.5 * x) * Math.Exp(0.5 * x) / (1.0 + Math.Exp x)

        let scale (x: Expr) (y: Expr) (t: Expr) =
            let gate = Column.apply Univariate.sigmoid () [ x ]
            t * (gate + y * (1.0 - gate))

        Univariate.unary "silu" (Column.named "silu") (Lane.Unary(Unary.Silu, x)) eval scale Column.everywhere

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ leakyRelu; elu; silu ]

[<AutoOpen>]
module ActivationFunctions =
    module Expr =
        /// x above 0, else `slope` times x; the derivative at 0 is the slope.
        let leakyRelu (slope: float) (x: Expr) : Expr = Column.apply Activation.leakyRelu slope [ x ]
        /// x above 0, else alpha (exp x - 1); the derivative at 0 is alpha.
        let elu (alpha: float) (x: Expr) : Expr = Column.apply Activation.elu alpha [ x ]
        /// x sigmoid x, also called swish.
        let silu (x: Expr) : Expr = Column.apply Activation.silu () [ x ]
