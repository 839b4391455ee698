namespace Fluxion.Testing

open FsCheck
open FsCheck.FSharp
open Fluxion

/// Random shapes, arrays, tensors and expressions for FsCheck's properties, with shrinkers: `Prop.forAll Generators.shapes …`.
module Generators =
    let private elementsOf (shape: Shape) (numbers: float list) : NDArray = NDArray.ofFloats DType.Float64 shape (Array.ofList numbers)

    // Fewer axes first, then smaller ones.
    let private smallerShapes (shape: Shape) : Shape seq =
        seq {
            for axis in 0 .. shape.Length - 1 do
                yield List.removeAt axis shape

            for axis in 0 .. shape.Length - 1 do
                for size in List.distinct [ shape[axis] / 2; shape[axis] - 1 ] do
                    if size >= 0 then
                        yield List.updateAt axis size shape
        }

    /// Shapes of up to four axes of up to three elements each; sizes 0 and 1 come often.
    let shapes: Arbitrary<Shape> =
        let shape =
            gen {
                let! rank = Gen.choose (0, 4)
                return! Gen.listOfLength rank (Gen.frequency [ 1, Gen.constant 0; 3, Gen.constant 1; 4, Gen.choose (2, 3) ])
            }

        Arb.fromGenShrink (shape, smallerShapes)

    // Numbers at which ops are often wrong, among ordinary ones.
    let private numbers: Gen<float> =
        Gen.frequency
            [ 1, Gen.elements [ 0.0; -0.0; 1.0; -1.0; 1e-300; 1e300; -1e-20 ]
              6, Gen.choose (-4_000, 4_000) |> Gen.map (fun n -> float n / 1000.0) ]

    // One number after another to 0, or to 1.
    let private plainerNumbers (array: NDArray) : NDArray seq =
        let numbers = List.ofArray array.Floats

        seq {
            for i in 0 .. numbers.Length - 1 do
                for plain in [ 0.0; 1.0 ] do
                    if numbers[i] <> plain && numbers[i] <> 0.0 then
                        yield elementsOf array.Shape (List.updateAt i plain numbers)
        }

    let private fill (shape: Shape) : Gen<NDArray> = Gen.listOfLength (Shape.size shape) numbers |> Gen.map (elementsOf shape)

    /// Finite float64 arrays of one shape.
    let arraysOf (shape: Shape) : Arbitrary<NDArray> = Arb.fromGenShrink (fill shape, plainerNumbers)

    // What is left of an array in a smaller shape: its first numbers.
    let private smallerArrays (array: NDArray) : NDArray seq =
        seq {
            for shape in smallerShapes array.Shape do
                if Shape.size shape <= array.Length then
                    yield elementsOf shape (List.ofArray array.Floats |> List.truncate (Shape.size shape))

            yield! plainerNumbers array
        }

    /// Finite float64 arrays of random shapes.
    let arrays: Arbitrary<NDArray> = Arb.fromGenShrink (Gen.bind fill (Arb.toGen shapes), smallerArrays)

    /// Constants around finite float64 arrays of random shapes.
    let tensors: Arbitrary<Expr> = Arb.convert Expr.constant Expr.value arrays

    /// Well-typed expressions over all ops, mostly float64, each with values for its variables. A counter-example shrinks by dropping ops.
    let expressions: Arbitrary<RandomExpression> = Growth.expressions
