/// Times Fluxion's compiled code against loops written by hand, in short runs side by side: `Bench [--quick] [WORKLOAD…]`.
module Fluxion.Bench.Program

open System
open System.Diagnostics
open Fluxion.Bench.Workloads

// Runs of about two milliseconds: short enough that both sides of a pair see the same machine.
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

// The largest difference, relative where numbers are large.
let private apart (left: float list, right: float list) = List.map2 (fun a b -> abs (a - b) / max 1.0 (abs b)) left right |> List.max

let private measure (pairs: int) (workload: Workload) =
    let difference = apart (workload.Agree())

    if not (difference < 1e-4) then
        raise (
            InvalidOperationException $"{workload.Name}: both sides must give the same numbers, but they differ by {difference}; mend one."
        )

    // The JIT's last tier comes in the background.
    for run in [ workload.Compiled; workload.ByHand ] do
        let watch = Stopwatch.StartNew()

        while watch.Elapsed.TotalMilliseconds < 300.0 do
            run (runLength run)

    let compiled, byHand = runLength workload.Compiled, runLength workload.ByHand

    let samples =
        Array.init pairs (fun _ -> struct (nanoseconds workload.Compiled compiled, nanoseconds workload.ByHand byHand))

    let before = GC.GetAllocatedBytesForCurrentThread()
    workload.Compiled 1
    let allocated = GC.GetAllocatedBytesForCurrentThread() - before
    let ratio = samples |> Array.map (fun struct (a, b) -> a / b) |> median
    let fastest = samples |> Array.map (fun struct (a, _) -> a) |> Array.min
    let limit = samples |> Array.map (fun struct (_, b) -> b) |> Array.min

    printfn $"ratio {workload.Name} fluxion/limit {ratio:F2} pytorch/fluxion - facade/limit - allocated {allocated}"
    printfn $"  fastest: fluxion {fastest:F1} ns, by hand {limit:F1} ns; ratio of the fastest {fastest / limit:F2}"

[<EntryPoint>]
let main arguments =
    let quick = Array.contains "--quick" arguments
    let names = arguments |> Array.filter (fun argument -> not (argument.StartsWith '-'))

    for workload in all do
        if names.Length = 0 || Array.contains workload.Name names then
            measure (if quick then 5 else 41) workload

    0
