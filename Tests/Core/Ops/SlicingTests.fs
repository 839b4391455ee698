module Fluxion.Tests.SlicingTests

open Fluxion

let private numbers (shape: Shape) = NDArray.ofFloats DType.Float64 shape (Array.init (Shape.size shape) float)
let private elements (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray

/// Every bound that matters around an axis of this size, and none.
let private bounds (size: int) = None :: [ for bound in -size - 2 .. size + 2 -> Some bound ]

let private ranges =
    testList
        "ranges are Python's"
        [ for size in [ 0; 1; 2; 5 ] ->
              testCase $"on an axis of {size}" (fun () ->
                  let x = Expr.constant (numbers [ size ])

                  for start in bounds size do
                      for stop in bounds size do
                          for step in [ -3; -2; -1; 1; 2; 3; 7; System.Int32.MinValue; System.Int32.MaxValue ] do
                              let actual = Expr.slice [ Slice.Range(start, stop, step) ] x |> elements
                              let expected = Reference.slice size start stop step |> List.map float
                              Expect.equal actual expected $"[{start}:{stop}:{step}] of {size}") ]

let private gradients =
    testCase "the gradient of a slice stands where the slice was" (fun () ->
        for size in [ 1; 4 ] do
            for start in bounds size do
                for stop in bounds size do
                    for step in [ -2; -1; 1; 3; System.Int32.MinValue ] do
                        let x = Expr.constant (numbers [ size ])
                        let taken = Reference.slice size start stop step
                        // Weights tell the elements of the slice apart.
                        let weights = tensor [| for k in 0 .. taken.Length - 1 -> float (k + 1) |]
                        let gradient = grad (fun x -> Expr.sum (weights * Expr.slice [ Slice.Range(start, stop, step) ] x)) x |> elements

                        let weight i =
                            taken |> List.tryFindIndex ((=) i) |> Option.map (fun k -> float (k + 1)) |> Option.defaultValue 0.0

                        Expect.equal gradient [ for i in 0 .. size - 1 -> weight i ] $"[{start}:{stop}:{step}] of {size}")

let private axes =
    testList
        "axes"
        [ testCase "each axis has its own slice, and those left out are whole" (fun () ->
              let value = numbers [ 3; 4; 2 ]
              let slices = [ Slice.At -1; Slice.Range(Some 3, None, -2) ]
              let y = Expr.slice slices (Expr.constant value)
              Expect.equal y.Shape [ 2; 2 ] "shape"

              Expect.equal
                  (elements y)
                  [ for j in [ 3; 1 ] do
                        for k in [ 0; 1 ] -> Reference.at value [ 2; j; k ] ]
                  "elements")

          testCase "F#'s own syntax, with its ends included" (fun () ->
              let x = Expr.constant (numbers [ 3; 4 ])
              Expect.equal (elements x[1]) [ 4.0; 5.0; 6.0; 7.0 ] "x[1]"
              Expect.equal (elements x[-1]) [ 8.0; 9.0; 10.0; 11.0 ] "x[-1]"
              Expect.equal (elements x[1, 2]) [ 6.0 ] "x[1, 2]"
              Expect.equal (elements x[1..2]) [ 4.0 .. 11.0 ] "x[1..2]"
              Expect.equal (elements x[..0]) [ 0.0 .. 3.0 ] "x[..0]"
              Expect.equal (elements x[*, 0]) [ 0.0; 4.0; 8.0 ] "x[*, 0]"
              Expect.equal (elements x[0, 1..]) [ 1.0; 2.0; 3.0 ] "x[0, 1..]"
              Expect.equal (elements x[1.., ..1]) [ 4.0; 5.0; 8.0; 9.0 ] "x[1.., ..1]")

          testCase "padding puts zeros around" (fun () ->
              Expect.equal (elements (Expr.pad [ 1, 2 ] (tensor [ 5.0 ]))) [ 0.0; 5.0; 0.0; 0.0 ] "pad") ]

let tests = testList "Slicing" [ ranges; gradients; axes ]
