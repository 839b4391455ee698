module Fluxion.Tests.ShapeTests

open FsCheck
open FsCheck.FSharp
open Fluxion
open Fluxion.Testing

let private given (arbitrary: Arbitrary<'a>) name (check: 'a -> unit) = testProperty name (Prop.forAll arbitrary check)
let private pairs = Arb.zip (Generators.shapes, Generators.shapes)

let tests =
    testList
        "Shape"
        [ given Generators.shapes "size counts the indices" (fun shape ->
              Expect.equal (Shape.size shape) (Reference.indices shape).Length "elements")

          given pairs "broadcasting follows NumPy's rule" (fun (left, right) ->
              Expect.equal (Shape.tryBroadcast left right) (Reference.broadcast left right) "left by right"
              Expect.equal (Shape.tryBroadcast right left) (Reference.broadcast left right) "right by left")

          given Generators.shapes "walking by the own strides is counting" (fun shape ->
              let walked = Shape.walk shape (Shape.strides shape) 0
              Expect.equal (List.ofArray walked) [ 0 .. Shape.size shape - 1 ] "positions")

          given pairs "a broadcast tensor reads what the rule says" (fun (small, large) ->
              if Reference.broadcast small large = Some large then
                  let array = NDArray.ofFloats DType.Float64 small (Array.init (Shape.size small) float)
                  let read = (NDArray.broadcast large array).Floats
                  Expect.equal (List.ofArray read) (Reference.indices large |> List.map (Reference.broadcastAt array)) "elements")

          given pairs "the repeated axes are those whose sizes differ" (fun (small, large) ->
              if Reference.broadcast small large = Some large then
                  let repeated = Shape.broadcastAxes small large
                  let kept = large |> List.indexed |> List.filter (fun (i, _) -> not (List.contains i repeated)) |> List.map snd

                  Expect.equal
                      (Shape.size kept * (repeated |> List.fold (fun size axis -> size * large[axis]) 1))
                      (Shape.size large)
                      "sizes"

                  Expect.equal
                      (List.filter ((<>) 1) kept)
                      (List.filter ((<>) 1) small |> List.filter (fun size -> List.contains size kept))
                      "kept")

          testCase "axes count from either end" (fun () ->
              Expect.equal [ for axis in -3 .. 2 -> Shape.axis "test" 3 axis ] [ 0; 1; 2; 0; 1; 2 ] "of rank 3"
              Expect.equal (Shape.axes "test" 3 [ -1; 0 ]) [ 0; 2 ] "sorted")

          testCase "an axis outside, or twice, is an error" (fun () ->
              for axis in [ -4; 3 ] do
                  let error = Expect.throws<ShapeException> (fun () -> Shape.axis "sum" 3 axis |> ignore) "outside"
                  Expect.isTrue (error.Message.StartsWith "sum: an axis must lie between -3 and 2") error.Message

              Expect.throws<ShapeException> (fun () -> Shape.axes "sum" 3 [ 0; -3 ] |> ignore) "twice" |> ignore)

          testCase "a tensor too large for one array is an error, unless it is empty" (fun () ->
              Expect.throws<ShapeException> (fun () -> Shape.size [ 100_000; 100_000 ] |> ignore) "10^10 elements"
              |> ignore

              Expect.equal (Shape.size [ 100_000; 100_000; 0 ]) 0 "empty") ]
