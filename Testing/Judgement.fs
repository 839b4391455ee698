namespace Fluxion.Testing

open System
open Fluxion

/// A derivative's entries beside those from values.
module internal Judgement =
    // How far apart two numbers are, beside a size under which they count as small.
    let private error (small: float) (analytic: float) (numeric: float) =
        if analytic = numeric then
            0.0
        else
            abs (analytic - numeric) / max small (max (abs analytic) (abs numeric))

    let private refuse (stoppedAt: string) =
        raise (
            NotDifferentiableException(
                Errors.sentence
                    "Gradient.check"
                    "for a complex step every op must have values at complex points, and a derivative at this one"
                    $"{stoppedAt} has not"
                    "let the method be NumericMethod.Automatic?"
            )
        )

    /// The report of a subject whose result's entries have these names.
    let report (options: GradientOptions) (names: string[]) (subject: Subject) : GradientReport =
        if names.Length = 0 then
            raise (
                ArgumentException(
                    Errors.sentence "Gradient.check" "the result must hold a number" "it holds none" "check what it is made of?"
                )
            )

        let analytic = Subject.analytic options.Mode subject
        let column = NumericJacobian.columns options subject
        let mutable stoppedAt = ""

        let entries =
            [ for leaf in 0 .. subject.Values.Length - 1 do
                  let places = Subject.placesOf subject.Values[leaf].Shape

                  for position in 0 .. places.Length - 1 do
                      let found, stopped = column leaf position
                      stoppedAt <- if stoppedAt = "" then stopped else stoppedAt

                      for k in 0 .. names.Length - 1 do
                          let derivative, method = found[k]

                          if Double.IsNaN derivative.Value && options.Method = NumericMethod.ComplexStep then
                              refuse stopped

                          { Path = subject.Paths[leaf]
                            Index = places[position]
                            Result = names[k]
                            Analytic = analytic[leaf][k * places.Length + position]
                            Numeric = derivative.Value
                            Method = method
                            NumericError = derivative.Uncertainty
                            Step = derivative.Step
                            Error = nan
                            Tolerance =
                              if method = NumericMethod.ComplexStep then
                                  options.ComplexTolerance
                              else
                                  options.Tolerance } ]

        let exact = entries |> List.filter (fun entry -> entry.Method = NumericMethod.ComplexStep)
        let largest = exact |> Seq.map (fun entry -> abs entry.Numeric) |> Seq.fold max 0.0

        let judged =
            entries
            |> List.map (fun entry ->
                let small =
                    if entry.Method = NumericMethod.ComplexStep then
                        min 1.0 largest
                    else
                        1.0

                { entry with Error = error small entry.Analytic entry.Numeric })

        // A NaN is worse than any number.
        let badness entry =
            if Double.IsNaN entry.Error then
                infinity
            else
                entry.Error / entry.Tolerance

        { Worst = List.maxBy badness judged
          Entries = judged.Length
          ComplexSteps = exact.Length
          StoppedAt = stoppedAt }

    /// A report that passes; of others GradientException is raised.
    let requirePassed (report: GradientReport) : GradientReport =
        if not report.Passed then
            raise (GradientException report)

        report
