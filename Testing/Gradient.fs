namespace Fluxion.Testing

open System
open Fluxion

/// Which mode's derivatives a check looks at.
[<RequireQualifiedAccess>]
type DifferentiationMode =
    | Forward
    | Reverse

/// One entry of a gradient: where it stands in the parameters, what the derivative says, and what differences say, with their own estimate of how wrong
/// they are and the step that served best.
type GradientEntry =
    {
        /// The tensor's path in the parameters, as `Params.named` gives it; empty for a single tensor.
        Path: string
        Index: int list
        Analytic: float
        Numeric: float
        NumericError: float
        Step: float
        /// |analytic - numeric| / max(1, |analytic|, |numeric|).
        Error: float
    }

/// What a check found: the worst entry, of how many, and what was allowed.
type GradientReport =
    { Worst: GradientEntry
      Entries: int
      Tolerance: float }

    /// Whether every entry is within the tolerance. An error that is not a number is not.
    member this.Passed = this.Worst.Error <= this.Tolerance

    override this.ToString() =
        let worst = this.Worst
        let index = worst.Index |> List.map string |> String.concat ", "
        let place = $"{worst.Path}[{index}]"
        let verdict = if this.Passed then "within" else "beyond"

        let doubt =
            if worst.NumericError > this.Tolerance * max 1.0 (abs worst.Numeric) then
                "\nThe differences do not settle themselves: is the function smooth there?"
            else
                ""

        $"The worst of {this.Entries} entries is {verdict} {this.Tolerance}: {place}\n"
        + $"  analytic {worst.Analytic:R}\n"
        + $"   numeric {worst.Numeric:R} (error about {worst.NumericError:G2}, step {worst.Step:G2})\n"
        + $"     error {worst.Error:G3}{doubt}"

/// A derivative is not what differences say. The message is the report, as text.
type GradientException(report: GradientReport) =
    inherit Exception(string report)

    member _.Report = report

/// How a check is done.
type GradientOptions =
    {
        /// The largest error of an entry, relative to the larger of 1 and the entry.
        Tolerance: float
        /// The first and longest step of the differences, relative to the larger of 1 and the number that is moved.
        FirstStep: float
        Mode: DifferentiationMode
    }

/// Options to start from.
module GradientOptions =
    /// Reverse mode, errors to 1e-7, a first step of 0.05.
    let defaults: GradientOptions = { Tolerance = 1e-7; FirstStep = 0.05; Mode = DifferentiationMode.Reverse }

