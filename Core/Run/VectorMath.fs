namespace Fluxion

open System
open Register

/// Each instruction of a lane, as what a vector register can do: the one definition of Fluxion's mathematics, for every vector width, with
/// and without code generation. Errors in units of the last place stand in docs/vector-maths.md.
module internal VectorMath =
    let private number (tape: Tape) (number: int) = { Tape = tape; Number = number }

    // 1 or -1 with x's sign, where x is not 0; else x, so NaN too.
    let private signOf (x: Register) =
        let zero = x.Constant 0.0
        let sign = select (less x zero) (x.Constant -1.0) (x +. zero)
        select (less zero x) (x.Constant 1.0) sign

    // The larger (or smaller) of two, with C#'s answers: NaN where either is, and 0 above -0.
    let private extremum isMaximum (x: Register) (y: Register) =
        match y.Tape.TryConstant y.Number |> ValueOption.filter Double.IsFinite with
        | ValueSome bound when bound <> 0.0 || Double.IsNegative bound <> isMaximum ->
            let isBeyond = if isMaximum then lessEqual x y else lessEqual y x
            select isBeyond y x
        | _ ->
            let larger = if isMaximum then maximum x y else minimum x y
            let tie = if isMaximum then bitAnd x y else bitOr x y
            let result = select (equal x y) tie larger
            select (equal x x) result x

    let unary (tape: Tape) (unary: Unary) (argument: int) : int =
        let x = number tape argument

        let result =
            match unary with
            | Unary.Negate -> negate x
            | Unary.Abs -> magnitude x
            | Unary.Sign -> signOf x
            | Unary.Floor -> Rounding.floor x
            | Unary.Ceiling -> Rounding.ceiling x
            | Unary.Round -> Rounding.round x
            | Unary.Sqrt -> sqrt x
            | Unary.Cbrt -> Roots.cbrt x
            | Unary.Exp -> Exponentials.exp x
            | Unary.Exp2 -> Exponentials.exp2 x
            | Unary.Expm1 -> Exponentials.expm1 x
            | Unary.Log -> Logarithms.log x
            | Unary.Log2 -> Powers.log2 x
            | Unary.Log10 -> Powers.log10 x
            | Unary.Log1p -> Logarithms.log1p x
            | Unary.Sin -> Trigonometry.sin x
            | Unary.Cos -> Trigonometry.cos x
            | Unary.Tan -> Trigonometry.tan x
            | Unary.Asin -> InverseTrigonometry.asin x
            | Unary.Acos -> InverseTrigonometry.acos x
            | Unary.Atan -> InverseTrigonometry.atan x
            | Unary.Sinh -> Hyperbolics.sinh x
            | Unary.Cosh -> Hyperbolics.cosh x
            | Unary.Tanh -> Exponentials.tanh x
            | Unary.Asinh -> Hyperbolics.asinh x
            | Unary.Acosh -> Hyperbolics.acosh x
            | Unary.Atanh -> Hyperbolics.atanh x
            | Unary.Erf -> ErrorFunction.erf x
            | Unary.Erfc -> ErrorFunction.erfc x
            | Unary.InverseErf -> ErrorFunction.inverse x
            | Unary.LogGamma -> GammaFunction.logGamma x
            | Unary.Digamma -> GammaFunction.digamma x
            | Unary.Sigmoid -> Exponentials.sigmoid x
            | Unary.Silu -> Exponentials.silu x
            | Unary.GeluTanh -> Exponentials.geluTanh x

        result.Number

    let binary (tape: Tape) (binary: Binary) (left: int, right: int) : int =
        let x, y = number tape left, number tape right

        let result =
            match binary with
            | Binary.Add -> x +. y
            | Binary.Subtract -> x -. y
            | Binary.Multiply -> x *. y
            | Binary.Divide -> x /. y
            | Binary.Maximum -> extremum true x y
            | Binary.Minimum -> extremum false x y
            | Binary.CopySign -> bitOr (magnitude x) (sign y)
            | Binary.Hypot -> Roots.hypot x y
            | Binary.Atan2 -> InverseTrigonometry.atan2 x y
            | Binary.Remainder -> Rounding.remainder x y
            | Binary.LogAddExp -> Logarithms.logAddExp x y
            | Binary.Power ->
                tape.TryConstant right
                |> ValueOption.bind (Powers.ofConstant x)
                |> ValueOption.defaultWith (fun () -> Powers.power x y)

        result.Number

    let private compare (comparison: Comparison) (x: Register) (y: Register) =
        match comparison with
        | Comparison.Less -> less x y
        | Comparison.LessEqual -> lessEqual x y
        | Comparison.Equal -> equal x y
        | Comparison.NotEqual -> bitXor (equal x y) (x.Bits -1L)

    /// The instructions of a whole lane, and the number of its result. Arguments are given as numbers of instructions with their types: those
    /// of the tape's type, and bool as masks. A lane whose type is bool ends in a mask; converted, it is 0 or 1.
    let lane (tape: Tape) (arguments: (int * DType)[]) (lane: Lane) : int =
        let rec write (lane: Lane) : struct (Register * DType) =
            match lane with
            | Lane.Argument i ->
                let result, dtype = arguments[i]
                struct (number tape result, dtype)
            | Lane.Literal value -> struct (number tape (tape.Constant value), tape.DType)
            | Lane.Unary(instruction, x) -> struct (number tape (unary tape instruction (asFloat x).Number), tape.DType)
            | Lane.Binary(instruction, x, y) ->
                struct (number tape (binary tape instruction ((asFloat x).Number, (asFloat y).Number)), tape.DType)
            | Lane.Compare(comparison, x, y) -> struct (compare comparison (asFloat x) (asFloat y), DType.Bool)
            | Lane.Select(condition, x, y) ->
                let struct (x, dtype) = write x
                let struct (y, _) = write y
                struct (select (asMask condition) x y, dtype)
            | Lane.Convert(DType.Bool, x) -> struct (asMask x, DType.Bool)
            | Lane.Convert(dtype, x) when dtype = tape.DType -> struct (asFloat x, dtype)
            | Lane.Convert(dtype, _) ->
                Errors.invalid "compile" $"a loop has elements of one type" $"this one has {tape.DType} and {dtype}" "split it there?"

        and asFloat lane =
            let struct (x, dtype) = write lane
            if dtype = DType.Bool then bitAnd x (x.Constant 1.0) else x

        and asMask lane =
            let struct (x, dtype) = write lane

            if dtype = DType.Bool then
                x
            else
                compare Comparison.NotEqual x (x.Constant 0.0)

        let struct (result, _) = write lane
        result.Number
