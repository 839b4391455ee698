/// What was measured, as lines for programs and as the README's table.
module Fluxion.Bench.Report

open System
open System.IO
open System.Runtime.InteropServices

let private number (value: float option) =
    match value with
    | Some value when value < 10.0 -> $"{value:F2}"
    | Some value -> $"{value:F0}"
    | None -> "-"

let private microseconds (nanoseconds: float option) =
    match nanoseconds with
    | Some time when time < 1e4 -> $"{time / 1e3:G3}"
    | Some time -> $"{time / 1e3:F0}"
    | None -> "-"

/// One line for programs.
let line (result: Measurement) : string =
    $"ratio {result.Name} fluxion/limit {number result.OverLimit} pytorch/fluxion {number result.PyTorchOver} "
    + $"facade/limit {number result.FacadeOverLimit} allocated {result.Allocated} threads {result.Threads}"

let private processor =
    let described =
        if File.Exists "/proc/cpuinfo" then
            File.ReadLines "/proc/cpuinfo" |> Seq.tryFind (fun line -> line.StartsWith "model name")
        else
            None

    match described with
    | Some line -> line.Substring(line.IndexOf ':' + 1).Trim()
    | None -> $"{RuntimeInformation.ProcessArchitecture}"

/// The README's table, of each workload on one thread and on all.
let table (torch: PyTorch option) (results: (Measurement * Measurement) list) : string =
    let version = torch |> Option.map (fun torch -> $"PyTorch {torch.Version}") |> Option.defaultValue "no PyTorch"
    let date = DateTime.Now.ToString "yyyy-MM-dd"

    let rows =
        [ for result, onAll in results do
              let over = $"{number result.OverLimit} | {number result.PyTorchOver}"
              let times = [ Some result.Compiled; result.Facade; result.Limit; result.PyTorch ] |> List.map microseconds
              let all = $"{microseconds (Some onAll.Compiled)} | {microseconds onAll.PyTorch} | {number onAll.PyTorchOver}"
              $"""| {result.Name} | {String.concat " | " times} | {over} | {result.Allocated} | {all} |""" ]

    let threads = results |> List.map (fun (_, onAll) -> onAll.Threads) |> List.fold max 1

    [ $"{processor}, {Fluxion.Kernels.Simd.Width}; {RuntimeInformation.FrameworkDescription}; {version}; {date}. Medians, µs a step, on one thread and in the last three columns on {threads}."
      ""
      "| workload | compiled | C# step by step | by hand | PyTorch | compiled / by hand | PyTorch / compiled | bytes a step | compiled, all threads | PyTorch, all threads | PyTorch / compiled, all threads |"
      "|---|---|---|---|---|---|---|---|---|---|---|"
      yield! rows ]
    |> String.concat "\n"

/// Puts the table between the README's two marks; a folder without that README is left alone.
let write (path: string) (table: string) : unit =
    let first, last = "<!-- bench -->", "<!-- end of bench -->"

    if File.Exists path then
        let text = File.ReadAllText path
        let start, stop = text.IndexOf first, text.IndexOf last

        if start >= 0 && stop > start then
            File.WriteAllText(path, $"{text[.. start + first.Length - 1]}\n{table}\n{text[stop..]}")
            printfn $"The table is in {path}."
