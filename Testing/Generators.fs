namespace Fluxion.Testing

open FsCheck
open FsCheck.FSharp
open Fluxion

/// Random shapes, arrays, tensors and expressions for FsCheck's properties, with shrinkers: `Prop.forAll Generators.shapes …`. The same seed gives the same.
module Generators =
    let private elementsOf (shape: Shape) (numbers: float list) : NDArray = NDArray.ofFloats DType.Float64 shape (Array.ofList numbers)

    /// Shapes of up to four axes of up to three elements each; sizes 0 and 1 come often.
    let shapes: Arbitrary<Shape> =
        let shape =
            gen {
                let! rank = Gen.choose (0, 4)
                return! Gen.listOfLength rank (Gen.frequency [ 1, Gen.constant 0; 3, Gen.constant 1; 4, Gen.choose (2, 3) ])
            }

        Arb.fromGenShrink (shape, Shrinking.shapes)

    // Numbers at which ops are often wrong, among ordinary ones.
    let private numbers: Gen<float> =
        Gen.frequency
            [ 1, Gen.elements [ 0.0; -0.0; 1.0; -1.0; 1e-300; 1e300; -1e-20 ]
              6, Gen.choose (-4_000, 4_000) |> Gen.map (fun n -> float n / 1000.0) ]

    let private fill (numbers: Gen<float>) (shape: Shape) : Gen<NDArray> =
        Gen.listOfLength (Shape.size shape) numbers |> Gen.map (elementsOf shape)

    /// Finite float64 arrays of one shape.
    let arraysOf (shape: Shape) : Arbitrary<NDArray> = Arb.fromGenShrink (fill numbers shape, Shrinking.numbers)

    /// float64 arrays of one shape, of numbers between two bounds, both included: points at which a function is well-behaved, as `Gradient.check` wants them.
    let arraysBetween (low: float) (high: float) (shape: Shape) : Arbitrary<NDArray> =
        let number = Gen.choose (0, 1_000_000) |> Gen.map (fun n -> low + (high - low) * (float n / 1e6))
        let isInside (array: NDArray) = array.Floats |> Array.forall (fun x -> x >= low && x <= high)
        Arb.fromGenShrink (fill number shape, Shrinking.numbers >> Seq.filter isInside)

    /// Finite float64 arrays of random shapes.
    let arrays: Arbitrary<NDArray> =
        let smaller array = Seq.append (Shrinking.parts array) (Shrinking.numbers array)
        Arb.fromGenShrink (Gen.bind (fill numbers) (Arb.toGen shapes), smaller)

    /// Constants around finite float64 arrays of random shapes.
    let tensors: Arbitrary<Expr> = Arb.convert Expr.constant Expr.value arrays

    /// Well-typed expressions over all ops, mostly float64, each with values for its variables: 1 to 27 ops that ask for one another, and what brings one's result
    /// into another's domain. A counter-example shrinks to the part that fails, with variables for what it was made from, and to plain numbers.
    let expressions: Arbitrary<RandomExpression> = Arb.fromGenShrink (Growth.expressions, Shrinking.expressions)
