module Fluxion.Tests.RandomTests

open System
open MathNet.Numerics
open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray
let private key = Random.key 42
let private count = 20_000

let private close (tolerance: float) (expected: float list) (actual: Expr) (message: string) =
    let actual = elements actual
    Expect.equal actual.Length expected.Length $"{message}: elements"
    Seq.iter2 (fun a e -> Expect.close tolerance a e message) actual expected

/// A mean within five of its standard deviations: a right generator fails once in a million keys.
let private expectMean (message: string) (expected: float) (deviation: float) (draws: float[]) =
    let mean = Array.average draws
    let bound = 5.0 * deviation / sqrt (float draws.Length)
    Expect.isTrue (abs (mean - expected) < bound) $"{message}: the mean {mean} should be within {bound} of {expected}"

/// Counts against their expectations. Chi squared has the mean and half the variance of the degrees of freedom; five deviations and a half, for its long tail.
let private expectCounts (message: string) (expected: float[]) (counts: float[]) =
    let chiSquared = Array.map2 (fun n e -> (n - e) ** 2.0 / e) counts expected |> Array.sum
    let freedom = float (counts.Length - 1)
    let bound = 5.5 * sqrt (2.0 * freedom)
    Expect.isTrue (abs (chiSquared - freedom) < bound) $"{message}: chi squared is {chiSquared} at {freedom} degrees of freedom"

/// What a distribution function makes of its draws is uniform.
let private expectDistribution (message: string) (below: float -> float) (draws: float[]) =
    let bins = 20
    let counts = Array.zeroCreate bins

    for x in draws do
        let bin = min (bins - 1) (int (float bins * below x))
        counts[bin] <- counts[bin] + 1.0

    expectCounts message (Array.create bins (float draws.Length / float bins)) counts

// Values of a second implementation, of the generator and of the formulas, in 40 digits.
let private known =
    testList
        "known values"
        [ testCase "uniform, exponential and truncated normal" (fun () ->
              let u = [ 0.4685865183391049; 0.32706338120338474; 0.6583155272123093; 0.6706398529302326 ]
              close 1e-15 u (Random.uniform (0.0, 1.0) [ 4 ] key) "uniform"
              close 1e-15 u (Random.uniformBetween (scalar 0.0) (scalar 1.0) [ 4 ] key) "uniform between tensors"
              let waits = [ 0.31610743794875906; 0.19805206544738352; 0.5369337809797673; 0.5553017274943122 ]
              close 1e-15 waits (Random.exponential (scalar 2.0) [ 4 ] key) "exponential"
              let near = [ 0.3104408177610206; 0.06835594370972271; 0.6705966718417801; 0.6966934701517508 ]
              close 1e-14 near (Random.truncatedNormal (-0.5, 2.0) [ 4 ] key) "truncated near 0"
              let far = [ 8.077462005648986; 8.048618771060955; 8.13114060365817; 8.135589494114777 ]
              close 1e-13 far (Random.truncatedNormal (8.0, 9.0) [ 4 ] key) "truncated far above 0"

              close
                  1e-13
                  [ -8.092790401556684; -8.136436688161258; -8.051306550241803; -8.049037152068774 ]
                  (Random.truncatedNormal (-9.0, -8.0) [ 4 ] key)
                  "truncated far below 0")

          testCase "bernoulli, categorical and permutation" (fun () ->
              close 0.0 [ 0.0; 0.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0 ] (Random.bernoulli (scalar 0.3) [ 8 ] key) "bernoulli"
              close 0.0 [ 1.0; 1.0; 0.0; 1.0; 1.0; 1.0 ] (Random.categorical (tensor [ 0.0; 1.0; -1.0 ]) [ 6 ] key) "categorical"
              close 0.0 [ 5.0; 1.0; 7.0; 0.0; 2.0; 3.0; 6.0; 4.0 ] (Random.permutation 8 key) "permutation"
              Expect.equal (Data.permutation 8 key) [| 5; 1; 7; 0; 2; 3; 6; 4 |] "the same order of rows")

          testCase "gamma" (fun () ->
              let above = [ 4.244684976280356; 0.309987998310551; 1.6594459462301974; 7.956724822791977 ]
              close 1e-14 above (Random.gamma (scalar 2.5) [ 4 ] key) "above 1"
              let below = [ 1.0322491047289908; 0.008783742460392053; 0.19146690367936617; 4.266168123313223 ]
              close 1e-14 below (Random.gamma (scalar 0.5) [ 4 ] key) "below 1") ]

