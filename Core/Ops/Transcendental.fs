namespace Fluxion

open System

/// Exponentials and logarithms to other bases, and the inverse, hyperbolic and error functions.
module internal Transcendental =
    let private x = Lane.Argument 0

    let private transcendental name latex instruction eval scale domain =
        Univariate.unary name (Column.call name latex) (Lane.Unary(instruction, x)) eval scale domain

    let private ln2, ln10 = Math.Log 2.0, Math.Log 10.0
    let private edges = Column.edges @ [ 1e-300; -1e-300; 5e-324 ]

    /// 2^x, exact where x is whole.
    let exp2 =
        let notation = { Text = Form.Call "exp2"; Latex = Form.Template("2^{{0}}", Precedence.superscript, [ 0 ]) }
        let domain = Domain.real |> Domain.withEdges (edges @ [ 1023.0; 1024.0; -1074.0; -1080.0; 10.0 ])
        Univariate.unary "exp2" notation (Lane.Unary(Unary.Exp2, x)) (fun x -> Math.Pow(2.0, x)) (fun _ y t -> t * (ln2 * y)) domain

    let log2 =
        let domain = Column.awayFromZero |> Domain.withEdges (edges @ [ 1024.0; 0.125 ])
        transcendental "log2" "\\log_{2}" Unary.Log2 Math.Log2 (fun x _ t -> t / (ln2 * x)) domain

    let log10 =
        let domain = Column.awayFromZero |> Domain.withEdges (edges @ [ 1000.0; 1e22; 0.001 ])
        transcendental "log10" "\\log_{10}" Unary.Log10 Math.Log10 (fun x _ t -> t / (ln10 * x)) domain

    /// The real cube root, of negative numbers too; its derivative at 0 is infinite.
    let cbrt =
        let notation = { Text = Form.Call "cbrt"; Latex = Form.Template("\\sqrt[3]{{0}}", Precedence.atom, [ 0 ]) }
        let domain = Column.awayFromZero |> Domain.withEdges (edges @ [ 27.0; -8e300; 1e-310 ])
        Univariate.unary "cbrt" notation (Lane.Unary(Unary.Cbrt, x)) Math.Cbrt (fun _ y t -> t / (3.0 * Univariate.squareOf y)) domain

    // √(1 - x²), where 1 - x² would lose what is left of it near ±1.
    let private otherSide (x: Expr) = Expr.Sqrt((1.0 - x) * (1.0 + x))
    let private withinOne = Domain.between -0.8 0.8 |> Domain.withEdges (edges @ [ 0.5; -0.5; 1.0000001; -1.5 ])

    /// In -π/2 to π/2; NaN beyond ±1.
    let asin = transcendental "asin" "\\arcsin" Unary.Asin Math.Asin (fun x _ t -> t / otherSide x) withinOne

    /// In 0 to π; NaN beyond ±1.
    let acos = transcendental "acos" "\\arccos" Unary.Acos Math.Acos (fun x _ t -> -(t / otherSide x)) withinOne

    /// In -π/2 to π/2.
    let atan =
        let domain = Domain.real |> Domain.withEdges (edges @ [ 1e300; -2.5 ])
        transcendental "atan" "\\arctan" Unary.Atan Math.Atan (fun x _ t -> t / (1.0 + Univariate.squareOf x)) domain

    let private overflowing = Domain.real |> Domain.withEdges (edges @ [ 709.9; -710.4; 711.0; 20.0 ])

    // Each is the other's derivative, so both rows are written out: F# ties no knot through a function call.
    let sinh, cosh =
        let flat name instruction eval = transcendental name $"\\{name}" instruction eval (fun _ _ t -> t) overflowing
        let sine, cosine = flat "sinh" Unary.Sinh Math.Sinh, flat "cosh" Unary.Cosh Math.Cosh

        let rec sinh =
            { Name = sine.Name
              Notation = sine.Notation
              Shape = sine.Shape
              Rule = fun () -> Rule.Elementwise(fun arguments _ _ t -> t * Column.apply cosh () [ arguments[0] ])
              Batch = sine.Batch
              Eval = sine.Eval
              Kernel = sine.Kernel
              Samples = sine.Samples }

        and cosh =
            { Name = cosine.Name
              Notation = cosine.Notation
              Shape = cosine.Shape
              Rule = fun () -> Rule.Elementwise(fun arguments _ _ t -> t * Column.apply sinh () [ arguments[0] ])
              Batch = cosine.Batch
              Eval = cosine.Eval
              Kernel = cosine.Kernel
              Samples = cosine.Samples }

        sinh, cosh

    /// By hypot, the derivative is right where x² overflows.
    let asinh =
        let scale (x: Expr) _ (t: Expr) = t / Column.apply Pairwise.hypot () [ x; x.Literal 1.0 ]
        let domain = Domain.real |> Domain.withEdges (edges @ [ 1e300; -1e17; 1e-5 ])
        transcendental "asinh" "\\operatorname{arsinh}" Unary.Asinh Math.Asinh scale domain

    /// NaN below 1. Two roots, where one of the product would be a number below -1.
    let acosh =
        let scale (x: Expr) _ (t: Expr) = t / (Expr.Sqrt(x - 1.0) * Expr.Sqrt(x + 1.0))
        let domain = Domain.between 1.2 4.0 |> Domain.withEdges (edges @ [ 1e300; 1e17; 1.0000001; -2.0 ])
        transcendental "acosh" "\\operatorname{arcosh}" Unary.Acosh Math.Acosh scale domain

    /// Infinite at ±1, NaN beyond.
    let atanh =
        transcendental "atanh" "\\operatorname{artanh}" Unary.Atanh Math.Atanh (fun x _ t -> t / ((1.0 - x) * (1.0 + x))) withinOne

    // 2/√π exp(-x²), the derivative of erf.
    let private density (x: Expr) = 2.0 / Math.Sqrt Math.PI * Expr.Exp -(Univariate.squareOf x)
    let private tails = Domain.real |> Domain.withEdges (edges @ [ 0.5; -0.75; 5.9; 6.5; 10.0; 26.0; 27.3; -30.0 ])

    /// (2/√π) ∫ exp(-t²) dt from 0 to x. (Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.1.)
    let erf =
        transcendental "erf" "\\operatorname{erf}" Unary.Erf NormalIntegral.erf (fun x _ t -> t * density x) tails

    /// 1 - erf x, without cancellation. (Abramowitz and Stegun, 7.1.2.)
    let erfc =
        transcendental "erfc" "\\operatorname{erfc}" Unary.Erfc NormalIntegral.erfc (fun x _ t -> -(t * density x)) tails

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ exp2; log2; log10; cbrt; asin; acos; atan; sinh; cosh; asinh; acosh; atanh; erf; erfc ]

