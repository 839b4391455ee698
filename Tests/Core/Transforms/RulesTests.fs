/// Every law of Rules, on its own examples: each must apply, and keep type, value and derivatives. A law without an example fails.
module Fluxion.Tests.RulesTests

open FsCheck
open FsCheck.FSharp
open Fluxion

let private shapes: Shape list = [ []; [ 1 ]; [ 0 ]; [ 4 ]; [ 2; 3 ]; [ 1; 3 ]; [ 2; 1; 3 ] ]

/// Numbers of all sizes, with the ones that break laws among them. Infinite ones come apart: derivatives need not survive them.
let private numbers: Arbitrary<float list> =
    let special = Gen.elements [ 0.0; 1.0; -1.0; 1e-300; -1e300; 1e-20; 1e30 ]
    let ordinary = Gen.choose (-4_000, 4_000) |> Gen.map (fun n -> float n / 1000.0)
    Gen.frequency [ 1, special; 4, ordinary ] |> Gen.listOfLength 6 |> Arb.fromGen

let private fill (numbers: float list) (tensorType: TensorType) =
    let data = Array.init (Shape.size tensorType.Shape) (fun i -> numbers[i % numbers.Length])
    NDArray.ofFloats tensorType.DType tensorType.Shape data

/// The law's result for an example, which must exist; the example as it stands when a law makes nothing of it is a failure.
let private simpler (law: Law) (example: Expr) =
    match law.Apply example with
    | Some result -> result
    | None -> raise (ExpectException $"{law.Text} does not apply to its own example {example} of {example.Type}")

let private derivatives (x: Expr) (y: Expr) =
    let tangent, cotangent = Expr.variableOf "t" x.DType x.Shape, Expr.variableOf "c" y.DType y.Shape
    let first = Forward.jvpAll [| y |] [| x |] [| tangent |]
    let gradient = Reverse.vjpAll [| y |] [| x |] [| cotangent |]
    Array.concat [ [| y |]; first; gradient; Forward.jvpAll gradient [| x |] [| tangent |] ]

let private keepsValueAndDerivatives (law: Law) (numbers: float list) =
    for dtype in [ DType.Float64; DType.Float32 ] do
        for shape in shapes do
            let x = Expr.variableOf "x" dtype shape
            let tangent = Expr.variableOf "t" dtype shape

            for example in law.Examples do
                let before = example x
                let after = simpler law before
                Expect.equal after.Type before.Type law.Text
                Expect.equal (Verify.problems [ after ]) [] law.Text
                let cotangent = Expr.variableOf "c" before.DType before.Shape
                let variables = [| x; tangent; cotangent |]
                let values = variables |> Array.map (fun variable -> fill numbers variable.Type)
                let expected = Values.interpret (derivatives x before) variables values
                let actual = Values.interpret (derivatives x after) variables values

                for a, b in Array.zip actual expected do
                    for found, wanted in Array.zip a.Floats b.Floats do
                        let scale =
                            if System.Double.IsFinite wanted && wanted <> 0.0 then
                                abs wanted
                            else
                                1.0

                        Expect.close 1e-6 (found / scale) (wanted / scale) $"{law.Text}, on {dtype} {Shape.show shape}"

/// What is not a number, or not finite, must come out as it did.
let private keepsWhatIsNotFinite (law: Law) =
    for number in [ nan; infinity; -infinity ] do
        let x = Expr.variable "x" [ 2 ]
        let value = NDArray.ofFloats DType.Float64 [ 2 ] [| number; 1.0 |]

        for example in law.Examples do
            let before = example x
            let expected = Values.interpret [| before |] [| x |] [| value |] |> Array.head
            let actual = Values.interpret [| simpler law before |] [| x |] [| value |] |> Array.head
            Values.close 1e-15 actual expected $"{law.Text} at {number}"

let private law (law: Law) =
    testList
        law.Text
        [ testCase "has examples" (fun () -> Expect.isTrue (not law.Examples.IsEmpty) "a law must be shown to be tested")
          testPropertyWith (Config.Quick.WithMaxTest 30) "keeps value and derivatives" (Prop.forAll numbers (keepsValueAndDerivatives law))
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

let tests = testList "Rules" (edges :: List.map law Rules.laws)
