namespace Fluxion

open System
open System.Numerics
open Fluxion.Kernels

/// Indices into rows, each row having its own.
module internal RowIndices =
    let inline private visitBy
        place
        size
        count
        total
        ([<InlineIfLambda>] indexAt: int -> int64)
        ([<InlineIfLambda>] action: int -> int -> unit)
        =
        Rows.requireInside place size total indexAt

        for i in 0 .. total - 1 do
            action (i / count * size + int (indexAt i)) i

    /// For each index of rows of `count`: where it points to among rows of `size`, and where it stands. All are checked before the first is visited.
    let inline visit (place: string) (size: int) (count: int) (indices: Array) ([<InlineIfLambda>] action: int -> int -> unit) : unit =
        match indices with
        | :? (int64[]) as indices -> visitBy place size count indices.Length (fun i -> indices[i]) action
        | :? (int32[]) as indices -> visitBy place size count indices.Length (fun i -> int64 indices[i]) action
        | _ -> Errors.invalid place "indices are integers" $"they are {indices}" "report this"

/// The elements of each row at its own indices.
[<Sealed>]
type internal TakeStep<'element>(size: int, count: int, source: int, indices: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[source], buffers[result] with
        | (:? ('element[]) as source), (:? ('element[]) as result) ->
            RowIndices.visit "takeAlong" size count buffers[indices] (fun from target -> result[target] <- source[from])
        | _ -> Errors.invalid "takeAlong" "buffers must be of the step's type" "they are not" "report this"

/// The elements of each row added into zeros at its own indices, one after another.
[<Sealed>]
type internal ScatterAlongStep<'element when 'element :> INumber<'element>>(size: int, count: int, updates: int, indices: int, result: int)
    =
    inherit Step()

    override _.Run buffers =
        match buffers[updates], buffers[result] with
        | (:? ('element[]) as updates), (:? ('element[]) as result) ->
            Array.Clear result

            RowIndices.visit "scatterAlong" size count buffers[indices] (fun target from ->
                result[target] <- result[target] + updates[from])
        | _ -> Errors.invalid "scatterAlong" "buffers must be of the step's type" "they are not" "report this"

/// What each row has come to at each of its elements, and the order of its elements.
[<Sealed>]
type internal RowStep(operation: RowOperation, length: int, source: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match operation, buffers[source], buffers[result] with
        | RowOperation.RunningSum back, (:? (float[]) as x), (:? (float[]) as y) -> RunningTotals.Sum<float, float>(x, y, length, back)
        | RowOperation.RunningSum back, (:? (float32[]) as x), (:? (float32[]) as y) ->
            RunningTotals.Sum<float32, float>(x, y, length, back)
        | RowOperation.RunningSum back, (:? (int64[]) as x), (:? (int64[]) as y) -> RunningTotals.Sum<int64, int64>(x, y, length, back)
        | RowOperation.RunningSum back, (:? (int32[]) as x), (:? (int32[]) as y) -> RunningTotals.Sum<int32, int32>(x, y, length, back)
        | RowOperation.RunningProduct back, (:? (float[]) as x), (:? (float[]) as y) ->
            RunningTotals.Product<float, float>(x, y, length, back)
        | RowOperation.RunningProduct back, (:? (float32[]) as x), (:? (float32[]) as y) ->
            RunningTotals.Product<float32, float>(x, y, length, back)
        | RowOperation.RunningProduct back, (:? (int64[]) as x), (:? (int64[]) as y) ->
            RunningTotals.Product<int64, int64>(x, y, length, back)
        | RowOperation.RunningProduct back, (:? (int32[]) as x), (:? (int32[]) as y) ->
            RunningTotals.Product<int32, int32>(x, y, length, back)
        | RowOperation.RunningArgMax, (:? (float[]) as x), (:? (int64[]) as y) -> RunningTotals.ArgMax<float>(x, y, length)
        | RowOperation.RunningArgMax, (:? (float32[]) as x), (:? (int64[]) as y) -> RunningTotals.ArgMax<float32>(x, y, length)
        | RowOperation.RunningArgMax, (:? (int64[]) as x), (:? (int64[]) as y) -> RunningTotals.ArgMax<int64>(x, y, length)
        | RowOperation.RunningArgMax, (:? (int32[]) as x), (:? (int64[]) as y) -> RunningTotals.ArgMax<int32>(x, y, length)
        | RowOperation.ArgSort down, (:? (float[]) as x), (:? (int64[]) as y) -> Ordering.ArgSort<float>(x, y, length, down)
        | RowOperation.ArgSort down, (:? (float32[]) as x), (:? (int64[]) as y) -> Ordering.ArgSort<float32>(x, y, length, down)
        | RowOperation.ArgSort down, (:? (int64[]) as x), (:? (int64[]) as y) -> Ordering.ArgSort<int64>(x, y, length, down)
        | RowOperation.ArgSort down, (:? (int32[]) as x), (:? (int64[]) as y) -> Ordering.ArgSort<int32>(x, y, length, down)
        | _ -> Errors.invalid "compile" "rows of numbers are walked" $"{operation} is given other buffers" "report this"

/// y = factor * (the y before it) + term, along each row.
[<Sealed>]
type internal RecurrenceStep(length: int, backwards: bool, factors: int, terms: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[factors], buffers[terms], buffers[result] with
        | (:? (float[]) as a), (:? (float[]) as b), (:? (float[]) as y) -> RunningTotals.Recur<float, float>(a, b, y, length, backwards)
        | (:? (float32[]) as a), (:? (float32[]) as b), (:? (float32[]) as y) ->
            RunningTotals.Recur<float32, float>(a, b, y, length, backwards)
        | _ -> Errors.invalid "compile" "rows of floating-point numbers are walked" "the buffers hold others" "report this"

/// The step of a row operation, for the element type at hand.
module internal RowSteps =
    let private take (dtype: DType) size count source indices result : Step =
        match dtype with
        | DType.Float32 -> TakeStep<float32>(size, count, source, indices, result)
        | DType.Float64 -> TakeStep<float>(size, count, source, indices, result)
        | DType.Int32 -> TakeStep<int32>(size, count, source, indices, result)
        | DType.Int64 -> TakeStep<int64>(size, count, source, indices, result)
        | DType.Bool -> TakeStep<bool>(size, count, source, indices, result)

    let private scatter (dtype: DType) size count updates indices result : Step =
        match dtype with
        | DType.Float32 -> ScatterAlongStep<float32>(size, count, updates, indices, result)
        | DType.Float64 -> ScatterAlongStep<float>(size, count, updates, indices, result)
        | DType.Int32 -> ScatterAlongStep<int32>(size, count, updates, indices, result)
        | DType.Int64 -> ScatterAlongStep<int64>(size, count, updates, indices, result)
        | DType.Bool -> Errors.dtype "scatterAlong" "numbers are needed" "the tensor is bool" "report this"

    let create (operation: RowOperation) (arguments: Storage[]) (result: Slot) : Step =
        let length i = List.last arguments[i].Layout.Shape
        let argument i = arguments[i].Slot.Number

        match operation with
        | RowOperation.Recurrence backwards -> RecurrenceStep(length 0, backwards, argument 0, argument 1, result.Number)
        | RowOperation.Take -> take result.DType (length 0) (length 1) (argument 0) (argument 1) result.Number
        | RowOperation.Scatter size -> scatter result.DType size (length 1) (argument 0) (argument 1) result.Number
        | _ -> RowStep(operation, length 0, argument 0, result.Number)
