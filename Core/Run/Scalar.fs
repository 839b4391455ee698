namespace Fluxion

open System
open System.Numerics
open System.Runtime.CompilerServices

/// A tape run in plain code, one instruction over all elements after another: what every faster way must give, bit for bit.
module internal Scalar =
    let inline private map ([<InlineIfLambda>] f: 'T -> 'T) (a: 'T[]) =
        let result = Array.zeroCreate a.Length

        for i in 0 .. a.Length - 1 do
            result[i] <- f a[i]

        result

    let inline private map2 ([<InlineIfLambda>] f: 'T -> 'T -> 'T) (a: 'T[]) (b: 'T[]) =
        let result = Array.zeroCreate a.Length

        for i in 0 .. a.Length - 1 do
            result[i] <- f a[i] b[i]

        result

    let inline private map3 ([<InlineIfLambda>] f: 'T -> 'T -> 'T -> 'T) (a: 'T[]) (b: 'T[]) (c: 'T[]) =
        let result = Array.zeroCreate a.Length

        for i in 0 .. a.Length - 1 do
            result[i] <- f a[i] b[i] c[i]

        result

    let inline private map4 ([<InlineIfLambda>] f: 'T -> 'T -> 'T -> 'T -> 'T) (a: 'T[]) (b: 'T[]) (c: 'T[]) (d: 'T[]) =
        let result = Array.zeroCreate a.Length

        for i in 0 .. a.Length - 1 do
            result[i] <- f a[i] b[i] c[i] d[i]

        result

    // The results of every instruction. 'B is the integer of T's width, with a sign.
    let private trace<'T, 'B when 'T: unmanaged and 'T :> IFloatingPointIeee754<'T> and 'B: unmanaged and 'B :> IBinaryInteger<'B>>
        (far: Unary -> 'T -> 'T)
        (farBinary: Binary -> 'T -> 'T -> 'T)
        (tape: Tape)
        (inputs: 'T[][])
        : 'T[][] =
        let results: 'T[][] = Array.zeroCreate tape.Instructions.Count
        let inline toBits (x: 'T) = Unsafe.BitCast<'T, 'B> x
        let inline ofBits (x: 'B) = Unsafe.BitCast<'B, 'T> x
        let inline mask condition = ofBits (if condition then -'B.One else 'B.Zero)
        let inline unary f a = map f results[a]
        let inline binary f a b = map2 f results[a] results[b]
        let inline ternary f a b c = map3 f results[a] results[b] results[c]

        let run instruction =
            match instruction with
            | Instruction.Input input -> inputs[input]
            | Instruction.Bits bits -> Array.create inputs[0].Length (ofBits ('B.CreateTruncating bits))
            | Instruction.Add(a, b) -> binary (fun a b -> a + b) a b
            | Instruction.Subtract(a, b) -> binary (fun a b -> a - b) a b
            | Instruction.Multiply(a, b) -> binary (fun a b -> a * b) a b
            | Instruction.Divide(a, b) -> binary (fun a b -> a / b) a b
            | Instruction.MultiplyAdd(a, b, c) -> ternary (fun a b c -> 'T.FusedMultiplyAdd(a, b, c)) a b c
            | Instruction.Sqrt a -> unary (fun a -> 'T.Sqrt a) a
            | Instruction.Minimum(a, b) -> binary (fun a b -> if 'T.op_LessThan (a, b) then a else b) a b
            | Instruction.Maximum(a, b) -> binary (fun a b -> if 'T.op_GreaterThan (a, b) then a else b) a b
            | Instruction.Less(a, b) -> binary (fun a b -> mask ('T.op_LessThan (a, b))) a b
            | Instruction.LessEqual(a, b) -> binary (fun a b -> mask ('T.op_LessThanOrEqual (a, b))) a b
            | Instruction.Equal(a, b) -> binary (fun a b -> mask ('T.op_Equality (a, b))) a b
            | Instruction.Select(mask, a, b) ->
                ternary (fun mask a b -> ofBits (((toBits a ^^^ toBits b) &&& toBits mask) ^^^ toBits b)) mask a b
            | Instruction.And(a, b) -> binary (fun a b -> ofBits (toBits a &&& toBits b)) a b
            | Instruction.Or(a, b) -> binary (fun a b -> ofBits (toBits a ||| toBits b)) a b
            | Instruction.Xor(a, b) -> binary (fun a b -> ofBits (toBits a ^^^ toBits b)) a b
            | Instruction.AddInteger(a, b) -> binary (fun a b -> ofBits (toBits a + toBits b)) a b
            | Instruction.SubtractInteger(a, b) -> binary (fun a b -> ofBits (toBits a - toBits b)) a b
            | Instruction.MultiplyInteger(a, b) -> binary (fun a b -> ofBits (toBits a * toBits b)) a b
            | Instruction.LessInteger(a, b) -> binary (fun a b -> mask ('B.op_LessThan (toBits a, toBits b))) a b
            | Instruction.ToInteger a -> unary (fun a -> ofBits ('B.CreateSaturating a)) a
            | Instruction.ToFloat a -> unary (fun a -> 'T.CreateTruncating(toBits a)) a
            | Instruction.ShiftLeft(a, count) -> unary (fun a -> ofBits (toBits a <<< count)) a
            | Instruction.ShiftRight(a, count) -> unary (fun a -> ofBits ('B.op_UnsignedRightShift (toBits a, count))) a
            | Instruction.CallScalar(unary, mask, argument, otherwise) ->
                ternary (fun mask x otherwise -> if 'B.IsZero(toBits mask) then otherwise else far unary x) mask argument otherwise
            | Instruction.CallScalarBinary(binary, mask, a, b, otherwise) ->
                map4
                    (fun mask x y otherwise -> if 'B.IsZero(toBits mask) then otherwise else farBinary binary x y)
                    results[mask]
                    results[a]
                    results[b]
                    results[otherwise]

        for i in 0 .. results.Length - 1 do
            results[i] <- run tape.Instructions[i]

        results

    /// The values of one instruction of a float32 tape, for inputs of equal length.
    let float32 (tape: Tape) (result: int) (inputs: float32[][]) : float32[] =
        let far unary (x: float32) = Operators.float32 (FarArguments.apply unary (float x))
        let farBinary binary (x: float32) (y: float32) = Operators.float32 (FarArguments.applyBinary binary (float x) (float y))
        (trace<float32, int> far farBinary tape inputs)[result]

    /// The values of one instruction of a float64 tape, for inputs of equal length.
    let float64 (tape: Tape) (result: int) (inputs: float[][]) : float[] =
        (trace<float, int64> FarArguments.apply FarArguments.applyBinary tape inputs)[result]