[<AutoOpen>]
module TranscendentalFunctions =
    module Expr =
        /// 2 to the power of each element.
        let exp2 (x: Expr) : Expr = Column.apply Transcendental.exp2 () [ x ]
        /// The logarithm to base 2: -∞ at 0, NaN below.
        let log2 (x: Expr) : Expr = Column.apply Transcendental.log2 () [ x ]
        /// The logarithm to base 10: -∞ at 0, NaN below.
        let log10 (x: Expr) : Expr = Column.apply Transcendental.log10 () [ x ]
        /// The cube root, negative for negative numbers.
        let cbrt (x: Expr) : Expr = Column.apply Transcendental.cbrt () [ x ]
        /// The inverse of sin, in radians between -π/2 and π/2; NaN beyond ±1.
        let asin (x: Expr) : Expr = Column.apply Transcendental.asin () [ x ]
        /// The inverse of cos, in radians between 0 and π; NaN beyond ±1.
        let acos (x: Expr) : Expr = Column.apply Transcendental.acos () [ x ]
        /// The inverse of tan, in radians between -π/2 and π/2.
        let atan (x: Expr) : Expr = Column.apply Transcendental.atan () [ x ]
        /// The hyperbolic sine.
        let sinh (x: Expr) : Expr = Column.apply Transcendental.sinh () [ x ]
        /// The hyperbolic cosine.
        let cosh (x: Expr) : Expr = Column.apply Transcendental.cosh () [ x ]
        /// The inverse of sinh.
        let asinh (x: Expr) : Expr = Column.apply Transcendental.asinh () [ x ]
        /// The inverse of cosh that is not negative; NaN below 1.
        let acosh (x: Expr) : Expr = Column.apply Transcendental.acosh () [ x ]
        /// The inverse of tanh: infinite at ±1, NaN beyond.
        let atanh (x: Expr) : Expr = Column.apply Transcendental.atanh () [ x ]
        /// The error function, (2/√π) ∫ exp(-t²) dt from 0 to x.
        let erf (x: Expr) : Expr = Column.apply Transcendental.erf () [ x ]
        /// 1 - erf x, without cancellation: right to the last digits where it is small.
        let erfc (x: Expr) : Expr = Column.apply Transcendental.erfc () [ x ]
