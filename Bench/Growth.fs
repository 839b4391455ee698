/// How the cost of a run grows with the number of elements, on one thread and on two.
module Fluxion.Bench.Growth

open System.Diagnostics
open Fluxion
open Fluxion.Kernels

let private chain (x: Expr) = Expr.sum (Expr.sigmoid x * tanh x)

let private expressions: (string * (Expr -> Expr[])) list =
    [ "sum", (fun x -> [| Expr.sum x |])
      "x * x + 1", (fun x -> [| x * x + 1.0 |])
      "sigmoid tanh sum and gradient",
      fun x ->
          let value, gradient = valueAndGrad chain x
          [| value; gradient |] ]

// The fastest of nine on each number of threads, taken in turns: what the machine does when nobody else is on it.
let private fastest (run: int -> unit) (size: int) (threads: int list) : float list =
    let count = max 1 (4_000_000 / (size + 100))
    let all = Threads.Count

    let time threads =
        Threads.Count <- threads
        run 1
        let watch = Stopwatch.StartNew()
        run count
        watch.Elapsed.TotalNanoseconds / float count

    try
        run count
        let rounds = [ for _ in 1..9 -> List.map time threads ]
        List.transpose rounds |> List.map List.min
    finally
        Threads.Count <- all

let run () : unit =
    for name, build in expressions do
        for exponent in 2..7 do
            let size = pown 10 exponent
            let x = Expr.variableOf "x" DType.Float32 [ size ]
            let value = NDArray.ofFloats DType.Float32 [ size ] (Array.init size (fun i -> sin (float i)))
            let plan = Compile.planAt Tier.Emitted Simd.Width (build x) [| x |]
            let run = CompiledStepper(plan, [| value |], [], false).Run

            match fastest run size [ 1; 2 ] with
            | [ one; two ] ->
                printfn
                    $"{name}, 1e{exponent} elements: {one / 1e3:G4} µs, {one / float size:F3} ns an element; on two threads {two / 1e3:G4} µs, {one / two:F2} times as fast"
            | _ -> ()
