namespace Fluxion

/// Several tensors as one vector, and back: an op has one result, so one that makes several makes them so.
module internal Packing =
    /// The tensors of one element type, row-major, one after another: [n].
    let pack (parts: Expr list) : Expr =
        match parts with
        | [ part ] -> part.ReshapeTo [ Shape.size part.Shape ]
        | parts -> parts |> List.map (fun part -> part.ReshapeTo [ Shape.size part.Shape ]) |> Expr.concat 0

    /// The type of the vector.
    let typeOf (types: TensorType list) : TensorType = { types.Head with Shape = [ types |> List.sumBy (fun t -> Shape.size t.Shape) ] }

    /// The tensors of these shapes that a vector holds.
    let unpack (shapes: Shape list) (vector: Expr) : Expr list =
        let starts = shapes |> List.scan (fun start shape -> start + Shape.size shape) 0

        let part (shape: Shape) start =
            let size = Shape.size shape

            if vector.Shape = [ size ] then
                vector.ReshapeTo shape
            else
                (Expr.slice [ Slice.Range(Some start, Some(start + size), 1) ] vector).ReshapeTo shape

        List.map2 part shapes (List.take shapes.Length starts)

    /// As `pack`, each with a mapped axis in front: [batch; n].
    let packMapped (size: int) (parts: Expr list) : Expr =
        parts |> List.map (fun part -> part.ReshapeTo [ size; Shape.size part.Shape.Tail ]) |> Expr.concat 1

    /// Results of any types, asked for by element type: `packed` makes the vector of those at the given positions.
    let byType (types: TensorType list) (packed: int list -> Expr) : Expr list =
        types
        |> List.indexed
        |> List.groupBy (fun (_, t) -> t.DType)
        |> List.collect (fun (_, several) ->
            let positions = List.map fst several
            List.zip positions (unpack (several |> List.map (fun (_, t) -> t.Shape)) (packed positions)))
        |> List.sortBy fst
        |> List.map snd

    /// The values of several arrays as one, in the vector's order.
    let packValues (dtype: DType) (parts: NDArray list) : NDArray =
        let length = parts |> List.sumBy (fun part -> part.Length)

        if dtype.IsFloating then
            NDArray.ofFloats dtype [ length ] (parts |> Seq.map (fun part -> part.Floats) |> Array.concat)
        else
            NDArray.ofInts dtype [ length ] (parts |> Seq.map (fun part -> part.Ints) |> Array.concat)
