namespace Fluxion

open Register

/// Lanes on integers, whose bits ride in registers of floats of their width: int64 beside float64, int32 beside float32.
module internal IntegerLane =
    // Whether a lane is arithmetic of integers and bools alone that a register can do.
    let rec private isArithmetic (arguments: DType[]) (lane: Lane) : bool =
        let isArithmetic = isArithmetic arguments

        match lane with
        | Lane.Argument i -> not arguments[i].IsFloating
        | Lane.Literal value -> value = System.Math.Floor value && abs value < 2147483648.0
        | Lane.Unary((Unary.Negate | Unary.Abs | Unary.Sign), x) -> isArithmetic x
        | Lane.Binary((Binary.Add | Binary.Subtract | Binary.Multiply | Binary.Maximum | Binary.Minimum), x, y)
        | Lane.Compare(_, x, y) -> isArithmetic x && isArithmetic y
        | Lane.Select(condition, x, y) -> isArithmetic condition && isArithmetic x && isArithmetic y
        | _ -> false

    /// Whether registers of floats can do what a lane says to arguments of these types, integers among them or in its result.
    let isSupported (arguments: DType[]) (lane: Lane) : bool =
        match lane with
        | Lane.Convert(_, Lane.Argument _) -> true
        | Lane.Convert(_, x) -> isArithmetic arguments x
        | lane -> isArithmetic arguments lane

    // Two integers are equal when no bit differs. The sign bit alone would pass for the zero that -0 is, so each bit is shown twice.
    let private equalIntegers (x: Register) (y: Register) =
        let differing = bitXor x y
        equal (bitOr differing (shiftRight 1 differing)) (x.Bits 0L)

    let private opposite (mask: Register) = bitXor mask (mask.Bits -1L)

    let private compare (comparison: Comparison) (x: Register) (y: Register) =
        match comparison with
        | Comparison.Less -> lessInteger x y
        | Comparison.LessEqual -> opposite (lessInteger y x)
        | Comparison.Equal -> equalIntegers x y
        | Comparison.NotEqual -> opposite (equalIntegers x y)

    // Bool is a mask; the types are those of one width, and bool.
    let private convert (from: DType) (target: DType) (x: Register) =
        match from, target with
        | _ when from = target -> x
        | DType.Bool, _ when target.IsFloating -> bitAnd x (x.Constant 1.0)
        | DType.Bool, _ -> bitAnd x (x.Bits 1L)
        | _, DType.Bool when from.IsFloating -> opposite (equal x (x.Constant 0.0))
        | _, DType.Bool -> opposite (equalIntegers x (x.Bits 0L))
        | _ -> if target.IsFloating then toFloat x else toInteger x

    let private unary (instruction: Unary) (x: Register) =
        let zero = x.Bits 0L
        let negative = subtractInteger zero x

        match instruction with
        | Unary.Negate -> negative
        | Unary.Abs -> select (lessInteger x zero) negative x
        // A mask is -1 where it is set.
        | Unary.Sign -> subtractInteger (lessInteger x zero) (lessInteger zero x)
        | _ -> Errors.invalid "compile" "the lane must have been found fit for integers" $"it has {instruction}" "report this"

    let private binary (instruction: Binary) (x: Register) (y: Register) =
        match instruction with
        | Binary.Add -> addInteger x y
        | Binary.Subtract -> subtractInteger x y
        | Binary.Multiply -> multiplyInteger x y
        | Binary.Maximum -> select (lessInteger x y) y x
        | Binary.Minimum -> select (lessInteger x y) x y
        | _ -> Errors.invalid "compile" "the lane must have been found fit for integers" $"it has {instruction}" "report this"

    /// Writes a lane on a tape: its arguments, numbers of instructions with their types, are integers, bool as masks, and floats to be converted.
    let write (tape: Tape) (arguments: (int * DType)[]) (lane: Lane) : int =
        // Literals stand beside arguments and take their type.
        let integer = arguments |> Array.map snd |> Array.tryFind (fun dtype -> dtype.IsInteger)

        let rec value lane : struct (Register * DType) =
            match lane with
            | Lane.Argument i ->
                let number, dtype = arguments[i]
                struct ({ Tape = tape; Number = number }, dtype)
            | Lane.Literal number ->
                let bits = tape.Add(Instruction.Bits(int64 number))
                struct ({ Tape = tape; Number = bits }, defaultArg integer tape.DType)
            | Lane.Unary(instruction, x) ->
                let struct (x, dtype) = value x
                struct (unary instruction x, dtype)
            | Lane.Binary(instruction, x, y) ->
                let struct (x, dtype), struct (y, _) = value x, value y
                struct (binary instruction x y, dtype)
            | Lane.Compare(comparison, x, y) ->
                let struct (x, _), struct (y, _) = value x, value y
                struct (compare comparison x y, DType.Bool)
            | Lane.Select(condition, x, y) ->
                let struct (condition, _) = value condition
                let struct (x, dtype), struct (y, _) = value x, value y
                struct (select condition x y, dtype)
            | Lane.Convert(dtype, x) ->
                let struct (x, from) = value x
                struct (convert from dtype x, dtype)

        let struct (result, _) = value lane
        result.Number
