module Fluxion.Tests.FixedPointTests

open System
open System.Numerics
open Fluxion

let private bits = 192
let private one = BigInteger.One <<< bits
let private log (x: int) = FixedPoint.log bits (FixedPoint.ln2 bits) (one * BigInteger x)

// The first digits behind the point.
let private digits (count: int) (x: BigInteger) = string (x * BigInteger.Pow(BigInteger 10, count) >>> bits)

let tests =
    testList
        "FixedPoint"
        [ testCase "functions have the digits of tables" (fun () ->
              Expect.equal (digits 50 (FixedPoint.pi bits)) "314159265358979323846264338327950288419716939937510" "pi"

              Expect.equal (digits 50 (log 2)) "69314718055994530941723212145817656807550013436025" "log 2"

              Expect.equal (digits 50 (log 10)) "230258509299404568401799145468436420760110148862877" "log 10"

              Expect.equal (digits 50 (FixedPoint.sin bits one)) "84147098480789650665250232163029899962256306079837" "sin 1"

              let exp (x: int) = FixedPoint.exp bits (FixedPoint.ln2 bits) (one * BigInteger x)
              Expect.equal (digits 50 (exp -1)) "36787944117144232159552377016146086744581113103176" "exp -1")

          testCase "floats come in exactly" (fun () ->
              for x in [ 0.1; -2.5; 1e15; 3e-20 ] do
                  Expect.equal (Math.ScaleB(float (FixedPoint.ofFloat bits x), -bits)) x $"{x}") ]
