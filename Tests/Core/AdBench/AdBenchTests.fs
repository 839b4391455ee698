/// ADBench's problems against ADBench's own values, PyTorch's, and differences; and what its readers refuse.
module Fluxion.Tests.AdBenchTests

open System
open System.Globalization
open System.IO
open Fluxion
open Fluxion.Bench.AdBench

let private input (name: string) = Path.Combine(RepositoryTests.root, "Tests/Core/AdBench", name)
let private floats (x: Expr) = (Expr.value x).Floats
let private all (parts: Expr list) = parts |> List.map floats |> Array.concat

// The measure of ADBench's own tests: |x - y| / max(1, |x| + |y|).
let private agree (tolerance: float) (found: float[]) (expected: float[]) =
    Expect.equal found.Length expected.Length "as many numbers"

    for i in 0 .. found.Length - 1 do
        let difference = abs (found[i] - expected[i]) / max 1.0 (abs found[i] + abs expected[i])

        if not (difference <= tolerance) then
            Expect.close tolerance found[i] expected[i] $"number {i}"

// A file that is there for one test only.
let private withFile (text: string) (test: string -> unit) =
    let path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())
    File.WriteAllText(path, text)

    try
        test path
    finally
        File.Delete path

let private written (write: TextWriter -> unit) =
    use writer = new StringWriter(NewLine = "\n")
    write writer
    writer.ToString()

let private numbersOf (text: string) =
    text.Split(null: char[] | null)
    |> Array.filter ((<>) "")
    |> Array.map (fun word -> Double.Parse(word, CultureInfo.InvariantCulture))

// Central differences along a direction that no entry of the gradient escapes.
let private slopesAgree (f: Expr list -> Expr) (point: Expr list) (gradient: Expr list) =
    let f = compile f
    let mutable k = 0

    let direction =
        [ for part in point do
              let values =
                  Array.init (Shape.size part.Shape) (fun _ ->
                      k <- k + 1
                      cos (float k))

              Expr.constant (NDArray.ofFloats DType.Float64 part.Shape values) ]

    let moved step = List.map2 (fun x d -> eval (x + step * d)) point direction |> f |> Expr.toScalar
    let slope = (moved 1e-5 - moved -1e-5) / 2e-5

    let exact = List.map2 (fun g d -> Expr.toScalar (eval (Expr.sum (g * d)))) gradient direction |> List.sum
    Expect.close 1e-7 slope exact "the slope"

let private small =
    """3 2 4
0.3
-0.7
0.1 0.2 0.3
-0.4 0.5 0.9
0.2 -0.3 0.1 0.7 -0.6 0.4
-0.1 0.5 0.3 -0.2 0.8 1.1
1.0 0.5 -0.2
0.3 -1.2 0.8
0.0 0.4 1.5
-0.9 0.6 0.2
1.5 2
"""

let private scalarCase (name: string) (kind: string) (path: string) (value: float) (gradient: float[]) =
    testCase name (fun () ->
        let problem = Problem.read kind false path
        agree 1e-10 (all (problem.Objective())) [| value |]
        agree 1e-10 (all (problem.Derivative())) (Array.append [| value |] gradient)
        agree 0.0 (numbersOf (written problem.WriteObjective)) (all (problem.Objective()))
        agree 0.0 (numbersOf (written problem.WriteDerivative)) (all (problem.Derivative().Tail)))

