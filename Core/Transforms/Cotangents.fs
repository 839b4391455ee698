namespace Fluxion

/// Adding up what the uses of one node send back to it.
module internal Cotangents =
    // What stands at some places and is zero elsewhere: `Updates`, added at rank-1 `Indices` along an axis, of the tensor itself or (IsFlat) of all its elements in a row.
    type private Scattered = { Target: Indexing.Target; IsFlat: bool; Indices: Expr; Updates: Expr }

    let private positions (values: int[]) = Expr.constant (NDArray.ofInts DType.Int64 [ values.Length ] (Array.map int64 values))

    // Zeros around a part: along one axis if the others are whole.
    let private ofPad (padded: Expr) (paddings: Slicing.Padding list) (part: Expr) : Scattered =
        match [ 0 .. part.Rank - 1 ] |> List.filter (fun axis -> part.Shape[axis] <> padded.Shape[axis]) with
        | [ axis ] ->
            let padding = paddings[axis]
            let along = Array.init part.Shape[axis] (fun i -> padding.Before + i * (padding.Between + 1))

            { Target = { Axis = axis; Size = padded.Shape[axis] }
              IsFlat = false
              Indices = positions along
              Updates = part }
        | _ ->
            { Target = { Axis = 0; Size = Shape.size padded.Shape }
              IsFlat = true
              Indices = positions (Slicing.positions paddings part.Shape)
              Updates = part.ReshapeTo [ Shape.size part.Shape ] }

    let private ofScatter (target: Indexing.Target) (updates: Expr) (indices: Expr) : Scattered =
        let size = Shape.size indices.Shape
        let outer, inner = List.take target.Axis updates.Shape, List.skip (target.Axis + indices.Rank) updates.Shape

        { Target = target
          IsFlat = false
          Indices = indices.ReshapeTo [ size ]
          Updates = updates.ReshapeTo(outer @ size :: inner) }

    let private tryScattered (cotangent: Expr) : Scattered voption =
        match Row.tryApplication Slicing.pad cotangent, Row.tryApplication Indexing.scatterAdd cotangent with
        | ValueSome(paddings, arguments), _ -> ValueSome(ofPad cotangent paddings arguments[0])
        | _, ValueSome(target, arguments) -> ValueSome(ofScatter target arguments[0] arguments[1])
        | _ -> ValueNone

    /// Whether a cotangent is mostly zeros, as what a slice or a gather sends is: such ones wait until all have come.
    let isScattered (cotangent: Expr) : bool = cotangent.IsOf Slicing.pad || cotangent.IsOf Indexing.scatterAdd

    let private together (parts: Scattered list) (shape: Shape) : Expr =
        let first = parts.Head
        let known = parts |> List.choose (fun part -> Expr.tryValue part.Indices)

        // Constants stay constants: sparse patterns are known from them.
        let indices =
            if known.Length = parts.Length then
                let all = known |> Seq.collect (fun indices -> indices.Ints) |> Array.ofSeq
                Expr.constant (NDArray.ofInts first.Indices.DType [ all.Length ] all)
            else
                Expr.concat 0 [ for part in parts -> part.Indices ]

        let updates = Expr.concat first.Target.Axis [ for part in parts -> part.Updates ]
        (Column.apply Indexing.scatterAdd first.Target [ updates; indices ]).ReshapeTo shape

    /// Cotangents of one shape with the same sum, fewer where there are many small parts: a loop over the entries of a vector would
    /// add as many vectors, and a gradient by n entries cost n² sums. Few or large parts stay, as zeros around them cost loops nothing.
    let joined (cotangents: Expr list) : Expr list =
        match cotangents with
        | []
        | [ _ ] -> cotangents
        | first :: _ ->
            let size = int64 (Shape.size first.Shape)
            let partOf (part: Scattered) = int64 (Shape.size part.Updates.Shape)

            cotangents
            |> List.map (fun cotangent -> cotangent, tryScattered cotangent)
            |> List.groupBy (fun (_, part) -> part |> ValueOption.map (fun part -> part.Target, part.IsFlat, part.Indices.DType))
            |> List.collect (fun (kind, group) ->
                let parts =
                    [ for _, part in group do
                          yield! ValueOption.toList part ]

                let wholes = int64 (group.Length - 1) * size

                if kind.IsSome && wholes > 2L * List.sumBy partOf parts then
                    [ together parts first.Shape ]
                else
                    List.map fst group)
