namespace Fluxion

open System
open System.Collections.Generic
open Fluxion.Kernels

/// Loops as data that Kernels runs without code of their own.
module internal LoopDefinitions =
    let private operationOf (instruction: Instruction) : TapeOperation =
        match instruction with
        | Instruction.Input _
        | Instruction.Bits _ -> TapeOperation.Input
        | Instruction.Add _ -> TapeOperation.Add
        | Instruction.Subtract _ -> TapeOperation.Subtract
        | Instruction.Multiply _ -> TapeOperation.Multiply
        | Instruction.Divide _ -> TapeOperation.Divide
        | Instruction.MultiplyAdd _ -> TapeOperation.MultiplyAdd
        | Instruction.Sqrt _ -> TapeOperation.Sqrt
        | Instruction.Minimum _ -> TapeOperation.Minimum
        | Instruction.Maximum _ -> TapeOperation.Maximum
        | Instruction.Less _ -> TapeOperation.Less
        | Instruction.LessEqual _ -> TapeOperation.LessEqual
        | Instruction.Equal _ -> TapeOperation.Equal
        | Instruction.Select _ -> TapeOperation.Select
        | Instruction.And _ -> TapeOperation.And
        | Instruction.Or _ -> TapeOperation.Or
        | Instruction.Xor _ -> TapeOperation.Xor
        | Instruction.AddInteger _ -> TapeOperation.AddInteger
        | Instruction.SubtractInteger _ -> TapeOperation.SubtractInteger
        | Instruction.MultiplyInteger _ -> TapeOperation.MultiplyInteger
        | Instruction.LessInteger _ -> TapeOperation.LessInteger
        | Instruction.ToInteger _ -> TapeOperation.ToInteger
        | Instruction.ToFloat _ -> TapeOperation.ToFloat
        | Instruction.ShiftLeft _ -> TapeOperation.ShiftLeft
        | Instruction.ShiftRight _ -> TapeOperation.ShiftRight
        | Instruction.CallScalar _
        | Instruction.CallScalarBinary _ -> TapeOperation.CallScalar

    // The number beside an instruction's operands.
    let private numberOf (instruction: Instruction) : int =
        match instruction with
        | Instruction.Input number
        | Instruction.ShiftLeft(_, number)
        | Instruction.ShiftRight(_, number) -> number
        | Instruction.CallScalar(unary, _, _, _) -> FarLanes.number unary
        | Instruction.CallScalarBinary(binary, _, _, _, _) -> FarLanes.number binary
        | _ -> 0

    // What a step reads, in order: a call always has two arguments, of which some functions look at the first.
    let private readsOf (instruction: Instruction) : int list =
        match instruction with
        | Instruction.CallScalar(_, mask, x, otherwise) -> [ mask; x; x; otherwise ]
        | other -> Instruction.operands other

    // Per instruction, the last one that needs its value; -1 where none does, and the tape's length where it is needed after all.
    let private lastUses (loop: Loop) : int[] =
        let instructions = loop.Tape.Instructions
        let last = Array.create instructions.Count -1

        for number, _ in loop.Outputs do
            last[number] <- instructions.Count

        for total in loop.Totals do
            last[total.Value] <- instructions.Count

        for number in instructions.Count - 1 .. -1 .. 0 do
            if last[number] >= 0 then
                for operand in Instruction.operands instructions[number] do
                    last[operand] <- max last[operand] number

        last

    // Steps, constants, how many registers there are, and which of them holds an instruction's value. Constants keep their register; others are
    // used again when their value is no longer needed, also by the very step that reads it last.
    let private allocate (loop: Loop) : struct (TapeStep[] * int64[] * int * int[]) =
        let instructions = loop.Tape.Instructions
        let last = lastUses loop
        let registers = Array.zeroCreate instructions.Count
        let constants = List<int64>()
        let steps = List<TapeStep>()

        for number in 0 .. instructions.Count - 1 do
            match instructions[number] with
            | Instruction.Bits bits when last[number] >= 0 ->
                registers[number] <- constants.Count
                constants.Add bits
            | _ -> ()

        let isConstant number =
            match instructions[number] with
            | Instruction.Bits _ -> true
            | _ -> false

        let free = Stack<int>()
        let mutable count = constants.Count

        for number in 0 .. instructions.Count - 1 do
            if last[number] >= 0 && not (isConstant number) then
                let instruction = instructions[number]
                let operands = Instruction.operands instruction
                let reads = readsOf instruction |> List.map (fun operand -> registers[operand])

                for operand in List.distinct operands do
                    if last[operand] = number && not (isConstant operand) then
                        free.Push registers[operand]

                let register = if free.Count > 0 then free.Pop() else count
                count <- max count (register + 1)
                registers[number] <- register
                let at i = if i < reads.Length then reads[i] else 0
                steps.Add(TapeStep(operationOf instruction, register, at 0, at 1, at 2, at 3, numberOf instruction))

        struct (steps.ToArray(), constants.ToArray(), count, registers)

    let private far = Func<int, float, float, float>(fun number x y -> FarLanes.apply (number, x, y))

    /// The loop, with axes of one element in front where it has fewer than two.
    let ofLoop (loop: Loop) : LoopDefinition =
        let struct (steps, constants, count, registers) = allocate loop
        let missing = max 0 (2 - loop.Sizes.Length)
        let padded (value: 'a) (values: 'a[]) = Array.append (Array.replicate missing value) values

        let operand (operand: Operand) =
            LoopOperand(operand.Slot, (operand.DType = DType.Bool), operand.Offset, padded 0 operand.Strides)

        LoopDefinition(
            Sizes = padded 1 loop.Sizes,
            Reduced = padded false loop.Reduced,
            Steps = steps,
            Registers = count,
            Constants = constants,
            Inputs = Array.map operand loop.Inputs,
            OutputRegisters = Array.map (fun (number, _) -> registers[number]) loop.Outputs,
            Outputs = Array.map (snd >> operand) loop.Outputs,
            Totals =
                (loop.Totals
                 |> Array.map (fun total ->
                     LoopTotal(registers[total.Value], (total.Reducer = Reducer.Maximum), total.Divisor, operand total.Target))),
            Blocks = (if Loop.isOneBlock loop then 0 else Loop.blocks loop),
            BlockSteps = Loop.blockSteps,
            Far = far
        )

    /// What runs the loop.
    let interpreted (loop: Loop) : InterpretedLoop = InterpretedLoop.Create((loop.Tape.DType = DType.Float32), ofLoop loop)
