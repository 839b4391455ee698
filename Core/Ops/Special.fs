namespace Fluxion

open System

/// The order of a polygamma function: how often digamma is differentiated.
[<Struct>]
type internal PolygammaOrder =
    { Order: int }

    override this.ToString() = $"order={this.Order}"

/// Functions without a vector form: the gamma function's logarithm and its derivatives, and the inverse of erf.
module internal Special =
    // num(r) / den(r), the highest power first.
    let private ratio (numerator: float list) (denominator: float list) : float -> float =
        let lowestFirst = List.rev >> Array.ofList
        let numerator, denominator = lowestFirst numerator, lowestFirst denominator
        fun r -> Gamma.polynomial numerator r / Gamma.polynomial denominator r

    let private middle: float -> float =
        ratio
            [ 2.5090809287301226727e+3
              3.3430575583588128105e+4
              6.7265770927008700853e+4
              4.5921953931549871457e+4
              1.3731693765509461125e+4
              1.9715909503065514427e+3
              1.3314166789178437745e+2
              3.3871328727963666080e+0 ]
            [ 5.2264952788528545610e+3
              2.8729085735721942674e+4
              3.9307895800092710610e+4
              2.1213794301586595867e+4
              5.3941960214247511077e+3
              6.8718700749205790830e+2
              4.2313330701600911252e+1
              1.0 ]

    let private outer: float -> float =
        ratio
            [ 7.74545014278341407640e-4
              2.27238449892691845833e-2
              2.41780725177450611770e-1
              1.27045825245236838258e+0
              3.64784832476320460504e+0
              5.76949722146069140550e+0
              4.63033784615654529590e+0
              1.42343711074968357734e+0 ]
            [ 1.05075007164441684324e-9
              5.47593808499534494600e-4
              1.51986665636164571966e-2
              1.48103976427480074590e-1
              6.89767334985100004550e-1
              1.67638483018380384940e+0
              2.05319162663775882187e+0
              1.0 ]

    let private outermost: float -> float =
        ratio
            [ 2.01033439929228813265e-7
              2.71155556874348757815e-5
              1.24266094738807843860e-3
              2.65321895265761230930e-2
              2.96560571828504891230e-1
              1.78482653991729133580e+0
              5.46378491116411436990e+0
              6.65790464350110377720e+0 ]
            [ 2.04426310338993978564e-15
              1.42151175831644588870e-7
              1.84631831751005468180e-5
              7.86869131145613259100e-4
              1.48753612908506148525e-2
              1.36929880922735805310e-1
              5.99832206555887937690e-1
              1.0 ]

    /// The x with erf x = y. A quantile of the normal distribution over √2, for a probability of (1 + y) / 2 that is never rounded.
    let inverseErfOf (y: float) : float =
        if Double.IsNaN y || abs y > 1.0 then
            nan
        elif abs y = 1.0 then
            Math.CopySign(infinity, y)
        elif abs y <= 0.85 then
            0.5 * y * middle (0.180625 - 0.25 * y * y) / Math.Sqrt 2.0
        else
            let r = Math.Sqrt -(Math.Log(0.5 * (1.0 - abs y)))
            let quantile = if r <= 5.0 then outer (r - 1.6) else outermost (r - 5.0)
            Math.CopySign(quantile / Math.Sqrt 2.0, y)

    /// The value of a function at a number.
    let evaluate (scalar: ScalarFunction) : float -> float =
        match scalar with
        | ScalarFunction.LogGamma -> Gamma.logGamma
        | ScalarFunction.Polygamma order -> Gamma.polygamma order
        | ScalarFunction.InverseErf -> inverseErfOf

    let private special name notation (scalar: 'attr -> ScalarFunction) scale domain (attributes: 'attr list) : Row<'attr> =
        let rec row =
            { Name = name
              Notation = notation
              Shape = fun _ types -> { Shape = types[0].Shape; DType = Column.floating name types }
              Rule = fun attribute -> Rule.Elementwise(fun arguments y _ t -> scale row attribute arguments[0] y t)
              Batch = fun _ -> BatchRule.Aligned
              Eval = fun attribute -> Column.evalUnary (evaluate (scalar attribute))
              Kernel = fun attribute -> Kernel.Each(scalar attribute)
              Samples =
                [ for attribute in attributes do
                      for sample in Column.samplesUnary domain -> { Attribute = attribute; Arguments = sample.Arguments } ] }

        row

    let private positive =
        Domain.between 0.5 4.0
        |> Domain.withEdges [ 0.0; -1.0; -3.0; infinity; nan; -0.5; -2.3; 1.0; 2.0; 12.0; 30.0; 1e-10 ]

    /// ψ⁽ⁿ⁾, the derivative of log Γ of order n + 1. (Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.3 and 6.4.)
    let polygamma =
        let notation order =
            let text = if order.Order = 0 then Form.Call "digamma" else Form.Call "polygamma"

            { Text = text
              Latex = Form.Call(if order.Order = 0 then "\\psi" else $"\\psi^{{({order.Order})}}") }

        let scale row order x _ (t: Expr) = t * Column.apply row { Order = order.Order + 1 } [ x ]

        special
            "polygamma"
            notation
            (fun order -> ScalarFunction.Polygamma order.Order)
            scale
            positive
            [ { Order = 0 }; { Order = 1 }; { Order = 2 } ]

    /// log |Γ(x)|. (Abramowitz and Stegun, 6.1.)
    let lgamma =
        let scale _ () x _ (t: Expr) = t * Column.apply polygamma { Order = 0 } [ x ]

        special "lgamma" (fun () -> Column.call "lgamma" "\\ln\\Gamma") (fun () -> ScalarFunction.LogGamma) scale positive [ () ]

    /// The inverse of erf. (Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988.)
    let erfinv =
        let scale _ () _ (y: Expr) (t: Expr) = t * (0.5 * Math.Sqrt Math.PI * Expr.Exp(y * y))

        let domain =
            Domain.between -0.7 0.7
            |> Domain.withEdges [ 0.0; -0.0; 1.0; -1.0; 1.5; nan; 0.85; -0.999; 1e-300; 0.9999999999999999 ]

        special
            "erfinv"
            (fun () -> Column.call "erfinv" "\\operatorname{erf}^{-1}")
            (fun () -> ScalarFunction.InverseErf)
            scale
            domain
            [ () ]

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
