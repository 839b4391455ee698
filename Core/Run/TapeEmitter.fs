namespace Fluxion

open System.Collections.Generic
open System.Reflection.Emit
open System.Runtime.Intrinsics.X86

/// Emits the instructions of a tape for one register of elements. `uses` says how often each instruction's value is needed, and `inputs` holds
/// what is already read.
[<Sealed>]
type internal TapeEmitter(code: Code, vectors: Vectors, tape: Tape, uses: int[], inputs: LocalBuilder[]) =
    let il = code.IL
    let instructions = tape.Instructions
    let locals = Dictionary<int, LocalBuilder>()
    let call name (parameters: System.Type list) = code.Call(vectors.Operation(name, Array.ofList parameters))

    let callInteger name parameters =
        code.Call(vectors.IntegerOperation(name, parameters))
        code.Call vectors.FromInteger

    let isLeaf instruction =
        match instruction with
        | Instruction.Input _
        | Instruction.Bits _ -> true
        | _ -> false

    // As deep as the tape at most, whose length is bounded.
    let rec put number =
        match locals.TryGetValue number with
        | true, local -> code.Get local
        | _ ->
            compute instructions[number]

            // A value that is used once stays on the stack, so that the JIT sees whole trees.
            if uses[number] > 1 && not (isLeaf instructions[number]) then
                let local = code.Local vectors.Type
                il.Emit OpCodes.Dup
                code.Set local
                locals[number] <- local

    and floats name numbers =
        List.iter put numbers
        call name [ for _ in numbers -> vectors.Type ]

    and integers name a b =
        for number in [ a; b ] do
            put number
            code.Call vectors.ToInteger

        callInteger name [| vectors.IntegerType; vectors.IntegerType |]

    and shift name a (count: int) =
        put a
        code.Call vectors.ToInteger
        code.Int count
        callInteger name [| vectors.IntegerType; typeof<int> |]

    // x86 has the instruction that the tape means; others compare and choose.
    and extremum native comparison a b =
        if X86Base.IsSupported then
            floats native [ a; b ]
        else
            floats comparison [ a; b ]
            floats "ConditionalSelect" [ a; b ]

    // Values that a branch needs are worked out before it, so that they are there on both of its sides.
    and callScalar (number: int) (numbers: int list) =
        let held =
            numbers
            |> List.map (fun number ->
                let local = code.Local vectors.Type
                put number
                code.Set local
                local)

        let near = il.DefineLabel()
        code.Get(held[0])
        code.Call(vectors.Operation("ExtractMostSignificantBits", [| vectors.Type |]))
        il.Emit(OpCodes.Brfalse, near)
        code.Int number
        List.iter code.Get held
        code.Call(FarLanes.method (vectors, held.Length = 4))
        code.Set(List.last held)
        il.MarkLabel near
        code.Get(List.last held)

    and compute instruction =
        match instruction with
        | Instruction.Input i -> code.Get(inputs[i])
        | Instruction.Bits bits ->
            if vectors.ElementSize = 4 then
                code.Int(int32 bits)
            else
                il.Emit(OpCodes.Ldc_I8, bits)

            callInteger "Create" [| vectors.Integer |]
        | Instruction.Add(a, b) -> floats "Add" [ a; b ]
        | Instruction.Subtract(a, b) -> floats "Subtract" [ a; b ]
        | Instruction.Multiply(a, b) -> floats "Multiply" [ a; b ]
        | Instruction.Divide(a, b) -> floats "Divide" [ a; b ]
        | Instruction.MultiplyAdd(a, b, c) ->
            List.iter put [ a; b; c ]
            code.Call(vectors.Register("MultiplyAdd", [| vectors.Type; vectors.Type; vectors.Type |]))
        | Instruction.Sqrt a -> floats "Sqrt" [ a ]
        | Instruction.Minimum(a, b) -> extremum "MinNative" "LessThan" a b
        | Instruction.Maximum(a, b) -> extremum "MaxNative" "GreaterThan" a b
        | Instruction.Less(a, b) -> floats "LessThan" [ a; b ]
        | Instruction.LessEqual(a, b) -> floats "LessThanOrEqual" [ a; b ]
        | Instruction.Equal(a, b) -> floats "Equals" [ a; b ]
        | Instruction.Select(mask, a, b) -> floats "ConditionalSelect" [ mask; a; b ]
        | Instruction.And(a, b) -> floats "BitwiseAnd" [ a; b ]
        | Instruction.Or(a, b) -> floats "BitwiseOr" [ a; b ]
        | Instruction.Xor(a, b) -> floats "Xor" [ a; b ]
        | Instruction.AddInteger(a, b) -> integers "Add" a b
        | Instruction.SubtractInteger(a, b) -> integers "Subtract" a b
        | Instruction.MultiplyInteger(a, b) -> integers "Multiply" a b
        | Instruction.LessInteger(a, b) -> integers "LessThan" a b
        | Instruction.ToInteger a ->
            put a
            code.Call vectors.ConvertToInteger
            code.Call vectors.FromInteger
        | Instruction.ToFloat a ->
            put a
            code.Call vectors.ToInteger
            code.Call vectors.ConvertToFloat
        | Instruction.ShiftLeft(a, count) -> shift "ShiftLeft" a count
        | Instruction.ShiftRight(a, count) -> shift "ShiftRightLogical" a count
        | Instruction.CallScalar(unary, mask, argument, otherwise) -> callScalar (FarLanes.number unary) [ mask; argument; otherwise ]
        | Instruction.CallScalarBinary(binary, mask, left, right, otherwise) ->
            callScalar (FarLanes.number binary) [ mask; left; right; otherwise ]

    // What branches goes first, while the stack is empty.
    do
        for number in 0 .. instructions.Count - 1 do
            match instructions[number] with
            | Instruction.CallScalar _
            | Instruction.CallScalarBinary _ when uses[number] > 0 ->
                compute instructions[number]
                locals[number] <- code.Local vectors.Type
                code.Set(locals[number])
            | _ -> ()

    /// Puts an instruction's value on the stack.
    member _.Put(number: int) : unit = put number
