namespace Fluxion

/// The axes that a reduction removes.
[<RequireQualifiedAccess>]
type Axes =
    | All
    | Along of int list

    override this.ToString() =
        match this with
        | All -> ""
        | Along axes -> $"axes={Shape.show axes}"

/// Ops that join the elements along axes, which disappear.
module internal Reduction =
    /// The axes by number, of a tensor of this rank.
    let resolve (rank: int) (axes: Axes) : int list =
        match axes with
        | Axes.All -> [ 0 .. rank - 1 ]
        | Axes.Along axes -> axes

    let private named (axes: Axes) =
        match axes with
        | Axes.All -> None
        | Axes.Along axes -> Some axes

    /// The attribute for these axes of a tensor of this rank; All when they are all there are, so that equal reductions are equal.
    let axesOf (name: string) (rank: int) (axes: int list) : Axes =
        let axes = Shape.axes name rank axes
        if axes.Length = rank then Axes.All else Axes.Along axes

    /// A row of reductions along these axes.
    let over (row: Row<Axes>) (axes: int list) (x: Expr) : Expr = Column.apply row (axesOf row.Name x.Rank axes) [ x ]

    let private batched (axes: Axes) (row: Row<Axes>) (x: Expr) = over row (resolve (x.Rank - 1) axes |> List.map ((+) 1)) x

    /// A result (or its cotangent) with the reduced axes put back as size 1, so that it broadcasts against the argument. Axes in front
    /// need not be put back: broadcasting adds them by itself.
    let restore (axes: Axes) (argument: Expr) (result: Expr) =
        let axes = resolve argument.Rank axes

        if axes = [ 0 .. axes.Length - 1 ] then
            result
        else
            result.ReshapeTo(Shape.reduce true axes argument.Shape)

    // For each element of the result, the elements of the argument that it is made from, in order.
    let groups (axes: Axes) (x: NDArray) : Shape * int[][] =
        let axes = resolve x.Shape.Length axes
        let kept = [ 0 .. x.Shape.Length - 1 ] |> List.except axes
        let strides = Shape.strides x.Shape
        let pick from axes = axes |> List.map (fun (axis: int) -> List.item axis from)
        let starts = Shape.walk (pick x.Shape kept) (pick strides kept) 0
        let steps = Shape.walk (pick x.Shape axes) (pick strides axes) 0
        pick x.Shape kept, starts |> Array.map (fun start -> steps |> Array.map (fun step -> start + step))

    let samples: Sample<Axes> list =
        [ for axes, shape in
              [ Axes.All, []
                Axes.All, [ 1 ]
                Axes.All, [ 5 ]
                Axes.Along [ 0 ], [ 2; 3 ]
                Axes.Along [ 1 ], [ 2; 3 ]
                Axes.Along [ 0; 2 ], [ 2; 3; 2 ]
                Axes.Along [ 0 ], [ 2; 0 ] ] ->
              { Attribute = axes
                Arguments = [ shape, Domain.real |> Domain.withEdges [ 0.0; infinity; -infinity; nan ] ] } ]

    let private overEmpty: Sample<Axes> list = [ { Attribute = Axes.All; Arguments = [ [ 0 ], Domain.real ] } ]

    /// Kernel column of a reduction.
    let reducer (reducer: Reducer) (axes: Axes) = Kernel.Reduce(reducer, named axes)

    /// What rows of reductions share: shapes, mapping and grouping. `check` sees the name, the argument's type and the axes, and gives the
    /// result's element type.
    let reduction
        name
        (notation: Axes -> Notation)
        (kernel: Axes -> Kernel)
        (check: string -> TensorType -> int list -> DType)
        rule
        (eval: NDArray -> Shape -> int[][] -> NDArray)
        samples
        : Row<Axes> =
        let rec row =
            { Name = name
              Notation = notation
              Shape =
                fun axes types ->
                    let resolved = resolve types[0].Shape.Length axes

                    { Shape = Shape.reduce false resolved types[0].Shape; DType = check name types[0] resolved }
              Rule = rule
              Batch = fun axes -> BatchRule.Mapped(fun arguments -> batched axes row arguments[0].Value)
              Eval =
                fun axes arguments ->
                    let shape, groups = groups axes arguments[0]
                    eval arguments[0] shape groups
              Kernel = kernel
              Samples = samples }

        row

    let private ofFloats (f: float[] -> float) (x: NDArray) (shape: Shape) (groups: int[][]) =
        let data = x.Floats
        NDArray.ofFloats x.DType shape (groups |> Array.map (fun group -> group |> Array.map (fun i -> data[i]) |> f))

    /// Eval column for floats and integers, which must not be rounded to floats.
    let ofNumbers (f: float[] -> float) (g: int64[] -> int64) (x: NDArray) (shape: Shape) (groups: int[][]) : NDArray =
        if x.DType.IsFloating then
            ofFloats f x shape groups
        else
            let data = x.Ints
            NDArray.ofInts x.DType shape (groups |> Array.map (fun group -> group |> Array.map (fun i -> data[i]) |> g))

    let private floating name (t: TensorType) _ = Column.floating name [| t |]
    /// Numbers of any type.
    let numeric name (t: TensorType) _ = Column.numeric name [| t |]

    /// The element type of what is picked from numbers, of which there must be one.
    let notEmpty name (t: TensorType) axes =
        if axes |> List.exists (fun axis -> t.Shape[axis] = 0) then
            Errors.shape name "there must be an element to pick" $"the shape is {Shape.show t.Shape}" "leave the empty axis out?"

        Column.numeric name [| t |]

    let private linear scale axes =
        Rule.Linear(fun arguments _ ct -> (restore axes arguments[0] (scale arguments[0] ct)).BroadcastTo arguments[0].Shape)

    /// Sums are added in float64 and rounded once; integers wrap (F#'s own Array.sum would throw).
    let sum =
        let eval = ofNumbers Array.sum (Array.fold (+) 0L)
        let notation = { Text = Form.Call "sum"; Latex = Form.Call "\\sum" }
        reduction "sum" (fun _ -> notation) (reducer Reducer.Sum) numeric (linear (fun _ ct -> ct)) eval (samples @ overEmpty)

    /// The mean of no elements is NaN, as in NumPy.
    let mean =
        let mean (group: float[]) = Array.sum group / float group.Length

        // How many elements went into one: the ratio of the sizes, which no axis list needs to be resolved for.
        let scale (x: Expr) (ct: Expr) = ct / float (max 1 (Shape.size x.Shape) / max 1 (Shape.size ct.Shape))
        reduction "mean" (fun _ -> Column.named "mean") (reducer Reducer.Mean) floating (linear scale) (ofFloats mean) samples

    // NaN wins over everything, so that it is not lost.
    let private largest (group: float[]) = group |> Array.reduce (fun a b -> System.Math.Max(a, b))

    /// The derivative of the largest or the smallest element. Where several tie, they share it equally, as in JAX.
    let sharedByTies (axes: Axes) : Rule =
        let ties (x: Expr) y =
            let ties = Column.apply Elementwise.cast x.DType [ Column.apply Elementwise.equal () [ x; restore axes x y ] ]
            ties, Column.apply sum axes [ ties ]

        // Divided where there are few: behind the sum, and before what goes to all elements.
        Rule.Custom(
            (fun arguments y _ t ->
                let ties, count = ties arguments[0] y
                Column.apply sum axes [ t * ties ] / count),
            (fun arguments y _ ct ->
                let ties, count = ties arguments[0] y
                restore axes arguments[0] (ct / count) * ties)
        )

    /// The largest element.
    let max =
        let eval = ofNumbers largest Array.max
        reduction "max" (fun _ -> Column.call "max" "\\max") (reducer Reducer.Maximum) notEmpty sharedByTies eval samples

    // Shifted by the largest, so that nothing overflows; a group whose largest is infinite is that infinity.
    let logSumExpOf (group: float[]) =
        if group.Length = 0 then
            -infinity
        else
            let shift = largest group

            if System.Double.IsInfinity shift then
                shift
            else
                // The largest are 1 each: beside a 1, small terms would lose their digits.
                let others = group |> Array.sumBy (fun x -> if x < shift then System.Math.Exp(x - shift) else 0.0)
                let ties = group |> Array.sumBy (fun x -> if x < shift then 0.0 else 1.0)
                shift + Univariate.logOfOnePlus (others + (ties - 1.0))

    /// log Σ exp x. (Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", 2021.)
    let logSumExp =
        let rule axes =
            let softmax (x: Expr) y = Expr.Exp(x - restore axes x y)

            Rule.Custom(
                (fun arguments y _ t -> Column.apply sum axes [ t * softmax arguments[0] y ]),
                (fun arguments y _ ct -> restore axes arguments[0] ct * softmax arguments[0] y)
            )

        reduction
            "logsumexp"
            (fun _ -> Column.named "logsumexp")
            (reducer Reducer.LogSumExp)
            floating
            rule
            (ofFloats logSumExpOf)
            (samples @ overEmpty)

    /// √Σ x², the Euclidean norm. At 0, where it has no derivative, 0 is taken: the subgradient of least norm.
    let norm =
        let rule axes =
            // x/y, and 0 where y is.
            let direction (x: Expr) (y: Expr) =
                let y = restore axes x y
                let isZero = Column.apply Elementwise.equal () [ y; y.Literal 0.0 ]
                Column.apply Elementwise.where () [ isZero; y.Literal 0.0; x / y ]

            Rule.Custom(
                (fun arguments y _ t -> Column.apply sum axes [ t * direction arguments[0] y ]),
                (fun arguments y _ ct -> restore axes arguments[0] ct * direction arguments[0] y)
            )

        let composed axes =
            Kernel.Composed(
                Composition(fun arguments -> Expr.Sqrt(Column.apply sum axes [ Column.apply Univariate.square () [ arguments[0] ] ]))
            )

        let bars =
            { Text = Form.Template("‖{0}‖", Precedence.atom, [ 0 ])
              Latex = Form.Template("\\left\\lVert {0} \\right\\rVert", Precedence.atom, [ 0 ]) }

        // Bars have no room for axes.
        let notation axes = if axes = Axes.All then bars else Column.named "norm"
        let eval = ofFloats (Array.sumBy (fun x -> x * x) >> sqrt)
        reduction "norm" notation composed floating rule eval (samples @ overEmpty)

    /// The position of an extreme element in row-major order over the axes: `floatKey` and `intKey` say of what the largest is sought.
    let position name notation kernel (floatKey: float -> float) (intKey: int64 -> int64) : Row<Axes> =
        let eval (x: NDArray) shape (groups: int[][]) =
            let first key (group: int[]) = group |> Seq.indexed |> Seq.maxBy (fun (k, i) -> key i, -k) |> fst |> int64

            // Not every int64 is a float64, so integers are compared as what they are.
            let pick =
                if x.DType.IsFloating then
                    let data = x.Floats

                    first (fun i ->
                        if System.Double.IsNaN data[i] then
                            infinity, 1
                        else
                            floatKey data[i], 0)
                else
                    let data = x.Ints
                    first (fun i -> intKey data[i])

            NDArray.ofInts DType.Int64 shape (Array.map pick groups)

        let check name t axes =
            notEmpty name t axes |> ignore
            DType.Int64

        reduction name (fun _ -> notation) kernel check (fun _ -> Rule.Constant) eval samples

    /// The position of the largest element; the first of several. NaN counts as the largest.
    let argMax = position "argmax" (Column.named "argmax") (reducer Reducer.ArgMax) id id

    /// Every row of this file.
    let rows: IRow list = [ sum; mean; max; logSumExp; norm; argMax ]

