namespace Fluxion

open System

/// Functions of two numbers beyond arithmetic, element by element, with NumPy's broadcasting.
module internal Pairwise =
    let private x, y = Lane.Argument 0, Lane.Argument 1

    // A row for a function of two floating-point numbers. `scale x y z i t` is t times the derivative of z = f(x, y) by argument i.
    let private pairwise name notation lane eval scale left right : Row<unit> =
        { Name = name
          Notation = fun _ -> notation
          Shape = fun () types -> { DType = Column.floating name types; Shape = Column.broadcastShape name types }
          Rule = fun () -> Rule.Elementwise(fun arguments z i t -> scale arguments[0] arguments[1] z i t)
          Batch = fun () -> BatchRule.Aligned
          Eval = fun () -> Column.evalFloats eval
          Kernel = fun () -> Kernel.Map lane
          Samples = Column.samplesBinary left right }

    // Another place to divide by than 0.
    let private awayFromZero (size: Expr) =
        let isZero = Column.apply Elementwise.equal () [ size; size.Literal 0.0 ]
        Column.apply Elementwise.where () [ isZero; size.Literal 1.0; size ]

    let private far = Column.edges @ [ 1e300; -1e300; 5e-324; 1e-200 ]

    /// √(x² + y²), without overflow; its derivative at the origin is 0. (C99, 7.12.7.3 and annex F.9.4.3.)
    let hypot =
        let scale (x: Expr) (y: Expr) (z: Expr) i (t: Expr) = t * ((if i = 0 then x else y) / awayFromZero z)

        pairwise
            "hypot"
            (Column.named "hypot")
            (Lane.Binary(Binary.Hypot, x, y))
            (fun x y -> Double.Hypot(x, y))
            scale
            (Domain.real |> Domain.withEdges far)
            (Domain.positive |> Domain.withEdges far)

    /// The angle of the point (x, y) for `atan2 y x`; its derivatives at the origin are 0. (C99, 7.12.4.4 and annex F.9.1.4.)
    let atan2 =
        let scale (y: Expr) (x: Expr) _ i (t: Expr) =
            let radius = awayFromZero (Column.apply hypot () [ x; y ])
            t * ((if i = 0 then x else -y) / radius / radius)

        pairwise
            "atan2"
            (Column.named "atan2")
            (Lane.Binary(Binary.Atan2, x, y))
            (fun y x -> Math.Atan2(y, x))
            scale
            (Domain.real |> Domain.withEdges far)
            (Domain.positive |> Domain.withEdges far)

    /// x - y floor(x / y), rounded once: C#'s %, which is exact, brought to the divisor's side of 0.
    let floored (x: float) (y: float) : float =
        let rest = x % y

        if rest = 0.0 then Math.CopySign(0.0, y)
        elif (rest < 0.0) <> (y < 0.0) then rest + y
        else rest

    /// x - y floor(x / y), which has y's sign, as in Python. (Boute, "The Euclidean definition of the functions div and mod", 1992: F-division.) By y
    /// its derivative is -floor(x / y); jumps have none.
    let remainder =
        // By the result z, whose quotient is whole but for rounding: that of x may be rounded up to the next whole number, as 1 / 0.1 is.
        let scale (x: Expr) (y: Expr) (z: Expr) i (t: Expr) =
            if i = 0 then
                t
            else
                -(t * Column.apply Univariate.round () [ (x - z) / y ])

        let notation =
            { Text = Form.Call "remainder"
              Latex = Form.Template("{0} \\bmod {1}", Precedence.quotient, [ Precedence.sign; Precedence.sign ]) }

        let edges = Column.edges @ [ 7.5; -7.5; 0.1; 1e18; -1e300; 5e-324; 1e-17 ]

        pairwise
            "remainder"
            notation
            (Lane.Binary(Binary.Remainder, x, y))
            floored
            scale
            (Domain.between 0.62 0.76 |> Domain.withEdges edges)
            (Domain.between 0.42 0.55 |> Domain.withEdges edges)

    /// |x| with y's sign, -0 and NaN included. Its derivative by x is 0 at 0, as abs' is, and by y it is 0.
    let copySign =
        let sign (x: Expr) = Column.apply Univariate.sign () [ x ]
        let scale (x: Expr) _ (z: Expr) i (t: Expr) = if i = 0 then t * (sign x * sign z) else t.ZerosLike

        pairwise
            "copySign"
            (Column.named "copySign")
            (Lane.Binary(Binary.CopySign, x, y))
            (fun x y -> Math.CopySign(x, y))
            scale
            (Domain.real |> Domain.withEdges Column.edges)
            (Domain.real |> Domain.withEdges Column.edges)

    /// log(exp x + exp y), without overflow: max(x, y) + log1p(exp(-|x - y|)). Two equal infinities are their own. (Higham, "Accuracy and Stability of
    /// Numerical Algorithms", 2002, 27.6.)
    let logAddExp =
        // Equal infinities have no difference; each gets half, as all equal numbers do.
        let difference (x: Expr) (y: Expr) =
            let areEqual = Column.apply Elementwise.equal () [ x; y ]
            let isInfinite = Column.apply Elementwise.equal () [ Expr.Abs x; x.Literal infinity ]
            let whenEqual = Column.apply Elementwise.where () [ isInfinite; x.Literal 0.0; x - y ]
            Column.apply Elementwise.where () [ areEqual; whenEqual; x - y ]

        let scale (x: Expr) (y: Expr) _ i (t: Expr) =
            let mine, other = if i = 0 then x, y else y, x
            t * Column.apply Univariate.sigmoid () [ difference mine other ]

        let domain = Domain.real |> Domain.withEdges (Column.edges @ [ 800.0; -800.0 ])
        let lane = Lane.Binary(Binary.LogAddExp, x, y)
        pairwise "logAddExp" (Column.named "logaddexp") lane LogSum.ofTwo scale domain domain

    /// (x - y)².
    let squaredDifference =
        let notation =
            { Text = Form.Template("({0} - {1})²", Precedence.superscript, [ Precedence.sum; Precedence.matrixProduct ])
              Latex = Form.Template("({0} - {1})^2", Precedence.superscript, [ Precedence.sum; Precedence.matrixProduct ]) }

        let difference = Lane.Binary(Binary.Subtract, x, y)

        pairwise
            "squaredDifference"
            notation
            (Lane.Binary(Binary.Multiply, difference, difference))
            (fun x y -> (x - y) * (x - y))
            (fun x y _ i t -> (if i = 0 then 2.0 else -2.0) * (x - y) * t)
            (Domain.real |> Domain.withEdges Column.edges)
            (Domain.real |> Domain.withEdges Column.edges)

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ atan2; hypot; remainder; copySign; logAddExp; squaredDifference ]

[<AutoOpen>]
module PairwiseFunctions =
    module Expr =
        /// The angle, in radians between -π and π, of the point whose height is y and whose width is x. Its derivatives at the origin are 0.
        let atan2 (y: Expr) (x: Expr) : Expr = Column.apply Pairwise.atan2 () [ y; x ]
        /// √(x² + y²), without overflow. Its derivatives at the origin are 0.
        let hypot (x: Expr) (y: Expr) : Expr = Column.apply Pairwise.hypot () [ x; y ]

        /// x - y floor(x / y): what is left of x, with y's sign, as in Python, NumPy and PyTorch (C#'s and F#'s % has x's). NaN where y is 0.
        let remainder (x: Expr) (y: Expr) : Expr = Column.apply Pairwise.remainder () [ x; y ]

        /// |x| with the sign of y.
        let copySign (x: Expr) (y: Expr) : Expr = Column.apply Pairwise.copySign () [ x; y ]
        /// log(exp x + exp y), without overflow.
        let logAddExp (x: Expr) (y: Expr) : Expr = Column.apply Pairwise.logAddExp () [ x; y ]
        /// (x - y)².
        let squaredDifference (x: Expr) (y: Expr) : Expr = Column.apply Pairwise.squaredDifference () [ x; y ]