/// Derivatives against differences.
module Gradient =
    // A row of the table from the row above and a new difference at a step `shrink` times shorter: each entry removes one more even power of the step.
    let private extend (shrink: float) (above: float list) (difference: float) : float list =
        let factors = Seq.unfold (fun power -> Some(power, power * shrink * shrink)) (shrink * shrink)

        (difference, Seq.zip factors above)
        ||> Seq.scan (fun finer (factor, coarser) -> (factor * finer - coarser) / (factor - 1.0))
        |> List.ofSeq

    /// The derivative of a function of one number at 0, an estimate of its error, and the step that gave it: central differences at shrinking steps, extrapolated to
    /// step 0; of all extrapolations the one that agrees best with those it came from. (Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in
    /// Engineering Software 4, 1982.)
    let numeric (firstStep: float) (f: float -> float) : struct (float * float * float) =
        let shrink = 1.4
        let central step = (f step - f -step) / (2.0 * step)
        let steps = List.init 10 (fun k -> firstStep / pown shrink k)

        let rows =
            steps
            |> List.tail
            |> List.scan (fun row step -> extend shrink row (central step)) [ central firstStep ]

        let candidates =
            [ for (above, below), step in List.zip (List.pairwise rows) steps.Tail do
                  for i in 1 .. below.Length - 1 do
                      let value = below[i]
                      let error = max (abs (value - below[i - 1])) (abs (value - above[i - 1]))

                      if Double.IsFinite error then
                          struct (value, error, step) ]

        match candidates with
        | [] -> struct (nan, nan, firstStep)
        | _ -> candidates |> List.minBy (fun struct (_, error, _) -> error)

    // A number of what the function gives: itself, or a sum with weights, so that no entry of the result goes unseen.
    let private weighted (f: 'a -> Expr) (x: 'a) : Expr =
        let y = f x

        if y.Shape.IsEmpty then
            y
        else
            let weights = Random.uniform (0.5, 1.5) y.Shape (Random.key 1)
            Expr.sum (y * Expr.cast y.DType weights)

    let private indexOf (shape: Shape) (position: int) : int list =
        List.foldBack (fun size (index, rest) -> rest % size :: index, rest / size) shape ([], position)
        |> fst

    let private requireFloat64 (x: 'a) =
        for path, leaf in Params.named x do
            if leaf.DType <> DType.Float64 then
                let name = if path = "" then "it" else $"'{path}'"

                let remedy =
                    if leaf.DType.IsFloating then
                        "cast inside the function?"
                    else
                        "close over it?"

                raise (
                    DTypeException(
                        Errors.sentence "Gradient.check" "the point must be float64, as differences are" $"{name} is {leaf.DType}" remedy
                    )
                )

        if Params.count x = 0 then
            raise (
                ArgumentException(
                    Errors.sentence "Gradient.check" "there must be a number to move" "the point holds none" "check at a tensor?"
                )
            )

    // The parameters with one number of one tensor moved.
    let private moved (x: 'a) (leaves: Expr[]) (leaf: int) (position: int) (step: float) : 'a =
        let numbers = Expr.toArray leaves[leaf]
        numbers[position] <- numbers[position] + step

        let changed = tensor numbers |> Expr.reshape leaves[leaf].Shape |> eval

        leaves
        |> Array.mapi (fun i other -> if i = leaf then changed else other)
        |> List.ofArray
        |> Params.ofList x

    /// Compares every entry of the derivative of a function at a point, a tensor or anything made of tensors, with differences. A result with axes is summed
    /// with fixed weights between 0.5 and 1.5. Raises DTypeException where the point is
    /// not float64, ArgumentException where it holds no number, UnboundInputException where it holds a variable.
    let report (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport =
        let x = eval x
        requireFloat64 x
        let f = weighted f
        let value = compile f

        let derivative =
            match options.Mode with
            | DifferentiationMode.Reverse -> grad f
            | DifferentiationMode.Forward -> jacobianForward f

        let leaves = Params.toList x |> Array.ofList
        let analytic = derivative x |> eval |> Params.toList |> Array.ofList

        let entries =
            [ for leaf, (path, tensor) in Seq.indexed (Params.named x) do
                  let numbers, derivatives = Expr.toArray tensor, Expr.toArray analytic[leaf]

                  for position in 0 .. numbers.Length - 1 do
                      let first = options.FirstStep * max 1.0 (abs numbers[position])
                      let at step = moved x leaves leaf position step |> value |> Expr.toScalar
                      let struct (estimate, uncertainty, step) = numeric first at
                      let given = derivatives[position]

                      { Path = path
                        Index = indexOf tensor.Shape position
                        Analytic = given
                        Numeric = estimate
                        NumericError = uncertainty
                        Step = step
                        Error = abs (given - estimate) / max 1.0 (max (abs given) (abs estimate)) } ]

        // A NaN is worse than any number.
        let badness entry = if Double.IsNaN entry.Error then infinity else entry.Error
        { Worst = List.maxBy badness entries; Entries = entries.Length; Tolerance = options.Tolerance }

    /// The same, and raises GradientException with the report where an entry is beyond the tolerance: what a test calls.
    let checkWith (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport =
        let report = report options f x

        if not report.Passed then
            raise (GradientException report)

        report

    /// The same in reverse mode with the usual options.
    let check (f: 'a -> Expr) (x: 'a) : GradientReport = checkWith GradientOptions.defaults f x
