/// The front end itself, by running tests that fail, throw, wait or share a name.
module Fluxion.Tests.TestingTests

open System
open FsCheck

let private outcomes test = Leaf.all test |> List.map (fun leaf -> leaf.Path, Leaf.run None leaf)

let private failure outcome =
    match outcome with
    | Failed e -> e
    | other -> raise (ExpectException $"expected a failure, but the outcome was %A{other}")

let private onlyFailure test = outcomes test |> List.exactlyOne |> snd |> failure

let private running =
    testList
        "running"
        [ testCase "paths are in order, from the root" (fun () ->
              let tree = testList "a" [ testCase "one" ignore; testList "b" [ testCase "two" ignore ] ]
              Expect.equal (outcomes tree) [ "a/one", Passed; "a/b/two", Passed ] "paths and outcomes")

          testCase "an exception fails its case and no other" (fun () ->
              let tree =
                  testList "a" [ testCase "bad" (fun () -> raise (InvalidOperationException "why")); testCase "good" ignore ]

              let results = outcomes tree
              Expect.equal (failure (snd results[0])).Message "why" "the message of the failure"
              Expect.equal (snd results[1]) Passed "the next case")

          testCase "a pending case is skipped and does not run" (fun () ->
              let tree = ptestCase "later" (fun () -> raise (InvalidOperationException "ran"))
              Expect.equal (outcomes tree) [ "later", Skipped "pending" ] "outcome")

          testCase "with one focused, the others are skipped" (fun () ->
              let tree =
                  testList "a" [ ftestCase "this" ignore; testCase "that" (fun () -> raise (InvalidOperationException "ran")) ]

              Expect.equal (outcomes tree) [ "a/this", Passed; "a/that", Skipped "pending" ] "outcomes")

          testCase "two cases of one path are refused, by name" (fun () ->
              let twice () = testList "a" [ testCase "x" ignore; testCase "x" ignore ] |> Leaf.all |> ignore
              let error = Expect.throws<ArgumentException> twice "a path is an identity"
              Expect.isTrue (error.Message.Contains "a/x") "the message names the path") ]

let private properties =
    testList
        "properties"
        [ testCase "a property that holds passes" (fun () ->
              Expect.equal (outcomes (testProperty "p" (fun (x: int) -> x + 0 = x))) [ "p", Passed ] "outcome")

          testCase "a property that does not hold fails" (fun () ->
              Expect.isTrue ((onlyFailure (testProperty "p" (fun (x: int) -> x < 5))) :? PropertyFailedException) "outcome")

          testCase "a failure shows the counter-example and how to see it again" (fun () ->
              let error = onlyFailure (testProperty "p" (fun (NonNegativeInt x) -> x < 5))
              Expect.isTrue (error.Message.Contains "NonNegativeInt 5") $"shrunk to 5 in: {error.Message}"
              Expect.isTrue (error.Message.Contains "--replay ") $"the seed in: {error.Message}")

          testCase "what a property throws is kept as the cause" (fun () ->
              let error = onlyFailure (testProperty "p" (fun (_: int) -> raise (FormatException "cause"): bool))
              Expect.isTrue (error.InnerException :? FormatException) "inner exception")

          testCase "a replayed property sees the same arguments" (fun () ->
              let seen = ResizeArray()
              let leaf = testProperty "p" (fun (x: int) -> seen.Add x) |> Leaf.all |> List.exactlyOne

              let draw () =
                  seen.Clear()
                  Leaf.run (Replay.tryParse "1234,5679,20") leaf |> ignore
                  List.ofSeq seen

              let first = draw ()
              Expect.sequenceEqual (draw ()) first "the second run"
              Expect.equal (Set first).IsEmpty false "arguments were drawn")

          testCase "the count of a configuration is kept" (fun () ->
              let mutable count = 0
              let test = testPropertyWith (Config.Quick.WithMaxTest 7) "p" (fun (_: int) -> count <- count + 1)
              outcomes test |> ignore
              Expect.equal count 7 "runs")

          testProperty "a printed replay reads back" (fun (seed: uint64) (NonNegativeInt size) ->
              let rnd = Rnd seed
              Replay.tryParse (Replay.print rnd size) = Some { Rnd = rnd; Size = Some size })

          testCase "what is no replay is refused" (fun () ->
              for text in [ ""; "1"; "1,2"; "1,2,x"; "1,2,3,4"; "-1,2,3" ] do
                  Expect.equal (Replay.tryParse text) None text) ]

let private fails action = (Expect.throws<ExpectException> action "it should not hold").Message

let private expectations =
    testList
        "expectations"
        [ testCase "equal shows both sides" (fun () ->
              let message = fails (fun () -> Expect.equal [ 1; 2 ] [ 1; 3 ] "lists")
              Expect.isTrue (message.Contains "[1; 2]" && message.Contains "[1; 3]") message)

          testCase "isTrue fails on false" (fun () -> fails (fun () -> Expect.isTrue false "no") |> ignore)

          testCase "close is relative for large numbers, absolute near zero" (fun () ->
              Expect.close 1e-6 1_000_000.5 1_000_000.0 "large"
              Expect.close 1e-6 1e-7 0.0 "small"
              fails (fun () -> Expect.close 1e-6 1_000_002.0 1_000_000.0 "large") |> ignore
              fails (fun () -> Expect.close 1e-6 1e-5 0.0 "small") |> ignore)

          testCase "close knows NaN and infinity" (fun () ->
              Expect.close 1e-6 nan nan "NaN"
              Expect.close 1e-6 infinity infinity "infinity"

              for actual, expected in [ nan, 1.0; 1.0, nan; infinity, 1.0; 1.0, infinity; infinity, -infinity ] do
                  fails (fun () -> Expect.close 1e-6 actual expected "mixed") |> ignore)

          testCase "sequenceEqual names the first difference" (fun () ->
              let message = fails (fun () -> Expect.sequenceEqual [ 1; 2; 4 ] [ 1; 2; 3 ] "sequence")
              Expect.isTrue (message.Contains "index 2") message
              fails (fun () -> Expect.sequenceEqual [ 1 ] [ 1; 2 ] "too short") |> ignore)

          testCase "throws wants that exception, and gives it" (fun () ->
              let error = Expect.throws<FormatException> (fun () -> raise (FormatException "f")) "format"
              Expect.equal error.Message "f" "the exception itself"
              fails (fun () -> Expect.throws<FormatException> ignore "nothing thrown" |> ignore) |> ignore

              fails (fun () -> Expect.throws<FormatException> (fun () -> raise (TimeoutException())) "another" |> ignore)
              |> ignore) ]

let tests = testList "Testing" [ running; properties; expectations ]
