module Fluxion.Tests.PoolingTests

open System
open System.Numerics
open FsCheck
open FsCheck.FSharp
open Fluxion.Kernels

let private shapes =
    gen {
        let! planes = Gen.choose (0, 4)
        let! height, width = Gen.zip (Gen.choose (1, 12)) (Gen.frequency [ 2, Gen.choose (1, 12); 1, Gen.choose (1, 90) ])
        let! windowHeight, windowWidth = Gen.zip (Gen.choose (1, 4)) (Gen.choose (1, 4))
        let! strideY, strideX = Gen.zip (Gen.choose (1, 4)) (Gen.choose (1, 4))
        let! paddingY, paddingX = Gen.zip (Gen.choose (0, windowHeight / 2)) (Gen.choose (0, windowWidth / 2))
        let! countsPadding = Gen.elements [ true; false ]

        return
            PoolingShape(
                planes,
                height,
                width,
                windowHeight,
                windowWidth,
                strideY,
                strideX,
                PaddingY = paddingY,
                PaddingX = paddingX,
                CountsPadding = countsPadding
            )
    }
    |> Arb.fromGen

/// For each output, the places of its window inside the plane, row by row.
let private windows (s: PoolingShape) =
    [| for plane in 0 .. s.Planes - 1 do
           for i in 0 .. s.OutHeight - 1 do
               for j in 0 .. s.OutWidth - 1 do
                   plane,
                   [ for p in 0 .. s.WindowHeight - 1 do
                         for q in 0 .. s.WindowWidth - 1 do
                             let y, x = i * s.StrideY - s.PaddingY + p, j * s.StrideX - s.PaddingX + q

                             if y >= 0 && y < s.InHeight && x >= 0 && x < s.InWidth then
                                 y * s.InWidth + x ] |]

let private matchesDefinition<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T :> ValueType
    and 'T: equality
    and 'T: (new: unit -> 'T)
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    tolerance
    (s: PoolingShape)
    =
    // Few different numbers, so that there are ties.
    let x = Paths.numbers<float> 1 (int s.InLength) |> Array.map (fun v -> Math.Round(4.0 * v))
    let dy = Paths.numbers<float> 2 (int s.OutLength)
    let max, winners, average = Array.zeroCreate dy.Length, Array.zeroCreate dy.Length, Array.zeroCreate dy.Length
    let maxGradient, averageGradient = Array.zeroCreate x.Length, Array.zeroCreate x.Length

    for o, (plane, window) in windows s |> Array.indexed do
        let at place = plane * s.InHeight * s.InWidth + place

        let count =
            float (
                if s.CountsPadding then
                    s.WindowHeight * s.WindowWidth
                else
                    window.Length
            )

        let winner = window |> List.maxBy (at >> Array.get x)
        max[o] <- x[at winner]
        winners[o] <- winner
        average[o] <- (window |> List.sumBy (at >> Array.get x)) / count
        maxGradient[at winner] <- maxGradient[at winner] + dy[o]

        for place in window do
            averageGradient[at place] <- averageGradient[at place] + dy[o] / count

    let ofFloat = Array.map (fun (v: float) -> 'T.CreateChecked v)
    let x, dy, places = ofFloat x, ofFloat dy, Array.zeroCreate<int> dy.Length

    let check name (expected: float[]) pool =
        let run () =
            let result = Array.create expected.Length 'T.NaN
            pool result
            result

        let actual = Paths.expectSameBits run $"{name} of {s}"

        for i in 0 .. actual.Length - 1 do
            Expect.close tolerance (Double.CreateChecked actual[i]) expected[i] $"{name} of {s}, element {i}"

    check "maximum" max (fun y -> Pooling.Max<'T>(&s, x, y, places))
    Expect.sequenceEqual places winners $"winners of {s}"
    check "gradient of the maximum" maxGradient (fun dx -> Pooling.MaxGradient<'T>(&s, dy, winners, dx))
    check "average" average (fun y -> Pooling.Average<'T>(&s, x, y))
    check "gradient of the average" averageGradient (fun dx -> Pooling.AverageGradient<'T>(&s, dy, dx))

let tests =
    testList
        "Kernels/Pooling"
        [ testProperty "float32: both poolings and their gradients are the definition"
          <| Prop.forAll shapes (matchesDefinition<float32> 1e-6)
          testProperty "float: both poolings and their gradients are the definition"
          <| Prop.forAll shapes (matchesDefinition<float> 1e-14)

          testCase "large enough for threads"
          <| fun () -> matchesDefinition<float32> 1e-6 (PoolingShape(80, 60, 60, 2, 2, 2, 2))

          testCase "the first of equal numbers wins, and the first NaN over all"
          <| fun () ->
              let s = PoolingShape(1, 2, 2, 2, 2, 2, 2)

              let winner (x: float32[]) =
                  let y, winners = [| 0f |], [| -1 |]
                  Pooling.Max<float32>(&s, x, y, winners)
                  winners[0]

              Expect.equal (winner [| 1f; 3f; 3f; 3f |]) 1 "ties"
              Expect.equal (winner [| 1f; nanf; 9f; nanf |]) 1 "NaN"
              Expect.equal (winner (Array.create 4 -infinityf)) 0 "all -∞"

          testCase "errors name the place, what was given and a remedy"
          <| fun () ->
              let x, y = Array.zeroCreate<float32> 16, Array.zeroCreate<float32> 4
              let message (action: unit -> unit) = (Expect.throws<ArgumentException> action "bad arguments").Message
              let winners, outside = [| 0; 1; 2 |], [| 0; 1; 2; 16 |]
              let s = PoolingShape(1, 4, 4, 2, 2, 2, 2)
              let padded = PoolingShape(1, 4, 4, 2, 2, 2, 2, PaddingY = 2)

              Expect.isTrue
                  ((message (fun () -> Pooling.Max<float32>(&s, x, y, winners))).Contains "winners must be as long as y")
                  "winners"

              Expect.isTrue ((message (fun () -> Pooling.Average<float32>(&padded, x, y))).Contains "at most half a window") "padding"
              Expect.isTrue ((message (fun () -> Pooling.MaxGradient<float32>(&s, y, outside, x))).Contains "one is 16") "winner" ]