let private gaussianMixtures =
    testList
        "Gaussian mixtures"
        [ scalarCase
              "ADBench's value and gradient"
              "gmm"
              (input "gmm_test.txt")
              8.07380408004975791
              [| 1.08662855508652456e-01
                 -7.41270039523898472e-01
                 6.32607184015246071e-01
                 1.11692576532787013e+00
                 1.63333013551455269e-01
                 -2.19989824071193142e-02
                 2.27778292254236098e-01
                 1.20963025612832187e+00
                 -6.06375920733956339e-02
                 2.58529994051162237e+00
                 1.12632694524213789e-01
                 3.85744309849611777e-01
                 7.35180573182305508e-02
                 5.41836362715595232e+00
                 -3.21494409677446469e-01
                 1.71892309775004937e+00
                 8.60091090790866875e-01
                 -9.94640930466322848e-01 |]

          // By PyTorch in float64.
          testCase "three dimensions, and a prior that counts" (fun () ->
              withFile small (fun path ->
                  let problem = Problem.read "gmm" false path

                  [| 0.76394464625916259
                     -0.48840385001013864
                     0.48840385001013864
                     -0.75162373726973042
                     -0.33162483089206174
                     0.51389226165792024
                     0.48783904704924907
                     -0.54353081841997253
                     -0.30277733259041517
                     2.3857843834204422
                     0.71980341420187499
                     2.1653129015813404
                     1.199932459673688
                     -0.51952380975932377
                     0.57684846440830362
                     0.34434169324859032
                     5.6024921146599249
                     2.3765206131424046
                     -0.10839358470603699
                     1.5842120229878407
                     2.576407420972358 |]
                  |> agree 1e-10 (all (problem.Derivative()))))

          testCase "a thousand points: PyTorch's value, and differences" (fun () ->
              let problem = GaussianMixture.read false (input "gmm_d2_K5.txt")
              let alphas, means, factors = GaussianMixture.parameters problem

              let value, (byAlphas, byMeans, byFactors) =
                  compile (valueAndGrad (GaussianMixture.objective problem)) (alphas, means, factors)

              agree 1e-10 (floats value) [| -5240.590562549577 |]

              slopesAgree
                  (fun p -> GaussianMixture.objective problem (p[0], p[1], p[2]))
                  [ alphas; means; factors ]
                  [ byAlphas; byMeans; byFactors ])

          testCase "one point that stands for all is those points" (fun () ->
              let points = "0.5\n1 \n0.2\n-0.3\n"
              let value isShared path = (Problem.read "gmm" isShared path).Objective() |> all

              withFile $"1 1 3\n{points}1 0\n" (fun shared ->
                  withFile $"1 1 3\n{points}-0.3\n-0.3\n1 0\n" (fun repeated -> agree 1e-14 (value true shared) (value false repeated)))) ]

// One observation's numbers, by ADBench's tests as far as they give them, the others by PyTorch in float64.
let private firstRow =
    [| 2.28877202208246757e+02
       6.34574811495545418e+02
       -7.82222866259340549e+02
       2.42892615607159668e+00
       -1.17828079628011313e+01
       2.54169312487743460e+00
       -1.03657084958518086e+00
       4.17022000000000004e-01
       0.0
       -3.50739521096005205e+02
       -9.12107773668008576e+02
       -2.42892615607159668e+00
       1.17828079628011313e+01
       -2.5416931248774368
       -0.64516703971344214 |]

let private secondRow =
    [| -120.54243599499696
       -385.67324076646059
       97.54762914033283
       -1.7837210852957668
       4.1546679943312625
       2.0402571802989886
       0.3491763974331461
       0.0
       0.417022
       118.14914770441457
       307.25010896034365
       1.7837210852957668
       -4.1546679943312625
       -2.0402571802989886
       0.62333592155317774 |]

