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
              Expect.equal (shrunk fails Generators.shapes [ 3; 1; 3; 0 ]) [ 2 ] "one axis of two")

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

          testCase "expressions shrink to few ops" (fun () ->
              let ops (grown: RandomExpression) = grown.Steps.Length
              let fails (grown: RandomExpression) = grown.Outputs |> Array.exists (fun output -> output.DType.IsFloating)
              let large = sample Generators.expressions |> Seq.maxBy ops
              Expect.isTrue (ops large > 3) "large enough to shrink"
              Expect.equal (ops (shrunk fails Generators.expressions large)) 1 "one step") ]
