module Fluxion.Tests.ElementwiseTests

open System
open FsCheck
open FsCheck.FSharp
open Fluxion
open Fluxion.Testing

let private gradientAt (f: Expr -> Expr) (points: float list) = grad (f >> Expr.sum) (tensor points) |> eval |> Expr.toArray |> List.ofArray
let private ints (x: Expr) = (Expr.value (eval x)).Ints |> List.ofArray

let private conventions =
    testList
        "derivatives where there are two, or a branch"
        [ testCase "a tie of maximum and minimum is shared" (fun () ->
              for op in [ Expr.maximum; Expr.minimum ] do
                  let x, y = tensor [ 1.0; 2.0; 3.0 ], tensor [ 2.0; 2.0; 2.0 ]
                  let dx, dy = grad (fun (x, y) -> Expr.sum (op x y)) (x, y) |> eval
                  Expect.equal (Expr.toScalar (eval dx[1])) 0.5 "left"
                  Expect.equal (Expr.toScalar (eval dy[1])) 0.5 "right"
                  Expect.equal (Expr.toArray (eval (dx + dy))) [| 1.0; 1.0; 1.0 |] "both")

          testCase "maximum of x with itself has x's derivative" (fun () ->
              Expect.equal (gradientAt (fun x -> Expr.maximum x x) [ 1.0; -1.0 ]) [ 1.0; 1.0 ] "gradient")

          testCase "where the branch is not taken, its derivative does not count" (fun () ->
              let safe x = Expr.where (Expr.greater x (x.Literal 0.0)) (log x) x
              Expect.equal (gradientAt safe [ 2.0; -1.0 ]) [ 0.5; 1.0 ] "gradient") ]

let private power =
    testList
        "power"
        [ testCase "constant exponents at 0" (fun () ->
              Expect.equal (gradientAt (fun x -> x ** 2.0) [ 0.0 ]) [ 0.0 ] "x²"
              Expect.equal (gradientAt (fun x -> x ** 1.0) [ 0.0 ]) [ 1.0 ] "x"
              Expect.equal (gradientAt (fun x -> x ** 0.0) [ 0.0 ]) [ 0.0 ] "1"
              Expect.equal (gradientAt (fun x -> x ** 3.0) [ 0.0; -2.0 ]) [ 0.0; 12.0 ] "x³")

          testCase "variable exponents at 0" (fun () ->
              let at x y =
                  grad (fun (x: Expr, y: Expr) -> x ** y) (scalar x, scalar y)
                  |> eval
                  |> fun (a, b) -> Expr.toScalar a, Expr.toScalar b

              Expect.equal (at 0.0 0.0) (0.0, 0.0) "0 ** 0"
              Expect.equal (at 0.0 1.0) (1.0, 0.0) "0 ** 1"
              Expect.equal (at 0.0 2.0) (0.0, 0.0) "0 ** 2"
              Expect.equal (at 3.0 0.0) (0.0, log 3.0) "3 ** 0"
              Expect.equal (snd (at 0.0 -1.0)) 0.0 "0 ** -1, by the exponent"
              Expect.equal (at -2.0 3.0) (12.0, 0.0) "-2 ** 3")

          testCase "the mixed second derivative at exponent 0 is 1/x" (fun () ->
              let inner (y: Expr) = grad (fun (x: Expr) -> x ** y) (scalar 4.0)
              Expect.close 1e-15 (grad inner (scalar 0.0) |> eval |> Expr.toScalar) 0.25 "by base, then exponent"
              let other (x: Expr) = grad (fun (y: Expr) -> x ** y) (scalar 0.0)
              Expect.close 1e-15 (grad other (scalar 4.0) |> eval |> Expr.toScalar) 0.25 "by exponent, then base") ]

let private integers =
    testList
        "integers"
        [ testCase "arithmetic" (fun () ->
              let x, y = tensor [ 7; -7; 7; -7 ], tensor [ 2; 2; -2; -2 ]
              Expect.equal (ints (x + y)) [ 9L; -5L; 5L; -9L ] "+"
              Expect.equal (ints (x - y)) [ 5L; -9L; 9L; -5L ] "-"
              Expect.equal (ints (x * y)) [ 14L; -14L; -14L; 14L ] "*"
              Expect.equal (ints (x / y)) [ 3L; -3L; -3L; 3L ] "/, cut towards zero"
              Expect.equal (ints (-x)) [ -7L; 7L; -7L; 7L ] "negated"
              Expect.equal (ints (Expr.maximum x y)) [ 7L; 2L; 7L; -2L ] "maximum"
              Expect.equal (ints (x ** tensor [ 0; 1; 2; 3 ])) [ 1L; -7L; 49L; -343L ] "**")

          testCase "they wrap, as the processor's do" (fun () ->
              Expect.equal (ints (tensor [ Int32.MaxValue ] + tensor [ 1 ])) [ int64 Int32.MinValue ] "int32"
              Expect.equal (ints (tensor [ Int64.MaxValue ] + tensor [ 1L ])) [ Int64.MinValue ] "int64"
              Expect.equal (ints (tensor [ Int64.MinValue ] / tensor [ -1L ])) [ Int64.MinValue ] "the smallest over -1"
              Expect.equal (ints (tensor [ Int32.MinValue ] / tensor [ -1 ])) [ int64 Int32.MinValue ] "the same for int32")

          testCase "large int64 compare exactly" (fun () ->
              let big = 9007199254740992L
              Expect.equal (ints (Expr.less (tensor [ big ]) (tensor [ big + 1L ]))) [ 1L ] "above 2^53"
              Expect.equal (ints (Expr.argMax 0 (tensor [ big; big + 1L ]))) [ 1L ] "argMax above 2^53"
              Expect.equal (ints (Expr.max (tensor [ big; big + 1L ]))) [ big + 1L ] "max above 2^53") ]

/// Broadcasting: what a binary op makes of any two shapes, element by element.
let private broadcasting =
    testProperty
        "any two shapes broadcast as NumPy says, or are an error"
        (Prop.forAll (Arb.zip (Generators.shapes, Generators.shapes)) (fun (left, right) ->
            let numbers shape start =
                NDArray.ofFloats DType.Float64 shape (Array.init (Shape.size shape) (fun i -> start + float i))

            let a, b = numbers left 1.0, numbers right 100.0

            match Reference.broadcast left right with
            | Some shape ->
                let value = Expr.constant a - Expr.constant b |> eval |> Expr.value
                Expect.equal value.Shape shape "shape"

                let expected =
                    [ for index in Reference.indices shape -> Reference.broadcastAt a index - Reference.broadcastAt b index ]

                Expect.equal (List.ofArray value.Floats) expected "elements"
            | None ->
                Expect.throws<ShapeException> (fun () -> Expr.constant a - Expr.constant b |> ignore) $"{left} and {right}"
                |> ignore))

let private comparisons =
    testCase "errors of > name it, and its sides as they were given" (fun () ->
        let start (build: unit -> Expr) expected =
            let error = Expect.throws<System.ArgumentException> (fun () -> build () |> ignore) expected
            Expect.isTrue (error.Message.StartsWith(expected: string)) error.Message

        let left = zeros [ 3 ]

        start
            (fun () -> Expr.greater (Expr.cast DType.Float32 left) left)
            "greater: arguments must have one element type, but left is float32"

        start
            (fun () -> Expr.greaterEqual left (zeros [ 4 ]))
            "greaterEqual: sizes must agree, or be 1, counted from the last axis, but left is [3]")

let tests = testList "Elementwise" [ conventions; power; integers; broadcasting; comparisons ]
