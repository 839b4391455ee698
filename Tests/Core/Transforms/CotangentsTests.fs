/// What many parts of one tensor send back, summed once, is what each of them sends alone.
module Fluxion.Tests.CotangentsTests

open FsCheck.FSharp
open Fluxion

let private v (name: string) (shape: Shape) = Expr.variable name shape

// Some parts of a tensor, each with a function of its own.
let private functions: (string * Shape * (Expr -> Expr)) list =
    let all = Slice.Range(None, None, 1)

    [ "entries", [ 9 ], (fun x -> List.reduce (+) [ for i in 0..7 -> x[i] * sin x[i + 1] ])
      "rows and entries of them", [ 5; 4 ], (fun x -> List.reduce (+) [ for i in 0..4 -> Expr.sum (exp x[i]) * x[i, 1] ])
      "columns", [ 4; 6 ], (fun x -> List.reduce (+) [ for j in 0..5 -> Expr.sum (sin (Expr.slice [ all; Slice.At j ] x)) * float (j + 1) ])
      "steps, backwards too",
      [ 12; 3 ],
      (fun x ->
          List.reduce
              (+)
              [ for k in 1..6 ->
                    Expr.sum (exp (Expr.slice [ Slice.Range(Some k, None, 5) ] x))
                    * Expr.sum (Expr.slice [ Slice.Range(None, Some k, -6) ] x) ])
      "slices beside the whole", [ 20 ], (fun x -> Expr.sum (x * x * x[3]) + Expr.sum (x[4..5] * x[6..7]) * x[0])
      "rows by index, some of them twice",
      [ 6; 2 ],
      (fun x ->
          List.reduce
              (+)
              [ for i in 0..5 ->
                    Expr.sum (exp (Expr.gather 0 (tensor [ i; 2 ]) x))
                    + Expr.sum (Expr.square (Expr.gather 1 (tensor [ 1 ]) x)) ]) ]

let private holds (shape: Shape) (f: Expr -> Expr) =
    let x, direction = v "x" shape, v "direction" shape
    let types = [| x.Type; direction.Type |]
    let values = types |> Array.mapi (fun i t -> Values.draw (int64 i) (Domain.between -1.0 1.0) t)
    let along = snd (jvp f x direction)
    let gradient = grad f x
    let second = snd (jvp (grad f) x direction)
    let secondReverse = grad (fun x -> Expr.sum (grad f x * direction)) x
    let roots = [| along; Expr.sum (gradient * direction); second; secondReverse; gradient |]
    Expect.equal (Verify.problems roots) [] "types"
    let interpreted = Values.interpret roots [| x; direction |] values
    let compiled = Values.compiled roots [| x; direction |] values
    Values.close 1e-13 interpreted[1] interpreted[0] "reverse mode against forward mode"
    Values.close 1e-13 interpreted[3] interpreted[2] "second derivatives"
    Array.iter2 (fun a b -> Values.close 1e-13 a b "compiled") compiled interpreted

let tests =
    testList
        "Cotangents"
        [ testList
              "of parts"
              [ for name, shape, f in functions do
                    testCase name (fun () -> holds shape f) ]

          testProperty
              "of slices drawn at random"
              (Prop.forAll (Gen.choose (0, 14) |> Gen.listOfLength 12 |> Arb.fromGen) (fun starts ->
                  holds [ 20 ] (fun x -> List.reduce (+) [ for i in starts -> Expr.sum (exp x[i .. i + i % 3]) * x[19 - i] ])))

          testCase "few or large parts stay as they are" (fun () ->
              let x = v "x" [ 10 ]
              let gradient = grad (fun (x: Expr) -> Expr.sum (x[1..] * x[..8])) x
              let text = string gradient
              Expect.isTrue (text.Contains "pad" && not (text.Contains "scatterAdd")) text) ]
