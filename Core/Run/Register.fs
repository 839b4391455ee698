namespace Fluxion

open System

/// How a floating type is laid out in bits.
type internal FloatFormat =
    {
        /// Bits of the fraction, below the exponent.
        Fraction: int
        /// The exponent field of 1.
        Bias: int
    }

    /// The sign bit alone.
    member format.Sign = if format.Fraction = 23 then 0x80000000L else Int64.MinValue
    /// The bits of 1.
    member format.One = int64 format.Bias <<< format.Fraction
    /// The bits of the exponent.
    member format.Exponent = if format.Fraction = 23 then 0x7F800000L else 0x7FF0000000000000L
    /// The smallest number with an exponent of its own.
    member format.SmallestNormal = Math.ScaleB(1.0, 1 - format.Bias)
    /// The first number whose neighbours are 1 apart.
    member format.Whole = Math.ScaleB(1.0, format.Fraction)

    /// A number far smaller, added to this one and taken off again, is a whole number, rounded to the nearest; in between, that number is in
    /// the low bits.
    member format.Rounder = Math.ScaleB(1.5, format.Fraction)

/// The result of an instruction on a tape; module Register has the words and operators that write further ones, so that mathematics reads as such.
[<Struct; NoComparison; NoEquality>]
type internal Register =
    { Tape: Tape
      Number: int }

    member this.Format =
        match this.Tape.DType with
        | DType.Float32 -> { Fraction = 23; Bias = 127 }
        | _ -> { Fraction = 52; Bias = 1023 }

    member this.Write(instruction: Instruction) : Register = { Tape = this.Tape; Number = this.Tape.Add instruction }
    /// A constant on this one's tape.
    member this.Constant(value: float) : Register = { Tape = this.Tape; Number = this.Tape.Constant value }
    member this.Bits(bits: int64) : Register = this.Write(Instruction.Bits bits)

// Operators of their own, with a dot as in OCaml: F# solves the plain ones only for types that are public.
module internal Register =
    let (+.) (a: Register) (b: Register) = a.Write(Instruction.Add(a.Number, b.Number))
    let (-.) (a: Register) (b: Register) = a.Write(Instruction.Subtract(a.Number, b.Number))
    let ( *. ) (a: Register) (b: Register) = a.Write(Instruction.Multiply(a.Number, b.Number))
    let (/.) (a: Register) (b: Register) = a.Write(Instruction.Divide(a.Number, b.Number))

    /// a * b + c, rounded once.
    let multiplyAdd (a: Register) (b: Register) (c: Register) = a.Write(Instruction.MultiplyAdd(a.Number, b.Number, c.Number))

    let less (a: Register) (b: Register) = a.Write(Instruction.Less(a.Number, b.Number))
    let lessEqual (a: Register) (b: Register) = a.Write(Instruction.LessEqual(a.Number, b.Number))
    let equal (a: Register) (b: Register) = a.Write(Instruction.Equal(a.Number, b.Number))

    let select (mask: Register) (a: Register) (b: Register) = a.Write(Instruction.Select(mask.Number, a.Number, b.Number))

    /// a < b ? a : b.
    let minimum (a: Register) (b: Register) = a.Write(Instruction.Minimum(a.Number, b.Number))
    /// a > b ? a : b.
    let maximum (a: Register) (b: Register) = a.Write(Instruction.Maximum(a.Number, b.Number))
    let bitAnd (a: Register) (b: Register) = a.Write(Instruction.And(a.Number, b.Number))
    let bitOr (a: Register) (b: Register) = a.Write(Instruction.Or(a.Number, b.Number))
    let bitXor (a: Register) (b: Register) = a.Write(Instruction.Xor(a.Number, b.Number))
    let shiftLeft (count: int) (a: Register) = a.Write(Instruction.ShiftLeft(a.Number, count))
    let shiftRight (count: int) (a: Register) = a.Write(Instruction.ShiftRight(a.Number, count))
    /// The bits added as integers.
    let addInteger (a: Register) (b: Register) = a.Write(Instruction.AddInteger(a.Number, b.Number))
    /// The bits subtracted as integers.
    let subtractInteger (a: Register) (b: Register) = a.Write(Instruction.SubtractInteger(a.Number, b.Number))

    /// The bits multiplied as integers.
    let multiplyInteger (a: Register) (b: Register) = a.Write(Instruction.MultiplyInteger(a.Number, b.Number))
    /// a < b, as integers with a sign.
    let lessInteger (a: Register) (b: Register) = a.Write(Instruction.LessInteger(a.Number, b.Number))
    /// A number cut towards zero.
    let toInteger (a: Register) = a.Write(Instruction.ToInteger a.Number)
    /// The number nearest to an integer.
    let toFloat (a: Register) = a.Write(Instruction.ToFloat a.Number)

    /// x between two constants; NaN stays.
    let clamp (low: float) (high: float) (x: Register) = minimum (x.Constant high) (maximum (x.Constant low) x)

    let magnitude (x: Register) = bitAnd x (x.Bits ~~~x.Format.Sign)
    let sign (x: Register) = bitAnd x (x.Bits x.Format.Sign)
    let negate (x: Register) = bitXor x (x.Bits x.Format.Sign)
    let sqrt (x: Register) = x.Write(Instruction.Sqrt x.Number)

    /// The first of two by the tape's type: what float32 and what float64 needs.
    let byType (single: 'a) (double: 'a) (x: Register) = if x.Tape.DType = DType.Float32 then single else double

    /// c0 + c1 x + c2 x² + …, by Horner's rule.
    let polynomial (coefficients: float list) (x: Register) =
        match List.rev coefficients with
        | highest :: rest -> (x.Constant highest, rest) ||> List.fold (fun sum c -> multiplyAdd sum x (x.Constant c))
        | [] -> x.Constant 0.0
