namespace Fluxion.Testing

open System
open Fluxion

/// A derivative's entries beside those from values.
module internal Judgement =
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

    let private requireResult (names: string[]) =
        if names.Length = 0 then
            raise (
                ArgumentException(
                    Errors.sentence "Gradient.check" "the result must hold a number" "it holds none" "check what it is made of?"
                )
            )

    // All entries, not judged yet, and the ops at which complex steps stopped.
    let private entriesOf (options: GradientOptions) (names: string[]) (subject: Subject) : (GradientEntry * string) list =
        let analytic = Subject.analytic options.Mode subject
        let column = NumericJacobian.columns options subject

        [ for leaf in 0 .. subject.Values.Length - 1 do
              let places = Subject.placesOf subject.Values[leaf].Shape

              for position in 0 .. places.Length - 1 do
                  let found, stoppedAt = column leaf position

                  for k in 0 .. names.Length - 1 do
                      let derivative, method = found[k]
                      let isExact = method = NumericMethod.ComplexStep

                      if isExact && Double.IsNaN derivative.Value then
                          refuse stoppedAt

                      { Path = subject.Paths[leaf]
                        Index = places[position]
                        Result = names[k]
                        Analytic = analytic[leaf][k * places.Length + position]
                        Numeric = derivative.Value
                        Method = method
                        NumericError = derivative.Uncertainty
                        Step = derivative.Step
                        Error = nan
                        Tolerance = if isExact then options.ComplexTolerance else options.Tolerance },
                      stoppedAt ]

    // The error beside the entry, or beside a size under which entries count as small: that of what rounding has touched.
    let private judged (size: float) (entry: GradientEntry) : GradientEntry =
        let small = if entry.Method = NumericMethod.ComplexStep then min 1.0 size else 1.0

        let apart = abs (entry.Analytic - entry.Numeric)

        let error =
            if entry.Analytic = entry.Numeric then
                0.0
            else
                apart / max small (max (abs entry.Analytic) (abs entry.Numeric))

        { entry with Error = error }

    // A NaN is worse than any number, and no error at all is fine even where none is allowed.
    let private badness (entry: GradientEntry) =
        if Double.IsNaN entry.Error then infinity
        elif entry.Error = 0.0 then 0.0
        else entry.Error / entry.Tolerance

    /// The report of a subject whose result's entries have these names.
    let report (options: GradientOptions) (names: string[]) (subject: Subject) : GradientReport =
        requireResult names
        let entries = entriesOf options names subject
        let exact = entries |> List.map fst |> List.filter (fun entry -> entry.Method = NumericMethod.ComplexStep)
        let size = exact |> Seq.map (fun entry -> abs entry.Numeric) |> Seq.fold max (Subject.size subject)

        { Worst = entries |> List.map (fst >> judged size) |> List.maxBy badness
          Entries = entries.Length
          ComplexSteps = exact.Length
          StoppedAt = entries |> Seq.map snd |> Seq.tryFind ((<>) "") |> Option.defaultValue "" }

    /// A report that passes; of others GradientException is raised.
    let requirePassed (report: GradientReport) : GradientReport =
        if not report.Passed then
            raise (GradientException report)

        report
