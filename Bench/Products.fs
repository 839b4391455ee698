/// Square matrix products: Fluxion's provider for MathNet beside OpenBLAS, and MathNet's own.
module Fluxion.Bench.Products

open System
open System.Diagnostics
open MathNet.Numerics.Providers.LinearAlgebra
open Fluxion.Kernels

let private sizes = [ 64; 256; 1024 ]

let private side<'number
    when 'number: struct
    and 'number: (new: unit -> 'number)
    and 'number :> ValueType
    and 'number :> IEquatable<'number>
    and 'number :> IFormattable>
    (provider: ILinearAlgebraProvider<'number>)
    (toFloat: 'number -> float)
    (size: int)
    (a: 'number[])
    : Side =
    let c = Array.zeroCreate a.Length
    let multiply () = provider.MatrixMultiply(a, size, size, a, size, size, c)

    { Run =
        fun count ->
            for _ in 1..count do
                multiply ()
      Values =
        fun () ->
            multiply ()
            Array.map toFloat c }

let private openBlas =
    lazy
        (match OpenBlas.TryCreate() with
         | true, provider, message ->
             printfn $"{message}"
             Option.ofObj provider
         | _, _, message ->
             printfn $"{message}"
             None)

let private product<'number
    when 'number: struct
    and 'number: (new: unit -> 'number)
    and 'number :> ValueType
    and 'number :> IEquatable<'number>
    and 'number :> IFormattable>
    (name: string)
    (ofFloat: float -> 'number)
    (toFloat: 'number -> float)
    (typed: ILinearAlgebraProvider -> ILinearAlgebraProvider<'number>)
    (size: int)
    =
    let random = Random size
    let a = Array.init (size * size) (fun _ -> ofFloat (random.NextDouble() * 2.0 - 1.0))
    let on provider = side (typed provider) toFloat size a

    $"{name}_{size}",
    fun () ->
        MathNet.Numerics.Control.UseSingleThread()
        let ours, managed = on (FluxionLinearAlgebraProvider()), on ManagedLinearAlgebraProvider.Instance

        let time (side: Side) : float =
            side.Run 1
            let watch = Stopwatch.StartNew()
            side.Run 1
            watch.Elapsed.TotalMicroseconds

        { Name = $"{name}_{size}"
          Compiled = ours
          Explain = fun () -> $"MathNet's own: {time managed:F0} µs, Fluxion's: {time ours:F0} µs, one call each"
          Limit =
            openBlas.Value
            |> Option.map (fun provider ->
                provider.SetThreads Threads.Count
                on provider)
          Facade = None
          Inputs = [||] }

let all: (string * (unit -> Workload)) list =
    (sizes
     |> List.map (product "gemm_f32" float32 float (fun provider -> provider :> ILinearAlgebraProvider<float32>)))
    @ (sizes
       |> List.map (product "gemm_f64" float float (fun provider -> provider :> ILinearAlgebraProvider<float>)))
