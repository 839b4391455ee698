module Fluxion.Tests.NDArrayTests

open System
open Fluxion

let private floats shape data = NDArray.ofFloats DType.Float64 shape (Array.ofList data)
let private prints name (array: NDArray) (expected: string) = testCase name (fun () -> Expect.equal (string array) expected "printed")

let private printing =
    testList
        "printing"
        [ prints "a scalar" (floats [] [ 0.1 ]) "0.1"
          prints "whole numbers without a point" (floats [ 3 ] [ 1.0; -2.0; 1e14 ]) "[1; -2; 100000000000000]"
          prints "six significant digits" (floats [ 3 ] [ Math.PI; 1.0 / 3.0; 123456.789 ]) "[3.14159; 0.333333; 123457]"
          prints "exponents" (floats [ 2 ] [ 1e-10; 1.5e20 ]) "[1e-10; 1.5e+20]"
          prints "what is not a number" (floats [ 3 ] [ nan; infinity; -infinity ]) "[nan; inf; -inf]"
          prints "no negative zero" (floats [ 1 ] [ -0.0 ]) "[0]"
          prints "nested" (floats [ 2; 2 ] [ 1702.0; -600.0; -600.0; 200.0 ]) "[[1702; -600]; [-600; 200]]"
          prints "nothing" (floats [ 0 ] []) "[]"
          prints "rows of nothing" (floats [ 2; 0 ] []) "[[]; []]"
          prints "booleans" (NDArray([ 2 ], Buffer.Bool [| true; false |])) "[true; false]"
          prints "large integers in full" (NDArray([ 1 ], Buffer.Int64 [| Int64.MaxValue |])) "[9223372036854775807]"
          prints "float32" (NDArray.ofFloats DType.Float32 [ 1 ] [| 0.1 |]) "[0.1]"
          prints "long ones cut short" (floats [ 2000 ] [ for i in 0..1999 -> float i ]) "[0; 1; 2; …; 1997; 1998; 1999]" ]

let private converting =
    testList
        "converting"
        [ testCase "floats are cut towards zero" (fun () ->
              Expect.equal (NDArray.cast DType.Int32 (floats [ 4 ] [ 1.9; -1.9; 0.5; -0.5 ])).Ints [| 1L; -1L; 0L; 0L |] "int32")

          testCase "anything but zero is true" (fun () ->
              Expect.equal (NDArray.cast DType.Bool (floats [ 3 ] [ 0.0; 0.1; -3.0 ])).Ints [| 0L; 1L; 1L |] "bool")

          testCase "float64 rounds to the nearest float32" (fun () ->
              Expect.equal (NDArray.cast DType.Float32 (floats [ 1 ] [ 0.1 ])).Floats [| float 0.1f |] "float32")

          testCase "int64 reaches float32 in one rounding" (fun () ->
              let array = NDArray([ 1 ], Buffer.Int64 [| 9007199791611905L |])
              Expect.equal (NDArray.cast DType.Float32 array).Floats [| float (float32 9007199791611905L) |] "float32")

          testCase "elements must fill the shape" (fun () ->
              let error = Expect.throws<ShapeException> (fun () -> floats [ 2; 2 ] [ 1.0 ] |> ignore) "one of four"
              Expect.equal error.Message "array: shape [2, 2] needs 4 elements, but 1 were given; check the shape?" "message") ]

let private identity =
    testList
        "identity"
        [ testCase "bits count, not values" (fun () ->
              Expect.isTrue (NDArray.identical (floats [ 1 ] [ nan ]) (floats [ 1 ] [ nan ])) "NaN is itself"
              Expect.isTrue (not (NDArray.identical (floats [ 1 ] [ 0.0 ]) (floats [ 1 ] [ -0.0 ]))) "0 is not -0")

          testCase "arrays that are identical have one hash, others of one shape and first element mostly not" (fun () ->
              for dtype in [ DType.Float32; DType.Float64; DType.Int32; DType.Int64 ] do
                  let hashes =
                      [ for length in [ 3; 5000 ] do
                            for i in 1..100 do
                                let numbers = [| for k in 0 .. length - 1 -> if k = 0 then 0.0 else float (i * k) |]
                                let array = NDArray.ofFloats DType.Float64 [ length ] numbers |> NDArray.cast dtype
                                let again = NDArray.ofFloats DType.Float64 [ length ] numbers |> NDArray.cast dtype
                                Expect.equal (NDArray.hashOf array) (NDArray.hashOf again) $"{dtype}"
                                NDArray.hashOf array ]

                  Expect.isTrue ((List.distinct hashes).Length > 190) $"{dtype}: {(List.distinct hashes).Length} of 200")

          testCase "type and shape count" (fun () ->
              let one = floats [ 1 ] [ 1.0 ]
              Expect.isTrue (not (NDArray.identical one (floats [] [ 1.0 ]))) "shape"

              for dtype in [ DType.Float32; DType.Int32; DType.Int64; DType.Bool ] do
                  Expect.isTrue (not (NDArray.identical one (NDArray.cast dtype one))) $"{dtype}"
                  Expect.isTrue (NDArray.identical (NDArray.cast dtype one) (NDArray.cast dtype one)) $"{dtype} itself") ]

let tests = testList "NDArray" [ printing; converting; identity ]
