namespace Fluxion

/// Draws of the gamma distribution, and how they move with its parameter.
module internal GammaDraw =
    // From here on, where the series would be long, Wilson and Hilferty's cube is right to a part in a million, and the better the larger.
    let private large = 10_000.0

    // Enough for draws as far out as ten standard deviations below that.
    let private mostTerms = 2_500

    // Of Wilson and Hilferty's x = a (1 - 1/(9a) + z / (3√a))³ for one z.
    let private derivativeOfLarge (a: Expr) (x: Expr) : Expr =
        let w = exp (log (x / a) / 3.0)
        w * w * (w - 1.5 * (w - 1.0) + 1.0 / (6.0 * a))

    // How fast the x below which a given part of the distribution lies moves with the concentration a: -(∂P/∂a) / p at x, where P is the distribution
    // function and p the density. With P = Σ p xⁿ⁺¹ Γ(a) / Γ(a + n + 1) that is Σ (ψ(a + n + 1) - log x) xⁿ⁺¹ Γ(a) / Γ(a + n + 1). (Figurnov, Mohamed
    // and Mnih, "Implicit reparameterization gradients", NeurIPS 2018; Abramowitz and Stegun, 6.5.29.)
    let private derivativeOfFloat64 (concentration: Expr) (x: Expr) : Expr =
        let isSummed =
            Expr.logicalAnd (Expr.less (x.Literal 0.0) concentration) (Expr.less concentration (x.Literal large))

        let isZero = Expr.equal x (x.Literal 0.0)
        let one = x.Literal 1.0
        // Numbers that go another way, NaN among them, take part as ones.
        let a = Expr.where isSummed concentration one
        let inside = Expr.where isSummed (Expr.where isZero one x) one
        let logarithm = log inside

        let goesOn (_: Expr, _: Expr, term: Expr, _: Expr, size: Expr) = Expr.less (x.Literal 1e-17) (Expr.max (term / size))

        let next (n: Expr, digamma: Expr, term: Expr, sum: Expr, size: Expr) =
            let n = n + 1.0
            let digamma = digamma + 1.0 / (a + n)
            let term = term * inside / (a + n)
            let part = term * (digamma - logarithm)
            n, digamma, term, sum + part, size + term

        let first = inside / a
        let digamma = Expr.digamma (a + 1.0)
        let start = first.Literal 0.0, digamma, first, first * (digamma - logarithm), first
        let (_, _, _, sum, _), _ = Control.whileLoop mostTerms goesOn next start
        Expr.where isSummed (Expr.where isZero (x.Literal 0.0) sum) (derivativeOfLarge concentration x)

    /// How fast a draw moves with its concentration, in the draw's element type.
    let derivative (concentration: Expr) (x: Expr) : Expr =
        if Shape.size x.Shape = 0 then
            x
        else
            derivativeOfFloat64 (Expr.cast DType.Float64 concentration) (Expr.cast DType.Float64 x)
            |> Expr.cast x.DType

    /// Draws for parameters of the draw's shape.
    let draw (key: Expr) (concentration: Expr) : Expr =
        let value (a: Expr) =
            // Below 1, a draw for a + 1 times the a-th root of a uniform number.
            let isSmall = Expr.less a (a.Literal 1.0)
            let raised = Expr.where isSmall (a + 1.0) a
            let d = raised - 1.0 / 3.0
            let root = 1.0 + Column.apply Sampling.gammaNormal () [ key; raised ] / sqrt (9.0 * d)
            // A draw of its own kind, so not from the same key.
            let other = Column.apply Sampling.foldIn () [ key; Expr.constant (NDArray.ofInts DType.Int64 [] [| 1L |]) ]
            let shape = List.skip key.Rank a.Shape
            let u = Column.apply Sampling.uniform { Shape = shape; DType = a.DType } [ other ]
            d * root * root * root * Expr.where isSmall (exp (Expr.log1p -u / a)) (a.Literal 1.0)

        Custom.withVjp (fun a x cotangent -> cotangent * derivative a x) value concentration
