module Fluxion.Tests.SamplingTests

open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray

let tests =
    testList
        "Sampling"
        [ testCase "a key is all that decides" (fun () ->
              let draw () = Random.normal [ 4 ] (Random.key 1)
              Expect.equal (elements (draw ())) (elements (draw ())) "twice"
              Expect.isTrue (Graph.same (draw ()) (draw ())) "the same expression"
              Expect.isTrue (elements (draw ()) <> elements (Random.normal [ 4 ] (Random.key 2))) "another key")

          testCase "a longer draw begins with the shorter" (fun () ->
              let shorter, longer =
                  elements (Random.uniform (0.0, 1.0) [ 3 ] (Random.key 5)), elements (Random.uniform (0.0, 1.0) [ 9 ] (Random.key 5))

              Expect.equal (List.take 3 longer) shorter "counter-based")

          testCase "mapped over keys it draws what each key draws" (fun () ->
              let keys = Random.split 3 (Random.key 7)
              let mapped = vmap (Random.normal [ 2 ]) (Expr.stack 0 keys)
              Expect.equal (elements mapped) (keys |> List.collect (Random.normal [ 2 ] >> elements)) "three keys")

          testCase "uniform keeps its bounds, in either type" (fun () ->
              for dtype in [ DType.Float32; DType.Float64 ] do
                  let drawn = Random.uniformOf dtype (-2.0, 3.0) [ 1000 ] (Random.key 3)
                  Expect.equal drawn.DType dtype "type"
                  Expect.isTrue (elements drawn |> List.forall (fun u -> u >= -2.0 && u < 3.0)) "in [-2, 3)")

          testCase "what was drawn has no derivative" (fun () ->
              let noisy (x: Expr) = Expr.sum (x * Random.normal [ 2 ] (Random.key 1))

              Expect.equal
                  (elements (grad noisy (tensor [ 1.0; 1.0 ])))
                  (elements (Random.normal [ 2 ] (Random.key 1)))
                  "a constant factor") ]
