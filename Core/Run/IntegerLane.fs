namespace Fluxion

/// Lanes on integers, whose bits ride in registers of floats of their width: int64 beside float64, int32 beside float32.
module internal IntegerLane =
    /// Whether a register of floats can do what a lane says to integers.
    let rec isSupported (lane: Lane) : bool =
        match lane with
        | Lane.Argument _ -> true
        | Lane.Literal value -> value = System.Math.Floor value && abs value < 2147483648.0
        | Lane.Unary(Unary.Negate, x) -> isSupported x
        | Lane.Binary((Binary.Add | Binary.Subtract), x, y)
        | Lane.Compare((Comparison.Equal | Comparison.NotEqual), x, y) -> isSupported x && isSupported y
        | Lane.Select(Lane.Argument _, x, y) -> isSupported x && isSupported y
        | _ -> false

    /// Writes a lane on a tape. Arguments are numbers of instructions; a condition is a mask.
    let write (tape: Tape) (arguments: int[]) (lane: Lane) : int =
        let bits (value: int64) = tape.Add(Instruction.Bits value)

        // Two integers are equal when no bit differs. The sign bit alone would pass for the zero that -0 is, so each bit is shown twice.
        let equal x y =
            let differing = tape.Add(Instruction.Xor(x, y))
            let twice = tape.Add(Instruction.Or(differing, tape.Add(Instruction.ShiftRight(differing, 1))))
            tape.Add(Instruction.Equal(twice, bits 0L))

        let rec value lane =
            match lane with
            | Lane.Argument i -> arguments[i]
            | Lane.Literal number -> bits (int64 number)
            | Lane.Unary(Unary.Negate, x) -> tape.Add(Instruction.SubtractInteger(bits 0L, value x))
            | Lane.Binary(Binary.Add, x, y) -> tape.Add(Instruction.AddInteger(value x, value y))
            | Lane.Binary(Binary.Subtract, x, y) -> tape.Add(Instruction.SubtractInteger(value x, value y))
            | Lane.Compare(Comparison.Equal, x, y) -> equal (value x) (value y)
            | Lane.Compare(Comparison.NotEqual, x, y) -> tape.Add(Instruction.Xor(equal (value x) (value y), bits -1L))
            | Lane.Select(condition, x, y) -> tape.Add(Instruction.Select(value condition, value x, value y))
            | _ -> Errors.invalid "compile" "the lane must have been found fit for integers" $"it is {lane}" "report this"

        value lane
