/// Every law that Rewrite knows, on its own examples: each must apply, and keep type, value and derivatives. A law without an example fails.
module Fluxion.Tests.RulesTests

open FsCheck
open FsCheck.FSharp
open Fluxion

let private shapes: Shape list = [ []; [ 1 ]; [ 0 ]; [ 4 ]; [ 2; 3 ]; [ 1; 3 ]; [ 2; 1; 3 ] ]

let private types: TensorType list =
    [ for dtype in [ DType.Float64; DType.Float32 ] do
          for shape in shapes -> { TensorType.Shape = shape; DType = dtype } ]

/// Those that hold elements.
let private filled = types |> List.filter (fun t -> Shape.size t.Shape > 0)

/// Numbers of all sizes, with the ones that break laws among them. Infinite ones come apart: derivatives need not survive them.
let private numbers: Arbitrary<float list> =
    let special = Gen.elements [ 0.0; 1.0; -1.0; 1e-300; -1e300; 1e-20; 1e30 ]
    let ordinary = Gen.choose (-4_000, 4_000) |> Gen.map (fun n -> float n / 1000.0)
    Gen.frequency [ 1, special; 4, ordinary ] |> Gen.listOfLength 6 |> Arb.fromGen

let private fill (numbers: float list) (tensorType: TensorType) =
    let data = Array.init (Shape.size tensorType.Shape) (fun i -> numbers[i % numbers.Length])
    NDArray.ofFloats tensorType.DType tensorType.Shape data

let private derivatives (x: Expr) (y: Expr) =
    let tangent, cotangent = Expr.variableOf "t" x.DType x.Shape, Expr.variableOf "c" y.DType y.Shape
    let first = Forward.jvpAll [| y |] [| x |] [| tangent |]
    let gradient = Reverse.vjpAll [| y |] [| x |] [| cotangent |]
    Array.concat [ [| y |]; first; gradient; Forward.jvpAll gradient [| x |] [| tangent |] ]

/// Where the law applies to its examples on tensors of these types: before and after.
let private applications (law: Law) (types: TensorType list) : (Expr * Expr * Expr) list =
    [ for tensorType in types do
          for example in law.Examples do
              let x = Expr.variableOf "x" tensorType.DType tensorType.Shape
              let before = example x

              for after in Option.toList (law.Apply before) -> x, before, after ]

/// Numbers where both sides of a law of stability are right: neither tiny nor huge, and none where a derivative is chosen.
let private ordinary: Arbitrary<float list> =
    Gen.choose (1, 3_000) |> Gen.map (fun n -> float n / 4000.0) |> Gen.listOfLength 6 |> Arb.fromGen

let private keepsValueAndDerivatives (types: TensorType list) (law: Law) (numbers: float list) =
    for x, before, after in applications law types do
        let on = $"{law.Text}, on {x.Type}"
        Expect.equal after.Type before.Type on
        Expect.equal (Verify.problems [ after ]) [] on
        let tangent, cotangent = Expr.variableOf "t" x.DType x.Shape, Expr.variableOf "c" before.DType before.Shape
        let variables = [| x; tangent; cotangent |]
        let values = variables |> Array.map (fun variable -> fill numbers variable.Type)

        // Where large numbers cancel, rounding is relative to them and not to what is left.
        let largest =
            values
            |> Seq.collect (fun value -> value.Floats)
            |> Seq.filter System.Double.IsFinite
            |> Seq.map abs
            |> Seq.fold max 1.0

        let expected = Values.interpret (derivatives x before) variables values
        let actual = Values.interpret (derivatives x after) variables values

        for a, b in Array.zip actual expected do
            for found, wanted in Array.zip a.Floats b.Floats do
                let scale =
                    if System.Double.IsFinite wanted then
                        max largest (abs wanted)
                    else
                        1.0

                Expect.close 1e-5 (found / scale) (wanted / scale) on

