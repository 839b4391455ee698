namespace Fluxion

open System

/// The order of a polygamma function: how often digamma is differentiated.
[<Struct>]
type internal PolygammaOrder =
    { Order: int }

    override this.ToString() = $"order={this.Order}"

/// The gamma function's logarithm and its derivatives, and the inverse of erf.
module internal Special =
    /// The value of a function at a number.
    let evaluate (scalar: ScalarFunction) : float -> float =
        match scalar with
        | ScalarFunction.Polygamma order -> Gamma.polygamma order

    let private positive =
        Domain.between 0.5 4.0
        |> Domain.withEdges [ 0.0; -1.0; -3.0; infinity; nan; -0.5; -2.3; 1.0; 2.0; 12.0; 30.0; 1e-10 ]

    let private x = Lane.Argument 0

    /// ψ⁽ⁿ⁾, the derivative of log Γ of order n + 1; digamma, of order 0, has a vector form. (Abramowitz and Stegun, "Handbook of Mathematical Functions",
    /// 6.3 and 6.4.)
    let polygamma: Row<PolygammaOrder> =
        let isDigamma (order: PolygammaOrder) = order.Order = 0

        let rec row =
            { Name = "polygamma"
              Notation =
                fun order ->
                    { Text = Form.Call(if isDigamma order then "digamma" else "polygamma")
                      Latex = Form.Call(if isDigamma order then "\\psi" else $"\\psi^{{({order.Order})}}") }
              Shape = fun _ types -> { Shape = types[0].Shape; DType = Column.floating "polygamma" types }
              Rule = fun order -> Rule.Elementwise(fun arguments _ _ t -> t * Column.apply row { Order = order.Order + 1 } [ arguments[0] ])
              Batch = fun _ -> BatchRule.Aligned
              Eval = fun order -> Column.evalUnary (if isDigamma order then Gamma.digamma else Gamma.polygamma order.Order)
              Kernel =
                fun order ->
                    if isDigamma order then
                        Kernel.Map(Lane.Unary(Unary.Digamma, x))
                    else
                        Kernel.Each(ScalarFunction.Polygamma order.Order)
              Samples =
                [ for order in 0..2 do
                      for sample in Column.samplesUnary positive -> { Attribute = { Order = order }; Arguments = sample.Arguments } ] }

        row

    /// log |Γ(x)|. (Abramowitz and Stegun, 6.1.)
    let lgamma =
        Univariate.unary
            "lgamma"
            (Column.call "lgamma" "\\ln\\Gamma")
            (Lane.Unary(Unary.LogGamma, x))
            Gamma.logGamma
            (fun x _ t -> t * Column.apply polygamma { Order = 0 } [ x ])
            positive

    /// The inverse of erf.
    let erfinv =
        let domain =
            Domain.between -0.7 0.7
            |> Domain.withEdges [ 0.0; -0.0; 1.0; -1.0; 1.5; nan; 0.85; -0.999; 1e-300; 0.9999999999999999 ]

        Univariate.unary
            "erfinv"
            (Column.call "erfinv" "\\operatorname{erf}^{-1}")
            (Lane.Unary(Unary.InverseErf, x))
            NormalQuantile.inverseErf
            (fun _ y t -> t * (0.5 * Math.Sqrt Math.PI * Expr.Exp(y * y)))
            domain

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ lgamma; polygamma; erfinv ]

[<AutoOpen>]
module SpecialFunctions =
    module Expr =
        /// log |Γ(x)|: +∞ at 0 and the negative whole numbers.
        let lgamma (x: Expr) : Expr = Column.apply Special.lgamma () [ x ]
        /// The derivative of lgamma: ∓∞ at ±0, NaN at negative whole numbers.
        let digamma (x: Expr) : Expr = Column.apply Special.polygamma { Order = 0 } [ x ]

        /// The derivative of digamma of an order, 1 for trigamma. Raises ArgumentException for an order below 0.
        let polygamma (order: int) (x: Expr) : Expr =
            if order < 0 then
                Errors.argument "polygamma" "the order must be 0 or more" $"it is {order}" "0 is digamma?"

            Column.apply Special.polygamma { Order = order } [ x ]

        /// The inverse of erf: infinite at ±1, NaN beyond.
        let erfinv (x: Expr) : Expr = Column.apply Special.erfinv () [ x ]
