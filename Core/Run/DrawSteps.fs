namespace Fluxion

open System
open System.Buffers
open System.Runtime.Intrinsics

/// Random numbers: as many for each key as there are results to a key.
[<Sealed>]
type internal DrawStep(stream: Stream, keys: int, result: int) =
    inherit Step()

    let truncate =
        match stream with
        | Stream.TruncatedNormal(low, high) -> Distribution.truncate low high
        | _ -> id

    // Eight elements from an index on, as float64.
    let eight (isSingle: bool) (key: int64) (index: int) =
        match stream with
        | Stream.Normal -> Philox.normalEight key (int64 index)
        | Stream.TruncatedNormal _ ->
            let u = Philox.uniformEight key (int64 index)
            let inline lane i = truncate (u.GetElement i)
            Vector512.Create(lane 0, lane 1, lane 2, lane 3, lane 4, lane 5, lane 6, lane 7)
        | _ when isSingle -> Philox.uniform24Eight key (int64 index)
        | _ -> Philox.uniformEight key (int64 index)

    let fill (numbers: Span<float>) (key: int64) =
        let whole = numbers.Length - numbers.Length % 8

        for index in 0..8 .. whole - 1 do
            (eight false key index).CopyTo(numbers.Slice index)

        if whole < numbers.Length then
            let rest = eight false key whole

            for lane in 0 .. numbers.Length - whole - 1 do
                numbers[whole + lane] <- rest.GetElement lane

    let fillSingle (numbers: Span<float32>) (key: int64) =
        let narrow (numbers: Vector512<float>) = Vector256.Narrow(numbers.GetLower(), numbers.GetUpper())
        let whole = numbers.Length - numbers.Length % 8

        for index in 0..8 .. whole - 1 do
            (narrow (eight true key index)).CopyTo(numbers.Slice index)

        if whole < numbers.Length then
            let rest = narrow (eight true key whole)

            for lane in 0 .. numbers.Length - whole - 1 do
                numbers[whole + lane] <- rest.GetElement lane

    override _.Run buffers =
        match buffers[keys], buffers[result] with
        | (:? (int64[]) as keys), (:? (float[]) as numbers) ->
            let count = numbers.Length / max 1 keys.Length

            for i in 0 .. keys.Length - 1 do
                fill (Span(numbers, i * count, count)) keys[i]
        | (:? (int64[]) as keys), (:? (float32[]) as numbers) ->
            let count = numbers.Length / max 1 keys.Length

            for i in 0 .. keys.Length - 1 do
                fillSingle (Span(numbers, i * count, count)) keys[i]
        | _ -> Errors.invalid "compile" "random numbers are floats from int64 keys" "the buffers hold others" "report this"

/// The normal numbers that make draws of the gamma distribution: as many for each key as there are parameters to a key.
[<Sealed>]
type internal GammaNormalStep(keys: int, concentrations: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[keys], buffers[concentrations], buffers[result] with
        | (:? (int64[]) as keys), (:? (float[]) as concentrations), (:? (float[]) as numbers) ->
            let count = numbers.Length / max 1 keys.Length

            for i in 0 .. numbers.Length - 1 do
                numbers[i] <- Distribution.gammaNormal keys[i / count] (int64 (i % count)) concentrations[i]
        | (:? (int64[]) as keys), (:? (float32[]) as concentrations), (:? (float32[]) as numbers) ->
            let count = numbers.Length / max 1 keys.Length

            for i in 0 .. numbers.Length - 1 do
                numbers[i] <- float32 (Distribution.gammaNormal keys[i / count] (int64 (i % count)) (float concentrations[i]))
        | _ -> Errors.invalid "compile" "gamma draws are floats from int64 keys" "the buffers hold others" "report this"

/// An order for each key.
[<Sealed>]
type internal PermutationStep(keys: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[keys], buffers[result] with
        | (:? (int64[]) as keys), (:? (int64[]) as orders) ->
            let count = orders.Length / max 1 keys.Length
            let room = ArrayPool<float>.Shared.Rent count

            for i in 0 .. keys.Length - 1 do
                Distribution.permute keys[i] (Span(room, 0, count)) (Span(orders, i * count, count))

            ArrayPool<float>.Shared.Return room
        | _ -> Errors.invalid "compile" "orders are int64, from int64 keys" "the buffers hold others" "report this"

/// The step of a stream of random numbers.
module internal DrawSteps =
    let create (stream: Stream) (arguments: int[]) (result: int) : Step =
        match stream with
        | Stream.GammaNormal -> GammaNormalStep(arguments[0], arguments[1], result)
        | Stream.Permutation -> PermutationStep(arguments[0], result)
        | _ -> DrawStep(stream, arguments[0], result)