/// What is not a number, or not finite, must come out as it did.
let private keepsWhatIsNotFinite (law: Law) =
    for number in [ nan; infinity; -infinity ] do
        let value = NDArray.ofFloats DType.Float64 [ 2 ] [| number; 1.0 |]

        for x, before, after in applications law [ { Shape = [ 2 ]; DType = DType.Float64 } ] do
            let expected = Values.interpret [| before |] [| x |] [| value |] |> Array.head
            let actual = Values.interpret [| after |] [| x |] [| value |] |> Array.head
            Values.close 1e-15 actual expected $"{law.Text} at {number}"

/// A law without examples, or with one that it says nothing of, is not tested.
let private hasExamples (law: Law) =
    Expect.isTrue (not law.Examples.IsEmpty) "a law must be shown to be tested"

    for example in law.Examples do
        let places = applications { law with Examples = [ example ] } types
        let shown = example (Expr.variable "x" [ 2 ])
        Expect.isTrue (not places.IsEmpty) $"the law applies to its example {shown}"

let private law (law: Law) =
    testList
        law.Text
        [ testCase "applies to its examples" (fun () -> hasExamples law)
          testPropertyWith
              (Config.Quick.WithMaxTest 30)
              "keeps value and derivatives"
              (Prop.forAll numbers (keepsValueAndDerivatives types law))
          testCase "keeps what is not finite" (fun () -> keepsWhatIsNotFinite law) ]

let private edges =
    testList
        "side conditions"
        [ testCase "factors whose product overflows stay apart" (fun () ->
              let x = Expr.variable "x" []
              let y = 1e200 * (1e200 * x)
              Expect.equal (evalWith [ "x", scalar 1e-300 ] (Rewrite.simplify y) |> Expr.toScalar) 1e100 "value"
              let small = 1e-200 * (1e-200 * x)
              Expect.close 1e-12 (evalWith [ "x", scalar 1e300 ] (Rewrite.simplify small) |> Expr.toScalar) 1e-100 "value"
              let single = Expr.variableOf "x" DType.Float32 []
              let y = 1e30 * (1e30 * single)
              Expect.close 1e-6 (evalWith [ "x", tensor 1e-30f ] (Rewrite.simplify y) |> Expr.toScalar) 1e30 "float32 value")

          testCase "zero times x is not zero, for x may be NaN" (fun () ->
              let x = Expr.variable "x" []
              let value = evalWith [ "x", scalar nan ] (Rewrite.simplify (0.0 * x)) |> Expr.toScalar
              Expect.isTrue (System.Double.IsNaN value) "0 * NaN")

          testCase "random numbers are not worked out in advance" (fun () ->
              let drawn = Random.normal [] (Random.key 1)
              Expect.isTrue (Graph.same (Rewrite.simplify drawn) drawn) "the op stays")

          testCase "what is simple is left as it is" (fun () ->
              let x = Expr.variable "x" [ 2 ]
              let simple = Rewrite.simplify (Expr.sum (-(-(1.0 * x + 0.0))))
              Expect.isTrue (obj.ReferenceEquals(Rewrite.simplify simple, simple)) "the very same node") ]

/// Laws that are there to differ where floating-point numbers fail: what they do there is tested beside each table.
let private improvingLaw (law: Law) =
    testList
        law.Text
        [ testCase "applies to its examples" (fun () -> hasExamples law)
          testPropertyWith
              (Config.Quick.WithMaxTest 30)
              "keeps value and derivatives"
              (Prop.forAll ordinary (keepsValueAndDerivatives filled law)) ]

let tests =
    let exact = Rules.laws @ Signs.laws @ Quotients.laws @ Parts.laws
    let isExact (law: Law) = exact |> List.exists (fun other -> obj.ReferenceEquals(other, law))

    testList
        "Rules"
        [ edges
          testList "exact" (List.map law exact)
          // All others, so that none is left out.
          testList "better" (Rewrite.laws |> List.filter (isExact >> not) |> List.map improvingLaw) ]
