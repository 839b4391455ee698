namespace Fluxion.Bench

open System
open System.Diagnostics
open Fluxion

/// One way to run a problem: so many times, and the numbers after one run from the start.
type Side = { Run: int -> unit; Values: unit -> float[] }

/// One problem: Fluxion's side, and what it is measured against. Inputs are what PyTorch is given; without them, it has no such workload.
type Workload =
    { Name: string
      Compiled: Side
      Explain: unit -> string
      Limit: Side option
      Facade: (int -> unit) option
      Inputs: NDArray[] }

/// What was measured: nanoseconds of each side's median, medians of ratios of pairs, and bytes that a run allocates.
type Measurement =
    { Name: string
      Threads: int
      Compiled: float
      Limit: float option
      Facade: float option
      PyTorch: float option
      OverLimit: float option
      FacadeOverLimit: float option
      PyTorchOver: float option
      Allocated: int64 }

/// Timing all sides in short runs, one beside the other.
module Workload =
    let private grow (target: float) (nanoseconds: int -> float) =
        let rec grow count =
            if nanoseconds count > target || count > 10_000_000 then
                count
            else
                grow (count * 2)

        grow 1

    let private nanoseconds (run: int -> unit) (count: int) =
        let watch = Stopwatch.StartNew()
        run count
        watch.Elapsed.TotalNanoseconds

    let private median (values: float[]) = (Array.sort values)[values.Length / 2]

    // A wrong result is never timed. Differences are relative where numbers are large; most workloads are in float32.
    let private agree (name: string) (what: string) (ours: float[]) (theirs: float[]) =
        if ours.Length <> theirs.Length then
            raise (
                InvalidOperationException
                    $"{name}: {what} must give as many numbers as Fluxion, but gives {theirs.Length} for {ours.Length}."
            )

        let difference = Array.map2 (fun a b -> abs (a - b) / max 1.0 (abs b)) ours theirs |> Array.max

        if not (difference < 1e-4) then
            raise (
                InvalidOperationException
                    $"{name}: {what} and Fluxion must agree, but they differ by {difference}; mend one before timing both."
            )

    // The runtime's best code comes in the background.
    let private warm (milliseconds: float) (time: int -> float) =
        let watch = Stopwatch.StartNew()

        while watch.Elapsed.TotalMilliseconds < milliseconds do
            grow 1e6 time |> ignore

    /// Nanoseconds of the fastest run of each side: rounds of all sides, each side at least two milliseconds a round.
    let fastest (rounds: int) (sides: (int -> unit)[]) : float[] =
        let sides = sides |> Array.map nanoseconds
        sides |> Array.iter (warm 1000.0)
        let counts = sides |> Array.map (grow 2e6)

        Array.init rounds (fun _ -> Array.map2 (fun time count -> time count / float count) sides counts)
        |> Array.transpose
        |> Array.map Array.min

    /// Times a workload: rounds of all sides, each side about two milliseconds a round, so that a round sees one state of the machine.
    let measure (rounds: int) (torch: PyTorch option) (workload: Workload) : Measurement =
        let ours = workload.Compiled.Values()

        workload.Limit
        |> Option.iter (fun limit -> agree workload.Name "the loop by hand" ours (limit.Values()))

        let torch = torch |> Option.filter (fun _ -> workload.Inputs.Length > 0)

        torch
        |> Option.iter (fun torch ->
            let inputs = [ for input in workload.Inputs -> input.Shape, input.Floats ]
            agree workload.Name "PyTorch" ours (torch.Prepare(workload.Name, inputs)))

        // PyTorch's threads go on spinning for a while after their work, on the processors that the next side needs.
        let timeTorch (torch: PyTorch) count =
            let time = torch.Time(workload.Name, count)

            if Fluxion.Kernels.Threads.Count > 1 then
                System.Threading.Thread.Sleep 10

            time

        let sides =
            [| Some(nanoseconds workload.Compiled.Run)
               workload.Limit |> Option.map (fun limit -> nanoseconds limit.Run)
               workload.Facade |> Option.map nanoseconds
               torch |> Option.map timeTorch |]

        sides[..1] |> Array.iter (Option.iter (warm 400.0))
        // The facade's plans are interpreted until they are hot, and only then get code of their own.
        sides[2] |> Option.iter (warm 1000.0)
        let counts = sides |> Array.map (Option.map (grow 2e6))

        let samples =
            Array.init rounds (fun _ -> Array.map2 (Option.map2 (fun time count -> time count / float count)) sides counts)

        let of' side = samples |> Array.choose (fun sample -> sample[side])

        let medianOf side = if sides[side].IsSome then Some(median (of' side)) else None

        let ratio above below =
            if sides[above].IsSome && sides[below].IsSome then
                Some(median (Array.map2 (/) (of' above) (of' below)))
            else
                None

        let before = GC.GetAllocatedBytesForCurrentThread()
        workload.Compiled.Run 1
        let allocated = GC.GetAllocatedBytesForCurrentThread() - before

        { Name = workload.Name
          Threads = Fluxion.Kernels.Threads.Count
          Compiled = median (of' 0)
          Limit = medianOf 1
          Facade = medianOf 2
          PyTorch = medianOf 3
          OverLimit = ratio 0 1
          FacadeOverLimit = ratio 2 1
          PyTorchOver = ratio 3 0
          Allocated = allocated }
