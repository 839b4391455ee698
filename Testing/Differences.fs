namespace Fluxion.Testing

open System

/// A derivative that was found from values, an estimate of its error, and the step that served best.
[<Struct>]
type internal NumericDerivative = { Value: float; Uncertainty: float; Step: float }

/// Derivatives of functions of one number by central differences.
module internal Differences =
    let private central (f: float -> float[]) (step: float) : float[] =
        Array.map2 (fun above below -> (above - below) / (2.0 * step)) (f step) (f -step)

    /// The derivatives of many functions of one number at 0 from two steps, one twice the other: the error is of their square.
    let ofStep (step: float) (f: float -> float[]) : NumericDerivative[] =
        Array.map2
            (fun fine coarse -> { Value = fine; Uncertainty = abs (fine - coarse) / 3.0; Step = step })
            (central f step)
            (central f (2.0 * step))

    let private shrink = 1.4

    // A row of the table from the row above and a new difference at a step `shrink` times shorter: each entry removes one more even power of the step.
    let private extend (above: float list) (difference: float) : float list =
        let factors = Seq.unfold (fun power -> Some(power, power * shrink * shrink)) (shrink * shrink)

        (difference, Seq.zip factors above)
        ||> Seq.scan (fun finer (factor, coarser) -> (factor * finer - coarser) / (factor - 1.0))
        |> List.ofSeq

    // Of all extrapolations from differences at shrinking steps the one that agrees best with those it came from.
    let private best (steps: float list) (differences: float list) : NumericDerivative =
        let rows = differences.Tail |> List.scan extend [ differences.Head ]

        let candidates =
            [ for (above, below), step in List.zip (List.pairwise rows) steps.Tail do
                  for i in 1 .. below.Length - 1 do
                      let error = max (abs (below[i] - below[i - 1])) (abs (below[i] - above[i - 1]))

                      if Double.IsFinite error then
                          { Value = below[i]; Uncertainty = error; Step = step } ]

        match candidates with
        | [] -> { Value = nan; Uncertainty = nan; Step = steps.Head }
        | _ -> candidates |> List.minBy (fun candidate -> candidate.Uncertainty)

    /// The derivatives of many functions of one number at 0: central differences at shrinking steps, extrapolated to step 0. (Ridders, "Accurate
    /// computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4, 1982.)
    let extrapolated (firstStep: float) (f: float -> float[]) : NumericDerivative[] =
        let steps = List.init 10 (fun k -> firstStep / pown shrink k)
        let differences = steps |> List.map (central f)
        Array.init differences.Head.Length (fun i -> differences |> List.map (Array.item i) |> best steps)
