/// `Bench [WORKLOAD…]` times Fluxion's compiled code against loops written by hand; `Bench --kernels` gives BenchmarkDotNet's tables.
module Fluxion.Bench.Program

[<EntryPoint>]
let main arguments =
    let unknown =
        arguments
        |> Array.filter (fun name -> not (Workloads.all |> List.exists (fun workload -> workload.Name = name)))

    match arguments, unknown with
    | [| "--kernels" |], _ ->
        KernelBenchmarks.run ()
        0
    | _, [||] ->
        for workload in Workloads.all do
            if arguments.Length = 0 || Array.contains workload.Name arguments then
                Workload.report 41 workload

        0
    | _ ->
        let names = Workloads.all |> List.map (fun workload -> workload.Name) |> String.concat ", "
        eprintfn $"Give nothing for all workloads, some of {names}, or --kernels for BenchmarkDotNet's tables."
        2
