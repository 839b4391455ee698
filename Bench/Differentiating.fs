/// How long the transforms themselves take, and how that grows with the number of nodes.
module Fluxion.Bench.Differentiating

open System
open System.Diagnostics
open Fluxion

let private x = Expr.variable "x" []
let private w = Expr.variable "w" []

let private chain (step: Expr -> Expr) (nodes: int) : Expr =
    let size = Graph.count (step x) - 1
    Seq.fold (fun y _ -> step y) x (seq { 1 .. nodes / size })

// Each node takes the one before it, and one of the hundred before that, so that most are used several times.
let private tangle (nodes: int) : Expr =
    let random = Random 1
    let known = Array.create 100 x

    for i in 1 .. nodes - 1 do
        let left, right = known[(i - 1) % 100], known[random.Next 100]

        known[i % 100] <-
            match random.Next 5 with
            | 0 -> left + right
            | 1 -> left - right
            | 2 -> left * right
            | 3 -> Expr.Sin left
            | _ -> Expr.Tanh left

    known[(nodes - 1) % 100]

let private graphs: (string * (int -> Expr)) list =
    [ "1.01 sin y", chain (fun y -> 1.01 * Expr.Sin y)
      "tanh(w y) + x", chain (fun y -> Expr.Tanh(w * y) + x)
      "a tangle", tangle ]

// A new graph each time, for a graph remembers that it is simple; the fastest of three.
let private fastest (build: unit -> Expr) (transform: Expr -> Expr) : float =
    let time () =
        let y = build ()
        GC.Collect()
        let watch = Stopwatch.StartNew()
        let result = transform y
        let elapsed = watch.Elapsed.TotalSeconds
        GC.KeepAlive result
        elapsed

    List.min [ for _ in 1..3 -> time () ]

let run () : unit =
    for name, build in graphs do
        for nodes in [ 10_000; 100_000; 1_000_000 ] do
            let build () = build nodes
            let derivative = fastest build (fun y -> Reverse.gradient y [ x ] |> List.head)
            let tangent = fastest build (fun y -> Forward.jvp [ y ] [ x ] [ x.Literal 1.0 ] |> List.head)
            let simple = fastest build Rewrite.simplify
            let peak = float (Process.GetCurrentProcess().PeakWorkingSet64) / 1e6

            printfn
                $"{name}, {nodes} nodes: gradient {derivative:F3} s, tangent {tangent:F3} s, simplify {simple:F3} s; the process's memory so far at most {peak:F0} MB"
