namespace Fluxion.Bench

open System
open System.Diagnostics

/// One problem: Fluxion's side and the loop by hand, each run a number of times, and both sides' numbers after one run.
type Workload =
    { Name: string; Compiled: int -> unit; ByHand: int -> unit; Agree: unit -> float list * float list }

/// Timing both sides in short runs, one beside the other.
module Workload =
    // About two milliseconds: both runs of a pair then see the same machine.
    let private runLength (run: int -> unit) =
        let rec grow count =
            let watch = Stopwatch.StartNew()
            run count

            if watch.Elapsed.TotalMilliseconds > 2.0 || count > 10_000_000 then
                count
            else
                grow (count * 2)

        grow 1

    let private nanoseconds (run: int -> unit) (count: int) =
        let watch = Stopwatch.StartNew()
        run count
        watch.Elapsed.TotalNanoseconds / float count

    let private median (values: float[]) = (Array.sort values)[values.Length / 2]

    // A wrong result is never timed. Differences are relative where numbers are large; most workloads are in float32.
    let private agree (workload: Workload) =
        let compiled, byHand = workload.Agree()
        let difference = List.map2 (fun a b -> abs (a - b) / max 1.0 (abs b)) compiled byHand |> List.max

        if not (difference < 1e-4) then
            raise (InvalidOperationException $"{workload.Name}: both sides must agree, but they differ by {difference}; mend one.")

    // The runtime's best code comes in the background.
    let private warm (run: int -> unit) =
        let watch = Stopwatch.StartNew()

        while watch.Elapsed.TotalMilliseconds < 500.0 do
            run (runLength run)

    /// Prints how many times the limit's time a workload takes: the median of pairs, and the fastest of each side.
    let report (pairs: int) (workload: Workload) : unit =
        agree workload
        warm workload.Compiled
        warm workload.ByHand
        let compiled, byHand = runLength workload.Compiled, runLength workload.ByHand

        let samples =
            Array.init pairs (fun _ -> struct (nanoseconds workload.Compiled compiled, nanoseconds workload.ByHand byHand))

        let before = GC.GetAllocatedBytesForCurrentThread()
        workload.Compiled 1
        let allocated = GC.GetAllocatedBytesForCurrentThread() - before
        let ratio = samples |> Array.map (fun struct (a, b) -> a / b) |> median
        let ours, theirs = samples |> Array.map (fun struct (a, b) -> a, b) |> Array.unzip

        printfn $"ratio {workload.Name} fluxion/limit {ratio:F2} pytorch/fluxion - facade/limit - allocated {allocated}"
        printfn $"  fluxion: fastest {Array.min ours:F1} ns, median {median ours:F1} ns"

        printfn
            $"  by hand: fastest {Array.min theirs:F1} ns, median {median theirs:F1} ns; ratio of the fastest {Array.min ours / Array.min theirs:F2}"
