namespace Fluxion

open System
open System.Numerics

/// The logarithm of the gamma function and its derivatives, of one number.
module internal Gamma =
    // Σ cₖ xᵏ, the first coefficient of the lowest power.
    let polynomial (coefficients: float[]) (x: float) : float =
        // From the last coefficient itself, for 0 times an infinite x is NaN.
        let mutable sum = coefficients[coefficients.Length - 1]

        for k in coefficients.Length - 2 .. -1 .. 0 do
            sum <- coefficients[k] + x * sum

        sum

    // B₂, B₄, …, B₂₄.
    let private bernoulli =
        GammaZeros.bernoulli
        |> Array.map (fun (struct (numerator, denominator)) -> float numerator / float denominator)

    // A difference of two sides, unless it is so small a part of them that it has lost its digits: then the exact one.
    let private difference (lost: float) (exact: float -> float) (x: float) (left: float) (right: float) : float =
        let value = left - right
        if abs value < lost * abs right then exact x else value

    /// (-1)ᵏ (ζ(k) - 1) / k for k = 2, 3, …, and before them 1 - γ: log Γ(2 + x) is x times this polynomial.
    let nearTwo =
        [| 0.42278433509846713939
           0.3224670334241132182
           -0.06735230105319809513
           0.02058080842778454788
           -0.007385551028673985266
           0.002890510330741523286
           -0.001192753911703260977
           0.0005096695247430424223
           -0.0002231547584535793798
           0.00009945751278180853371
           -0.0000449262367381331417
           0.00002050721277567069155
           -9.439488275268395904e-6
           4.374866789907487804e-6
           -2.039215753801366237e-6
           9.551412130407419833e-7
           -4.492469198764566043e-7
           2.120718480555466587e-7
           -1.004322482396809961e-7
           4.769810169363980566e-8
           -2.271109460894316491e-8
           1.083865921489695409e-8
           -5.183475041970046655e-9
           2.483674543802478317e-9
           -1.192140140586091207e-9
           5.731367241678862013e-10
           -2.759522885124233145e-10 |]

    /// The positive root of digamma: this and the rest beside it.
    let root, rootRest = 1.4616321449683622, 9.549995429965697e-17

    /// The power series of digamma about that root, over the distance.
    let nearRoot =
        [| 0.9676722454476212
           -0.4427631689835921
           0.258499760955651
           -0.16394270544240652
           0.10782405069126237
           -0.07219956125645471
           0.04880428816414311
           -0.03316112647484736
           0.022597648232218104
           -0.01542476590494896
           0.010538791616612175
           -0.007204534386356869
           0.004926781395729853
           -0.003369801655439328
           0.002305126326734928
           -0.0015769367714301972
           0.0010788252019162967
           -0.0007380709389960052
           0.000504953265834602
           -0.0003454680251063077
           0.00023635601564027053
           -0.00016170622091974803
           0.0001106337276874741 |]

    // sin πx and cos πx, exact where they are 0.
    let private sinPi (x: float) =
        let rest = Math.IEEERemainder(x, 2.0)

        if abs rest <= 0.25 then
            Math.Sin(Math.PI * rest)
        elif abs rest <= 0.75 then
            Math.CopySign(Math.Cos(Math.PI * (abs rest - 0.5)), rest)
        else
            Math.CopySign(Math.Sin(Math.PI * (1.0 - abs rest)), rest)

    let private cosPi (x: float) = sinPi (Math.IEEERemainder(x, 2.0) + 0.5)

    /// What Stirling's series has in 1/x², over x, and its constant.
    let stirlingTerms = bernoulli |> Array.mapi (fun i b -> b / float ((2 * i + 2) * (2 * i + 1)))
    let stirlingConstant = 0.5 * Math.Log(2.0 * Math.PI) - 0.5
    /// What digamma's asymptotic series has in 1/x², over x².
    let digammaTerms = bernoulli |> Array.mapi (fun i b -> b / float (2 * i + 2))

    // Stirling's series. (Abramowitz and Stegun, 6.1.41.)
    let private stirling (x: float) =
        let rest = polynomial stirlingTerms (1.0 / (x * x)) / x
        (x - 0.5) * (Math.Log x - 1.0) + stirlingConstant + rest

    let rec private logGammaOfPositive (x: float) : float =
        if x > 1e305 then
            x * (Math.Log x - 1.0)
        elif x >= 10.0 then
            stirling x
        elif x < 0.5 then
            logGammaOfPositive (1.0 + x) - Math.Log x
        elif x < 1.5 then
            // About 1, where Γ is 1: x - 1 is exact.
            (x - 1.0) * polynomial nearTwo (x - 1.0) - Univariate.logOfOnePlus (x - 1.0)
        elif x <= 2.5 then
            (x - 2.0) * polynomial nearTwo (x - 2.0)
        else
            let steps = int (ceil (x - 2.5))
            let mutable product = 1.0

            for i in 1..steps do
                product <- product * (x - float i)

            Math.Log product + logGammaOfPositive (x - float steps)

    /// log |Γ(x)|; +∞ at 0 and negative whole numbers. (Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.1.17, 6.1.33, 6.1.41.)
    let logGamma (x: float) : float =
        if Double.IsNaN x then
            nan
        elif Double.IsInfinity x then
            infinity
        elif x > 0.0 then
            logGammaOfPositive x
        elif x = Math.Floor x then
            infinity
        elif x > -0.5 then
            logGammaOfPositive (1.0 + x) - Math.Log -x
        else
            difference (1.0 / 64.0) GammaZeros.logGamma x (Math.Log(Math.PI / abs (sinPi x))) (logGammaOfPositive (1.0 - x))

    // From here on the asymptotic series is exact to float64, for derivatives of that order.
    let private far (order: int) = 14.0 + float order

    // Σ 1/(x + i) over so many steps, the smallest first.
    let private stepsBack (x: float) (steps: int) : float =
        let mutable sum = 0.0

        for i in steps - 1 .. -1 .. 0 do
            sum <- sum + 1.0 / (x + float i)

        sum

    let rec private digammaOfFinite (x: float) : float =
        if x <= 0.0 then
            if x = 0.0 then
                Math.CopySign(infinity, -x)
            elif x = Math.Floor x then
                nan
            else
                difference (1.0 / 64.0) GammaZeros.digamma x (digammaOfFinite (1.0 - x)) (Math.PI * cosPi x / sinPi x)
        elif abs (x - root) <= 0.3 then
            let distance = x - root - rootRest
            distance * polynomial nearRoot distance
        else
            let steps = int (max 0.0 (ceil (far 0 - x)))
            let shifted = x + float steps
            let square = 1.0 / (shifted * shifted)
            let large = Math.Log shifted - 0.5 / shifted - square * polynomial digammaTerms square
            large - stepsBack x steps

    /// ψ, the derivative of log Γ. (Abramowitz and Stegun, 6.3.)
    let digamma (x: float) : float =
        if Double.IsFinite x then digammaOfFinite x
        elif Double.IsPositiveInfinity x then x
        else nan

    // A number as this times a power of 2, where float64 would overflow or be 0.
    let private normalized (struct (significand: float, exponent: int)) : struct (float * int) =
        let shift = Math.ILogB significand
        struct (Math.ScaleB(significand, -shift), exponent + shift)

    let private multiplied (struct (x: float, i: int)) (struct (y: float, j: int)) = normalized (struct (x * y, i + j))

    // n!, rounded once.
    let private factorial (n: int) : struct (float * int) =
        let product = GammaZeros.factorial n
        let shift = max 0 (int (product.GetBitLength()) - 64)
        normalized (struct (float (product >>> shift), shift))

    // x⁻ᵏ: past a thousand factors even a number near 1 may leave float64.
    let rec private inversePower (x: float) (k: int) : struct (float * int) =
        if k <= 1000 then
            let struct (significand, exponent) = normalized (struct (x, 0))
            normalized (struct (Math.Pow(significand, float -k), -k * exponent))
        else
            multiplied (inversePower x (k / 2)) (inversePower x (k - k / 2))

    // Σ (x + k)^-(n+1) over all k from 0, times n xⁿ: nearly 1 where x is large. (Abramowitz and Stegun, 6.4.11.)
    let private asymptotic (order: int) (x: float) : float =
        let n = float order
        let mutable ratio, sum = 1.0, 1.0 + n / (2.0 * x)

        for k in 0 .. bernoulli.Length - 1 do
            // (2k + n - 1)! / (2k)! relative to (n - 1)!, in turn.
            let two = float (2 * k)
            ratio <- ratio * (two + n) * (two + n + 1.0) / ((two + 1.0) * (two + 2.0) * x * x)
            sum <- sum + bernoulli[k] * ratio

        sum

    // n! Σ (x + k)^-(n+1), which is |ψ⁽ⁿ⁾(x)|, of a number above 0: as a part that is not far from 1, a power of x, and the factorial.
    let private derivativeSize (factorial: struct (float * int)) (order: int) (x: float) : float =
        let n = float order
        let steps = int (max 0.0 (ceil (far order - x)))

        let struct (significand, exponent) =
            if steps = 0 then
                multiplied (struct (asymptotic order x / n, 0)) (inversePower x order)
            else
                // Relative to the first term, the smallest first.
                let term i = Math.Pow((x + float i) / x, -(n + 1.0))
                let mutable sum = term steps * ((x + float steps) / n) * asymptotic order (x + float steps)

                for i in steps - 1 .. -1 .. 1 do
                    sum <- sum + term i

                multiplied (struct (1.0 + sum, 0)) (inversePower x (order + 1))
            |> multiplied factorial

        Math.ScaleB(significand, exponent)

    // From this order on, the factorial alone is beyond float64, and left of 0 so are all values but those midway between two poles.
    let private overflows (order: int) = order > 170

    // The coefficients of ψ⁽ⁿ⁾'s reflection: dⁿ/dxⁿ π cot πx is n! πⁿ⁺¹ times a polynomial in cot πx. (Abramowitz and Stegun, 6.4.7.)
    let private cotangentDerivative (order: int) : float[] =
        let differentiate (p: float[]) (k: int) =
            // p(c) goes to -(1 + c²) p'(c) / k.
            let slope = Array.init (p.Length - 1) (fun i -> float (i + 1) * p[i + 1] / float k)
            Array.init (p.Length + 1) (fun i -> -((if i < slope.Length then slope[i] else 0.0) + (if i >= 2 then slope[i - 2] else 0.0)))

        Seq.fold differentiate [| 0.0; 1.0 |] (seq { 1..order })

    // ψ⁽ⁿ⁾ of numbers up to 0, n ≥ 1: -|ψ⁽ⁿ⁾(1 - x)| less the reflection.
    let private derivativeLeftOfZero
        (factorial: struct (float * int))
        (order: int)
        (size: float -> float)
        (reflection: float[])
        (x: float)
        : float =
        let cotangent = cosPi x / sinPi x

        if x = Math.Floor x then
            // A pole: of one sign from both sides where the order is odd, and at 0 of the side that its sign names.
            if order % 2 = 1 then infinity
            elif x = 0.0 then Math.CopySign(infinity, -x)
            else nan
        elif not (overflows order) then
            let struct (significand, exponent) = factorial

            let slope =
                Math.ScaleB(Math.Pow(Math.PI, float (order + 1)) * polynomial reflection cotangent * significand, exponent)

            difference 0.125 (GammaZeros.polygamma order) x -(size (1.0 - x)) slope
        elif order % 2 = 1 then
            infinity
        elif cotangent = 0.0 then
            -(size (1.0 - x))
        else
            Math.CopySign(infinity, -cotangent)

    /// ψ⁽ⁿ⁾, the derivative of digamma of order n ≥ 1. (Abramowitz and Stegun, 6.4.)
    let polygamma (order: int) : float -> float =
        let factorial = factorial order
        let size = derivativeSize factorial order
        let reflection = if overflows order then [||] else cotangentDerivative order

        fun x ->
            if Double.IsNaN x || Double.IsNegativeInfinity x then
                nan
            elif x <= 0.0 then
                derivativeLeftOfZero factorial order size reflection x
            elif Double.IsPositiveInfinity x then
                0.0
            elif order % 2 = 0 then
                -(size x)
            else
                size x
