/// Steps in place: the same numbers as steps of a pure function, however they are taken.
module Fluxion.Tests.IterationTests

open System
open Fluxion

type private Line = { Slope: Expr; Intercept: Expr }
type private Counted = { Weight: Expr; Count: int }

let private x, y = eval (Random.uniform (-1.0, 1.0) [ 64 ] (Random.key 1), Random.normal [ 64 ] (Random.key 2))
let private start = { Slope = scalar 0.5; Intercept = scalar -1.0 }
let private numbers parameters = Params.toList parameters |> List.map Expr.toArray

/// A step of a line on rows: the loss, and the next line.
let private fit (line: Line) (x: Expr, y: Expr) =
    let loss (line: Line) = Loss.meanSquaredError y (line.Slope * x + line.Intercept)
    let value, gradient = valueAndGrad loss line
    value, Params.map2 (fun p g -> p - 0.1 * g) line gradient

let private batch first count =
    let rows (table: Expr) = Expr.slice [ Slice.Range(Some first, Some(first + count), 1) ] table
    eval (rows x, rows y)

/// Where a pure compiled function gets, over the inputs in turn: the last output and the state.
let private purely (step: 'state -> 'input -> 'output * 'state) (start: 'state) (inputs: 'input seq) =
    let step = compile (fun (state, input) -> step state input)

    inputs
    |> Seq.fold (fun (_, state) input -> let output, next = step (state, input) in Some output, next) (None, start)

let private steps =
    testList
        "steps"
        [ testCase "many in one call are the steps of a pure function, bit by bit" (fun () ->
              let line = iterate fit start
              line.Run((x, y), 25)
              let output, expected = purely fit start (Seq.replicate 25 (x, y))
              Expect.equal (numbers line.State) (numbers expected) "the line after 25 steps"
              Expect.equal (Expr.toScalar line.Output) (Expr.toScalar output.Value) "the last loss")

          testCase "one by one, on inputs that change in values and in form, they are too" (fun () ->
              let inputs = [ batch 0 24; batch 24 24; batch 48 16; batch 3 24; batch 1 16 ]
              let line = iterate fit start
              List.iter line.Run inputs
              let output, expected = purely fit start inputs
              Expect.equal (numbers line.State) (numbers expected) "batches of 24 and of 16 rows"
              Expect.equal (Expr.toScalar line.Output) (Expr.toScalar output.Value) "the last loss")

          testCase "a whole optimizer is a state" (fun () ->
              let optimizer = Optimizer.adam { Adam.defaults with LearningRate = scalar 0.05 }

              let step (line: Line, state) (x: Expr, y: Expr) =
                  let loss (line: Line) = Loss.meanSquaredError y (line.Slope * x + line.Intercept)
                  let value, gradient = valueAndGrad loss line
                  value, optimizer.Update gradient state line

              let start = start, optimizer.Init start
              let training = iterate step start
              training.Run((x, y), 12)
              let _, expected = purely step start (Seq.replicate 12 (x, y))
              Expect.equal (numbers training.State) (numbers expected) "parameters, step number, means and variances")

          testCase "a graph too large to compile is stepped through without" (fun () ->
              // Each power counts for a hundred nodes.
              let chain (a: Expr) = Seq.fold (fun (x: Expr) _ -> Expr.Pow(abs x + 0.5, 0.9)) a (seq { 1..600 })
              let long = iterate (fun (a: Expr) (b: Expr) -> Expr.sum a, 0.5 * (chain a) + b) (tensor [ 1.0; 2.0 ])
              let b = tensor [ 0.25; -0.25 ]
              long.Run(b, 2)
              let next a = eval (0.5 * chain a + b)
              let once = next (tensor [ 1.0; 2.0 ])
              Expect.equal (Expr.toArray long.State) (Expr.toArray (next once)) "bit for bit what the interpreter gives"
              Expect.equal (Expr.toScalar long.Output) (Expr.toScalar (eval (Expr.sum once))) "and the output before the last step"
              long.Run b
              Expect.equal (Expr.toArray long.State) (Expr.toArray (next (next once))) "and on")

          testCase "the state may change places, stay, or become the input" (fun () ->
              let turn (a, b, c, d) (e: Expr) = (a + b: Expr), (b, a, c, e)
              let turning = iterate turn (scalar 1.0, scalar 2.0, scalar 3.0, scalar 4.0)
              let input = scalar 7.0
              turning.Run(input, 3)
              Expect.equal (numbers turning.State) (List.map Array.singleton [ 2.0; 1.0; 3.0; 7.0 ]) "three turns"
              turning.Run(scalar 8.0)
              Expect.equal (numbers turning.State) (List.map Array.singleton [ 1.0; 2.0; 3.0; 8.0 ]) "and another"
              Expect.equal (Expr.toScalar input) 7.0 "an input is never written")

          testCase "what was read stays, and so does the first state" (fun () ->
              let doubling = iterate (fun (a: Expr) () -> Expr.sum a, 2.0 * a) (tensor [ 1.0; 2.0 ])
              let first = tensor [ 1.0; 2.0 ]
              doubling.Run 1
              let state, output = doubling.State, doubling.Output
              doubling.Run 5
              Expect.equal (Expr.toArray state, Expr.toScalar output) ([| 2.0; 4.0 |], 3.0) "after one step"
              Expect.equal (Expr.toArray doubling.State) [| 64.0; 128.0 |] "after six"
              let again = iterate (fun (a: Expr) () -> (), 2.0 * a) first
              again.Run 3
              Expect.equal (Expr.toArray first) [| 1.0; 2.0 |] "the tensor it began with")

          testCase "no steps are no change" (fun () ->
              let line = iterate fit start
              line.Run((x, y), 0)
              Expect.equal (numbers line.State) (numbers start) "0 steps") ]

