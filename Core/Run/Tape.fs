namespace Fluxion

open System
open System.Collections.Generic

/// What a vector register can do to its elements in one instruction, exactly rounded where it rounds at all: so the same tape gives the same
/// bits at every vector width, and in scalar code. Operands are numbers of earlier instructions.
[<RequireQualifiedAccess>]
type internal Instruction =
    /// Element of an input, by the input's number.
    | Input of int
    /// A constant by its bit pattern: the low 32 bits for float32, all 64 for float64. A number's bits tell -0 from 0, which its value
    /// does not; `Tape.Constant` writes them.
    | Bits of int64
    | Add of int * int
    | Subtract of int * int
    | Multiply of int * int
    | Divide of int * int
    /// a * b + c, rounded once.
    | MultiplyAdd of int * int * int
    | Sqrt of int
    /// a < b ? a : b, so b where they are equal zeros and where either is NaN: what x86's MINPS does.
    | Minimum of int * int
    /// a > b ? a : b, so b where they are equal zeros and where either is NaN: what x86's MAXPS does.
    | Maximum of int * int
    /// Masks are all ones or all zeros in every bit of the element.
    | Less of int * int
    | LessEqual of int * int
    | Equal of int * int
    /// The bits of the second where the mask (first) is set, else of the third.
    | Select of int * int * int
    | And of int * int
    | Or of int * int
    | Xor of int * int
    /// The elements' bits as integers of their width.
    | AddInteger of int * int
    | SubtractInteger of int * int
    | MultiplyInteger of int * int
    /// A mask, by the elements' bits as integers with a sign.
    | LessInteger of int * int
    /// A number cut towards zero, as an integer of its width: the nearest there is where it lies outside, 0 for NaN.
    | ToInteger of int
    /// An integer as the nearest number.
    | ToFloat of int
    | ShiftLeft of int * count: int
    /// Zeros come in at the top.
    | ShiftRight of int * count: int
    /// Where the mask is set, `FarArguments.apply` of the argument, called for that element alone; else the bits of `otherwise`. The mask
    /// (a sine's argument beyond 131072, say) is all zeros nearly always: an emitter tests that, and calls only when it is not.
    | CallScalar of Unary * mask: int * argument: int * otherwise: int
    /// The same with two arguments: `FarArguments.applyBinary`.
    | CallScalarBinary of Binary * mask: int * left: int * right: int * otherwise: int

module internal Instruction =
    /// The instructions whose values an instruction needs.
    let operands (instruction: Instruction) : int list =
        match instruction with
        | Instruction.Input _
        | Instruction.Bits _ -> []
        | Instruction.Sqrt a
        | Instruction.ToInteger a
        | Instruction.ToFloat a
        | Instruction.ShiftLeft(a, _)
        | Instruction.ShiftRight(a, _) -> [ a ]
        | Instruction.Add(a, b)
        | Instruction.Subtract(a, b)
        | Instruction.Multiply(a, b)
        | Instruction.Divide(a, b)
        | Instruction.Minimum(a, b)
        | Instruction.Maximum(a, b)
        | Instruction.Less(a, b)
        | Instruction.LessEqual(a, b)
        | Instruction.Equal(a, b)
        | Instruction.And(a, b)
        | Instruction.Or(a, b)
        | Instruction.Xor(a, b)
        | Instruction.AddInteger(a, b)
        | Instruction.SubtractInteger(a, b)
        | Instruction.MultiplyInteger(a, b)
        | Instruction.LessInteger(a, b) -> [ a; b ]
        | Instruction.MultiplyAdd(a, b, c)
        | Instruction.Select(a, b, c)
        | Instruction.CallScalar(_, a, b, c) -> [ a; b; c ]
        | Instruction.CallScalarBinary(_, a, b, c, d) -> [ a; b; c; d ]

    /// Whether an instruction computes, and does not only name a value.
    let isArithmetic (instruction: Instruction) : bool = not (operands instruction).IsEmpty

/// A straight program over elements of one type, in order; equal instructions are shared.
[<Sealed>]
type internal Tape(dtype: DType) =
    let instructions = List<Instruction>()
    let known = Dictionary<Instruction, int>()

    /// float32 or float64.
    member _.DType = dtype
    member _.Instructions: IReadOnlyList<Instruction> = instructions

    /// The number of an instruction, added when it is new.
    member _.Add(instruction: Instruction) : int =
        match known.TryGetValue instruction with
        | true, number -> number
        | _ ->
            instructions.Add instruction
            known[instruction] <- instructions.Count - 1
            instructions.Count - 1

    /// The number of a constant, rounded to the tape's type.
    member this.Constant(value: float) : int =
        let bits =
            match dtype with
            | DType.Float32 -> int64 (BitConverter.SingleToUInt32Bits(float32 value))
            | _ -> BitConverter.DoubleToInt64Bits value

        this.Add(Instruction.Bits bits)

    /// The value of an instruction that is a constant.
    member _.TryConstant(number: int) : float voption =
        match instructions[number], dtype with
        | Instruction.Bits bits, DType.Float32 -> ValueSome(float (BitConverter.UInt32BitsToSingle(uint32 bits)))
        | Instruction.Bits bits, _ -> ValueSome(BitConverter.Int64BitsToDouble bits)
        | _ -> ValueNone
