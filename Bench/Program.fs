module Fluxion.Bench.Program

let private workloads = [ LinearRegression.workload ]

[<EntryPoint>]
let main arguments =
    match arguments with
    | [||] ->
        workloads |> List.iter Workload.report
        0
    | [| "--kernels" |] ->
        KernelBenchmarks.run ()
        0
    | _ ->
        eprintfn "Give nothing for the workloads against their limits, or --kernels for BenchmarkDotNet's tables."
        2