let private distributions =
    testList
        "distributions"
        [ testCase "truncated normal" (fun () ->
              for low, high in [ -1.0, 2.0; 1.0, infinity; -infinity, -3.0; -20.0, 20.0 ] do
                  let draws = elements (Random.truncatedNormal (low, high) [ count ] key)
                  Expect.isTrue (draws |> Array.forall (fun x -> x >= low && x <= high)) $"in [{low}, {high}]"
                  let below x = Distributions.Normal.CDF(0.0, 1.0, x)

                  expectDistribution $"truncated to [{low}, {high}]" (fun x -> (below x - below low) / (below high - below low)) draws)

          testCase "truncated normal where probabilities of float64 are 0" (fun () ->
              // Of the tail beyond x, a continued fraction leaves out what does not change a ratio. (Abramowitz and Stegun, 26.2.14.)
              let logTail (x: float) = -0.5 * x * x - log (List.foldBack (fun n below -> x + float n / below) [ 1..60 ] x)
              let parts = elements (Random.uniform (0.0, 1.0) [ 100 ] key)

              for low in [ 37.5; 40.0; 1000.0 ] do
                  for sign, low, high in [ 1.0, low, infinity; -1.0, -infinity, -low ] do
                      let draws = elements (Random.truncatedNormal (low, high) [ 100 ] key)
                      let bound = if sign > 0.0 then low else -high

                      for u, x in Array.zip parts draws do
                          Expect.close 1e-9 (logTail (sign * x) - logTail bound) (log (1.0 - u)) $"{low} to {high}: {x}"

              let narrow = elements (Random.truncatedNormal (40.0, 40.001) [ count ] key)
              Expect.isTrue (narrow |> Array.forall (fun x -> x >= 40.0 && x <= 40.001)) "between bounds"
              // Of an exponential decay by 4 hundredths over the interval.
              expectMean "between bounds" 40.00049667 0.00029 narrow)

          testCase "exponential" (fun () ->
              elements (Random.exponential (scalar 3.0) [ count ] key)
              |> expectDistribution "rate 3" (fun x -> 1.0 - exp (-3.0 * x)))

          testCase "gamma, in either type" (fun () ->
              for concentration in [ 0.2; 0.9; 1.0; 2.5; 40.0; 3e4 ] do
                  let below x = Distributions.Gamma.CDF(concentration, 1.0, x)
                  let draws = elements (Random.gamma (scalar concentration) [ count ] key)
                  expectMean $"gamma {concentration}" concentration (sqrt concentration) draws

                  // MathNet's distribution function is inaccurate far out.
                  if concentration < 1e4 then
                      expectDistribution $"gamma {concentration}" below draws

              let single = Random.gamma (Expr.cast DType.Float32 (scalar 2.0)) [ count ] key
              Expect.equal single.DType DType.Float32 "the concentration's type"
              elements single |> expectMean "float32" 2.0 (sqrt 2.0))

          testCase "beta and dirichlet" (fun () ->
              elements (Random.beta (scalar 2.0) (scalar 3.0) [ count ] key)
              |> expectDistribution "beta" (fun x -> Distributions.Beta.CDF(2.0, 3.0, x))

              let draws = Random.dirichlet (tensor [ 1.0; 2.0; 5.0 ]) [ count ] key |> eval
              elements (Expr.sumOver [ 1 ] draws) |> Array.iter (fun sum -> Expect.close 1e-14 sum 1.0 "sum")

              for i, a in List.indexed [ 1.0; 2.0; 5.0 ] do
                  elements (draws.[*, i])
                  |> expectDistribution $"part {i}" (fun x -> Distributions.Beta.CDF(a, 8.0 - a, x)))

          testCase "bernoulli and categorical" (fun () ->
              let hits = elements (Random.bernoulli (tensor [ 0.0; 0.1; 0.7; 1.0 ]) [ count; 4 ] key)

              for i, p in List.indexed [ 0.0; 0.1; 0.7; 1.0 ] do
                  let column = Array.init count (fun row -> hits[4 * row + i])

                  if p * (1.0 - p) = 0.0 then
                      Expect.isTrue (column |> Array.forall ((=) p)) $"always, for {p}"
                  else
                      expectMean $"probability {p}" p (sqrt (p * (1.0 - p))) column

              let logits = tensor [ 0.0; 1.0; -infinity; 3.0 ]
              let counts = elements (Random.categorical logits [ count ] key) |> Array.countBy int |> Map
              let odds = [| 1.0; Math.E; exp 3.0 |]
              Expect.isTrue (not (counts.ContainsKey 2)) "probability 0"

              [| counts[0]; counts[1]; counts[3] |]
              |> Array.map float
              |> expectCounts "categorical" (odds |> Array.map (fun w -> w / Array.sum odds * float count)))

          testCase "permutations: each is one, and every order comes as often" (fun () ->
              let orders =
                  vmap (Random.permutation 4) (Expr.stack 0 (Random.split 4800 key))
                  |> elements
                  |> Array.chunkBySize 4

              let counts = orders |> Array.countBy List.ofArray
              Expect.isTrue (orders |> Array.forall (fun order -> Array.sort order = [| 0.0; 1.0; 2.0; 3.0 |])) "all of 0 .. 3"
              Expect.equal counts.Length 24 "all orders"
              expectCounts "orders" (Array.create 24 200.0) (counts |> Array.map (snd >> float))) ]

