namespace Fluxion.Testing

open System
open System.Numerics
open Fluxion

/// A value, and its imaginary part where it moves with the point. NaN says that there is no derivative, or that it is not known; of truths and
/// integers it says that they may change at the very point.
type internal ComplexArray = { Real: NDArray; Imaginary: float[] voption }

/// Complex arrays.
module internal ComplexArray =
    /// A value that does not move.
    let still (value: NDArray) : ComplexArray = { Real = value; Imaginary = ValueNone }

    /// The imaginary part, of zeros where the value does not move.
    let imaginary (x: ComplexArray) : float[] = x.Imaginary |> ValueOption.defaultWith (fun () -> Array.zeroCreate x.Real.Length)

    let isFloating (x: ComplexArray) : bool = x.Real.DType.IsFloating

    /// The elements.
    let elements (x: ComplexArray) : Complex[] = Array.map2 (fun re im -> Complex(re, im)) x.Real.Floats (imaginary x)

    /// The imaginary part as an array of its own, float64 where the value is float32 too: there it may be smaller than any number.
    let imaginaryArray (x: ComplexArray) : NDArray = NDArray.ofFloats DType.Float64 x.Real.Shape (imaginary x)

    /// The value with as many digits.
    let realArray (x: ComplexArray) : NDArray = if isFloating x then NDArray.cast DType.Float64 x.Real else x.Real

    /// The elements repeated to a larger shape.
    let broadcast (shape: Shape) (x: ComplexArray) : Complex[] =
        let repeat (values: NDArray) = (NDArray.broadcast shape values).Floats
        Array.map2 (fun re im -> Complex(re, im)) (repeat x.Real) (repeat (imaginaryArray x))

    /// The value a few units of the last place further along its imaginary part, or back.
    let nudged (sign: float) (x: ComplexArray) : NDArray =
        match x.Imaginary with
        | ValueSome imaginary when isFloating x ->
            let largest (numbers: float[]) = numbers |> Seq.filter Double.IsFinite |> Seq.map abs |> Seq.fold max 0.0
            let size, speed = largest x.Real.Floats, largest imaginary
            let unit = sign * 1e-15 * (if size = 0.0 then 1.0 else size) / (if speed = 0.0 then 1.0 else speed)

            Array.map2 (fun value moved -> if Double.IsFinite moved then value + unit * moved else value) x.Real.Floats imaginary
            |> NDArray.ofFloats DType.Float64 x.Real.Shape
        | _ -> realArray x
