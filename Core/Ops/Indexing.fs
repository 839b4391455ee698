namespace Fluxion

/// Ops that pick entries by integer indices, and their transpose, which adds them back.
module internal Indexing =
    // The shape with one axis replaced by those of the indices.
    let private replaceAxis (axis: int) (inner: Shape) (shape: Shape) = List.take axis shape @ inner @ List.skip (axis + 1) shape

    /// An index of an axis of this size, or an ArgumentException.
    let requireIndex (name: string) (size: int) (index: int64) : int =
        if index < 0L || index >= int64 size then
            Errors.argument name $"an index must lie in 0 .. {size - 1}" $"it is {index}" "check the data, or the axis?"

        int index

    // Moves `count` axes that stand at `first` to stand at `target`.
    let private moveAxes (first: int) (count: int) (target: int) (x: Expr) =
        let moved = [ first .. first + count - 1 ]
        let others = [ 0 .. x.Rank - 1 ] |> List.except moved
        x.Permute(List.take target others @ moved @ List.skip target others)

    // Indices that vary over the mapped axis, shifted so that they point into rows of all batches laid one after another. One that
    // is outside its own batch becomes -1: shifted like the others it would silently pick from a neighbour.
    let private shifted (rows: int) (indices: Expr) =
        let batch = indices.Shape.Head

        let offsets =
            NDArray.ofInts
                indices.DType
                (batch :: List.replicate (indices.Rank - 1) 1)
                [| for b in 0L .. int64 batch - 1L -> b * int64 rows |]

        let outside = indices.Literal -1.0
        let isBelow = Column.apply Elementwise.less () [ indices; indices.Literal(float rows) ]
        let isInside = Column.apply Elementwise.lessEqual () [ indices.Literal 0.0; indices ]

        let shifted =
            Column.apply Elementwise.where () [ isBelow; indices + Expr.Constant(indices.Language, offsets); outside ]

        Column.apply Elementwise.where () [ isInside; shifted; outside ]

    /// Where scatterAdd adds: along which axis, and how long that axis is in the result.
    type Target =
        { Axis: int
          Size: int }

        override this.ToString() = $"axis={this.Axis}, size={this.Size}"

    let gather, scatterAdd =
        // Both walk (outer, index, inner) blocks: outer axes before, inner ones behind.
        let extents axis (shape: Shape) = Shape.size (List.take axis shape), Shape.size (List.skip (axis + 1) shape)

        let rec gather: Row<int> =
            { Name = "gather"
              Notation = fun _ -> Column.named "gather"
              Shape =
                fun axis types ->
                    Column.requireInteger "gather" "indices" types[1]
                    let axis = Shape.axis "gather" types[0].Shape.Length axis
                    { types[0] with Shape = replaceAxis axis types[1].Shape types[0].Shape }
              Rule =
                fun axis ->
                    Rule.Linear(fun arguments _ ct ->
                        let target = { Axis = axis; Size = arguments[0].Shape[axis] }
                        Column.apply scatterAdd target [ ct; arguments[1] ])
              Batch =
                fun axis ->
                    BatchRule.Mapped(fun arguments ->
                        let x, indices = arguments[0], arguments[1]

                        if not indices.IsBatched then
                            Column.apply gather (axis + 1) [ x.Value; indices.Value ]
                        elif not x.IsBatched then
                            // The indices' axes, the mapped one first, land at `axis`; the mapped one goes to the front.
                            Column.apply gather axis [ x.Value; indices.Value ] |> moveAxes axis 1 0
                        else
                            let size, rows = x.Value.Shape.Head, x.Value.Shape[axis + 1]
                            let front = x.Value |> moveAxes (axis + 1) 1 1
                            let flat = front.ReshapeTo(size * rows :: List.skip 2 front.Shape)

                            Column.apply gather 0 [ flat; shifted rows indices.Value ]
                            |> moveAxes 1 (indices.Value.Rank - 1) (axis + 1))
              Eval =
                fun axis arguments ->
                    let x, indices = arguments[0], arguments[1].Ints
                    let size = x.Shape[axis]
                    let outer, inner = extents axis x.Shape
                    let indices = indices |> Array.map (requireIndex "gather" size)

                    let positions =
                        [| for o in 0 .. outer - 1 do
                               for index in indices do
                                   for i in 0 .. inner - 1 -> (o * size + index) * inner + i |]

                    x |> NDArray.take (replaceAxis axis arguments[1].Shape x.Shape) positions
              Kernel = Kernel.Gather
              Samples =
                [ for axis, shape, indices in
                      [ 0, [ 4 ], []
                        0, [ 4 ], [ 5 ]
                        1, [ 2; 3 ], [ 2 ]
                        0, [ 3; 2 ], [ 2; 2 ]
                        0, [ 3 ], [ 0 ]
                        1, [ 2; 3; 2 ], [ 1 ] ] ->
                      { Attribute = axis; Arguments = [ shape, Domain.real; indices, Domain.index shape[axis] ] } ] }

        /// Zeros of a given size along an axis, to which each part of the first argument is added at its index.
        and scatterAdd: Row<Target> =
            { Name = "scatterAdd"
              Notation = fun _ -> Column.named "scatterAdd"
              Shape =
                fun target types ->
                    Column.requireInteger "scatterAdd" "indices" types[1]
                    let rank = types[1].Shape.Length

                    if
                        target.Axis + rank > types[0].Shape.Length
                        || types[0].Shape[target.Axis .. target.Axis + rank - 1] <> types[1].Shape
                    then
                        Errors.shape
                            "scatterAdd"
                            $"the updates' axes from {target.Axis} on must be those of the indices"
                            $"updates are {Shape.show types[0].Shape} and indices are {Shape.show types[1].Shape}"
                            "check the axis?"

                    let inner = List.skip (target.Axis + rank) types[0].Shape
                    { types[0] with Shape = List.take target.Axis types[0].Shape @ target.Size :: inner }
              Rule = fun target -> Rule.Linear(fun arguments _ ct -> Column.apply gather target.Axis [ ct; arguments[1] ])
              Batch =
                fun target ->
                    BatchRule.Mapped(fun arguments ->
                        let size = Column.batchSize arguments
                        let updates, indices = Column.materialize size arguments[0], arguments[1]

                        if not indices.IsBatched then
                            Column.apply scatterAdd { target with Axis = target.Axis + 1 } [ updates; indices.Value ]
                        else
                            let rank = indices.Value.Rank - 1
                            let front = updates |> moveAxes (target.Axis + 1) rank 1

                            let flat =
                                Column.apply
                                    scatterAdd
                                    { Axis = 0; Size = size * target.Size }
                                    [ front; shifted target.Size indices.Value ]

                            flat.ReshapeTo(size :: target.Size :: flat.Shape.Tail) |> moveAxes 1 1 (target.Axis + 1))
              Eval =
                fun target arguments ->
                    let updates, indices = arguments[0], arguments[1].Ints |> Array.map (requireIndex "scatterAdd" target.Size)
                    let inner = updates.Shape |> List.skip (target.Axis + arguments[1].Shape.Length)
                    let shape = List.take target.Axis updates.Shape @ target.Size :: inner
                    let outer, inner = extents target.Axis shape

                    let add (plus: 'a -> 'a -> 'a) (data: 'a[]) =
                        let sums: 'a[] = Array.zeroCreate (Shape.size shape)

                        for o in 0 .. outer - 1 do
                            for k in 0 .. indices.Length - 1 do
                                for i in 0 .. inner - 1 do
                                    let position = (o * target.Size + indices[k]) * inner + i
                                    sums[position] <- plus sums[position] data[(o * indices.Length + k) * inner + i]

                        sums

                    if updates.DType.IsFloating then
                        updates.Floats |> add (+) |> NDArray.ofFloats updates.DType shape
                    else
                        updates.Ints |> add (+) |> NDArray.ofInts updates.DType shape
              Kernel = fun target -> Kernel.ScatterAdd target.Axis
              Samples =
                [ for target, updates, indices in
                      [ { Axis = 0; Size = 4 }, [], []
                        { Axis = 0; Size = 4 }, [ 5 ], [ 5 ]
                        { Axis = 1; Size = 3 }, [ 2; 2 ], [ 2 ]
                        { Axis = 0; Size = 3 }, [ 2; 2; 2 ], [ 2; 2 ]
                        { Axis = 0; Size = 3 }, [ 0 ], [ 0 ] ] ->
                      { Attribute = target; Arguments = [ updates, Domain.real; indices, Domain.index target.Size ] } ] }

        gather, scatterAdd

    /// How many classes there are, and the element type of what stands for them.
    type OneHot =
        { Classes: int
          DType: DType }

        // The classes are the last axis of the result.
        override _.ToString() = ""

    /// Rows of zeros, or false, with a one, or true, at each label.
    let oneHot: Row<OneHot> =
        // Picking each label's own number changes nothing, and refuses, in this op's name, a label that is no class.
        let known =
            { gather with
                Name = "oneHot"
                Eval =
                    fun _ arguments ->
                        for label in arguments[1].Ints do
                            requireIndex "oneHot" arguments[0].Length label |> ignore

                        arguments[1] }

        let composed (oneHot: OneHot) =
            Kernel.Composed(
                Composition(fun arguments ->
                    let labels = arguments[0]

                    let positions = NDArray.ofInts labels.DType [ oneHot.Classes ] [| for k in 0 .. oneHot.Classes - 1 -> int64 k |]

                    let positions = Expr.Constant(labels.Language, positions)
                    let labels = Column.apply known 0 [ positions; labels ]
                    let isLabel = Column.apply Elementwise.equal () [ labels.ReshapeTo(labels.Shape @ [ 1 ]); positions ]

                    if oneHot.DType = DType.Bool then
                        isLabel
                    else
                        Column.apply Elementwise.cast oneHot.DType [ isLabel ])
            )

        let evaluate (oneHot: OneHot) (arguments: NDArray[]) =
            let found = Array.zeroCreate (arguments[0].Length * oneHot.Classes)

            arguments[0].Ints
            |> Array.iteri (fun i label -> found[i * oneHot.Classes + requireIndex "oneHot" oneHot.Classes label] <- 1L)

            let rows = NDArray.ofInts DType.Int64 (arguments[0].Shape @ [ oneHot.Classes ]) found
            NDArray.cast oneHot.DType rows

        let rec row =
            { Name = "oneHot"
              Notation = fun _ -> Column.named "oneHot"
              Shape =
                fun oneHot types ->
                    Column.requireInteger "oneHot" "labels" types[0]

                    { Shape = Shape.check "oneHot" (types[0].Shape @ [ oneHot.Classes ]); DType = oneHot.DType }
              Rule = fun _ -> Rule.Constant
              Batch = fun oneHot -> BatchRule.Mapped(fun arguments -> Column.apply row oneHot [ arguments[0].Value ])
              Eval = evaluate
              Kernel = composed
              Samples =
                [ for dtype, labels in [ DType.Float64, []; DType.Float32, [ 4 ]; DType.Bool, [ 2; 3 ]; DType.Int64, [ 0 ] ] ->
                      { Attribute = { Classes = 3; DType = dtype }; Arguments = [ labels, Domain.index 3 ] } ] }

        row

    /// Every row of this file.
    let rows: IRow list = [ gather; scatterAdd; oneHot ]

