/// Values that are known to the bit: at zeros and infinities, at whole numbers, and of remainders.
module Fluxion.Tests.SpecialValuesTests

open System
open Fluxion
open Fluxion.Tests.VectorMathTests

/// The same at both widths, for functions whose values at special arguments .NET takes from C.
let private isAsInC name (expected: float * float -> float) =
    testCase $"{name} at every pair of special values is as C99 asks" (fun () ->
        let sizes = [ 0.0; 5e-324; 1e-300; 1e-20; 0.5; 1.0; 2.5; 1e30; 1e200; Double.MaxValue; infinity; nan ]

        let values =
            [| for size in sizes do
                   yield! [ size; -size ] |]

        let x, y = Array.allPairs values values |> Array.unzip
        let isNear tolerance (expected: float) actual = abs (actual - expected) <= tolerance * abs expected

        for x, y, actual in Array.zip3 x y (run64 name [| x; y |]) do
            let expected = expected (x, y)
            Expect.isTrue (isNear 5e-16 expected actual || same expected actual) $"{name} {x:R} {y:R} is {expected:R}, but was {actual:R}"

        let x, y = Array.map float32 x, Array.map float32 y

        for x, y, actual in Array.zip3 x y (run32 name [| x; y |]) do
            let expected = float (float32 (expected (float x, float y)))
            let actual = float actual
            Expect.isTrue (isNear 3e-7 expected actual || same expected actual) $"{name} {x:R} {y:R} is {expected:R}, but was {actual:R}")

/// Tables of logarithms and cubes are full of numbers that people know.
let private wholes =
    testCase "whole powers and their roots are exact" (fun () ->
        let exponents = [| for k in -1074 .. 1023 -> float k |]
        let powers = exponents |> Array.map (fun k -> Math.ScaleB(1.0, int k))
        Expect.equal (run64 "exp2" [| exponents |]) powers "2^k"
        Expect.equal (run64 "log2" [| powers |]) exponents "log2 2^k"
        let tens = [| for k in 0..22 -> Math.Pow(10.0, float k) |]
        Expect.equal (run64 "log10" [| tens |]) [| for k in 0..22 -> float k |] "log10 10^k"
        let wholes = [| for k in 1..1000 -> float k |]
        Expect.equal (run64 "cbrt" [| wholes |> Array.map (fun k -> k * k * k) |]) wholes "cbrt k³"
        let narrow = [| for k in -149 .. 127 -> float32 k |]
        let narrowPowers = narrow |> Array.map (fun k -> MathF.ScaleB(1.0f, int k))
        Expect.equal (run32 "exp2" [| narrow |]) narrowPowers "2^k, float32"
        Expect.equal (run32 "log2" [| narrowPowers |]) narrow "log2 2^k, float32"

        Expect.equal
            (run32 "log10" [| [| for k in 0..10 -> float32 (Math.Pow(10.0, float k)) |] |])
            [| for k in 0..10 -> float32 k |]
            "log10, float32"

        let cubes = [| for k in 1..200 -> float32 (k * k * k) |]
        Expect.equal (run32 "cbrt" [| cubes |]) [| for k in 1..200 -> float32 k |] "cbrt k³, float32")

/// x - y floor(x / y) in whole numbers, of whole x and y.
let private remainders =
    testCase "remainders are exact for any quotient" (fun () ->
        let run x y =
            let tape = Tape DType.Float64

            let result =
                VectorMath.binary tape Binary.Remainder (tape.Add(Instruction.Input 0), tape.Add(Instruction.Input 1))

            (Scalar.float64 tape result [| [| x |]; [| y |] |])[0]

        let whole (x: float) = Numerics.BigInteger x
        let numbers = [ 1.0; 3.0; 7.0; 10.0; 12345.0; 9007199254740991.0; 1e17; 1e22; 1.7e300 ]

        for x, y in List.allPairs (numbers @ List.map (~-) numbers) (numbers @ List.map (~-) numbers) do
            let rest = Numerics.BigInteger.Remainder(whole x, whole y)
            let isOther = not rest.IsZero && (rest.Sign < 0) <> (y < 0.0)
            // By its digits: the conversion of a BigInteger cuts where this rounds.
            let expected = (if isOther then rest + whole y else rest).ToString() |> Double.Parse
            Expect.equal (run x y) expected $"{x:R} mod {y:R}"

        for x, y, expected in
            [ 5.5, infinity, 5.5
              -5.5, infinity, infinity
              infinity, 3.0, nan
              infinity, infinity, nan
              -infinity, infinity, nan
              3.0, 0.0, nan
              -6.0, 3.0, 0.0
              6.0, -3.0, -0.0
              -1e-20, 1.0, 1.0 ] do
            Expect.isTrue (same expected (run x y)) $"{x:R} mod {y:R} is {expected:R}, but was {run x y:R}")

let tests =
    testList "SpecialValues" [ isAsInC "atan2" Math.Atan2; isAsInC "hypot" Double.Hypot; wholes; remainders ]