[<AutoOpen>]
module ReductionFunctions =
    module Expr =
        /// A reduction whose axes stay, with size 1, so that its result broadcasts against the argument:
        /// `x - Expr.keepDims Expr.meanOver [ 1 ] x`. It goes with every reduction that is called over axes.
        let keepDims (reduction: int list -> Expr -> Expr) (axes: int list) (x: Expr) : Expr =
            (reduction axes x).ReshapeTo(Shape.reduce true (Shape.axes "keepDims" x.Rank axes) x.Shape)

        /// The sum of all elements, a scalar.
        let sum (x: Expr) : Expr = Column.apply Reduction.sum Axes.All [ x ]
        /// Sums along axes, which disappear.
        let sumOver (axes: int list) (x: Expr) : Expr = Reduction.over Reduction.sum axes x
        /// The mean of all elements, a scalar; NaN when there are none.
        let mean (x: Expr) : Expr = Column.apply Reduction.mean Axes.All [ x ]
        /// Means along axes, which disappear.
        let meanOver (axes: int list) (x: Expr) : Expr = Reduction.over Reduction.mean axes x
        /// The largest element, a scalar. Raises ShapeException when there are none.
        let max (x: Expr) : Expr = Column.apply Reduction.max Axes.All [ x ]
        /// The largest elements along axes, which disappear.
        let maxOver (axes: int list) (x: Expr) : Expr = Reduction.over Reduction.max axes x
        /// log Σ exp x over all elements, without overflow.
        let logSumExp (x: Expr) : Expr = Column.apply Reduction.logSumExp Axes.All [ x ]
        /// log Σ exp x along axes, which disappear.
        let logSumExpOver (axes: int list) (x: Expr) : Expr = Reduction.over Reduction.logSumExp axes x
        /// The positions (int64) of the largest elements along an axis, which disappears; the first where several tie.
        let argMax (axis: int) (x: Expr) : Expr = Reduction.over Reduction.argMax [ axis ] x
        /// √Σ x² over all elements; its derivative at 0 is taken as 0. Squares overflow beyond 1e154, as in NumPy; `hypot` does not.
        let norm (x: Expr) : Expr = Column.apply Reduction.norm Axes.All [ x ]
        /// √Σ x² along axes, which disappear; its derivative at 0 is taken as 0.
        let normOver (axes: int list) (x: Expr) : Expr = Reduction.over Reduction.norm axes x
