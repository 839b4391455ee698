namespace Fluxion.Testing

open System
open Fluxion

/// The Jacobian of a subject from its values, by the methods of a check.
module internal NumericJacobian =
    /// For one number of one variable, by its position, every result's derivative with the method that found it; and the op at which a complex step
    /// stopped, empty where none did.
    let columns (options: GradientOptions) (subject: Subject) : int -> int -> (NumericDerivative * NumericMethod)[] * string =
        let run = lazy (Compile.expressions [| subject.Root |] subject.Variables)
        let push = lazy (ComplexStep.along subject.Root subject.Variables subject.Values)

        let differences (ofNumber: float -> (float -> float[]) -> NumericDerivative[]) leaf position =
            let numbers = subject.Values[leaf].Floats

            let at step =
                let numbers = Array.updateAt position (numbers[position] + step) numbers
                let moved = NDArray.ofFloats DType.Float64 subject.Values[leaf].Shape numbers
                let results: NDArray[] = run.Value(Array.updateAt leaf moved subject.Values)
                results[0].Floats

            ofNumber (max 1.0 (abs numbers[position])) at

        let richardson leaf position =
            differences (fun scale -> Differences.extrapolated (options.FirstStep * scale)) leaf position
            |> Array.map (fun found -> found, NumericMethod.Richardson)

        let central leaf position =
            differences (fun scale -> Differences.ofStep (Math.Cbrt 2.2e-16 * scale)) leaf position
            |> Array.map (fun found -> found, NumericMethod.Central)

        let complexStep leaf position =
            let unit i (value: NDArray) = Array.init value.Length (fun k -> if i = leaf && k = position then 1.0 else 0.0)
            let struct (values, stoppedAt) = push.Value(Array.mapi unit subject.Values)

            values
            |> Array.map (fun value -> { Value = value; Uncertainty = 0.0; Step = 0.0 }, NumericMethod.ComplexStep),
            stoppedAt

        fun leaf position ->
            match options.Method with
            | NumericMethod.Richardson -> richardson leaf position, ""
            | NumericMethod.Central -> central leaf position, ""
            | NumericMethod.ComplexStep -> complexStep leaf position
            | NumericMethod.Automatic ->
                let found, stoppedAt = complexStep leaf position

                if found |> Array.exists (fun (derivative: NumericDerivative, _) -> Double.IsNaN derivative.Value) then
                    let others = richardson leaf position

                    Array.map2
                        (fun (one: NumericDerivative, method) other -> if Double.IsNaN one.Value then other else one, method)
                        found
                        others,
                    stoppedAt
                else
                    found, ""
