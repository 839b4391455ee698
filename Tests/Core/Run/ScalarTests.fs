module Fluxion.Tests.ScalarTests

open System
open Fluxion

// The bits of one instruction's result, of float32 and of float64 inputs.
let private bits32 (instruction: Instruction) (inputs: float32 list) =
    let tape = Tape DType.Float32
    inputs |> List.iteri (fun i _ -> tape.Add(Instruction.Input i) |> ignore)
    let result = tape.Add instruction

    Scalar.float32 tape result [| for x in inputs -> [| x |] |]
    |> Array.exactlyOne
    |> BitConverter.SingleToUInt32Bits

let private bits64 (instruction: Instruction) (inputs: float list) =
    let tape = Tape DType.Float64
    inputs |> List.iteri (fun i _ -> tape.Add(Instruction.Input i) |> ignore)
    let result = tape.Add instruction

    Scalar.float64 tape result [| for x in inputs -> [| x |] |]
    |> Array.exactlyOne
    |> BitConverter.DoubleToUInt64Bits

let private gives (name: string) (instruction: Instruction) (inputs: float list) (expected: float) =
    Expect.equal (bits64 instruction inputs) (BitConverter.DoubleToUInt64Bits expected) $"{name} of %A{inputs}, float64"

    Expect.equal
        (bits32 instruction (List.map float32 inputs))
        (BitConverter.SingleToUInt32Bits(float32 expected))
        $"{name} of %A{inputs}, float32"

let private givesMask (name: string) (instruction: Instruction) (inputs: float list) (expected: bool) =
    Expect.equal (bits64 instruction inputs) (if expected then UInt64.MaxValue else 0UL) $"{name} of %A{inputs}, float64"
    Expect.equal (bits32 instruction (List.map float32 inputs)) (if expected then UInt32.MaxValue else 0u) $"{name} of %A{inputs}, float32"

