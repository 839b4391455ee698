namespace Fluxion.Testing

open System
open System.Numerics

/// Functions of a complex number whose imaginary part may be 1e-100 beside a real part of 1, by formulas that keep the digits of both; no derivative stands in
/// them. Where a function has none (a pole, a branch point, a kink) the imaginary part is NaN. (Kahan, "Branch cuts for complex elementary functions", 1987.)
module internal ComplexFunctions =
    /// A number that does not move.
    let real (x: float) = Complex(x, 0.0)

    /// A number whose derivative is none.
    let broken (x: float) = Complex(x, nan)

    /// A function of a complex number, which stands still where the number does, and is broken where the number is.
    let analytic (f: Complex -> Complex) (z: Complex) : Complex =
        if z.Imaginary = 0.0 then real (f z).Real
        elif Double.IsNaN z.Imaginary then broken (f (real z.Real)).Real
        else f z

    /// The same for two numbers.
    let analytic2 (f: Complex -> Complex -> Complex) (z: Complex) (w: Complex) : Complex =
        if z.Imaginary = 0.0 && w.Imaginary = 0.0 then
            real (f z w).Real
        elif Double.IsNaN z.Imaginary || Double.IsNaN w.Imaginary then
            broken (f (real z.Real) (real w.Real)).Real
        else
            f z w

    let private modulus (z: Complex) = Double.Hypot(z.Real, z.Imaginary)
    let private polar (size: float) (angle: float) = Complex(size * Math.Cos angle, size * Math.Sin angle)
    let private angle (z: Complex) = Math.Atan2(z.Imaginary, z.Real)

    // f, of numbers below 0 by f(-z) = -f(z).
    let private odd (f: Complex -> Complex) (z: Complex) = if z.Real < 0.0 then -(f -z) else f z

    let multiply: Complex -> Complex -> Complex =
        // What stands still does so beside an infinity too.
        let moved (imaginary: float) (factor: float) = if imaginary = 0.0 then 0.0 else imaginary * factor

        analytic2 (fun z w -> Complex(z.Real * w.Real - moved z.Imaginary w.Imaginary, moved w.Imaginary z.Real + moved z.Imaginary w.Real))

    /// Smith's division, for a divisor whose imaginary part is the smaller one.
    let divide (z: Complex) (w: Complex) : Complex =
        if w.Imaginary = 0.0 then
            Complex(z.Real / w.Real, (if z.Imaginary = 0.0 then 0.0 else z.Imaginary / w.Real))
        elif w.Real = 0.0 then
            broken (z.Real / 0.0)
        else
            let slope = w.Imaginary / w.Real
            let size = w.Real + w.Imaginary * slope
            Complex((z.Real + z.Imaginary * slope) / size, (z.Imaginary - z.Real * slope) / size)

    let sqrt (z: Complex) : Complex =
        if z.Real < 0.0 then
            real nan
        elif z.Real = 0.0 then
            broken 0.0
        else
            let root = Math.Sqrt((modulus z + z.Real) / 2.0)
            Complex(root, z.Imaginary / (2.0 * root))

    let cbrt: Complex -> Complex =
        odd (fun z ->
            if z.Real = 0.0 then
                broken 0.0
            else
                polar (Math.Cbrt(modulus z)) (angle z / 3.0))

    let exp (z: Complex) : Complex = polar (Math.Exp z.Real) z.Imaginary
    let exp2 (z: Complex) : Complex = exp (z * Math.Log 2.0)

    let expm1 (z: Complex) : Complex =
        let half = Math.Sin(z.Imaginary / 2.0)

        let minusOne =
            if abs z.Real < 1e-5 then
                z.Real + z.Real * z.Real / 2.0
            else
                Math.Exp z.Real - 1.0

        Complex(minusOne * Math.Cos z.Imaginary - 2.0 * half * half, Math.Exp z.Real * Math.Sin z.Imaginary)

    let log (z: Complex) : Complex =
        if z.Real < 0.0 then real nan
        elif z.Real = 0.0 then broken -infinity
        else Complex(Math.Log(modulus z), angle z)

    let log1p (z: Complex) : Complex =
        let real = (log (1.0 + z)).Real
        Complex((if abs z.Real < 1e-5 then z.Real - z.Real * z.Real / 2.0 else real), (log (1.0 + z)).Imaginary)

    let log2 (z: Complex) : Complex = log z / Math.Log 2.0
    let log10 (z: Complex) : Complex = log z / Math.Log 10.0

    let sin (z: Complex) : Complex = Complex(Math.Sin z.Real * Math.Cosh z.Imaginary, Math.Cos z.Real * Math.Sinh z.Imaginary)

    let cos (z: Complex) : Complex =
        Complex(Math.Cos z.Real * Math.Cosh z.Imaginary, -(Math.Sin z.Real * Math.Sinh z.Imaginary))

    let tan (z: Complex) : Complex = divide (sin z) (cos z)

    let sinh (z: Complex) : Complex = Complex(Math.Sinh z.Real * Math.Cos z.Imaginary, Math.Cosh z.Real * Math.Sin z.Imaginary)

    let cosh (z: Complex) : Complex = Complex(Math.Cosh z.Real * Math.Cos z.Imaginary, Math.Sinh z.Real * Math.Sin z.Imaginary)

    let tanh: Complex -> Complex =
        odd (fun z ->
            let decayed = expm1 (-2.0 * z)
            divide -decayed (2.0 + decayed))

    let atan (z: Complex) : Complex =
        let x, y = z.Real, z.Imaginary
        let above = x * x + (1.0 - y) * (1.0 - y)
        Complex((Math.Atan2(x, 1.0 - y) + Math.Atan2(x, 1.0 + y)) / 2.0, (log1p (real (4.0 * y / above))).Real / 4.0)

    let asin (z: Complex) : Complex =
        if abs z.Real > 1.0 then real nan
        elif abs z.Real = 1.0 then broken (Math.Asin z.Real)
        else atan (divide z (sqrt ((1.0 - z) * (1.0 + z))))

    let acos (z: Complex) : Complex = Math.PI / 2.0 - asin z

    let asinh: Complex -> Complex = odd (fun z -> log1p (z + divide (z * z) (1.0 + sqrt (1.0 + z * z))))

    let acosh (z: Complex) : Complex =
        if z.Real < 1.0 then real nan
        elif z.Real = 1.0 then broken 0.0
        else log (z + sqrt (z - Complex.One) * sqrt (z + Complex.One))

    let atanh (z: Complex) : Complex =
        let x, y = z.Real, z.Imaginary

        if abs x > 1.0 then
            real nan
        elif abs x = 1.0 then
            broken (Math.Atanh x)
        else
            Complex(Math.Atanh x, Math.Atan2(2.0 * y, (1.0 - x) * (1.0 + x) - y * y) / 2.0)

    let sigmoid (z: Complex) : Complex =
        if z.Real >= 0.0 then
            divide Complex.One (1.0 + exp -z)
        else
            divide (exp z) (1.0 + exp z)

    /// z to the power of w. Of a base below 0 the exponent must stand still.
    let power (z: Complex) (w: Complex) : Complex =
        let value = Math.Pow(z.Real, w.Real)

        if z.Real > 0.0 && w.Imaginary = 0.0 then
            polar (Math.Pow(modulus z, w.Real)) (w.Real * angle z)
        elif z.Real > 0.0 then
            exp (w * log z)
        elif w.Imaginary <> 0.0 then
            broken value
        elif z.Real = 0.0 then
            if w.Real = 1.0 then z
            elif w.Real = 0.0 || w.Real > 1.0 then real value
            else broken value
        // By (-z)ʷ and the sign of a whole exponent, 1 or -1; of others it is NaN.
        else
            Math.Pow(-1.0, w.Real) * polar (Math.Pow(modulus z, w.Real)) (w.Real * angle -z)

    let hypot (z: Complex) (w: Complex) : Complex =
        let scale = max (abs z.Real) (abs w.Real)

        if scale = 0.0 then
            broken 0.0
        else
            let z, w = z / scale, w / scale
            scale * sqrt (z * z + w * w)

    /// The angle of the point with height `y` and width `x`.
    let atan2 (y: Complex) (x: Complex) : Complex =
        let value = Math.Atan2(y.Real, x.Real)

        if y.Real = 0.0 && x.Real <= 0.0 then
            broken value
        elif abs x.Real >= abs y.Real then
            let turn = if x.Real < 0.0 then Math.CopySign(Math.PI, y.Real) else 0.0
            atan (divide y x) + turn
        else
            Math.CopySign(Math.PI / 2.0, y.Real) - atan (divide x y)

    /// The logarithm of a sum of exponentials.
    let logSumExp (terms: Complex[]) : Complex =
        let largest = terms |> Array.fold (fun largest z -> max largest z.Real) -infinity
        let shift = if Double.IsFinite largest then largest else 0.0

        let total = terms |> Array.fold (fun total z -> total + analytic (fun z -> exp (z - real shift)) z) Complex.Zero

        analytic log total + shift
