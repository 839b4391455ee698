namespace Fluxion

open System.Collections.Generic

/// What a vector register can do to its elements in one instruction, exactly rounded where it rounds at all: so the same tape gives the same
/// bits at every vector width, and in scalar code. Operands are numbers of earlier instructions.
[<RequireQualifiedAccess>]
type internal Instruction =
    /// Element of an input, by the input's number.
    | Input of int
    | Constant of float
    /// A bit pattern: the low 32 bits for float32, all 64 for float64.
    | Bits of int64
    | Add of int * int
    | Subtract of int * int
    | Multiply of int * int
    | Divide of int * int
    /// a * b + c, rounded once.
    | MultiplyAdd of int * int * int
    | Sqrt of int
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
    | ShiftLeft of int * count: int
    | ShiftRight of int * count: int
    /// As ShiftRight, with copies of the sign.
    | ShiftRightSigned of int * count: int

module internal Instruction =
    /// The instructions whose values an instruction needs.
    let operands (instruction: Instruction) : int list =
        match instruction with
        | Instruction.Input _
        | Instruction.Constant _
        | Instruction.Bits _ -> []
        | Instruction.Sqrt a
        | Instruction.ShiftLeft(a, _)
        | Instruction.ShiftRight(a, _)
        | Instruction.ShiftRightSigned(a, _) -> [ a ]
        | Instruction.Add(a, b)
        | Instruction.Subtract(a, b)
        | Instruction.Multiply(a, b)
        | Instruction.Divide(a, b)
        | Instruction.Less(a, b)
        | Instruction.LessEqual(a, b)
        | Instruction.Equal(a, b)
        | Instruction.And(a, b)
        | Instruction.Or(a, b)
        | Instruction.Xor(a, b)
        | Instruction.AddInteger(a, b)
        | Instruction.SubtractInteger(a, b) -> [ a; b ]
        | Instruction.MultiplyAdd(a, b, c)
        | Instruction.Select(a, b, c) -> [ a; b; c ]

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
