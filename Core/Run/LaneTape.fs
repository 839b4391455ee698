namespace Fluxion

/// Lanes of rows as instructions.
module internal LaneTape =
    let rec private isSupported (lane: Lane) : bool =
        match lane with
        | Lane.Argument _
        | Lane.Literal _ -> true
        | Lane.Binary(Binary.Power, _, _) -> false
        | Lane.Unary(_, x)
        | Lane.Convert(_, x) -> isSupported x
        | Lane.Binary(_, x, y)
        | Lane.Compare(_, x, y) -> isSupported x && isSupported y
        | Lane.Select(condition, yes, no) -> isSupported condition && isSupported yes && isSupported no

    let rec private converts (lane: Lane) : DType option =
        match lane with
        | Lane.Convert(dtype, _) -> Some dtype
        | _ -> None

    /// The floating type that a node's loop works in; None when it cannot be one: integers, and conversions between number types.
    let tryDType (node: Expr) (lane: Lane) (arguments: Expr[]) : DType option =
        let numbers = arguments |> Array.map (fun x -> x.DType) |> Array.filter ((<>) DType.Bool) |> Array.distinct

        match numbers, converts lane with
        | [| dtype |], None when dtype.IsFloating && isSupported lane -> Some dtype
        | [||], Some dtype when dtype.IsFloating -> Some dtype
        | _ -> None

    /// Writes a lane on a tape; arguments are numbers of instructions. Comparisons give masks, and conversions take them.
    let add (tape: Tape) (arguments: int[]) (lane: Lane) : int =
        let constant (value: float) = tape.Constant value
        let select mask yes no = tape.Add(Instruction.Select(mask, yes, no))
        let less x y = tape.Add(Instruction.Less(x, y))
        let equal x y = tape.Add(Instruction.Equal(x, y))
        let negate mask = tape.Add(Instruction.Xor(mask, tape.Add(Instruction.Bits -1L)))

        // NaN when either is; of zeros, the one whose sign says so.
        let extremum larger smaller tie x y =
            let picked = select (less smaller larger) y x
            let unequal = select (equal y y) picked y
            select (equal x y) (tape.Add(tie (x, y))) unequal

        let rec write lane =
            match lane with
            | Lane.Argument i -> arguments[i]
            | Lane.Literal value -> constant value
            | Lane.Unary(unary, x) -> VectorMath.unary tape unary (write x)
            | Lane.Binary(operation, x, y) ->
                let x, y = write x, write y

                match operation with
                | Binary.Add -> tape.Add(Instruction.Add(x, y))
                | Binary.Subtract -> tape.Add(Instruction.Subtract(x, y))
                | Binary.Multiply -> tape.Add(Instruction.Multiply(x, y))
                | Binary.Divide -> tape.Add(Instruction.Divide(x, y))
                | Binary.Maximum -> extremum y x Instruction.And x y
                | Binary.Minimum -> extremum x y Instruction.Or x y
                | Binary.Power -> unsupported lane
            | Lane.Compare(comparison, x, y) ->
                let x, y = write x, write y

                match comparison with
                | Comparison.Less -> less x y
                | Comparison.LessEqual -> tape.Add(Instruction.LessEqual(x, y))
                | Comparison.Equal -> equal x y
                | Comparison.NotEqual -> negate (equal x y)
            | Lane.Select(condition, yes, no) -> select (write condition) (write yes) (write no)
            | Lane.Convert(_, mask) -> select (write mask) (constant 1.0) (constant 0.0)

        and unsupported lane =
            Errors.invalid "compile" "the lane must have been found fit" $"it is {lane}" "report this"

        write lane