let private memory =
    testList
        "memory"
        [ testCase "steps on a known input allocate nothing" (fun () ->
              let descent = iterate (fun line () -> fit line (x, y)) start
              descent.Run 3
              Expect.allocatesNothing (fun () -> descent.Run 1) "one step"
              Expect.allocatesNothing (fun () -> descent.Run 50) "50 steps in one call")

          testCase "another input is pointed to, not copied" (fun () ->
              let large = [| for seed in 1..2 -> eval (Random.normal [ 100_000 ] (Random.key seed)) |]
              let mean = iterate (fun (mean: Expr) x -> (), 0.9 * mean + 0.1 * Expr.mean x) (scalar 0.0)
              Array.iter mean.Run large
              let before = GC.GetAllocatedBytesForCurrentThread()
              Array.iter mean.Run large
              let allocated = GC.GetAllocatedBytesForCurrentThread() - before
              Expect.isTrue (allocated < 20_000L) $"800,000 bytes each, but only {allocated} allocated") ]

let private errors =
    let says (part: string) (error: exn) = Expect.isTrue (error.Message.Contains part) $"says '{part}': {error.Message}"

    testList
        "errors"
        [ testCase "the state keeps its shape and its form" (fun () ->
              let growing =
                  iterate
                      (fun (line: Line) () -> (), { line with Line.Slope = Expr.concat 0 [ line.Slope; line.Slope ] })
                      { start with Line.Slope = ones [ 2 ] }

              Expect.throws<ShapeException> (fun () -> growing.Run 1) "from 2 to 4"
              |> says "'Slope' is float64 [2] and must stay so, but the step makes it float64 [4]"

              let narrowing =
                  iterate (fun (line: Line) () -> (), { line with Line.Slope = Expr.cast DType.Float32 line.Slope }) start

              Expect.throws<DTypeException> (fun () -> narrowing.Run 1) "from float64 to float32"
              |> says "'Slope' is float64 [] and must stay so, but the step makes it float32 []"

              let counting =
                  iterate
                      (fun (counted: Counted) () -> (), { counted with Count = counted.Count + 1 })
                      { Counted.Weight = scalar 1.0; Count = 0 }

              Expect.throws<ArgumentException> (fun () -> counting.Run 1) "a number beside tensors"
              |> says "make what changes a tensor?")

          testCase "variables from outside have no value" (fun () ->
              let outer = Expr.variable "outer" []

              Expect.throws<UnboundInputException>
                  (fun () -> (iterate (fun (a: Expr) () -> (), a + outer) (scalar 1.0)).Run 1)
                  "in the step"
              |> says "it uses variable 'outer'"

              Expect.throws<UnboundInputException> (fun () -> iterate (fun (a: Expr) () -> (), a) outer |> ignore) "as first state"
              |> ignore)

          testCase "there is no output before the first step, and no negative number of steps" (fun () ->
              let descent = iterate (fun (a: Expr) () -> a, 0.5 * a) (scalar 1.0)

              Expect.throws<InvalidOperationException> (fun () -> ignore descent.Output) "no step"
              |> says "a step must have run"

              Expect.throws<ArgumentException> (fun () -> descent.Run(-1)) "-1 steps"
              |> says "must be 0 or more, but it is -1")

          testCase "a step that fails leaves the state" (fun () ->
              let picking = iterate (fun (a: Expr) i -> Expr.gather 0 i a, a + 1.0) (tensor [ 1.0; 2.0; 3.0 ])
              picking.Run(tensor [ 2 ])
              Expect.throws<ArgumentException> (fun () -> picking.Run(tensor [ 3 ])) "behind the last" |> ignore
              Expect.equal (Expr.toArray picking.State) [| 2.0; 3.0; 4.0 |] "one step in all"
              picking.Run(tensor [ 0 ])
              Expect.equal (Expr.toArray picking.Output) [| 2.0 |] "and it goes on from there") ]

let tests = testList "Iteration" [ steps; memory; errors ]
