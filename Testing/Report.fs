namespace Fluxion.Testing

open System

/// Which mode's derivatives a check looks at.
[<RequireQualifiedAccess>]
type DifferentiationMode =
    | Forward
    | Reverse

/// How a check finds a derivative from values.
[<RequireQualifiedAccess>]
type NumericMethod =
    /// The complex step where it applies, and Richardson's where it does not.
    | Automatic
    /// The imaginary part of the value at x + 1e-100 i, which no subtraction has touched: as good as the function's own digits. It does not apply at kinks and
    /// jumps, nor to an op without a value at complex points.
    | ComplexStep
    /// Central differences at ten steps, extrapolated to step 0: eleven digits of a smooth function.
    | Richardson
    /// One central difference, of a step of 6e-6: nine digits, for what is costly or rough.
    | Central

    override this.ToString() =
        match this with
        | Automatic -> "automatic"
        | ComplexStep -> "complex step"
        | Richardson -> "Richardson"
        | Central -> "central difference"

/// One entry of a derivative: where it stands, what the derivative says, and what values say, with their own estimate of how wrong they are.
type GradientEntry =
    {
        /// The tensor's path in the parameters, as `Params.named` gives it; empty for a single tensor.
        Path: string
        /// The entry's place in that tensor.
        Index: int list
        /// The result's entry, or the first derivative's, that is differentiated; empty where there is only one.
        Result: string
        Analytic: float
        Numeric: float
        /// The method that gave the number: not Automatic.
        Method: NumericMethod
        /// 0 of a complex step.
        NumericError: float
        /// The step that served best; 0 of a complex step.
        Step: float
        /// |analytic - numeric| / max(1, |analytic|, |numeric|); of a complex step, where the value and all entries are smaller than 1, the largest of them takes the 1's place.
        Error: float
        /// What is allowed for the method.
        Tolerance: float
    }

    /// The entry's name: `Weight[0, 1]`, or `[2] by Weight[0, 1]` of a Jacobian.
    member this.Place =
        let index = this.Index |> List.map string |> String.concat ", "
        let place = $"{this.Path}[{index}]"
        if this.Result = "" then place else $"{this.Result} by {place}"

/// What a check found: the worst entry, and of how many.
type GradientReport =
    {
        /// The entry whose error is the largest part of its tolerance.
        Worst: GradientEntry
        Entries: int
        /// How many of them were compared with a complex step.
        ComplexSteps: int
        /// The first op at which the complex step found no derivative, or has none; empty where there was no such.
        StoppedAt: string
    }

    /// Whether every entry is within its tolerance. An error that is not a number is not.
    member this.Passed = this.Worst.Error <= this.Worst.Tolerance

    override this.ToString() =
        let worst = this.Worst
        let verdict = if this.Passed then "within" else "beyond"

        let quality =
            if worst.Method = NumericMethod.ComplexStep then
                ""
            else
                $", error about {worst.NumericError:G2}, step {worst.Step:G2}"

        let doubt =
            if worst.NumericError > worst.Tolerance * max 1.0 (abs worst.Numeric) then
                "\nThe differences do not settle themselves: is the function smooth there?"
            else
                ""

        let stopped =
            if worst.Method <> NumericMethod.ComplexStep && this.StoppedAt <> "" then
                $"\nThe complex step stopped at {this.StoppedAt}: no derivative there, or no value at complex points."
            else
                ""

        $"The worst of {this.Entries} entries is {verdict} {worst.Tolerance}: {worst.Place}\n"
        + $"  analytic {worst.Analytic:R}\n"
        + $"   numeric {worst.Numeric:R} ({worst.Method}{quality})\n"
        + $"     error {worst.Error:G3}{doubt}{stopped}"

/// A derivative is not what values say. The message is the report, as text.
type GradientException(report: GradientReport) =
    inherit Exception(string report)

    member _.Report = report

/// How a check is done.
type GradientOptions =
    {
        Method: NumericMethod
        /// The largest error of an entry that is compared with a complex step.
        ComplexTolerance: float
        /// The largest error of an entry that is compared with differences.
        Tolerance: float
        /// The first and longest step of Richardson's differences, relative to the larger of 1 and the number that is moved.
        FirstStep: float
        Mode: DifferentiationMode
    }

    /// As `GradientOptions.defaults`, for C#.
    static member Default =
        { Method = NumericMethod.Automatic
          ComplexTolerance = 1e-11
          Tolerance = 1e-7
          FirstStep = 0.05
          Mode = DifferentiationMode.Reverse }

/// Options to start from.
module GradientOptions =
    /// Reverse mode, the automatic method, errors to 1e-11 of complex steps and to 1e-7 of differences, a first step of 0.05.
    let defaults: GradientOptions = GradientOptions.Default
