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

    // What is multiplied with a number that is exactly 0 beyond the bound: infinite, it would make that NaN.
    let within (bound: float) (x: Expr) = Column.apply Univariate.clamp { Low = -bound; High = bound } [ x ]

    // factor / (1 + exp(-x)), of one sign. Far below 0, exp x is multiplied in two halves, so that what it has lost when it is subnormal does not count.
    let private gatedBy x factor =
        if x >= 0.0 then factor / (1.0 + Math.Exp -x)
        elif x > -700.0 then factor * Math.Exp x / (1.0 + Math.Exp x)
        elif x > -800.0 then factor * Math.Exp(0.5 * x) * Math.Exp(0.5 * x)
        elif Double.IsNaN x then x
        else -0.0

    let private gated x = gatedBy x x

    /// x sigmoid x, also called swish; 0 at -∞. (Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2018.)
    let silu =
        let scale (x: Expr) (y: Expr) (t: Expr) =
            let gate = Column.apply Univariate.sigmoid () [ x ]
            t * (gate + within 100.0 y * (1.0 - gate))

        Univariate.unary "silu" (Column.named "silu") (Lane.Unary(Unary.Silu, x)) gated scale Column.everywhere

    // 1/√2, to twice its digits in three parts: the first of so few digits that products with half a number are exact, in float32 too.
    let private rootLeading, rootRest = 0.70703125, 7.55311865475244e-05
    let private root, rootError = Math.Sqrt 0.5, -4.833646656726458e-17

    // Where x is far below 0, the normal integral doubles the digits that x/√2 has lost: so z = x/√2 is corrected by what rounding took from it.
    let private corrected (complement: float) (z: float) (lost: float) = complement * (1.0 - 2.0 * Math.Min(z, 0.0) * lost)

    // NaN comes back as it is: which one a product of two keeps, and with which sign, is the processor's choice.
    let private unlessNaN (lane: Lane) = Lane.Select(Lane.Compare(Comparison.NotEqual, x, x), x, lane)

    // Below, the result is 0, at -∞ too.
    let private lowest = -60.0

    /// x Φ(x), for the integral Φ of the normal density. (Hendrycks and Gimpel, "Gaussian error linear units", 2016.)
    let gelu =
        let eval x =
            let x = Math.Max(x, lowest)
            let z = root * x
            let lost = Math.FusedMultiplyAdd(root, x, -z) + rootError * x
            let complement = corrected (NormalIntegral.erfc -z) z lost
            if Double.IsPositiveInfinity x then x else 0.5 * x * complement

        let lane =
            let literal = Lane.Literal
            let binary operation a b = Lane.Binary(operation, a, b)
            let add, subtract, multiply = binary Binary.Add, binary Binary.Subtract, binary Binary.Multiply
            let x = binary Binary.Maximum x (literal lowest)
            // Dekker's split, of numbers that are not so large that it overflows.
            let bounded = binary Binary.Minimum x (literal -lowest)
            let spread = multiply bounded (literal 4097.0)
            let leading = subtract spread (subtract spread bounded)
            let rest = subtract bounded leading
            let z = multiply bounded (literal root)

            let lost =
                subtract (multiply leading (literal rootLeading)) z
                |> add (multiply rest (literal rootLeading))
                |> add (multiply bounded (literal rootRest))

            let correction =
                subtract (literal 1.0) (multiply (multiply (literal 2.0) (binary Binary.Minimum z (literal 0.0))) lost)

            let complement = multiply (Lane.Unary(Unary.Erfc, Lane.Unary(Unary.Negate, z))) correction
            unlessNaN (multiply (multiply (literal 0.5) x) complement)

        let scale (x: Expr) _ (t: Expr) =
            let below = 0.5 * Column.apply Transcendental.erfc () [ -Math.Sqrt 0.5 * x ]
            let x = within 40.0 x
            let density = 1.0 / Math.Sqrt(2.0 * Math.PI) * Expr.Exp(-0.5 * (x * x))
            t * (below + x * density)

        Univariate.unary "gelu" (Column.named "gelu") lane eval scale Column.everywhere

    /// √(8/π), 0.044715 times that, and what rounding took from both.
    let geluTanhLinear, geluTanhCubic =
        (1.5957691216057308, -9.96930880911092e-17), (0.07135481627260025, -6.175149918155315e-19)

    /// Beyond, geluTanh is 0 on one side and its argument on the other.
    let geluTanhLimit = 60.0

    /// gelu's approximation by tanh, x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), which is x sigmoid(√(8/π) (x + 0.044715 x³)). (Hendrycks and Gimpel,
    /// "Gaussian error linear units", 2016.)
    let geluTanh =
        let eval x =
            let near = Math.Max(x, -geluTanhLimit)
            let (linear, linearRest), (cubic, cubicRest) = geluTanhLinear, geluTanhCubic
            let square = near * near
            let squareLost = Math.FusedMultiplyAdd(near, near, -square)
            let bend = cubic * square
            let bendLost = Math.FusedMultiplyAdd(cubic, square, -bend) + cubic * squareLost + cubicRest * square
            let slope = DoubleDouble.ofSum bend linear
            let argument = near * slope.High
            let lost = near * (slope.Low + bendLost + linearRest) + Math.FusedMultiplyAdd(near, slope.High, -argument)

            // Right of 0, exp is of a negative number, and stands beside 1.
            if not (x < geluTanhLimit) then x
            elif x < 0.0 then gatedBy argument near * (1.0 + lost)
            else gatedBy argument near

        let scale (x: Expr) _ (t: Expr) =
            let near = within geluTanhLimit x
            let square = Univariate.squareOf near
            let gate = Column.apply Univariate.sigmoid () [ fst geluTanhLinear * (near * (1.0 + 0.044715 * square)) ]
            t * (gate + near * gate * (1.0 - gate) * (fst geluTanhLinear * (1.0 + 3.0 * 0.044715 * square)))

        Univariate.unary "geluTanh" (Column.named "geluTanh") (Lane.Unary(Unary.GeluTanh, x)) eval scale Column.everywhere

    /// x tanh(softplus x). (Misra, "Mish: a self regularized non-monotonic activation function", 2019.)
    let mish =
        // tanh(log(1 + exp x)) is ((1 + exp x)² - 1) / ((1 + exp x)² + 1), which is sigmoid x (1 + q) with a q that is small where x is not near 0, in
        // v = exp(-|x|): v / (1 + 2v + 2v²) above 0, and v / (2 + 2v + v²) below.
        let eval x =
            let v = Math.Exp -(abs x)

            let q =
                if x > 0.0 then
                    v / (1.0 + 2.0 * v + 2.0 * v * v)
                else
                    v / (2.0 + 2.0 * v + v * v)

            gated x * (1.0 + q)

        let lane =
            let literal = Lane.Literal
            let binary operation a b = Lane.Binary(operation, a, b)
            let add, multiply, divide = binary Binary.Add, binary Binary.Multiply, binary Binary.Divide
            let v = Lane.Unary(Unary.Exp, Lane.Unary(Unary.Negate, Lane.Unary(Unary.Abs, x)))
            let double = multiply (literal 2.0) v
            let above = add (literal 1.0) (multiply double (add (literal 1.0) v))
            let below = add (literal 2.0) (multiply v (add (literal 2.0) v))
            let q = divide v (chosenLane above below)
            unlessNaN (multiply (Lane.Unary(Unary.Silu, x)) (add (literal 1.0) q))

        let scale (x: Expr) _ (t: Expr) =
            let gate = Expr.Tanh(Column.apply Univariate.softplus () [ x ])
            t * (gate + within 100.0 (Column.apply silu () [ x ]) * (1.0 - gate * gate))

        Univariate.unary "mish" (Column.named "mish") lane eval scale Column.everywhere

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ leakyRelu; elu; silu; gelu; geluTanh; mish ]

[<AutoOpen>]
module ActivationFunctions =
    module Expr =
        /// x above 0, else `slope` times x; the derivative at 0 is the slope.
        let leakyRelu (slope: float) (x: Expr) : Expr = Column.apply Activation.leakyRelu slope [ x ]
        /// x above 0, else alpha (exp x - 1); the derivative at 0 is alpha.
        let elu (alpha: float) (x: Expr) : Expr = Column.apply Activation.elu alpha [ x ]
        /// x sigmoid x, also called swish.
        let silu (x: Expr) : Expr = Column.apply Activation.silu () [ x ]
        /// x times the normal integral of x.
        let gelu (x: Expr) : Expr = Column.apply Activation.gelu () [ x ]

        /// gelu's approximation by tanh, x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), up to 5e-4 away.
        let geluTanh (x: Expr) : Expr = Column.apply Activation.geluTanh () [ x ]

        /// x tanh(softplus x).
        let mish (x: Expr) : Expr = Column.apply Activation.mish () [ x ]
