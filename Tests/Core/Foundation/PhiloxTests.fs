module Fluxion.Tests.PhiloxTests

open Fluxion

let private words (text: string) = text.Split ' ' |> Array.map (fun word -> System.Convert.ToUInt32(word, 16))

/// The published vectors of Random123 (kat_vectors, philox4x32 10 rounds).
let private knownAnswer name (counter: string) (key: string) (expected: string) =
    testCase name (fun () ->
        let c, k = words counter, words key
        let struct (a, b, c, d) = Philox.block (struct (k[0], k[1])) (struct (c[0], c[1], c[2], c[3]))
        Expect.equal [| a; b; c; d |] (words expected) "block")

let private count = 100_000
let private mean (f: float -> float) (data: float[]) = Array.averageBy f data
let private uniform = lazy (Array.init count (fun i -> Philox.uniform 42L (int64 i)))
let private normal = lazy (Array.init count (fun i -> Philox.normal 42L (int64 i)))

/// A mean of `count` draws with the given variance, within five of its standard deviations: a right generator fails once in a million keys.
let private expectMean (actual: float) (expected: float) (variance: float) message =
    Expect.isTrue (abs (actual - expected) < 5.0 * sqrt (variance / float count)) $"{message}: {actual} should be near {expected}"

let private correlation (left: float[]) (right: float[]) =
    let a, b = mean id left, mean id right
    let product = Array.map2 (fun x y -> (x - a) * (y - b)) left right |> mean id
    product / sqrt (mean (fun x -> (x - a) ** 2.0) left * mean (fun y -> (y - b) ** 2.0) right)

let tests =
    testList
        "Philox"
        [ knownAnswer "zeros" "00000000 00000000 00000000 00000000" "00000000 00000000" "6627e8d5 e169c58d bc57ac4c 9b00dbd8"
          knownAnswer "ones" "ffffffff ffffffff ffffffff ffffffff" "ffffffff ffffffff" "408f276d 41c83b0e a20bc7c6 6d5451fd"
          knownAnswer "digits of pi" "243f6a88 85a308d3 13198a2e 03707344" "a4093822 299f31d0" "d16cfe09 94fdcceb 5001e420 24126ea1"

          testCase "uniform numbers have uniform moments" (fun () ->
              let data = uniform.Value
              Expect.isTrue (data |> Array.forall (fun u -> u >= 0.0 && u < 1.0)) "in [0, 1)"
              expectMean (mean id data) 0.5 (1.0 / 12.0) "mean"
              expectMean (mean (fun u -> u * u) data) (1.0 / 3.0) (4.0 / 45.0) "second moment"
              expectMean (mean (fun u -> u ** 3.0) data) 0.25 (9.0 / 112.0) "third moment")

          testCase "uniform numbers fill their interval evenly" (fun () ->
              let bins = uniform.Value |> Array.countBy (fun u -> int (u * 100.0))
              Expect.equal bins.Length 100 "bins"

              let chiSquared =
                  bins |> Array.sumBy (fun (_, n) -> (float n - float count / 100.0) ** 2.0 / (float count / 100.0))
              // 99 degrees of freedom: mean 99, standard deviation 14.
              Expect.isTrue (chiSquared > 40.0 && chiSquared < 170.0) $"chi squared is {chiSquared}")

          testCase "normal numbers have normal moments" (fun () ->
              let data = normal.Value
              expectMean (mean id data) 0.0 1.0 "mean"
              expectMean (mean (fun x -> x ** 2.0) data) 1.0 2.0 "variance"
              expectMean (mean (fun x -> x ** 3.0) data) 0.0 15.0 "skewness"
              expectMean (mean (fun x -> x ** 4.0) data) 3.0 96.0 "kurtosis")

          testCase "neighbours, keys and uses are independent" (fun () ->
              let u = uniform.Value
              let other = Array.init count (fun i -> Philox.uniform 43L (int64 i))
              let folded = Array.init count (fun i -> Philox.uniform (Philox.foldIn 42L 7L) (int64 i))
              let bound = 5.0 / sqrt (float count)

              for name, left, right in
                  [ "neighbours", u[.. count - 2], u[1..]
                    "keys", u, other
                    "a folded key", u, folded
                    "uniform and normal", u, normal.Value ] do
                  Expect.isTrue (abs (correlation left right) < bound) $"{name}: {correlation left right}")

          testCase "keys fold to keys that differ" (fun () ->
              let keys =
                  [ for key in 0L .. 99L do
                        for data in 0L .. 99L -> Philox.foldIn key data ]

              Expect.equal (List.distinct keys).Length keys.Length "10,000 keys")

          testCase "the grid of float32 stays below 1 and is exact" (fun () ->
              for i in 0L .. 9_999L do
                  let u = Philox.uniform24 1L i
                  Expect.equal (float (float32 u)) u "exact as float32"
                  Expect.isTrue (u < 1.0 && u <= Philox.uniform 1L i) "cut, not rounded") ]