let private bundleAdjustments =
    let read () = BundleAdjustment.read (input "ba_test.txt")

    let jacobianOf (problem: BundleAdjustment) parameters =
        compile (BundleAdjustment.jacobianEntries problem) parameters
        |> floats
        |> BundleAdjustment.jacobian problem

    testList
        "bundle adjustment"
        [ testCase "ADBench's errors and Jacobian" (fun () ->
              let problem = read ()
              let parameters = BundleAdjustment.parameters problem
              let errors, weights = compile (BundleAdjustment.objective problem) parameters

              agree
                  1e-10
                  (floats errors)
                  (Array.init 20 (fun i ->
                      if i % 2 = 0 then
                          -2.69048849235189402e-01
                      else
                          2.59944792677901881e-01))

              agree 1e-10 (floats weights) (Array.create 10 8.26092651515999976e-01)
              let matrix = jacobianOf problem parameters
              Expect.equal (matrix.Rows, matrix.Columns) (30, 62) "size"
              Expect.equal matrix.RowStarts (Array.init 31 (fun row -> if row <= 20 then 15 * row else 300 + row - 20)) "row starts"

              for i in 0..9 do
                  agree 1e-10 matrix.Values[30 * i .. 30 * i + 29] (Array.append firstRow secondRow)

                  let columns =
                      [| yield! Array.init 11 (fun j -> 11 * (i % 2) + j); yield! Array.init 3 (fun j -> 22 + 3 * i + j); 52 + i |]

                  Expect.equal matrix.ColumnIndices[30 * i .. 30 * i + 29] (Array.append columns columns) "columns"

              agree 1e-10 matrix.Values[300..] (Array.create 10 -8.34044000000000008e-01)
              Expect.equal matrix.ColumnIndices[300..] [| 52..61 |] "the weights' columns")

          // Cameras and points that differ, among them one camera that is not turned: there Rodrigues' formula is 0 / 0.
          testCase "the Jacobian is the dense one" (fun () ->
              let wave shape shift =
                  Expr.constant (
                      NDArray.ofFloats DType.Float64 shape (Array.init (Shape.size shape) (fun i -> sin (float i * 1.3 + shift)))
                  )

              let turned = wave [ 1; 11 ] 0.4
              let straight = Expr.concat 1 [ zeros [ 1; 3 ]; wave [ 1; 8 ] 0.9 ]

              let problem =
                  { Cameras = eval (Expr.concat 0 [ turned; straight ])
                    Points = eval (wave [ 3; 3 ] 2.0 + tensor [ 0.0; 0.0; 5.0 ])
                    Weights = wave [ 4 ] 0.7
                    Features = wave [ 4; 2 ] 1.1
                    CameraOf = [| 1; 0; 1; 0 |]
                    PointOf = [| 0; 2; 1; 1 |] }

              let cameras, points, weights = BundleAdjustment.parameters problem
              let matrix = jacobianOf problem (cameras, points, weights)

              let errors (x: Expr) =
                  let parameters = Expr.reshape [ 2; 11 ] x[0..21], Expr.reshape [ 3; 3 ] x[22..30], x[31..34]
                  let seen, weights = BundleAdjustment.objective problem parameters
                  Expr.concat 0 [ Expr.reshape [ 8 ] seen; weights ]

              let point = eval (Expr.concat 0 [ Expr.reshape [ 22 ] cameras; Expr.reshape [ 9 ] points; weights ])

              let dense = floats (eval (jacobian errors point))
              let found = Array.zeroCreate (12 * 35)

              for row in 0..11 do
                  for entry in matrix.RowStarts[row] .. matrix.RowStarts[row + 1] - 1 do
                      found[row * 35 + matrix.ColumnIndices[entry]] <- matrix.Values[entry]

              agree 1e-12 found dense

              // And that one against differences, a column a parameter.
              let f = compile errors

              for column in 0..34 do
                  let along step =
                      let values = Array.copy (floats point)
                      values[column] <- values[column] + step
                      floats (f (tensor values))

                  let slopes = Array.map2 (fun above below -> (above - below) / 2e-6) (along 1e-6) (along -1e-6)
                  agree 1e-8 slopes (Array.init 12 (fun row -> dense[row * 35 + column])))

          testCase "files have ADBench's form" (fun () ->
              let problem = Problem.read "ba" false (input "ba_test.txt")
              let errors = (written problem.WriteObjective).Split '\n'
              Expect.equal (errors[0], errors[21], errors.Length) ("Reprojection error:", "Zach weight error:", 33) "headings"
              let lines = (written problem.WriteDerivative).Split '\n'
              Expect.equal (lines[0], lines[1], lines[3], lines.Length) ("30 62", "31", "310", 7) "counts"
              agree 1e-10 (Array.take 15 (numbersOf lines[5])) firstRow
              Expect.equal (numbersOf lines[2]).Length 31 "row starts"
              Expect.equal (numbersOf lines[4]).Length 310 "columns") ]

