namespace Fluxion.Tests

open System

/// An expectation that did not come true.
type ExpectException(message: string) =
    inherit Exception(message)

/// Expectations: they return nothing when met, and throw with both sides when not. Actual comes first, as in Expecto.
module Expect =
    let private fail message = raise (ExpectException message)

    let isTrue (actual: bool) (message: string) =
        if not actual then
            fail $"{message}: expected true."

    let equal (actual: 'a) (expected: 'a) (message: string) =
        if actual <> expected then
            fail $"{message}\nexpected: %A{expected}\n  actual: %A{actual}"

    /// |actual - expected| ≤ tolerance · max(1, |expected|): relative for large numbers, absolute near zero. NaN is close to
    /// NaN and an infinity to itself, and neither to anything else.
    let close (tolerance: float) (actual: float) (expected: float) (message: string) =
        let isSame = actual = expected || (Double.IsNaN actual && Double.IsNaN expected)
        let isNear = Double.IsFinite expected && abs (actual - expected) <= tolerance * max 1.0 (abs expected)

        if not (isSame || isNear) then
            fail $"{message}\nexpected: {expected:R} within {tolerance:R}\n  actual: {actual:R}"

    /// The same elements in the same order; the message names the first place where they part.
    let sequenceEqual (actual: 'a seq) (expected: 'a seq) (message: string) =
        let actual, expected = Array.ofSeq actual, Array.ofSeq expected
        let shared = min actual.Length expected.Length
        let isSame i = actual[i] = expected[i]

        match Seq.init shared id |> Seq.tryFind (isSame >> not) with
        | Some i -> fail $"{message}\nat index {i}\nexpected: %A{expected[i]}\n  actual: %A{actual[i]}"
        | None when actual.Length <> expected.Length -> fail $"{message}\nexpected {expected.Length} elements, but got {actual.Length}"
        | None -> ()

    /// Runs the action and returns the exception it must throw, for the test to read its message.
    let throws<'e when 'e :> exn> (action: unit -> unit) (message: string) : 'e =
        let thrown =
            try
                action ()
                None
            with e ->
                Some e

        match thrown with
        | Some(:? 'e as e) -> e
        | Some other -> fail $"{message}\nexpected: {typeof<'e>.Name}\n  actual: {other.GetType().Name}: {other.Message}"
        | None -> fail $"{message}\nexpected: {typeof<'e>.Name}\n  actual: nothing was thrown"

    /// The action, already warm, allocates nothing on this thread. A collection that another thread causes in between also counts what this
    /// thread had reserved and not used, so a few rounds are measured; a true allocation shows in every one of them.
    let allocatesNothing (action: unit -> unit) (message: string) =
        let round () =
            let before = GC.GetAllocatedBytesForCurrentThread()

            for _ in 1..20 do
                action ()

            GC.GetAllocatedBytesForCurrentThread() - before

        equal (Seq.init 5 (fun _ -> round ()) |> Seq.min) 0L $"{message}: bytes allocated"
