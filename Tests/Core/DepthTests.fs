/// Depth: a chain of a million nodes, and a diamond of 2^10,000 paths. Everything runs on a thread whose stack would not last for a recursion.
module Fluxion.Tests.DepthTests

open System.Threading
open Fluxion

let private smallStack = 256 * 1024

/// Runs on a thread of its own with a small stack, and passes on what it throws.
let private shallow (action: unit -> 'a) : 'a =
    let mutable outcome = Error(ExpectException "the thread did not run" :> exn)

    let run () =
        outcome <-
            try
                Ok(action ())
            with e ->
                Error e

    let thread = Thread(run, smallStack)
    thread.Start()
    thread.Join()

    match outcome with
    | Ok value -> value
    | Error e -> raise e

let private x = Expr.variable "x" []

/// Two ops in turn, one of them with a constant that all share.
let private chain =
    lazy
        (shallow (fun () ->
            let shrink = tensor 0.999
            let mutable y = x

            for _ in 1..500_000 do
                y <- shrink * Expr.Sin y

            y))

/// Each level is the sum of the level below with itself, halved: 2^10,000 paths, and the value and derivative of x itself.
let private diamond =
    lazy
        (shallow (fun () ->
            let mutable y = x

            for _ in 1..10_000 do
                y <- (y + y) / 2.0

            y))

let private valueAt (point: float) (expr: Expr) =
    (Values.interpret [| expr |] [| x |] [| (tensor point |> Expr.value) |] |> Array.head).Floats[0]

/// What the chain comes to, by a plain loop: its value and derivative.
let private looped (point: float) =
    let mutable value, derivative = point, 1.0

    for _ in 1..500_000 do
        derivative <- derivative * 0.999 * cos value
        value <- 0.999 * sin value

    value, derivative

let private gradient (expr: Expr) = Reverse.gradient expr [ x ] |> List.head

/// The same promises for both graphs, each a test, so that a slow one is seen by name.
let private promises (name: string) (expr: Lazy<Expr>) (nodes: int) (value: float) (derivative: float) =
    let case promise (check: Expr -> unit) = testCase promise (fun () -> shallow (fun () -> check expr.Value))

    testList
        name
        [ case "builds" (fun y -> Expect.isTrue (Graph.count y >= nodes) $"{Graph.count y} nodes")
          case "evaluates" (fun y -> Expect.close 1e-9 (valueAt 0.5 y) value "value")
          case "differentiates in reverse" (fun y -> Expect.close 1e-9 (gradient y |> valueAt 0.5) derivative "derivative")
          case "differentiates forward" (fun y ->
              let tangent = Forward.jvp [ y ] [ x ] [ x.Literal 1.0 ] |> List.head
              Expect.close 1e-9 (valueAt 0.5 tangent) derivative "derivative")
          case "simplifies" (fun y -> Expect.close 1e-9 (Rewrite.simplify y |> valueAt 0.5) value "value")
          case "maps over a batch" (fun y ->
              let mapped = Batch.vmapAll 2 [| y |] [| x |] [| tensor [ 0.5; 0.5 ] |]
              Expect.close 1e-9 (Values.interpret mapped [||] [||] |> Array.head).Floats[1] value "value of the second example")
          case "compiles" (fun y ->
              let compiled = Values.compiled [| y |] [| x |] [| tensor 0.5 |> Expr.value |]
              Expect.close 1e-9 compiled[0].Floats[0] value "value")
          case "prints cut short" (fun y ->
              let text = Print.short y
              Expect.isTrue (text.Length > 0 && text.Length < 10_000) $"{text.Length} characters")
          case "verifies" (fun y -> Expect.equal (Verify.problems [ y ]) [] "problems")
          case "is itself, and not its neighbour" (fun y ->
              Expect.isTrue (Graph.same y y) "the same"
              Expect.isTrue (not (Graph.same y (-y))) "not its negative")
          case "substitutes" (fun y ->
              let moved = Graph.substitute [ x, tensor 0.5 ] y
              Expect.close 1e-9 (Values.interpret [| moved |] [||] [||] |> Array.head).Floats[0] value "value") ]

let tests =
    let value, derivative = looped 0.5

    testList
        "Depth"
        [ promises "chain of 1,000,000" chain 1_000_000 value derivative
          promises "diamond of depth 10,000" diamond 20_000 0.5 1.0 ]
