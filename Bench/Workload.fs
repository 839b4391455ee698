namespace Fluxion.Bench

open System
open System.Diagnostics

/// One way to do a workload: a step that changes its own state and returns a number which all ways must agree on.
type Contender = { Name: string; Step: unit -> float }

/// The same steps done in several ways, from the same start. The first way is written by hand: the limit.
type Workload = { Name: string; Contenders: Contender list }

module Workload =
    /// A wrong result is never timed: ten steps of every contender must give the limit's numbers.
    let private agree (workload: Workload) =
        for step in 1..10 do
            let results = [ for contender in workload.Contenders -> contender.Name, contender.Step() ]
            let limit, expected = results.Head

            for name, actual in results do
                if not (abs (actual - expected) <= 1e-9 * max 1.0 (abs expected)) then
                    let place = $"{workload.Name}: step {step} of {name}"
                    raise (InvalidOperationException $"{place} gives {actual:R}, but {limit} gives {expected:R}.")

    let private seconds count (step: unit -> float) =
        let clock = Stopwatch.StartNew()

        for _ in 1..count do
            step () |> ignore

        clock.Elapsed.TotalSeconds

    /// A second of steps: the runtime needs up to that long to give hot code its best form.
    let private warm (step: unit -> float) =
        let clock = Stopwatch.StartNew()

        while clock.Elapsed.TotalSeconds < 1.0 do
            step () |> ignore

    /// How many steps take five milliseconds, found by doubling.
    let rec private batch count step =
        if count >= (1 <<< 24) || seconds count step > 0.005 then
            count
        else
            batch (2 * count) step

    /// The best time of a step for each contender, in seconds. Rounds go through all of them, since the machine's speed drifts
    /// and only neighbours compare; a minimum is the time with the least of other people's work in it.
    let measure (workload: Workload) : (string * float) list =
        agree workload
        workload.Contenders |> List.iter (fun contender -> warm contender.Step)
        let steps = [ for contender in workload.Contenders -> contender, batch 1 contender.Step ]

        let round _ = [ for contender, count in steps -> seconds count contender.Step / float count ]
        let best = List.init 60 round |> List.transpose |> List.map List.min
        List.zip [ for contender in workload.Contenders -> contender.Name ] best

    /// A line `ratio WORKLOAD CONTENDER` for each contender: how many times the limit's time it takes.
    let report (workload: Workload) =
        match measure workload with
        | [] -> ()
        | (limit, least) :: others ->
            printfn $"limit {workload.Name} {limit}: {least * 1e9:F0} ns a step"

            for name, time in others do
                printfn $"ratio {workload.Name} {name}: {time / least:F2} ({time * 1e9:F0} ns a step)"
