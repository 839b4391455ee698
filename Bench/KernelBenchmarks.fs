namespace Fluxion.Bench

open BenchmarkDotNet.Attributes
open BenchmarkDotNet.Configs
open BenchmarkDotNet.Jobs
open BenchmarkDotNet.Running
open BenchmarkDotNet.Toolchains.InProcess.Emit
open MathNet.Numerics.Providers.LinearAlgebra
open Fluxion.Kernels

/// Square products in one thread's reach and beyond: Fluxion's against MathNet's own managed provider.
type GemmBenchmarks() =
    let mutable a: float32[] = [||]
    let mutable b: float32[] = [||]
    let mutable c: float32[] = [||]
    let provider = ManagedLinearAlgebraProvider.Instance

    [<Params(16, 64, 256)>]
    member val Size = 0 with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let wave shift = Array.init (this.Size * this.Size) (fun i -> sin (float32 (i + shift)))
        a <- wave 0
        b <- wave 1
        c <- Array.zeroCreate (this.Size * this.Size)

    [<Benchmark(Baseline = true)>]
    member this.MathNet() = provider.MatrixMultiply(a, this.Size, this.Size, b, this.Size, this.Size, c)

    [<Benchmark>]
    member this.Fluxion() = Gemm.Multiply<float32>(this.Size, this.Size, this.Size, a, b, c)

module KernelBenchmarks =
    /// In this process: BenchmarkDotNet's own way writes and builds a project, which knows nothing of Paket.
    let private config =
        ManualConfig.CreateMinimumViable().AddJob(Job.ShortRun.WithToolchain InProcessEmitToolchain.Instance).WithArtifactsPath
            "artifacts/benchmarks"

    let run () = BenchmarkRunner.Run<GemmBenchmarks> config |> ignore
