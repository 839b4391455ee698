/// `Bench [WORKLOAD…]` times Fluxion against loops written by hand and PyTorch; `Bench --kernels` gives BenchmarkDotNet's tables,
/// `Bench --explain` what each workload's plan does, `Bench --growth` how cost grows with size, `Bench --transforms` how long graphs take to differentiate, `Bench --adbench` Microsoft's ADBench.
module Fluxion.Bench.Program

open System
open Fluxion.Kernels

let private run (names: string[]) =
    let torch = PyTorch.TryFind()

    match torch with
    | Some torch -> printfn $"PyTorch {torch.Version}; its numbers are checked against Fluxion's."
    | None -> printfn "No python3 has PyTorch, so its column is empty (Debian: apt install python3-torch)."

    let measure threads (workload: unit -> Workload) =
        Threads.Count <- threads
        torch |> Option.iter (fun torch -> torch.SetThreads threads)
        let result = Workload.measure 25 torch (workload ())
        printfn $"{Report.line result}"
        result

    let results =
        [ for name, workload in Workloads.all do
              if names.Length = 0 || Array.contains name names then
                  measure 1 workload, measure Environment.ProcessorCount workload ]

    if names.Length = 0 then
        Report.write "README.md" (Report.table torch results)

    torch |> Option.iter (fun torch -> (torch :> IDisposable).Dispose())
    0

[<EntryPoint>]
let main arguments =
    let unknown =
        arguments
        |> Array.filter (fun name -> not (Workloads.all |> List.exists (fun (known, _) -> known = name)))

    match arguments, unknown with
    | _ when arguments.Length > 0 && arguments[0] = "--adbench" -> AdBenchReport.run (List.ofArray arguments[1..])
    | [| "--kernels" |], _ ->
        KernelBenchmarks.run ()
        0
    | [| "--growth" |], _ ->
        Growth.run ()
        0
    | [| "--transforms" |], _ ->
        Differentiating.run ()
        0
    | [| "--explain" |], _ ->
        Workloads.explainAll ()
        0
    | _, [||] -> run arguments
    | _ ->
        let names = Workloads.all |> List.map fst |> String.concat ", "

        eprintfn
            $"Give nothing for all workloads, some of {names}, --explain, --growth, --transforms or --adbench, or --kernels for BenchmarkDotNet's tables."

        2
