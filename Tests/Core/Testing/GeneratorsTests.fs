/// The generators for users: what they make, and that shrinking ends at something small.
module Fluxion.Tests.GeneratorsTests

open System
open FsCheck
open FsCheck.FSharp
open Fluxion
open Fluxion.Testing

let private sample (arbitrary: Arbitrary<'a>) = Gen.sampleWithSeed (Rnd 7UL) 30 200 (Arb.toGen arbitrary)

/// What shrinking comes to while a property fails.
let rec private shrunk (fails: 'a -> bool) (arbitrary: Arbitrary<'a>) (value: 'a) : 'a =
    match arbitrary.Shrinker value |> Seq.tryFind fails with
    | Some smaller -> shrunk fails arbitrary smaller
    | None -> value

let tests =
    testList
        "Generators"
        [ testCase "shapes are small, and of every rank up to four" (fun () ->
              let shapes = sample Generators.shapes
              Expect.equal (shapes |> Seq.map List.length |> Seq.distinct |> Seq.sort |> List.ofSeq) [ 0..4 ] "ranks"
              Expect.equal (shapes |> Seq.concat |> Seq.distinct |> Seq.sort |> List.ofSeq) [ 0..3 ] "sizes")

          testCase "shapes shrink to the smallest that fails" (fun () ->
              let fails (shape: Shape) = List.exists (fun size -> size >= 2) shape
              Expect.equal (shrunk fails Generators.shapes [ 3; 1; 3; 0 ]) [ 2 ] "one axis of two"

              Expect.equal
                  (shrunk (fun (shape: Shape) -> shape.Length > 2) Generators.shapes [ 0; 1; 2; 0 ])
                  [ 0; 0; 0 ]
                  "three empty axes"

              // Else FsCheck goes round in circles until it gives up.
              for shape in sample Generators.shapes do
                  Expect.isTrue (Generators.shapes.Shrinker shape |> Seq.forall ((<>) shape)) "no shape shrinks to itself")

          testCase "arrays are finite, of their shape, with the numbers at which ops go wrong" (fun () ->
              let numbers =
                  [ for array in sample Generators.arrays do
                        Expect.equal array.Length (Shape.size array.Shape) "size"
                        yield! array.Floats ]

              Expect.isTrue (List.forall Double.IsFinite numbers) "finite"

              for special in [ 0.0; 1.0; -1.0; 1e-300; 1e300 ] do
                  Expect.isTrue (List.contains special numbers) $"{special} comes"

              Expect.isTrue (numbers |> List.exists (fun x -> x = 0.0 && Double.IsNegative x)) "-0 comes")

          testCase "arrays shrink to one number" (fun () ->
              let fails (array: NDArray) = array.Floats |> Array.exists (fun x -> x > 0.5)

              let small =
                  shrunk fails Generators.arrays (NDArray.ofFloats DType.Float64 [ 2; 3 ] [| -3.0; 2.5; 0.0; 1e300; 3.0; 1.5 |])

              Expect.isTrue (small.Length <= 4) $"{small}"
              Expect.isTrue (small.Floats |> Array.forall (fun x -> x = 0.0 || x = 1.0)) $"{small}")

          testCase "arrays of one shape keep it" (fun () ->
              for array in sample (Generators.arraysOf [ 2; 1 ]) do
                  Expect.equal array.Shape [ 2; 1 ] "shape"

                  for smaller in (Generators.arraysOf [ 2; 1 ]).Shrinker array do
                      Expect.equal smaller.Shape [ 2; 1 ] "shape of a shrunk one")

          testProperty "a law of tensors, as a user would check it"
          <| Prop.forAll Generators.tensors (fun x -> Expect.sequenceEqual (Expr.toArray (eval (Expr.sum (x - x)))) [ 0.0 ] "x - x")

          testCase "arrays shrink along any axis, to the one number that fails" (fun () ->
              let fails (array: NDArray) = array.Floats |> Array.exists (fun x -> x = 2.5)

              let small =
                  shrunk fails Generators.arrays (NDArray.ofFloats DType.Float64 [ 2; 3 ] [| -3.0; 0.25; 0.0; 1e300; 2.5; 1.5 |])

              Expect.equal (small.Shape, List.ofArray small.Floats) ([], [ 2.5 ]) "a scalar")

          testCase "arrays between bounds stay there" (fun () ->
              let between = Generators.arraysBetween 0.5 2.0 [ 3 ]
              let isInside (array: NDArray) = array.Floats |> Array.forall (fun x -> x >= 0.5 && x <= 2.0)
              Expect.isTrue (sample between |> Array.forall isInside) "drawn"

              let small =
                  shrunk
                      (fun (array: NDArray) -> array.Floats[1] > 1.2)
                      between
                      (sample between |> Array.find (fun array -> array.Floats[1] > 1.5))

              Expect.isTrue (isInside small) "shrunk"
              Expect.equal (small.Floats[0], small.Floats[2]) (1.0, 1.0) $"plain numbers: {small}")

          testCase "the same seed gives the same expressions" (fun () ->
              let texts () = sample Generators.expressions |> Array.map string
              Expect.sequenceEqual (texts ()) (texts ()) "texts")

          testCase "expressions come in all sizes, types and ranks, with their values" (fun () ->
              let grown = Gen.sampleWithSeed (Rnd 3UL) 60 400 (Arb.toGen Generators.expressions)
              let nodes = grown |> Seq.collect (fun one -> Graph.postorder one.Outputs) |> List.ofSeq
              let dtypes = nodes |> Seq.map (fun node -> node.DType) |> Seq.distinct |> Seq.length
              Expect.equal dtypes 5 "element types"
              Expect.equal (nodes |> Seq.map (fun node -> node.Rank) |> Seq.distinct |> Seq.sort |> List.ofSeq) [ 0..4 ] "ranks"
              Expect.isTrue (nodes |> List.exists (fun node -> List.contains 0 node.Shape)) "empty ones"

              for one in grown do
                  Expect.isTrue (one.Outputs |> Array.forall (fun output -> output.DType.IsFloating)) "outputs are floating"

                  for value in Values.interpret one.Outputs one.Variables one.Values do
                      Expect.isTrue (Array.forall Double.IsFinite value.Floats) "outputs are finite")

          testCase "an op between others is left out where its argument does as well" (fun () ->
              let x = Expr.variable "v0" [ 2 ]

              let one =
                  { Outputs = [| Expr.sum (exp (sin (tanh x))) |]
                    Variables = [| x |]
                    Values = [| NDArray.ofFloats DType.Float64 [ 2 ] [| 0.123; 0.456 |] |] }

              let fails (one: RandomExpression) = string one.Outputs[0] |> fun text -> text.Contains "sum" && one.Text.Contains "tanh"
              let small = shrunk fails Generators.expressions one

              Expect.equal
                  small.Text
                  "#0 = v0 : float64 [2] = [1; 1]\n#1 = tanh()(#0) : float64 [2]\n#2 = sum()(#1) : float64 []\noutputs #2"
                  "sum of tanh")

          // A bug planted in how ops meet; what is left of an expression that has it is these ops alone, and their variables.
          testCase "counter-examples shrink to the ops that it takes" (fun () ->
              let grown = Gen.sampleWithSeed (Rnd 5UL) 60 600 (Arb.toGen Generators.expressions)

              let nameOf (node: Expr) =
                  match node.Node with
                  | Node.Apply primitive -> primitive.Name
                  | _ -> ""

              let exists condition (one: RandomExpression) = Graph.postorder one.Outputs |> Array.exists condition
              let has name = exists (fun node -> nameOf node = name)

              let over outer inner =
                  exists (fun node -> nameOf node = outer && node.Arguments |> Array.exists (fun x -> nameOf x = inner))

              for bug, what, nodes in
                  [ has "softmax", "softmax x", 2
                    has "matmul", "matmul x y", 3
                    over "sum" "multiply", "sum (x * y)", 4
                    over "tanh" "sum", "tanh (sum x)", 3
                    over "where" "less", "where (x < y) z w, cast", 7 ] do
                  let failing = grown |> Array.filter bug |> Array.truncate 5
                  Expect.isTrue (failing.Length > 0) $"{what} comes"

                  for one in failing do
                      let small = shrunk bug Generators.expressions one
                      let count = (Graph.postorder small.Outputs).Length
                      Expect.isTrue (count <= nodes) $"{what}: {count} nodes are left of {(Graph.postorder one.Outputs).Length}\n{small}"
                      Expect.equal (Verify.problems small.Outputs) [] "well typed"

                      for value in Values.interpret small.Outputs small.Variables small.Values do
                          Expect.isTrue (Array.forall Double.IsFinite value.Floats) "finite") ]
