namespace Fluxion.Testing

open System
open System.Numerics
open Fluxion

/// The body of an elementwise op at complex arguments. Choices go by the real parts; where two are equal and do not move alike, the choice changes at the very
/// point, and what follows from it has no derivative: its imaginary part is NaN, that of a truth too.
module internal ComplexLane =
    // A number that does not move where its argument is away from the places where it jumps.
    let private between (jumps: bool) (value: float) (z: Complex) =
        if jumps && z.Imaginary <> 0.0 then
            ComplexFunctions.broken value
        else
            ComplexFunctions.real value

    let private abs (z: Complex) =
        if z.Real = 0.0 then between true 0.0 z
        elif z.Real < 0.0 then -z
        else z

    let private isWhole (x: float) = x = Math.Floor x

    let private sign (z: Complex) = between (z.Real = 0.0) (if Double.IsNaN z.Real then nan else float (Math.Sign z.Real)) z

    let private unary (instruction: Unary) : Complex -> Complex =
        match instruction with
        | Unary.Negate -> fun z -> -z
        | Unary.Abs -> abs
        | Unary.Sign -> sign
        | Unary.Floor -> fun z -> between (isWhole z.Real) (Math.Floor z.Real) z
        | Unary.Ceiling -> fun z -> between (isWhole z.Real) (Math.Ceiling z.Real) z
        | Unary.Round -> fun z -> between (isWhole (z.Real + 0.5)) (Math.Round z.Real) z
        | Unary.Sqrt -> ComplexFunctions.analytic ComplexFunctions.sqrt
        | Unary.Cbrt -> ComplexFunctions.analytic ComplexFunctions.cbrt
        | Unary.Exp -> ComplexFunctions.analytic ComplexFunctions.exp
        | Unary.Exp2 -> ComplexFunctions.analytic ComplexFunctions.exp2
        | Unary.Expm1 -> ComplexFunctions.analytic ComplexFunctions.expm1
        | Unary.Log -> ComplexFunctions.analytic ComplexFunctions.log
        | Unary.Log2 -> ComplexFunctions.analytic ComplexFunctions.log2
        | Unary.Log10 -> ComplexFunctions.analytic ComplexFunctions.log10
        | Unary.Log1p -> ComplexFunctions.analytic ComplexFunctions.log1p
        | Unary.Sin -> ComplexFunctions.analytic ComplexFunctions.sin
        | Unary.Cos -> ComplexFunctions.analytic ComplexFunctions.cos
        | Unary.Tan -> ComplexFunctions.analytic ComplexFunctions.tan
        | Unary.Asin -> ComplexFunctions.analytic ComplexFunctions.asin
        | Unary.Acos -> ComplexFunctions.analytic ComplexFunctions.acos
        | Unary.Atan -> ComplexFunctions.analytic ComplexFunctions.atan
        | Unary.Sinh -> ComplexFunctions.analytic ComplexFunctions.sinh
        | Unary.Cosh -> ComplexFunctions.analytic ComplexFunctions.cosh
        | Unary.Tanh -> ComplexFunctions.analytic ComplexFunctions.tanh
        | Unary.Asinh -> ComplexFunctions.analytic ComplexFunctions.asinh
        | Unary.Acosh -> ComplexFunctions.analytic ComplexFunctions.acosh
        | Unary.Atanh -> ComplexFunctions.analytic ComplexFunctions.atanh
        | Unary.Erf -> ComplexFunctions.analytic ComplexSpecial.erf
        | Unary.Erfc -> ComplexFunctions.analytic ComplexSpecial.erfc
        | Unary.InverseErf -> ComplexFunctions.analytic ComplexSpecial.inverseErf
        | Unary.LogGamma -> ComplexFunctions.analytic ComplexSpecial.logGamma
        | Unary.Digamma -> ComplexFunctions.analytic (ComplexSpecial.polygamma 0)
        | Unary.Sigmoid -> ComplexFunctions.analytic ComplexFunctions.sigmoid
        | Unary.Silu -> ComplexFunctions.analytic (fun z -> z * ComplexFunctions.sigmoid z)
        | Unary.GeluTanh ->
            ComplexFunctions.analytic (fun z -> z * ComplexFunctions.sigmoid (Math.Sqrt(8.0 / Math.PI) * (z + 0.044715 * z * z * z)))

    // Two equal numbers that do not move alike part at the point.
    let private isTie (x: Complex) (y: Complex) = x.Real = y.Real && x.Imaginary <> y.Imaginary

    let private larger (x: Complex) (y: Complex) =
        if isTie x y then ComplexFunctions.broken x.Real
        elif Double.IsNaN x.Real || x.Real > y.Real then x
        else y

    let private copySign (x: Complex) (y: Complex) =
        let size = abs x
        let direction = Math.CopySign(1.0, y.Real)

        if y.Real = 0.0 && y.Imaginary <> 0.0 then
            ComplexFunctions.broken (direction * size.Real)
        elif direction < 0.0 then
            -size
        else
            size

    let private remainder (x: Complex) (y: Complex) =
        let rest = x.Real - y.Real * Math.Floor(x.Real / y.Real)

        if rest = 0.0 then
            between true rest (x + y)
        else
            x - ComplexFunctions.multiply (ComplexFunctions.real (Math.Floor(x.Real / y.Real))) y

    let private binary (instruction: Binary) (x: Complex) (y: Complex) : Complex =
        match instruction with
        | Binary.Add -> x + y
        | Binary.Subtract -> x - y
        | Binary.Multiply -> ComplexFunctions.multiply x y
        | Binary.Divide -> ComplexFunctions.analytic2 ComplexFunctions.divide x y
        | Binary.Power -> ComplexFunctions.analytic2 ComplexFunctions.power x y
        | Binary.Maximum -> larger x y
        | Binary.Minimum -> -(larger -x -y)
        | Binary.CopySign -> copySign x y
        | Binary.Hypot -> ComplexFunctions.analytic2 ComplexFunctions.hypot x y
        | Binary.Atan2 -> ComplexFunctions.analytic2 ComplexFunctions.atan2 x y
        | Binary.Remainder -> remainder x y
        | Binary.LogAddExp -> ComplexFunctions.analytic2 (fun x y -> ComplexFunctions.logSumExp [| x; y |]) x y

    let private compare (comparison: Comparison) (x: Complex) (y: Complex) =
        let holds =
            match comparison with
            | Comparison.Less -> x.Real < y.Real
            | Comparison.LessEqual -> x.Real <= y.Real
            | Comparison.Equal -> x.Real = y.Real
            | Comparison.NotEqual -> x.Real <> y.Real

        Complex((if holds then 1.0 else 0.0), (if isTie x y then nan else 0.0))

    let private select (condition: Complex) (yes: Complex) (no: Complex) =
        let taken = if condition.Real <> 0.0 then yes else no

        if Double.IsNaN condition.Imaginary && yes <> no then
            ComplexFunctions.broken taken.Real
        else
            taken

    let private convert (dtype: DType) (z: Complex) =
        let value = (NDArray.ofFloats dtype [] [| z.Real |]).Floats[0]

        if dtype.IsFloating then
            Complex(value, z.Imaginary)
        else
            between (if dtype = DType.Bool then z.Real = 0.0 else isWhole z.Real) value z

    /// One element of the result. Recursion is as deep as the lane, which an op's author wrote by hand.
    let rec evaluate (arguments: Complex[]) (body: Lane) : Complex =
        let part = evaluate arguments

        match body with
        | Lane.Argument i -> arguments[i]
        | Lane.Literal number -> ComplexFunctions.real number
        | Lane.Unary(instruction, x) -> unary instruction (part x)
        | Lane.Binary(instruction, x, y) -> binary instruction (part x) (part y)
        | Lane.Compare(comparison, x, y) -> compare comparison (part x) (part y)
        | Lane.Select(condition, yes, no) -> select (part condition) (part yes) (part no)
        | Lane.Convert(dtype, x) -> convert dtype (part x)
