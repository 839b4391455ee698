namespace Fluxion

open System
open System.Numerics

/// One step of a plan, on its buffers.
[<AbstractClass>]
type internal Step() =
    abstract Run: buffers: Array[] -> unit
    /// Fills new buffers with what the step keeps from run to run, if it keeps anything. The pool is for plans inside the step.
    abstract Prepare: buffers: Array[] * pool: ScratchPool -> unit
    default _.Prepare(_, _) = ()

/// Rows by index: a tensor seen as [outer; size; inner], of which `count` indices name rows of `inner` elements.
type internal Rows = { Outer: int; Size: int; Inner: int; Count: int }

/// Walking rows by index.
module internal Rows =
    /// A tensor of a shape, with indices into an axis.
    let along (axis: int) (shape: Shape) (indices: Shape) : Rows =
        { Outer = Shape.size (List.take axis shape)
          Size = shape[axis]
          Inner = Shape.size (List.skip (axis + 1) shape)
          Count = Shape.size indices }

    /// Refuses an index outside an axis of this size.
    let inline requireInside (place: string) (size: int) (count: int) ([<InlineIfLambda>] indexAt: int -> int64) : unit =
        for i in 0 .. count - 1 do
            let index = indexAt i

            if index < 0L || index >= int64 size then
                Errors.argument place $"an index must lie in 0 .. {size - 1}" $"it is {index}" "check the data, or the axis?"

    /// For each index, in order: where its row starts among the rows of the axis, and among those of the indices. All indices are checked before the
    /// first row is visited, also when there are no rows.
    let inline visitBy place rows ([<InlineIfLambda>] indexAt: int -> int64) ([<InlineIfLambda>] action: int -> int -> unit) =
        requireInside place rows.Size rows.Count indexAt

        for outer in 0 .. rows.Outer - 1 do
            for i in 0 .. rows.Count - 1 do
                action ((outer * rows.Size + int (indexAt i)) * rows.Inner) ((outer * rows.Count + i) * rows.Inner)

    /// The same for a buffer of int32 or int64 indices.
    let inline visit (place: string) (rows: Rows) (indices: Array) ([<InlineIfLambda>] action: int -> int -> unit) : unit =
        match indices with
        | :? (int64[]) as indices -> visitBy place rows (fun i -> indices[i]) action
        | :? (int32[]) as indices -> visitBy place rows (fun i -> int64 indices[i]) action
        | _ -> Errors.invalid place "indices are integers" $"they are {indices}" "report this"

/// Rows picked by index, for the op that errors name.
[<Sealed>]
type internal GatherStep<'element>(place: string, rows: Rows, source: int, indices: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[source], buffers[result] with
        | (:? ('element[]) as source), (:? ('element[]) as result) ->
            Rows.visit place rows buffers[indices] (fun from target ->
                if rows.Inner = 1 then
                    result[target] <- source[from]
                else
                    Array.Copy(source, from, result, target, rows.Inner))
        | _ -> Errors.invalid place "buffers must be of the step's type" "they are not" "report this"

/// Rows added up by index, one after another, so that the order of a sum is that of the indices.
[<Sealed>]
type internal ScatterStep<'element when 'element :> INumber<'element>>(rows: Rows, updates: int, indices: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[updates], buffers[result] with
        | (:? ('element[]) as updates), (:? ('element[]) as result) ->
            Array.Clear result

            Rows.visit "scatterAdd" rows buffers[indices] (fun target from ->
                if rows.Inner = 1 then
                    result[target] <- result[target] + updates[from]
                else
                    for i in 0 .. rows.Inner - 1 do
                        result[target + i] <- result[target + i] + updates[from + i])
        | _ -> Errors.invalid "scatterAdd" "buffers must be of the step's type" "they are not" "report this"

/// True where any update with that index is.
[<Sealed>]
type internal ScatterBoolStep(rows: Rows, updates: int, indices: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[updates], buffers[result] with
        | (:? (bool[]) as updates), (:? (bool[]) as result) ->
            Array.Clear result

            Rows.visit "scatterAdd" rows buffers[indices] (fun target from ->
                for i in 0 .. rows.Inner - 1 do
                    result[target + i] <- result[target + i] || updates[from + i])
        | _ -> Errors.invalid "scatterAdd" "buffers must be of the step's type" "they are not" "report this"

/// Steps for the element type at hand.
module internal IndexedSteps =
    let gather (place: string) (dtype: DType) (rows: Rows) (source: int) (indices: int) (result: int) : Step =
        match dtype with
        | DType.Float32 -> GatherStep<float32>(place, rows, source, indices, result)
        | DType.Float64 -> GatherStep<float>(place, rows, source, indices, result)
        | DType.Int32 -> GatherStep<int32>(place, rows, source, indices, result)
        | DType.Int64 -> GatherStep<int64>(place, rows, source, indices, result)
        | DType.Bool -> GatherStep<bool>(place, rows, source, indices, result)

    let scatter (dtype: DType) (rows: Rows) (updates: int) (indices: int) (result: int) : Step =
        match dtype with
        | DType.Float32 -> ScatterStep<float32>(rows, updates, indices, result)
        | DType.Float64 -> ScatterStep<float>(rows, updates, indices, result)
        | DType.Int32 -> ScatterStep<int32>(rows, updates, indices, result)
        | DType.Int64 -> ScatterStep<int64>(rows, updates, indices, result)
        | DType.Bool -> ScatterBoolStep(rows, updates, indices, result)
