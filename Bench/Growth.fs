/// How the cost of a run grows with the number of elements.
module Fluxion.Bench.Growth

open System.Diagnostics
open Fluxion

let private chain (x: Expr) = Expr.sum (Expr.sigmoid x * tanh x)

let private expressions: (string * (Expr -> Expr[])) list =
    [ "sum", (fun x -> [| Expr.sum x |])
      "x * x + 1", (fun x -> [| x * x + 1.0 |])
      "sigmoid tanh sum and gradient",
      fun x ->
          let value, gradient = valueAndGrad chain x
          [| value; gradient |] ]

// The fastest of nine: what the machine does when nobody else is on it.
let private fastest (run: int -> unit) (size: int) =
    let count = max 1 (4_000_000 / (size + 100))
    run count

    Array.init 9 (fun _ ->
        let watch = Stopwatch.StartNew()
        run count
        watch.Elapsed.TotalNanoseconds / float count)
    |> Array.min

let run () : unit =
    for name, build in expressions do
        for exponent in 2..7 do
            let size = pown 10 exponent
            let x = Expr.variableOf "x" DType.Float32 [ size ]
            let value = NDArray.ofFloats DType.Float32 [ size ] (Array.init size (fun i -> sin (float i)))
            let time = fastest (CompiledStepper(Compile.plan (build x) [| x |], [| value |], [], false).Run) size
            printfn $"{name}, 1e{exponent} elements: {time / 1e3:G4} µs, {time / float size:F3} ns an element"
