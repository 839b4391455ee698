namespace Fluxion.Bench

open System
open System.Diagnostics
open System.IO

/// A process of Python that runs the same workloads, one request at a time: it sleeps while Fluxion runs, and the other way round.
[<Sealed>]
type PyTorch private (peer: Process, folder: string, version: string) =
    static let start (python: string) =
        let script = Path.Combine(AppContext.BaseDirectory, "pytorch", "workloads.py")

        let info =
            ProcessStartInfo(python, [ script ], RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true)

        // Settings meant for another OpenBLAS make PyTorch's slower.
        info.Environment.Remove "OPENBLAS_CORETYPE" |> ignore
        info.Environment.Remove "OPENBLAS_L2_SIZE" |> ignore

        try
            match Process.Start info with
            | null -> None
            | peer ->
                // What PyTorch warns of is no part of the answer.
                peer.BeginErrorReadLine()

                match peer.StandardOutput.ReadLine() with
                | null ->
                    peer.Dispose()
                    None
                | answer -> Some(peer, answer.Replace("ready ", ""))
        with :? ComponentModel.Win32Exception ->
            None

    let ask (words: string list) : string =
        peer.StandardInput.WriteLine(String.concat "\t" words)
        peer.StandardInput.Flush()

        match peer.StandardOutput.ReadLine() with
        | null -> raise (InvalidOperationException $"""PyTorch must answer "{String.concat " " words}", but its process ended.""")
        | answer -> answer

    /// The first Python that has PyTorch.
    static member TryFind() : PyTorch option =
        [ "python3"; "/usr/bin/python3"; "python" ]
        |> List.tryPick start
        |> Option.map (fun (peer, version) -> new PyTorch(peer, Directory.CreateTempSubdirectory("fluxion-bench").FullName, version))

    member _.Version = version

    /// Builds a workload from its inputs, and gives the numbers after one step.
    member _.Prepare(name: string, inputs: (int list * float[]) list) : float[] =
        for i, (_, values) in List.indexed inputs do
            let bytes = Array.zeroCreate<byte>(8 * values.Length)
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length)
            File.WriteAllBytes(Path.Combine(folder, $"{name}.{i}.bin"), bytes)

        let shapes = inputs |> List.map (fun (shape, _) -> shape |> List.map string |> String.concat "x")
        ask ([ "prepare"; name; folder ] @ shapes) |> ignore
        let bytes = File.ReadAllBytes(Path.Combine(folder, $"{name}.out.bin"))
        let values = Array.zeroCreate<float>(bytes.Length / 8)
        Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length)
        values

    /// How many threads it uses from now on; at first one. Workloads are prepared anew after it.
    member _.SetThreads(count: int) : unit = ask [ "threads"; string count ] |> ignore

    /// Nanoseconds that some steps take, by PyTorch's own clock.
    member _.Time(name: string, count: int) : float = ask [ "run"; name; string count ] |> float

    interface IDisposable with
        member _.Dispose() =
            peer.StandardInput.Close()
            peer.WaitForExit()
            peer.Dispose()
            Directory.Delete(folder, true)
