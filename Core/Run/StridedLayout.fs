namespace Fluxion

/// How the elements of a tensor stand in a buffer: element (i, j, …) at Offset + i * Strides[0] + j * Strides[1] + ….
/// Views are other layouts of the same buffer, so they cost nothing.
type internal StridedLayout = { Shape: Shape; Offset: int; Strides: int list }

/// Layouts under the views that the rows name.
module internal StridedLayout =
    /// Row-major from the start of the buffer.
    let contiguous (shape: Shape) : StridedLayout = { Shape = shape; Offset = 0; Strides = Shape.strides shape }

    /// Axes of one element are never stepped along, so their strides mean nothing: without them.
    let private squeezed (layout: StridedLayout) = List.zip layout.Shape layout.Strides |> List.filter (fun (size, _) -> size <> 1)

    /// Whether the elements are `size` neighbours in row-major order.
    let isContiguous (layout: StridedLayout) : bool =
        let expected = Shape.strides (List.map fst (squeezed layout))
        Shape.size layout.Shape = 0 || List.map snd (squeezed layout) = expected

    let private broadcast (shape: Shape) (layout: StridedLayout) =
        let added = shape.Length - layout.Shape.Length

        let strides =
            shape
            |> List.mapi (fun axis size ->
                if axis < added || (layout.Shape[axis - added] = 1 && size <> 1) then
                    0
                else
                    layout.Strides[axis - added])

        { layout with Shape = shape; Strides = strides }

    // Walks both shapes from the back: a new axis can be read when it takes a whole part of an old one, or of old ones that lie without gaps.
    let rec private split (layout: (int * int) list) (shape: int list) (strides: int list) =
        match layout, shape with
        | rest, 1 :: sizes -> split rest sizes (0 :: strides)
        | (1, _) :: rest, sizes -> split rest sizes strides
        | [], [] -> Some strides
        | (size, stride) :: rest, wanted :: sizes when size % wanted = 0 ->
            split ((size / wanted, stride * wanted) :: rest) sizes (stride :: strides)
        | (size, stride) :: (outer, outerStride) :: rest, sizes when outerStride = stride * size || outer = 1 ->
            split ((size * outer, stride) :: rest) sizes strides
        | _ -> None

    let private reshape (shape: Shape) (layout: StridedLayout) =
        if Shape.size shape = 0 then
            Some { contiguous shape with Offset = 0 }
        else
            split (List.rev (List.zip layout.Shape layout.Strides)) (List.rev shape) []
            |> Option.map (fun strides -> { layout with Shape = shape; Strides = strides })

    let private slice (cuts: (int * int * int) list) (layout: StridedLayout) =
        { Shape = cuts |> List.map (fun (_, count, _) -> count)
          Offset =
            layout.Offset
            + (List.map2 (fun (first, count, _) stride -> if count = 0 then 0 else first * stride) cuts layout.Strides
               |> List.sum)
          Strides = List.map2 (fun (_, _, step) stride -> step * stride) cuts layout.Strides }

    /// The layout of a view whose result has this shape; None when the elements would have to move.
    let tryView (view: View) (shape: Shape) (layout: StridedLayout) : StridedLayout option =
        match view with
        | View.Reshape -> reshape shape layout
        | View.Broadcast -> Some(broadcast shape layout)
        | View.Permute order ->
            let pick (from: int list) = order |> List.map (fun axis -> from[axis])
            Some { layout with Shape = pick layout.Shape; Strides = pick layout.Strides }
        | View.Slice cuts -> layout |> slice cuts |> reshape shape

    /// Where a part of a tensor of shape `whole` stands in its buffer: `part`, which starts at, has as many elements as, and steps as the cuts say.
    let part (whole: Shape) (cuts: (int * int * int) list) (part: Shape) : StridedLayout =
        let full = slice cuts (contiguous whole)

        // Axes of one element come and go without moving anything.
        reshape part full |> Option.defaultValue full

    /// The layout read as if it were broadcast to a shape.
    let broadcastTo (shape: Shape) (layout: StridedLayout) : StridedLayout = if layout.Shape = shape then layout else broadcast shape layout

    /// Strides along the axes that have more or less than one element.
    let strides (layout: StridedLayout) : int[] = squeezed layout |> List.map snd |> Array.ofList

    /// The sizes of those axes.
    let space (shape: Shape) : int list = List.filter ((<>) 1) shape