let private longShortTermMemories =
    testList
        "LSTM"
        [ scalarCase
              "ADBench's value, and PyTorch's gradient, of 1,024 characters"
              "lstm"
              (input "lstm_l2_c1024.txt")
              6.66665179558852183e-01
              (numbersOf (File.ReadAllText(input "expected_lstm_l2_c1024.txt")))

          testCase "ADBench's gradient where its tests give large entries" (fun () ->
              let gradient = (Problem.read "lstm" false (input "lstm_l2_c1024.txt")).Derivative().Tail |> all

              agree
                  1e-10
                  gradient[262..]
                  [| -5.23602406001136191e-03; -1.79316285235904226e-02; -7.73167106472800580e-03; -2.00225690895980656e-02 |]

              agree 1e-10 gradient[..2] [| 3.14387024996101187e-06; 0.0; 0.0 |])

          testCase "layers and characters of any number, by differences" (fun () ->
              for layers, characters in [ 1, 2; 3, 5 ] do
                  let wave count =
                      String.Join(" ", Array.init count (fun i -> (sin (1.7 * float i)).ToString("F2", CultureInfo.InvariantCulture)))

                  let text = String.Join("\n", Array.init characters (fun i -> $"{i % 2} {(i + 1) / 2 % 2}"))

                  withFile $"{layers} {characters} 2\n{wave (16 * layers)}\n{wave 6}\n{wave (4 * layers)}\n{text}" (fun path ->
                      let problem = LongShortTermMemory.read path
                      let gates, ends = LongShortTermMemory.parameters problem
                      let byGates, byEnds = compile (grad (LongShortTermMemory.objective problem)) (gates, ends)
                      slopesAgree (fun p -> LongShortTermMemory.objective problem (p[0], p[1])) [ gates; ends ] [ byGates; byEnds ])) ]

let private refusal (kind: string) (text: string) (line: int) (parts: string list) =
    withFile text (fun path ->
        let error = Expect.throws<FormatException> (fun () -> Problem.read kind false path |> ignore) $"{kind}: {text}"

        for part in FileInfo(path).Name :: $"line {line}" :: parts do
            Expect.isTrue (error.Message.Contains part) $"'{error.Message}' says '{part}'")

let private refusals =
    testList
        "what is no input"
        [ testCase "is refused with the file's name, the line and the field" (fun () ->
              refusal "gmm" "" 0 [ "the dimension"; "ends" ]
              refusal "gmm" "2 x 1" 1 [ "the number of components"; "'x'" ]
              refusal "gmm" "2 0 1" 1 [ "the number of components"; "'0'" ]
              refusal "gmm" "1 1 1\n0.5\n1,5\n" 3 [ "means, number 1 of 1"; "'1,5'" ]
              refusal "gmm" "1 1 1\n0.5\n1e999\n" 3 [ "finite" ]
              refusal "gmm" "1 1 2\n0.5\n1\n1\n3\n" 5 [ "points, number 2 of 2"; "ends" ]
              refusal "gmm" "1 1 1\n0.5\n1\n1\n3\n1 0\n\n7" 8 [ "'7' follows" ]
              refusal "gmm" "2000000000 2 2000000000" 1 [ "the points" ]
              refusal "gmm" "2000000000 2000000000 1" 1 [ "the factors" ]
              refusal "lstm" "2000000000 2 2000000000" 1 [ "weights and biases" ]
              refusal "lstm" (System.String('x', 500)) 1 [ "'xxx"; "…'" ]
              refusal "ba" "1 1 1\n1 2 3 4 5 6 7 8 9 10\n11\n1 2 NaN" 4 [ "the point, number 3 of 3"; "'NaN'" ]
              refusal "ba" "1 1 2000000000" 1 [ "the Jacobian" ]
              refusal "lstm" "1 1 1" 1 [ "the number of characters"; "2 or more" ]
              refusal "lstm" "1 2 1\n1 2 3 4 5 6 7 8\n1 2 3\n1 2\n1" 5 [ "the text, number 2 of 2" ])

          testCase "kinds go by name" (fun () ->
              Expect.equal (Problem.kindOf "folder/gmm_d2_K5.txt") (Some "gmm") "gmm"
              Expect.equal (Problem.kindOf "folder/expected.txt") None "another"

              Expect.throws<ArgumentException> (fun () -> Problem.read "hand" false (input "ba_test.txt") |> ignore) "hand"
              |> ignore) ]

let tests = testList "ADBench" [ gaussianMixtures; bundleAdjustments; longShortTermMemories; refusals ]
