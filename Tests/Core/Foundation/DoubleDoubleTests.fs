module Fluxion.Tests.DoubleDoubleTests

open System
open System.Numerics
open Fluxion

let private bits = 300
let private one = BigInteger.One <<< bits
let private ln2 = FixedPoint.ln2 bits

let private exact (x: DoubleDouble) = FixedPoint.ofFloat bits x.High + FixedPoint.ofFloat bits x.Low

// How far a number is off, in parts of what it should be.
let private error (expected: BigInteger) (actual: DoubleDouble) =
    float (FixedPoint.over bits (BigInteger.Abs(exact actual - expected)) (BigInteger.Abs expected))
    |> fun part -> Math.ScaleB(part, -bits)

let private arguments = [ -0.7; -0.693147; -0.5; -0.3; -0.1; -1e-3; -1e-10; -1e-20 ]

let tests =
    testList
        "DoubleDouble"
        [ testCase "sums and products lose nothing that two numbers can hold" (fun () ->
              let sum = DoubleDouble.ofSum 1e16 0.1
              Expect.equal (exact sum) (FixedPoint.ofFloat bits 1e16 + FixedPoint.ofFloat bits 0.1) "sum"
              let x = DoubleDouble.ofFloat 0.1
              let square = DoubleDouble.multiply x x
              let expected = FixedPoint.times bits (FixedPoint.ofFloat bits 0.1) (FixedPoint.ofFloat bits 0.1)
              Expect.equal (exact square) expected "product")

          testCase "exp has a hundred bits" (fun () ->
              for x in arguments @ [ -40.0; -100.3 ] do
                  let worst = error (FixedPoint.exp bits ln2 (FixedPoint.ofFloat bits x)) (DoubleDouble.exp x)
                  Expect.isTrue (worst <= Math.ScaleB(1.0, -100)) $"exp {x} is off by {worst}")

          testCase "expm1 has a hundred bits of itself, however small" (fun () ->
              for x in arguments do
                  let expected = FixedPoint.exp bits ln2 (FixedPoint.ofFloat bits x) - one
                  let worst = error expected (DoubleDouble.expm1 (DoubleDouble.ofFloat x))
                  Expect.isTrue (worst <= Math.ScaleB(1.0, -100)) $"expm1 {x} is off by {worst}") ]
