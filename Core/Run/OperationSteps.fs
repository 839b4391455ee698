namespace Fluxion

open System
open System.Runtime.Intrinsics
open Fluxion.Kernels

/// Numbers of one width as numbers of the other.
[<Sealed>]
type internal ConvertStep(source: int, result: int) =
    inherit Step()
    override _.Run buffers = Conversions.Convert(buffers[source], buffers[result])

/// Two integers to one, element by element; an array of one element stands beside all of the other's.
[<Sealed>]
type internal CombineStep(combine: int64 -> int64 -> int64, left: int, right: int, result: int) =
    inherit Step()
    let combine = OptimizedClosures.FSharpFunc<_, _, _>.Adapt combine
    let stride length = if length = 1 then 0 else 1

    override _.Run buffers =
        match buffers[left], buffers[right], buffers[result] with
        | (:? (int64[]) as x), (:? (int64[]) as y), (:? (int64[]) as z) ->
            let stepX, stepY = stride x.Length, stride y.Length

            for i in 0 .. z.Length - 1 do
                z[i] <- combine.Invoke(x[i * stepX], y[i * stepY])
        | (:? (int32[]) as x), (:? (int32[]) as y), (:? (int32[]) as z) ->
            let stepX, stepY = stride x.Length, stride y.Length

            for i in 0 .. z.Length - 1 do
                z[i] <- int32 (combine.Invoke(int64 x[i * stepX], int64 y[i * stepY]))
        | _ -> Errors.invalid "compile" "integers of one type are combined" "the buffers hold others" "report this"

/// What each row of integers comes to, its product for all numbers, or where its largest number stands.
[<Sealed>]
type internal ReduceRowsStep(reducer: Reducer, source: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match reducer, buffers[source], buffers[result] with
        | Reducer.Sum, (:? (int64[]) as rows), (:? (int64[]) as sums) -> RowReductions.Sum<int64>(rows, sums)
        | Reducer.Sum, (:? (int32[]) as rows), (:? (int32[]) as sums) -> RowReductions.Sum<int32>(rows, sums)
        | Reducer.Maximum, (:? (int64[]) as rows), (:? (int64[]) as largest) -> RowReductions.Max<int64>(rows, largest)
        | Reducer.Maximum, (:? (int32[]) as rows), (:? (int32[]) as largest) -> RowReductions.Max<int32>(rows, largest)
        | Reducer.ArgMax, (:? (float32[]) as rows), (:? (int64[]) as positions) -> RowReductions.ArgMax<float32>(rows, positions)
        | Reducer.ArgMax, (:? (float[]) as rows), (:? (int64[]) as positions) -> RowReductions.ArgMax<float>(rows, positions)
        | Reducer.ArgMax, (:? (int32[]) as rows), (:? (int64[]) as positions) -> RowReductions.ArgMax<int32>(rows, positions)
        | Reducer.ArgMax, (:? (int64[]) as rows), (:? (int64[]) as positions) -> RowReductions.ArgMax<int64>(rows, positions)
        | Reducer.Product, (:? (float[]) as rows), (:? (float[]) as products) -> RowReductions.Product<float, float>(rows, products)
        | Reducer.Product, (:? (float32[]) as rows), (:? (float32[]) as products) -> RowReductions.Product<float32, float>(rows, products)
        | Reducer.Product, (:? (int64[]) as rows), (:? (int64[]) as products) -> RowReductions.Product<int64, int64>(rows, products)
        | Reducer.Product, (:? (int32[]) as rows), (:? (int32[]) as products) -> RowReductions.Product<int32, int32>(rows, products)
        | _ -> Errors.invalid "compile" "rows of numbers are reduced" $"{reducer} is given other buffers" "report this"

/// Random numbers: as many for each key as there are results to a key.
[<Sealed>]
type internal DrawStep(stream: Stream, keys: int, result: int) =
    inherit Step()

    // Eight elements from an index on, as float64.
    let eight (isSingle: bool) (key: int64) (index: int) =
        match stream with
        | Stream.Normal -> Philox.normalEight key (int64 index)
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

/// The step of an operation.
module internal OperationSteps =
    let create (operation: Operation) (arguments: Storage[]) (result: Storage) : Step =
        let argument i = arguments[i].Slot.Number
        let slot = result.Slot
        let result = slot.Number

        match operation with
        | Operation.Convert -> ConvertStep(argument 0, result)
        | Operation.Combine combine -> CombineStep(combine, argument 0, argument 1, result)
        | Operation.ReduceRows reducer -> ReduceRowsStep(reducer, argument 0, result)
        | Operation.Rows operation -> RowSteps.create operation arguments slot
        | Operation.Draw stream -> DrawStep(stream, argument 0, result)