let private forms =
    testList
        "forms"
        [ testCase "parameters broadcast, and are in the draw's type and derivative" (fun () ->
              let low, high = tensor [ 0.0; 10.0 ], scalar 20.0
              let draw low = Random.uniformBetween low high [ 3; 2 ] key
              let u = Random.uniform (0.0, 1.0) [ 3; 2 ] key
              close 1e-13 (List.ofArray (elements (low + (high - low) * u))) (draw low) "uniform"
              close 1e-13 (List.ofArray (elements (Expr.sumOver [ 0 ] (1.0 - u)))) (grad (draw >> Expr.sum) low) "by low"
              let z = Random.normal [ 3 ] key
              let normal (mean, deviation) = Expr.sum (Random.normalWith mean deviation [ 3 ] key)
              let byMean, byDeviation = grad normal (scalar 1.0, scalar 2.0)
              close 1e-13 [ 3.0 ] byMean "by the mean"
              close 1e-13 [ Expr.toScalar (eval (Expr.sum z)) ] byDeviation "by the deviation"
              let waits rate = Random.exponential rate [ 1 ] key
              close 1e-13 [ -Expr.toScalar(eval (waits (scalar 1.0))) / 4.0 ] (grad (waits >> Expr.sum) (scalar 2.0)) "by the rate")

          testCase "logits of several examples give one class each" (fun () ->
              let logits = Expr.constant (NDArray.ofFloats DType.Float32 [ 2; 3 ] [| 0.0; 100.0; 0.0; 100.0; 0.0; 0.0 |])
              let classes = Random.categorical logits [ 4 ] key
              Expect.equal (classes.Shape, classes.DType) ([ 4; 2 ], DType.Int64) "shape @ examples"
              close 0.0 [ 1.0; 0.0; 1.0; 0.0; 1.0; 0.0; 1.0; 0.0 ] classes "by far the likeliest")

          testCase "mapped over keys and parameters, each is drawn as alone" (fun () ->
              let keys = Random.split 3 key
              let concentrations = [ 0.5; 2.0; 7.0 ]
              let draw (a, key) = Random.gamma a [ 2 ] key
              let together = vmap draw (tensor concentrations, Expr.stack 0 keys)

              let alone =
                  List.map2 (fun a key -> elements (draw (scalar a, key))) concentrations keys
                  |> Seq.concat
                  |> List.ofSeq

              close 1e-14 alone together "gamma"
              let compiled = compile draw (scalar 2.0, keys[1])
              close 1e-14 (List.ofArray (elements compiled)) (draw (scalar 2.0, keys[1])) "compiled")

          testCase "errors" (fun () ->
              let message (f: unit -> Expr) = (Expect.throws<ArgumentException> (f >> ignore) "an error").Message

              Expect.equal
                  (message (fun () -> Random.gamma (tensor [ 1.0; 2.0 ]) [ 3 ] key))
                  "gamma: the concentration must broadcast to the draw's shape, [3], but it is [2]; ask for a larger draw?"
                  "shape"

              Expect.equal
                  (message (fun () -> Random.truncatedNormal (1.0, 1.0) [ 3 ] key))
                  "truncatedNormal: the lower bound must be below the upper one, but they are 1 and 1; exchange them?"
                  "bounds"

              Expect.isTrue ((message (fun () -> Random.permutation -1 key)).StartsWith "permutation: ") "count"
              Expect.isTrue ((message (fun () -> Random.permutation 3 (scalar 1.0))).Contains "a key is needed") "key"
              Expect.isTrue ((message (fun () -> Random.categorical (scalar 1.0) [ 3 ] key)).Contains "axis of classes") "logits"
              Expect.isTrue (Double.IsNaN(Expr.toScalar (eval (Random.gamma (scalar -1.0) [ 1 ] key)))) "NaN for no concentration") ]

let tests = testList "Random" [ known; distributions; forms ]
