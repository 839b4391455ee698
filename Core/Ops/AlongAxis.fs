namespace Fluxion

/// Ops on each row along an axis by itself: what they have in common, and picking by each row's own indices.
module internal AlongAxis =
    /// An axis as these ops hold it: counted from the back, so that a new axis in front changes nothing, and -1 is where rows lie together.
    let fromBack (name: string) (rank: int) (axis: int) : int = Shape.axis name rank axis - rank

    // The axis changes places with the last one; again, and it is back.
    let private exchanged (axis: int) (x: Expr) =
        let last = x.Rank - 1

        x.Permute
            [ for i in 0..last ->
                  if i = last then x.Rank + axis
                  elif i = x.Rank + axis then last
                  else i ]

    /// Kernel column: rows are worked on along the last axis, where `row` has another it is brought there and back.
    let kernel (axis: int) (operation: RowOperation) (alongLast: Expr[] -> Expr) : Kernel =
        if axis = -1 then
            Kernel.Rows operation
        else
            Kernel.Composed(Composition(fun arguments -> arguments |> Array.map (exchanged axis) |> alongLast |> exchanged axis))

    /// Batch column: the same op, once every argument has the mapped axis.
    let batch (apply: Expr[] -> Expr) : BatchRule =
        BatchRule.Mapped(fun arguments -> arguments |> Array.map (Column.materialize (Column.batchSize arguments)) |> apply)

    /// The positions of each row's elements, in order.
    let rows (axis: int) (x: NDArray) : int[][] = Reduction.groups (Axes.Along [ x.Shape.Length + axis ]) x |> snd

    /// Refuses arguments whose sizes differ, but along the axis.
    let requireSameBeside (name: string) (axis: int) (types: TensorType[]) : unit =
        let beside (t: TensorType) = List.removeAt (t.Shape.Length + axis) t.Shape

        if types[0].Shape.Length <> types[1].Shape.Length || beside types[0] <> beside types[1] then
            Errors.shape
                name
                $"sizes must agree but along axis {types[0].Shape.Length + axis}"
                $"they are {Shape.show types[0].Shape} and {Shape.show types[1].Shape}"
                "repeat one with Expr.broadcastTo?"

    /// Where scatterAlong adds: along which axis, and how long that axis is in the result.
    type Target =
        { Axis: int
          Size: int }

        override this.ToString() = $"axis={this.Axis}, size={this.Size}"

    let private resized (axis: int) (size: int) (shape: Shape) = List.updateAt (shape.Length + axis) size shape

    let private cases =
        [ -1, [ 5 ], [ 3 ]
          -1, [ 2; 3 ], [ 2; 2 ]
          -2, [ 3; 2 ], [ 4; 2 ]
          -2, [ 2; 3; 2 ], [ 2; 1; 2 ]
          -1, [ 3 ], [ 0 ] ]

    let takeAlong, scatterAlong =
        let rec take: Row<int> =
            { Name = "takeAlong"
              Notation = fun _ -> Column.named "takeAlong"
              Shape =
                fun axis types ->
                    Column.requireInteger "takeAlong" "indices" types[1]
                    requireSameBeside "takeAlong" axis types
                    { types[0] with Shape = types[1].Shape }
              Rule =
                fun axis ->
                    Rule.Linear(fun arguments _ ct ->
                        let target = { Axis = axis; Size = arguments[0].Shape[arguments[0].Rank + axis] }
                        Column.apply scatter target [ ct; arguments[1] ])
              Batch = fun axis -> batch (List.ofArray >> Column.apply take axis)
              Eval =
                fun axis arguments ->
                    let x, indices = arguments[0], arguments[1]
                    let size = x.Shape[x.Shape.Length + axis]
                    let picked = indices.Ints |> Array.map (Indexing.requireIndex "takeAlong" size)
                    let positions = Array.zeroCreate picked.Length

                    (rows axis x, rows axis indices)
                    ||> Array.iter2 (fun from target -> target |> Array.iter (fun k -> positions[k] <- from[picked[k]]))

                    x |> NDArray.take indices.Shape positions
              Kernel = fun axis -> kernel axis RowOperation.Take (List.ofArray >> Column.apply take -1)
              Samples =
                [ for axis, shape, indices in cases ->
                      { Attribute = axis
                        Arguments = [ shape, Domain.real; indices, Domain.index shape[shape.Length + axis] ] } ] }

        and scatter: Row<Target> =
            { Name = "scatterAlong"
              Notation = fun _ -> Column.named "scatterAlong"
              Shape =
                fun target types ->
                    Column.numeric "scatterAlong" types[..0] |> ignore
                    Column.requireInteger "scatterAlong" "indices" types[1]

                    if types[0].Shape <> types[1].Shape then
                        Errors.shape
                            "scatterAlong"
                            "each update needs its own index"
                            $"updates are {Shape.show types[0].Shape} and indices are {Shape.show types[1].Shape}"
                            "repeat one with Expr.broadcastTo?"

                    { types[0] with Shape = resized target.Axis target.Size types[0].Shape }
              Rule = fun target -> Rule.Linear(fun arguments _ ct -> Column.apply take target.Axis [ ct; arguments[1] ])
              Batch = fun target -> batch (List.ofArray >> Column.apply scatter target)
              Eval =
                fun target arguments ->
                    let updates, indices = arguments[0], arguments[1]
                    let shape = resized target.Axis target.Size updates.Shape
                    let picked = indices.Ints |> Array.map (Indexing.requireIndex "scatterAlong" target.Size)
                    let targets = rows target.Axis (NDArray.full DType.Bool shape 0.0)

                    let add (plus: 'a -> 'a -> 'a) (data: 'a[]) =
                        let sums: 'a[] = Array.zeroCreate (Shape.size shape)

                        (targets, rows target.Axis indices)
                        ||> Array.iter2 (fun into from ->
                            for k in from do
                                let position = into[picked[k]]
                                sums[position] <- plus sums[position] data[k])

                        sums

                    if updates.DType.IsFloating then
                        updates.Floats |> add (+) |> NDArray.ofFloats updates.DType shape
                    else
                        updates.Ints |> add (+) |> NDArray.ofInts updates.DType shape
              Kernel =
                fun target ->
                    kernel target.Axis (RowOperation.Scatter target.Size) (List.ofArray >> Column.apply scatter { target with Axis = -1 })
              Samples =
                [ for axis, shape, indices in cases ->
                      let size = shape[shape.Length + axis]

                      { Attribute = { Axis = axis; Size = size }
                        Arguments = [ indices, Domain.real; indices, Domain.index size ] } ] }

        take, scatter

    /// Every row of this file.
    let all: IRow list = [ takeAlong; scatterAlong ]

[<AutoOpen>]
module AlongAxisFunctions =
    module Expr =
        /// The elements that integer `indices` name along an axis, each row having its own: `takeAlong 1 (argSort 1 x) x` is x sorted. Sizes agree
        /// but along that axis. Evaluation raises ArgumentException for an index outside the axis.
        let takeAlong (axis: int) (indices: Expr) (x: Expr) : Expr =
            Column.apply AlongAxis.takeAlong (AlongAxis.fromBack "takeAlong" x.Rank axis) [ x; indices ]

        /// Zeros of size `size` along an axis, to which each row of `updates` is added at its own integer `indices`: the transpose of takeAlong.
        let scatterAlong (axis: int) (size: int) (indices: Expr) (updates: Expr) : Expr =
            let target: AlongAxis.Target = { Axis = AlongAxis.fromBack "scatterAlong" updates.Rank axis; Size = size }
            Column.apply AlongAxis.scatterAlong target [ updates; indices ]
