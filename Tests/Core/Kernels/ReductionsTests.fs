module Fluxion.Tests.ReductionsTests

open System
open System.Numerics
open FsCheck
open FsCheck.FSharp
open Fluxion.Kernels

let private lengths =
    Gen.frequency
        [ 4, Gen.choose (0, 300)
          2, Gen.choose (300, 10_000)
          1, Gen.elements [ 127; 128; 129; 2047; 2048; 2049; 4096; 131_072; 131_073 ] ]
    |> Arb.fromGen

/// The order that Reductions promises, one addition at a time.
let private promised<'T when 'T: equality and 'T :> IBinaryFloatingPointIeee754<'T>> (add: 'T -> int -> 'T) length =
    let lanesOf block =
        Array.init 128 (fun lane ->
            seq { for row in 0..15 -> block * 2048 + row * 128 + lane }
            |> Seq.filter (fun i -> i < length)
            |> Seq.fold add 'T.Zero)

    let rec tree first count =
        if count = 1 then
            lanesOf first
        else
            let left = int (BitOperations.RoundUpToPowerOf2(uint count)) / 2
            Array.map2 (fun (x: 'T) y -> x + y) (tree first left) (tree (first + left) (count - left))

    let rec fold (lanes: 'T[]) =
        match lanes with
        | [| one |] -> one
        | _ ->
            let half = lanes.Length / 2
            fold (Array.init half (fun j -> lanes[j] + lanes[j + half]))

    if length = 0 then 'T.Zero else fold (tree 0 ((length + 2047) / 2048))

let private keepsOrder<'T
    when 'T: unmanaged
    and 'T :> ValueType
    and 'T: struct
    and 'T: comparison
    and 'T: (new: unit -> 'T)
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    length
    =
    let x, y = Paths.numbers<'T> length length, Paths.numbers<'T> (length + 1) length

    let sum, dot =
        promised (fun s i -> s + x[i]) length, promised (fun s i -> 'T.FusedMultiplyAdd(x[i], y[i], s)) length

    let run () = [| Reductions.Sum<'T> x; Reductions.Dot<'T>(x, y) |]
    Paths.expectBits [| sum; dot |] run $"sum and dot of {length}"

let private findsExtremes<'T
    when 'T: unmanaged
    and 'T :> ValueType
    and 'T: struct
    and 'T: comparison
    and 'T: (new: unit -> 'T)
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    length
    =
    if length > 0 then
        let x = Paths.numbers<'T> length length
        let run () = [| Reductions.Max<'T> x; Reductions.Min<'T> x |]
        Paths.expectBits [| Array.max x; Array.min x |] run $"extremes of {length}"
        let place = length * 5 / 7
        x[place] <- 'T.NaN
        Paths.expectBits [| 'T.NaN; 'T.NaN |] run $"NaN at {place} of {length}"
        let zeros = Array.create length -'T.Zero
        zeros[place] <- 'T.Zero
        Paths.expectBits [| 'T.Zero |] (fun () -> [| Reductions.Max<'T> zeros |]) "+0 is larger than -0"
        zeros |> Array.iteri (fun i zero -> zeros[i] <- -zero)
        Paths.expectBits [| -'T.Zero |] (fun () -> [| Reductions.Min<'T> zeros |]) "-0 is smaller than +0"

let tests =
    testList
        "Kernels/Reductions"
        [ testProperty "float32: sum and dot take the promised order on every path"
          <| Prop.forAll lengths keepsOrder<float32>
          testProperty "float: sum and dot take the promised order on every path"
          <| Prop.forAll lengths keepsOrder<float>
          testProperty "float32: max and min, NaN and signed zeros"
          <| Prop.forAll lengths findsExtremes<float32>
          testProperty "float: max and min, NaN and signed zeros" <| Prop.forAll lengths findsExtremes<float>

          testCase "long enough for threads"
          <| fun () ->
              keepsOrder<float32> 2_500_000
              keepsOrder<float> 1_234_567

          testCase "a million tenths in float32 are right to the last bits"
          <| fun () ->
              let tenths = Array.create 1_000_000 0.1f
              let sum = Reductions.Sum<float32> tenths
              Expect.close 1e-6 (float sum) (1e6 * float 0.1f) "sum"

          testCase "the sum of nothing is 0; its maximum, and lengths that differ, are errors"
          <| fun () ->
              let none, one, two = Array.empty<float>, [| 1.0 |], [| 1.0; 2.0 |]
              Expect.equal (Reductions.Sum<float> none) 0.0 "sum"
              let e = Expect.throws<ArgumentException> (fun () -> Reductions.Max<float> none |> ignore) "max of nothing"
              Expect.isTrue (e.Message.Contains "Reductions.Max: at least one number") e.Message
              let e = Expect.throws<ArgumentException> (fun () -> Reductions.Dot<float>(one, two) |> ignore) "lengths"
              Expect.isTrue (e.Message.Contains "x has 1 and y has 2") e.Message ]
