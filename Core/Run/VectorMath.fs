namespace Fluxion

open Register

/// Each instruction of a lane, as what a vector register can do: the one definition of Fluxion's mathematics, for every vector width, with
/// and without code generation. Errors in units of the last place stand in docs/vector-maths.md.
module internal VectorMath =
    let private number (tape: Tape) (number: int) = { Tape = tape; Number = number }

    let private isNaN (x: Register) = bitXor (equal x x) (x.Bits -1L)

    // 1 or -1 with x's sign, where x is not 0; else x, so NaN too.
    let private signOf (x: Register) =
        let zero = x.Constant 0.0
        let sign = select (less x zero) (x.Constant -1.0) (x +. zero)
        select (less zero x) (x.Constant 1.0) sign

    let unary (tape: Tape) (unary: Unary) (argument: int) : int =
        let x = number tape argument

        let result =
            match unary with
            | Unary.Negate -> negate x
            | Unary.Abs -> magnitude x
            | Unary.Sign -> signOf x
            | Unary.Sqrt -> sqrt x
            | Unary.Exp -> Exponentials.exp x
            | Unary.Expm1 -> Exponentials.expm1 x
            | Unary.Log -> Logarithms.log x
            | Unary.Log1p -> Logarithms.log1p x
            | Unary.Sin -> Trigonometry.sin x
            | Unary.Cos -> Trigonometry.cos x
            | Unary.Tan -> Trigonometry.tan x
            | Unary.Tanh -> Exponentials.tanh x
            | Unary.Sigmoid -> Exponentials.sigmoid x

        result.Number