let tests =
    testList
        "Scalar"
        [ testCase "arithmetic rounds once" (fun () ->
              gives "add" (Instruction.Add(0, 1)) [ 1.5; 2.25 ] 3.75
              gives "subtract" (Instruction.Subtract(0, 1)) [ 1.5; 2.25 ] -0.75
              gives "multiply" (Instruction.Multiply(0, 1)) [ 1.5; 2.5 ] 3.75
              gives "divide" (Instruction.Divide(0, 1)) [ 3.75; 2.5 ] 1.5
              gives "square root" (Instruction.Sqrt 0) [ 2.25 ] 1.5
              gives "multiply and add" (Instruction.MultiplyAdd(0, 1, 2)) [ 1.5; 2.5; -3.75 ] 0.0
              // (1 + e)² - (1 + 2e) is e², which a rounded product would lose.
              let e = Math.ScaleB(1.0, -40)
              let square = bits64 (Instruction.MultiplyAdd(0, 0, 1)) [ 1.0 + e; -(1.0 + 2.0 * e) ]
              Expect.equal (BitConverter.UInt64BitsToDouble square) (e * e) "the fused product")

          testCase "of equal or unordered numbers, minimum and maximum take the second" (fun () ->
              for name, instruction in [ "minimum", Instruction.Minimum(0, 1); "maximum", Instruction.Maximum(0, 1) ] do
                  gives name instruction [ 0.0; -0.0 ] -0.0
                  gives name instruction [ -0.0; 0.0 ] 0.0
                  gives name instruction [ nan; 2.0 ] 2.0
                  gives name instruction [ 2.0; nan ] nan

              gives "minimum" (Instruction.Minimum(0, 1)) [ 1.0; 2.0 ] 1.0
              gives "maximum" (Instruction.Maximum(0, 1)) [ 1.0; 2.0 ] 2.0)

          testCase "comparisons are masks, and false at NaN" (fun () ->
              givesMask "less" (Instruction.Less(0, 1)) [ 1.0; 2.0 ] true
              givesMask "less" (Instruction.Less(0, 1)) [ 2.0; 2.0 ] false
              givesMask "less or equal" (Instruction.LessEqual(0, 1)) [ 2.0; 2.0 ] true
              givesMask "equal" (Instruction.Equal(0, 1)) [ 0.0; -0.0 ] true

              for instruction in [ Instruction.Less(0, 1); Instruction.LessEqual(0, 1); Instruction.Equal(0, 1) ] do
                  givesMask $"{instruction}" instruction [ nan; nan ] false)

          testCase "bits are chosen, joined and shifted" (fun () ->
              Expect.equal (bits32 (Instruction.And(0, 1)) [ -1.0f; 1.0f ]) 0x3F800000u "and"
              Expect.equal (bits32 (Instruction.Or(0, 1)) [ 1.0f; -0.0f ]) 0xBF800000u "or"
              Expect.equal (bits32 (Instruction.Xor(0, 1)) [ -1.0f; -0.0f ]) 0x3F800000u "xor"
              Expect.equal (bits32 (Instruction.Select(0, 1, 2)) [ -0.0f; -2.0f; 3.0f ]) 0xC0400000u "select, bit by bit"
              Expect.equal (bits32 (Instruction.AddInteger(0, 1)) [ 1.0f; Single.Epsilon ]) 0x3F800001u "add as integers"
              Expect.equal (bits32 (Instruction.SubtractInteger(0, 1)) [ 0.0f; Single.Epsilon ]) UInt32.MaxValue "subtract as integers"
              Expect.equal (bits32 (Instruction.ShiftLeft(0, 1)) [ -1.0f ]) 0x7F000000u "shift left"
              Expect.equal (bits32 (Instruction.ShiftRight(0, 1)) [ -1.0f ]) 0x5FC00000u "shift right, zeros at the top"
              Expect.equal (bits64 (Instruction.ShiftLeft(0, 1)) [ -1.0 ]) 0x7FE0000000000000UL "shift left, 64 bits"
              Expect.equal (bits64 (Instruction.ShiftRight(0, 1)) [ -1.0 ]) 0x5FF8000000000000UL "shift right, 64 bits")

          testCase "bits are integers, and become numbers" (fun () ->
              let integer (x: int) = BitConverter.Int32BitsToSingle x
              let long (x: int64) = BitConverter.Int64BitsToDouble x
              let bits (x: int) = uint32 x
              Expect.equal (bits32 (Instruction.MultiplyInteger(0, 1)) [ integer 65537; integer -65537 ]) (bits -131073) "a product wraps"
              Expect.equal (bits32 (Instruction.LessInteger(0, 1)) [ integer -5; integer 3 ]) UInt32.MaxValue "less, with a sign"
              Expect.equal (bits32 (Instruction.LessInteger(0, 1)) [ integer 3; integer 3 ]) 0u "not less"
              Expect.equal (bits32 (Instruction.ToFloat 0) [ integer 16777219 ]) (BitConverter.SingleToUInt32Bits 16777220.0f) "rounded"
              Expect.equal (bits64 (Instruction.ToFloat 0) [ long -7L ]) (BitConverter.DoubleToUInt64Bits -7.0) "from int64"

              for x, expected in [ -1.9, -1L; 2147483648.0, int64 Int32.MaxValue; -1e30, int64 Int32.MinValue; nan, 0L ] do
                  Expect.equal (bits32 (Instruction.ToInteger 0) [ float32 x ]) (bits (int expected)) $"int32 of {x}"

              for x, expected in [ 1.9, 1L; 9223372036854775808.0, Int64.MaxValue; -infinity, Int64.MinValue; nan, 0L ] do
                  Expect.equal (bits64 (Instruction.ToInteger 0) [ x ]) (uint64 expected) $"int64 of {x}")

          testCase "a scalar call is made where the mask is set" (fun () ->
              let call = Instruction.CallScalar(Unary.Cos, 0, 1, 2)
              let set = BitConverter.UInt64BitsToDouble UInt64.MaxValue
              Expect.equal (bits64 call [ 0.0; 1e22; 7.0 ]) (BitConverter.DoubleToUInt64Bits 7.0) "left alone"
              let far = BitConverter.UInt64BitsToDouble(bits64 call [ set; 1e22; 7.0 ])
              Expect.close 1e-15 far 0.5232147853951389 "cos 1e22")

          testCase "constants are shared by their bits" (fun () ->
              let tape = Tape DType.Float32
              Expect.equal (tape.Constant 0.1) (tape.Constant(float 0.1f)) "the same float32"
              Expect.isTrue (tape.Constant 0.0 <> tape.Constant -0.0) "-0 is not 0"
              Expect.equal (tape.Constant nan) (tape.Constant nan) "NaN"
              Expect.equal (tape.TryConstant(tape.Constant 0.5)) (ValueSome 0.5) "read back") ]
