/// Training steps in place: the numbers of pure steps, with the last ones still at hand, and no arrays.
module Fluxion.Tests.DescentTests

open Fluxion

/// Beside the parameter's velocity: what was never read, what never changes, and a count of steps.
type private State = { Velocity: Expr; Seen: Expr; Fixed: Expr; Steps: Expr }

let private table =
    eval (Random.uniform (-1.0, 1.0) [ 20; 3 ] (Random.key 1), Random.normal [ 20 ] (Random.key 2))

let private start =
    tensor [ 0.5; -0.5; 0.25 ], { Velocity = zeros [ 3 ]; Seen = scalar 0.0; Fixed = tensor [ 7.0; 8.0 ]; Steps = tensor 0 }

let private advance (w: Expr, state: State) (x: Expr, y: Expr) =
    let loss, gradient = valueAndGrad (fun w -> Loss.meanSquaredError y (Expr.matmul x w)) w
    let velocity = 0.9 * state.Velocity + gradient

    loss, (w - 0.1 * velocity, { state with Velocity = velocity; Seen = loss; Steps = state.Steps + 1.0 })

let private numbers parameters = Params.toList parameters |> List.map Expr.toArray

let private batches =
    [ [| 0; 3; 5; 7 |]
      [| 1; 2; 4; 19 |]
      [| 9; 8 |]
      [| 11; 10 |]
      [| 6 |]
      [| 12; 13; 14; 15 |]
      [| 3; 16; 17; 18 |] ]

let tests =
    testList
        "Descent"
        [ testCase "steps are those of a pure function, bit by bit, and the last two states are kept" (fun () ->
              let descent = Descent(advance, start, table)
              let pure' = compile (fun (state, batch) -> advance state batch)
              let mutable states = [ start; start ]

              for positions in batches do
                  let loss, next = pure' (states.Head, Data.rows positions table)
                  Expect.equal (descent.Step positions) (Expr.toScalar loss) "the loss"
                  Expect.equal (numbers descent.State) (numbers next) "the state"
                  Expect.equal (numbers (descent.Last())) (numbers states.Head) "the one before the step"
                  Expect.equal (numbers (descent.BeforeLast())) (numbers states.Tail.Head) "and the one before that"
                  states <- next :: states)

          testCase "nothing has run yet at first" (fun () ->
              let descent = Descent(advance, start, table)
              Expect.equal (numbers descent.State) (numbers start) "the state"
              Expect.equal (numbers (descent.Last())) (numbers start) "the last")

          testCase "a step on as many rows as the last one allocates nothing" (fun () ->
              let descent =
                  Descent(
                      (fun (w, ()) (x, y) ->
                          let loss, gradient = valueAndGrad (fun w -> Loss.meanSquaredError y (Expr.matmul x w)) w
                          loss, (w - 0.1 * gradient, ())),
                      (fst start, ()),
                      table
                  )

              let first, second = batches[0], batches[1]
              descent.Step first |> ignore
              descent.Step second |> ignore
              Expect.allocatesNothing (fun () -> descent.Step first |> ignore) "a step"

              Expect.allocatesNothing
                  (fun () ->
                      for _ in 1..20 do
                          descent.Step first |> ignore
                          descent.Step second |> ignore)
                  "40 steps") ]
