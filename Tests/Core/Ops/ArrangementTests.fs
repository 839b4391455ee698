module Fluxion.Tests.ArrangementTests

open Fluxion

let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private x = tensor [ [ 0.0; 1.0; 2.0 ]; [ 3.0; 4.0; 5.0 ] ]
let private line = tensor [ 1.0; 2.0; 3.0 ]

let private messageOf (f: unit -> Expr) = (Expect.throws<System.ArgumentException> (fun () -> f () |> ignore) "refused").Message

// Values are NumPy's.
let tests =
    testList
        "Arrangement"
        [ testCase "flip" (fun () ->
              Values.holds (Expr.flip [ 1 ]) x [ 2; 3 ] [ 2.0; 1.0; 0.0; 5.0; 4.0; 3.0 ] "one axis"
              Values.holds (Expr.flip [ 0; -1 ]) x [ 2; 3 ] [ 5.0; 4.0; 3.0; 2.0; 1.0; 0.0 ] "both")

          testCase "roll, either way and round" (fun () ->
              Values.holds (Expr.roll 1 1) x [ 2; 3 ] [ 2.0; 0.0; 1.0; 5.0; 3.0; 4.0 ] "on"
              Values.holds (Expr.roll -1 0) x [ 2; 3 ] [ 3.0; 4.0; 5.0; 0.0; 1.0; 2.0 ] "back"
              Values.holds (Expr.roll 4 -1) x [ 2; 3 ] [ 2.0; 0.0; 1.0; 5.0; 3.0; 4.0 ] "round"
              Values.holds (Expr.roll 3 1) x [ 2; 3 ] [ 0.0; 1.0; 2.0; 3.0; 4.0; 5.0 ] "once round")

          testCase "repeat and tile" (fun () ->
              Values.holds (Expr.repeat 2 1) x [ 2; 6 ] [ 0.0; 0.0; 1.0; 1.0; 2.0; 2.0; 3.0; 3.0; 4.0; 4.0; 5.0; 5.0 ] "repeat"
              Values.holds (Expr.tile [ 2 ]) x [ 2; 6 ] [ 0.0; 1.0; 2.0; 0.0; 1.0; 2.0; 3.0; 4.0; 5.0; 3.0; 4.0; 5.0 ] "tile"
              Values.holds (Expr.tile [ 2; 2 ]) (tensor [ 1.0; 2.0 ]) [ 2; 4 ] [ 1.0; 2.0; 1.0; 2.0; 1.0; 2.0; 1.0; 2.0 ] "a new axis"
              Values.holds (Expr.tile [ 0 ]) line [ 0 ] [] "none"
              Expect.equal (elements (grad (fun x -> Expr.sum (Expr.tile [ 3; 2 ] x)) x)) (List.replicate 6 6.0) "counted")

          testCase "paddings continue" (fun () ->
              let both = [ 2, 1 ]
              Values.holds (Expr.padWith PaddingMode.Edge both) line [ 6 ] [ 1.0; 1.0; 1.0; 2.0; 3.0; 3.0 ] "edge"
              Values.holds (Expr.padWith PaddingMode.Reflect both) line [ 6 ] [ 3.0; 2.0; 1.0; 2.0; 3.0; 2.0 ] "reflect"
              Values.holds (Expr.padWith PaddingMode.Wrap both) line [ 6 ] [ 2.0; 3.0; 1.0; 2.0; 3.0; 1.0 ] "wrap"
              let sevens = [ 7.0; 7.0; 7.0; 7.0; 0.0; 1.0; 2.0; 7.0; 3.0; 4.0; 5.0; 7.0 ]
              Values.holds (Expr.padWith (PaddingMode.Constant 7.0) [ 1, 0; 0, 1 ]) x [ 3; 4 ] sevens "constant"
              let corners = [ 4.0; 3.0; 4.0; 5.0; 4.0; 1.0; 0.0; 1.0; 2.0; 1.0; 4.0; 3.0; 4.0; 5.0; 4.0 ]
              Values.holds (Expr.padWith PaddingMode.Reflect [ 1, 0; 1, 1 ]) x [ 3; 5 ] corners "corners")

          testCase "an infinite padding leaves values and gradients alone" (fun () ->
              let f = Expr.padWith (PaddingMode.Constant -infinity) [ 1, 1 ] >> Expr.max
              Expect.equal (elements (grad f line)) [ 0.0; 0.0; 1.0 ] "gradient")

          testCase "what reflects must be there" (fun () ->
              Expect.equal
                  (messageOf (fun () -> Expr.padWith PaddingMode.Reflect [ 3, 0 ] line))
                  "padWith: paddings of axis 0, which has size 3, must be 0 to 2, but they are (3, 0); pad less, or with another mode?"
                  "reflect"

              Expect.equal
                  (messageOf (fun () -> Expr.padWith PaddingMode.Edge [] line))
                  "padWith: each axis of [3] needs its (before, after), but 0 were given; give (0, 0) for axes that stay?"
                  "count")

          testCase "parts, and all of them together" (fun () ->
              let parts = Expr.split 1 [ 1; 0; 2 ] x
              Expect.equal (parts |> List.map (fun part -> part.Shape)) [ [ 2; 1 ]; [ 2; 0 ]; [ 2; 2 ] ] "shapes"
              Expect.equal (elements (Expr.concat 1 parts)) (elements x) "joined again"
              Expect.equal (elements (Expr.stack 1 (Expr.unstack 1 x))) (elements x) "unstacked and stacked"

              Expect.equal
                  (messageOf (fun () -> (Expr.split 1 [ 1; 1 ] x).Head))
                  "split: the parts must add up to the 3 entries of axis 1, but they are [1, 1]; leave none out?"
                  "message") ]