[<AutoOpen>]
module IndexingFunctions =
    module Expr =
        /// The entries along `axis` at integer `indices`, whose axes take that axis's place: rows of a table, words of an embedding.
        /// Evaluation raises ArgumentException for an index outside the axis.
        let gather (axis: int) (indices: Expr) (x: Expr) : Expr =
            Column.apply Indexing.gather (Shape.axis "gather" x.Rank axis) [ x; indices ]

        /// Zeros of size `size` along `axis`, to which `updates` are added at integer `indices`: the transpose of gather. Raises ShapeException for a
        /// negative size.
        let scatterAdd (axis: int) (size: int) (indices: Expr) (updates: Expr) : Expr =
            let size = (Shape.check "scatterAdd" [ size ]).Head
            Column.apply Indexing.scatterAdd { Axis = Shape.axis "scatterAdd" (updates.Rank + 1) axis; Size = size } [ updates; indices ]

        /// Where each integer label stands among the classes: [..; classes] of any element type for labels [..], with one (or true) at the label and zero
        /// elsewhere. Evaluation raises ArgumentException for a label outside 0 .. classes - 1.
        let oneHotOf (dtype: DType) (classes: int) (labels: Expr) : Expr =
            Column.requireInteger "oneHot" "labels" labels.Type

            Column.apply Indexing.oneHot { Classes = classes; DType = dtype } [ labels ]

        /// Integer labels [..] as float64 rows of zeros with a one: [..; classes]. Evaluation raises ArgumentException for a label outside
        /// 0 .. classes - 1.
        let oneHot (classes: int) (labels: Expr) : Expr = oneHotOf DType.Float64 classes labels
