namespace Fluxion

/// How padding continues a tensor beyond its edges.
[<RequireQualifiedAccess>]
type PaddingMode =
    /// One number everywhere.
    | Constant of float
    /// The element at the edge, repeated.
    | Edge
    /// The elements inside, mirrored at the one at the edge, which is not repeated.
    | Reflect
    /// The elements at the other end, as on a ring.
    | Wrap

/// Elements put elsewhere, by slices, broadcasts and concatenation, whose derivatives these functions have.
[<AutoOpen>]
module ArrangementFunctions =
    let private all = Slice.Range(None, None, 1)

    // One slice along an axis, everything along the others.
    let private along (axis: int) (slice: Slice) (x: Expr) = Expr.slice (List.replicate axis all @ [ slice ]) x

    let private range (axis: int) (first: int) (stop: int) (x: Expr) = along axis (Slice.Range(Some first, Some stop, 1)) x

    // How many elements a mode can put beside an axis of this size.
    let private limitOf (mode: PaddingMode) (size: int) =
        match mode with
        | PaddingMode.Constant _ -> System.Int32.MaxValue
        | PaddingMode.Edge -> if size = 0 then 0 else System.Int32.MaxValue
        | PaddingMode.Reflect -> max 0 (size - 1)
        | PaddingMode.Wrap -> size

    // What stands before and behind the elements of an axis.
    let private surroundings (mode: PaddingMode) (axis: int) (before: int) (after: int) (x: Expr) =
        let size = x.Shape[axis]
        let repeated (count: int) (edge: Expr) = edge.BroadcastTo(List.updateAt axis count x.Shape)

        // From an index on, downwards.
        let mirrored first count =
            let stop = first - count
            x |> along axis (Slice.Range(Some first, (if stop < 0 then None else Some stop), -1))

        match mode with
        | PaddingMode.Constant value -> repeated before (x.Literal value), repeated after (x.Literal value)
        | PaddingMode.Edge -> repeated before (range axis 0 1 x), repeated after (range axis (size - 1) size x)
        | PaddingMode.Reflect -> mirrored before before, mirrored (size - 2) after
        | PaddingMode.Wrap -> range axis (size - before) size x, range axis 0 after x

    let private padded (mode: PaddingMode) (x: Expr) (axis: int, (before: int, after: int)) =
        let limit = limitOf mode x.Shape[axis]

        let allowed = if limit = System.Int32.MaxValue then "0 or more" else $"0 to {limit}"

        if min before after < 0 || max before after > limit then
            Errors.shape
                "padWith"
                $"paddings of axis {axis}, which has size {x.Shape[axis]}, must be {allowed}"
                $"they are ({before}, {after})"
                "pad less, or with another mode?"

        if before = 0 && after = 0 then
            x
        else
            let front, back = surroundings mode axis before after x

            Expr.concat
                axis
                ([ before, front; x.Shape[axis], x; after, back ]
                 |> List.filter (fun (size, _) -> size > 0)
                 |> List.map snd)

    module Expr =
        /// The tensor continued beyond its edges: `before` and `after` for each axis. Corners continue what the axes before put there, as in NumPy.
        /// Raises ShapeException when a mode has not enough elements to continue with.
        let padWith (mode: PaddingMode) (paddings: (int * int) list) (x: Expr) : Expr =
            if paddings.Length <> x.Rank then
                Errors.shape
                    "padWith"
                    $"each axis of {Shape.show x.Shape} needs its (before, after)"
                    $"{paddings.Length} were given"
                    "give (0, 0) for axes that stay?"

            List.indexed paddings |> List.fold (padded mode) x

        /// The elements in the opposite order along axes.
        let flip (axes: int list) (x: Expr) : Expr =
            let axes = Shape.axes "flip" x.Rank axes

            Expr.slice [ for axis in 0 .. x.Rank - 1 -> if List.contains axis axes then Slice.Range(None, None, -1) else all ] x

        /// The elements moved on by `shift` places along an axis; those that leave at one end come back at the other.
        let roll (shift: int) (axis: int) (x: Expr) : Expr =
            let axis = Shape.axis "roll" x.Rank axis
            let size = x.Shape[axis]
            let places = if size = 0 then 0 else (shift % size + size) % size

            if places = 0 then
                x
            else
                Expr.concat axis [ range axis (size - places) size x; range axis 0 (size - places) x ]

        /// Each element `count` times in succession along an axis: `[1; 2]` twice is `[1; 1; 2; 2]`.
        let repeat (count: int) (axis: int) (x: Expr) : Expr =
            let axis = Shape.axis "repeat" x.Rank axis
            let size = x.Shape[axis]
            let count = (Shape.check "repeat" [ count ]).Head
            let each = Expr.expandDims (axis + 1) x
            (each.BroadcastTo(List.updateAt (axis + 1) count each.Shape)).ReshapeTo(List.updateAt axis (size * count) x.Shape)

        /// The whole tensor laid out again and again along each axis: `[1; 2]` twice is `[1; 2; 1; 2]`. Axes that have no number of repetitions, the
        /// first ones, stay; more repetitions than axes make new axes in front.
        let tile (repetitions: int list) (x: Expr) : Expr =
            let rank = max x.Rank repetitions.Length
            let filled (sizes: int list) = List.replicate (rank - sizes.Length) 1 @ sizes
            let repetitions, shape = filled (Shape.check "tile" repetitions), filled x.Shape
            let apart = x.ReshapeTo(shape |> List.collect (fun size -> [ 1; size ]))

            (apart.BroadcastTo(List.zip repetitions shape |> List.collect (fun (count, size) -> [ count; size ])))
                .ReshapeTo(List.map2 (*) repetitions shape)

        /// Parts of the given sizes, one after another along an axis. Raises ShapeException when they do not add up to it.
        let split (axis: int) (sizes: int list) (x: Expr) : Expr list =
            let axis = Shape.axis "split" x.Rank axis

            if List.sum (Shape.check "split" sizes) <> x.Shape[axis] then
                Errors.shape
                    "split"
                    $"the parts must add up to the {x.Shape[axis]} entries of axis {axis}"
                    $"they are {Shape.show sizes}"
                    "leave none out?"

            List.scan (+) 0 sizes |> List.pairwise |> List.map (fun (first, stop) -> range axis first stop x)

        /// The entries of an axis, each by itself and without that axis: what `stack` joins.
        let unstack (axis: int) (x: Expr) : Expr list =
            let axis = Shape.axis "unstack" x.Rank axis
            [ for i in 0 .. x.Shape[axis] - 1 -> along axis (Slice.At i) x ]
