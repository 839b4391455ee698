namespace Fluxion

/// Ops that move elements and do no arithmetic.
module internal Movement =
    let reshape: Row<Shape> =
        let rec row =
            { Name = "reshape"
              Notation = fun _ -> Column.implicit "reshape"
              Shape =
                fun shape types ->
                    if Shape.size (Shape.check "reshape" shape) <> Shape.size types[0].Shape then
                        Errors.shape
                            "reshape"
                            $"{Shape.show shape} holds {Shape.size shape} elements and the tensor must too"
                            $"it is {Shape.show types[0].Shape} with {Shape.size types[0].Shape}"
                            "check the sizes?"

                    { types[0] with Shape = shape }
              Rule = fun _ -> Rule.Linear(fun arguments i ct -> Column.apply row arguments[i].Shape [ ct ])
              Batch =
                fun shape ->
                    BatchRule.Mapped(fun arguments -> Column.apply row (Column.batchSize arguments :: shape) [ arguments[0].Value ])
              Eval = fun shape arguments -> NDArray.reshape shape arguments[0]
              Kernel = fun _ -> Kernel.View View.Reshape
              Samples =
                [ for before, after in [ [], [ 1 ]; [ 6 ], [ 2; 3 ]; [ 2; 3 ], [ 3; 2 ]; [ 0 ], [ 2; 0 ]; [ 2; 1; 2 ], [ 4 ] ] ->
                      { Attribute = after; Arguments = [ before, Domain.real ] } ] }

        row

    let broadcast: Row<Shape> =
        let rec row =
            { Name = "broadcast"
              Notation = fun _ -> Column.implicit "broadcast"
              Shape =
                fun shape types ->
                    if Shape.tryBroadcast types[0].Shape (Shape.check "broadcast" shape) <> Some shape then
                        Errors.shape
                            "broadcast"
                            $"the tensor's sizes must be those of {Shape.show shape}, or 1, counted from the last axis"
                            $"it is {Shape.show types[0].Shape}"
                            "reshape it first?"

                    { types[0] with Shape = shape }
              Rule = fun _ -> Rule.Linear(fun arguments i ct -> ct.SumTo arguments[i].Shape)
              Batch =
                fun shape ->
                    BatchRule.Mapped(fun arguments ->
                        let x = arguments[0].Value
                        let aligned = List.replicate (shape.Length - x.Rank + 1) 1
                        Column.apply row (x.Shape.Head :: shape) [ x.ReshapeTo(x.Shape.Head :: aligned @ x.Shape.Tail) ])
              Eval = fun shape arguments -> NDArray.broadcast shape arguments[0]
              Kernel = fun _ -> Kernel.View View.Broadcast
              Samples =
                [ for before, after in [ [], [ 3 ]; [ 3 ], [ 2; 3 ]; [ 2; 1 ], [ 4; 2; 3 ]; [ 1 ], [ 0 ]; [ 2 ], [ 2 ] ] ->
                      { Attribute = after; Arguments = [ before, Domain.real ] } ] }

        row

    /// The order that puts axes back.
    let inverse (order: int list) : int list = order |> List.indexed |> List.sortBy snd |> List.map fst

    /// The axes in the given order: axis i of the result is axis order[i] of the argument.
    let permute: Row<int list> =
        let rec row =
            { Name = "transpose"
              Notation =
                fun order ->
                    // Swapping two axes is what people write a T for.
                    match order with
                    | [ 1; 0 ] -> Column.superscript "ᵀ" "\\top"
                    | _ -> Column.named "transpose"
              Shape =
                fun order types ->
                    if List.sort order <> [ 0 .. types[0].Shape.Length - 1 ] then
                        Errors.shape
                            "permute"
                            $"the order must hold each axis of {Shape.show types[0].Shape} once"
                            $"it is {Shape.show order}"
                            "count axes from 0?"

                    { types[0] with Shape = order |> List.map (fun axis -> types[0].Shape[axis]) }
              Rule = fun order -> Rule.Linear(fun _ _ ct -> Column.apply row (inverse order) [ ct ])
              Batch = fun order -> BatchRule.Mapped(fun arguments -> Column.apply row (0 :: List.map ((+) 1) order) [ arguments[0].Value ])
              Eval =
                fun order arguments ->
                    let x = arguments[0]
                    let strides = Shape.strides x.Shape
                    let shape = order |> List.map (fun axis -> x.Shape[axis])
                    x |> NDArray.take shape (Shape.walk shape (order |> List.map (fun axis -> strides[axis])) 0)
              Kernel = fun order -> Kernel.View(View.Permute order)
              Samples =
                [ for shape, order in [ [], []; [ 3 ], [ 0 ]; [ 2; 3 ], [ 1; 0 ]; [ 2; 0 ], [ 1; 0 ]; [ 2; 3; 4 ], [ 2; 0; 1 ] ] ->
                      { Attribute = order; Arguments = [ shape, Domain.real ] } ] }

        row

    // One slice along an axis, everything along the others.
    let private part (axis: int) (slice: Slice) (x: Expr) =
        let all = Slice.Range(None, None, 1)
        x.Language.Slice (List.replicate axis all @ [ slice ]) x

    let private shapesOf (types: TensorType[]) = types |> Array.map (fun t -> Shape.show t.Shape) |> String.concat " and "

    // Joining maps over a leading axis as itself, one axis further in, when all parts have that axis.
    let private batchedJoin (row: Row<int>) (axis: int) =
        BatchRule.Mapped(fun parts ->
            parts
            |> Array.map (Column.materialize (Column.batchSize parts))
            |> List.ofArray
            |> Column.apply row (axis + 1))

    // Before the axis, along it, behind it: joining along an axis interleaves whole (along, behind) blocks.
    let private interleave (outer: int) (shape: Shape) (arguments: NDArray[]) =
        let join (parts: 'a[][]) =
            [| for o in 0 .. outer - 1 do
                   for part in parts do
                       let block = part.Length / outer
                       yield! part[o * block .. (o + 1) * block - 1] |]

        let dtype = arguments[0].DType

        if dtype.IsFloating then
            arguments |> Array.map (fun a -> a.Floats) |> join |> NDArray.ofFloats dtype shape
        else
            arguments |> Array.map (fun a -> a.Ints) |> join |> NDArray.ofInts dtype shape

    /// Tensors laid one after another along an axis that they have.
    let concat: Row<int> =
        let rec row =
            { Name = "concat"
              Notation = fun _ -> Column.named "concat"
              Shape =
                fun axis types ->
                    let dtype = Column.sameDType "concat" types
                    let shape = types[0].Shape
                    let others (t: TensorType) = t.Shape |> List.indexed |> List.filter (fun (i, _) -> i <> axis)

                    if
                        axis >= shape.Length
                        || types |> Array.exists (fun t -> t.Shape.Length <> shape.Length || others t <> others types[0])
                    then
                        Errors.shape
                            "concat"
                            $"shapes must agree but for axis {axis}"
                            $"they are {shapesOf types}"
                            "use Expr.stack to add a new axis?"

                    { Shape = List.updateAt axis (types |> Array.sumBy (fun t -> t.Shape[axis])) shape; DType = dtype }
              Rule =
                fun axis ->
                    // Reverse mode asks for one argument after another: with those before it counted each time, n of them would take n² steps.
                    let latest = ref ([||], [||])

                    let startsOf (arguments: Expr[]) =
                        match latest.Value with
                        | known, starts when obj.ReferenceEquals(known, arguments) -> starts
                        | _ ->
                            let starts = arguments |> Array.scan (fun start argument -> start + argument.Shape[axis]) 0
                            latest.Value <- (arguments, starts)
                            starts

                    Rule.Linear(fun arguments i ct ->
                        let starts = startsOf arguments
                        part axis (Slice.Range(Some starts[i], Some starts[i + 1], 1)) ct)
              Batch = fun axis -> batchedJoin row axis
              Eval =
                fun axis arguments ->
                    let shape = List.updateAt axis (arguments |> Array.sumBy (fun a -> a.Shape[axis])) arguments[0].Shape
                    interleave (Shape.size (List.take axis shape)) shape arguments
              Kernel = Kernel.Concat
              Samples =
                [ for axis, shapes in
                      [ 0, [ [ 2 ]; [ 3 ] ]
                        1, [ [ 2; 1 ]; [ 2; 2 ] ]
                        0, [ [ 0 ]; [ 2 ] ]
                        0, [ [ 1; 3 ] ]
                        1, [ [ 2; 1 ]; [ 2; 3 ]; [ 2; 2 ] ] ] ->
                      { Attribute = axis; Arguments = shapes |> List.map (fun shape -> shape, Domain.real) } ] }

        row

    /// Tensors of one shape laid beside one another along a new axis of the result.
    let stack: Row<int> =
        let rec row =
            { Name = "stack"
              Notation = fun _ -> Column.named "stack"
              Shape =
                fun axis types ->
                    let dtype = Column.sameDType "stack" types
                    let shape = types[0].Shape

                    if types |> Array.exists (fun t -> t.Shape <> shape) then
                        Errors.shape
                            "stack"
                            "shapes must be the same"
                            $"they are {shapesOf types}"
                            "use Expr.concat to join along an axis they have?"

                    { Shape = List.insertAt axis types.Length shape; DType = dtype }
              Rule = fun axis -> Rule.Linear(fun _ i ct -> part axis (Slice.At i) ct)
              Batch = fun axis -> batchedJoin row axis
              Eval =
                fun axis arguments ->
                    let shape = List.insertAt axis arguments.Length arguments[0].Shape
                    interleave (Shape.size (List.take axis shape)) shape arguments
              Kernel = Kernel.Stack
              Samples =
                [ for axis, count, shape in [ 0, 2, []; 1, 3, [ 2 ]; 0, 1, [ 3 ]; 2, 2, [ 2; 3 ]; 0, 2, [ 0 ] ] ->
                      { Attribute = axis; Arguments = List.replicate count (shape, Domain.real) } ] }

        row

    /// Every row of this file.
    let rows: IRow list = [ reshape; broadcast; permute; concat; stack ]

[<AutoOpen>]
module MovementFunctions =
    module Expr =
        /// The same elements, row-major, under another shape; one size may be -1 and is worked out from the rest.
        /// Raises ShapeException when the number of elements differs.
        let reshape (shape: Shape) (x: Expr) : Expr =
            let known = shape |> List.filter (fun size -> size <> -1)

            match shape.Length - known.Length with
            | 0 -> Column.apply Movement.reshape shape [ x ]
            | 1 when Shape.size known > 0 && Shape.size x.Shape % Shape.size known = 0 ->
                let rest = Shape.size x.Shape / Shape.size known
                Column.apply Movement.reshape (shape |> List.map (fun size -> if size = -1 then rest else size)) [ x ]
            | _ ->
                Errors.shape
                    "reshape"
                    "one size may be -1, and the others must divide the number of elements"
                    $"the tensor is {Shape.show x.Shape} and the shape is {Shape.show shape}"
                    "give every size?"

        /// The tensor repeated to `shape` by NumPy's broadcasting. Raises ShapeException when it does not fit.
        let broadcastTo (shape: Shape) (x: Expr) : Expr = Column.apply Movement.broadcast shape [ x ]

        /// The axes reordered: axis i of the result is axis `order[i]` of `x`.
        let permute (order: int list) (x: Expr) : Expr =
            Column.apply Movement.permute (order |> List.map (Shape.axis "permute" x.Rank)) [ x ]

        /// The last two axes swapped: `[..; m; n]` to `[..; n; m]`. Raises ShapeException below two axes.
        let transpose (x: Expr) : Expr =
            if x.Rank < 2 then
                Errors.shape
                    "transpose"
                    "there must be two axes to swap"
                    $"the tensor is {Shape.show x.Shape}"
                    "add an axis with Expr.expandDims?"

            permute ([ 0 .. x.Rank - 3 ] @ [ x.Rank - 1; x.Rank - 2 ]) x

        /// A new axis of size 1, at position `axis` of the result.
        let expandDims (axis: int) (x: Expr) : Expr =
            let axis = Shape.axis "expandDims" (x.Rank + 1) axis
            Column.apply Movement.reshape (Shape.insert axis x.Shape) [ x ]

        /// An axis of size 1 taken away. Raises ShapeException when its size is another.
        let squeeze (axis: int) (x: Expr) : Expr =
            let axis = Shape.axis "squeeze" x.Rank axis

            if x.Shape[axis] <> 1 then
                Errors.shape
                    "squeeze"
                    "the axis must have size 1"
                    $"axis {axis} of {Shape.show x.Shape} has size {x.Shape[axis]}"
                    "index it with x.[i]?"

            Column.apply Movement.reshape (List.removeAt axis x.Shape) [ x ]

        let private some name (parts: Expr list) =
            if parts.IsEmpty then
                Errors.argument name "at least one tensor is needed" "the list is empty" "leave the call out?"

        /// Tensors joined along an axis that they have; the other axes must agree.
        let concat (axis: int) (parts: Expr list) : Expr =
            some "concat" parts
            Column.apply Movement.concat (Shape.axis "concat" parts.Head.Rank axis) parts

        /// Tensors of one shape joined along a new axis, at position `axis` of the result.
        let stack (axis: int) (parts: Expr list) : Expr =
            some "stack" parts
            Column.apply Movement.stack (Shape.axis "stack" (parts.Head.Rank + 1) axis) parts
