/// Values that wait for the loop of what uses them, and masks between loops.
module Fluxion.Tests.WaitingTests

open Fluxion
open Fluxion.Kernels

let private loops (roots: Expr[]) (variables: Expr[]) =
    (Compile.plan roots variables).Program.Steps
    |> Array.sumBy (fun work ->
        match work with
        | Work.Loop _ -> 1
        | _ -> 0)

let tests =
    testList
        "Waiting"
        [ testCase "decaying an old mean joins the loop that adds the gradient" (fun () ->
              let x, w, v = Expr.variable "x" [ 50; 20 ], Expr.variable "w" [ 20; 10 ], Expr.variable "v" [ 20; 10 ]
              let gradient = Expr.matmul (Expr.transpose x) (Expr.matmul x w)
              let velocity = 0.9 * v + gradient
              Expect.equal (loops [| velocity; w - 0.1 * velocity |] [| x; w; v |]) 1 "loops")

          testCase "a value that two need, or that is wanted itself, does not wait" (fun () ->
              let x, v = Expr.variable "x" [ 6 ], Expr.variable "v" [ 6 ]
              let decayed = exp v
              let total = Expr.sum x
              let values = [| tensor [ 1.0 .. 6.0 ]; tensor [ 0.1..0.1..0.6 ] |] |> Array.map Expr.value

              for roots in [ [| decayed; decayed + total |]; [| decayed * total; decayed - total |]; [| decayed |] ] do
                  let expected = Values.interpret roots [| x; v |] values
                  let actual = (Compile.plan roots [| x; v |]).Run values
                  Array.iter2 (fun a e -> Values.close 1e-14 a e "value") actual expected)

          testCase "bools of every count go to memory and come back at every width" (fun () ->
              for dtype in [ DType.Float32; DType.Float64 ] do
                  for n in [ 1..18 ] @ [ 31; 32; 33 ] do
                      let x = Expr.variableOf "x" dtype [ n ]
                      let value = NDArray.ofFloats dtype [ n ] (Array.init n (fun i -> float (i * 7 % 5) - 2.0))
                      let isBelow = Expr.less x (x.Literal 0.0)
                      // The sum ends the loop, so the mask is read again by the next.
                      let kept = Expr.where isBelow (x - Expr.sum x) (x.Literal 1.0)
                      let roots = [| isBelow; kept |]
                      let expected = Values.interpret roots [| x |] [| value |]

                      for tier, width in Paths.tiers do
                          let actual = (Compile.planAt tier width roots [| x |]).Run [| value |]
                          Expect.equal actual[0].Ints expected[0].Ints $"mask of {n} {tier} at {width}"
                          Values.close 1e-6 actual[1] expected[1] $"chosen of {n} {tier} at {width}") ]
