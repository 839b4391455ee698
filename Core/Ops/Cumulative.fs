namespace Fluxion

/// What numbers have come to at each place along an axis.
module internal Cumulative =
    /// Along which axis, counted from the back, and from which of its ends.
    type Direction =
        { Axis: int
          Backwards: bool }

        override this.ToString() =
            if this.Backwards then
                $"axis={this.Axis}, backwards"
            else
                $"axis={this.Axis}"

    let forwards (axis: int) : Direction = { Axis = axis; Backwards = false }
    let opposite (direction: Direction) : Direction = { direction with Backwards = not direction.Backwards }

    let private axes = [ -1, [ 5 ]; -1, [ 2; 3 ]; -2, [ 3; 2 ]; -2, [ 2; 3; 2 ]; -1, [ 1 ]; -1, [ 0 ]; -1, [ 2; 0 ] ]

    let private samples (count: int) : Sample<Direction> list =
        [ for backwards in [ false; true ] do
              for axis, shape in axes ->
                  { Attribute = { Axis = axis; Backwards = backwards }
                    Arguments = List.replicate count (shape, Domain.real) } ]

    // What the ops with a direction share. `rule` sees the row itself, and `eval` the rows of numbers, each in the order that it is walked.
    let private walking name arity dtype operation rule (eval: int[][] -> NDArray[] -> NDArray) : Row<Direction> =
        let rec row =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape =
                fun _ types ->
                    if types |> Array.exists (fun t -> t.Shape <> types[0].Shape) then
                        Errors.shape
                            name
                            "both must have one shape"
                            $"they are {Shape.show types[0].Shape} and {Shape.show types[1].Shape}"
                            "repeat one with Expr.broadcastTo?"

                    { types[0] with DType = dtype name types }
              Rule = fun direction -> rule row direction
              Batch = fun direction -> AlongAxis.batch (List.ofArray >> Column.apply row direction)
              Eval =
                fun direction arguments ->
                    let rows = AlongAxis.rows direction.Axis arguments[0]
                    eval (if direction.Backwards then Array.map Array.rev rows else rows) arguments
              Kernel =
                fun direction ->
                    let alongLast = List.ofArray >> Column.apply row { direction with Axis = -1 }
                    AlongAxis.kernel direction.Axis (operation direction.Backwards) alongLast
              Samples = samples arity }

        row

    // Each element joined to what its row came to before it.
    let private running (start: 'a) (join: 'a -> int -> 'a) (length: int) (rows: int[][]) : 'a[] =
        let result = Array.zeroCreate length

        for row in rows do
            row
            |> Array.fold
                (fun total i ->
                    result[i] <- join total i
                    result[i])
                start
            |> ignore

        result

    // Floats in float64, rounded once; integers as what they are.
    let private ofNumbers start (join: float -> float -> float) startInt (joinInt: int64 -> int64 -> int64) rows (arguments: NDArray[]) =
        let x = arguments[0]

        if x.DType.IsFloating then
            let data = x.Floats
            running start (fun total i -> join total data[i]) x.Length rows |> NDArray.ofFloats x.DType x.Shape
        else
            let data = x.Ints

            running startInt (fun total i -> joinInt total data[i]) x.Length rows
            |> NDArray.ofInts x.DType x.Shape

    // Each element's place taken by the one before it in the direction, and the first one's by a number.
    let private shifted (direction: Direction) (first: float) (x: Expr) : Expr =
        let axis = x.Rank + direction.Axis

        if x.Shape[axis] = 0 then
            x
        else
            let all = Slice.Range(None, None, 1)

            let kept =
                if direction.Backwards then
                    Slice.Range(Some 1, None, 1)
                else
                    Slice.Range(None, Some(x.Shape[axis] - 1), 1)

            let rest = x.Language.Slice (List.replicate axis all @ [ kept ]) x
            let edge = (x.Literal first).BroadcastTo(List.updateAt axis 1 x.Shape)
            Column.apply Movement.concat axis (if direction.Backwards then [ rest; edge ] else [ edge; rest ])

    /// Sums of each element and all before it; integers wrap.
    let cumsum =
        let rule row direction = Rule.Linear(fun _ _ ct -> Column.apply row (opposite direction) [ ct ])
        walking "cumsum" 1 Column.numeric RowOperation.RunningSum rule (ofNumbers 0.0 (+) 0L (+))

    /// y = factor * (the y before it) + term, from 0: an op that is closed under derivatives, and divides by nothing. (Blelloch, "Prefix sums and
    /// their applications", 1990, section 1.4.)
    let linearRecurrence =
        let rule row direction =
            let before (y: Expr) = shifted direction 0.0 y

            Rule.Custom(
                (fun arguments y i t -> Column.apply row direction [ arguments[0]; (if i = 0 then t * before y else t) ]),
                (fun arguments y i ct ->
                    // A term's cotangent is its own and, times the next factor, that of the next term.
                    let next = shifted (opposite direction) 0.0 arguments[0]
                    let toTerm = Column.apply row (opposite direction) [ next; ct ]
                    if i = 0 then toTerm * before y else toTerm)
            )

        let eval rows (arguments: NDArray[]) =
            let factors, terms = arguments[0].Floats, arguments[1].Floats

            running 0.0 (fun y i -> factors[i] * y + terms[i]) terms.Length rows
            |> NDArray.ofFloats arguments[0].DType arguments[0].Shape

        walking "linearRecurrence" 2 Column.floating RowOperation.Recurrence rule eval

    /// Products of each element and all before it; integers wrap. Derivatives do not divide by the element, so they are right at 0 too.
    let cumprod =
        let rule _ direction =
            let before (y: Expr) = shifted direction 1.0 y

            Rule.Custom(
                (fun arguments y _ t -> Column.apply linearRecurrence direction [ arguments[0]; t * before y ]),
                (fun arguments y _ ct ->
                    let next = shifted (opposite direction) 0.0 arguments[0]
                    Column.apply linearRecurrence (opposite direction) [ next; ct ] * before y)
            )

        walking "cumprod" 1 Column.numeric RowOperation.RunningProduct rule (ofNumbers 1.0 (*) 1L (*))

    /// The product of all elements before each in the direction, 1 where there are none.
    let exclusiveProduct (direction: Direction) (x: Expr) : Expr = Column.apply cumprod direction [ x ] |> shifted direction 1.0

    // What the two running maxima share: they go forwards only.
    let private extreme name dtype rule eval kernel : Row<int> =
        let rec row =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape = fun _ types -> { types[0] with DType = dtype types }
              Rule = rule
              Batch = fun axis -> AlongAxis.batch (List.ofArray >> Column.apply row axis)
              Eval = eval
              Kernel = fun axis -> kernel axis (List.ofArray >> Column.apply row -1)
              Samples =
                [ for axis, shape in axes ->
                      { Attribute = axis
                        Arguments = [ shape, Domain.real |> Domain.withEdges [ infinity; -infinity; nan ] ] } ] }

        row

    /// Where the largest element so far stands; the first of several. NaN is larger than all numbers.
    let cumargmax =
        let eval axis (arguments: NDArray[]) =
            let x = arguments[0]
            let result = Array.zeroCreate x.Length

            let walk (isLarger: int -> int -> bool) =
                for row in AlongAxis.rows axis x do
                    let mutable best = 0

                    for k in 0 .. row.Length - 1 do
                        if isLarger row[k] row[best] then
                            best <- k

                        result[row[k]] <- int64 best

            if x.DType.IsFloating then
                let data = x.Floats
                walk (fun i j -> data[i] > data[j] || System.Double.IsNaN data[i] && not (System.Double.IsNaN data[j]))
            else
                let data = x.Ints
                walk (fun i j -> data[i] > data[j])

            NDArray.ofInts DType.Int64 x.Shape result

        let dtype types =
            Column.numeric "cumargmax" types |> ignore
            DType.Int64

        extreme "cumargmax" dtype (fun _ -> Rule.Constant) eval (fun axis -> AlongAxis.kernel axis RowOperation.RunningArgMax)

    /// The largest element so far. Its derivative goes to where that element stands first.
    let cummax =
        let largestAt axis (x: Expr) = Column.apply cumargmax axis [ x ]

        let rule axis =
            Rule.Custom(
                (fun arguments _ _ t -> Column.apply AlongAxis.takeAlong axis [ t; largestAt axis arguments[0] ]),
                (fun arguments _ _ ct ->
                    let target: AlongAxis.Target = { Axis = axis; Size = ct.Shape[ct.Rank + axis] }
                    Column.apply AlongAxis.scatterAlong target [ ct; largestAt axis arguments[0] ])
            )

        let eval axis (arguments: NDArray[]) =
            let x = arguments[0]
            // NaN wins over everything, so that it is not lost.
            let larger (a: float) (b: float) = System.Math.Max(a, b)
            ofNumbers -infinity larger System.Int64.MinValue max (AlongAxis.rows axis x) arguments

        let composed axis _ =
            Kernel.Composed(
                Composition(fun arguments -> Column.apply AlongAxis.takeAlong axis [ arguments[0]; largestAt axis arguments[0] ])
            )

        extreme "cummax" (Column.numeric "cummax") rule eval composed

    /// Every row of this file.
    let rows: IRow list = [ cumsum; cumprod; linearRecurrence; cummax; cumargmax ]

[<AutoOpen>]
module CumulativeFunctions =
    let private along row name (axis: int) (x: Expr) = Column.apply row (Cumulative.forwards (AlongAxis.fromBack name x.Rank axis)) [ x ]

    module Expr =
        /// The sum of each element and all before it along an axis. Raises ShapeException for an axis that is not there, as all of these do.
        let cumsum (axis: int) (x: Expr) : Expr = along Cumulative.cumsum "cumsum" axis x
        /// The product of each element and all before it along an axis; its derivative is right where there are zeros.
        let cumprod (axis: int) (x: Expr) : Expr = along Cumulative.cumprod "cumprod" axis x

        /// The largest of each element and all before it along an axis, NaN from the first NaN on. The derivative goes to where it stands first.
        let cummax (axis: int) (x: Expr) : Expr = Column.apply Cumulative.cummax (AlongAxis.fromBack "cummax" x.Rank axis) [ x ]

        /// The smallest of each element and all before it along an axis, NaN from the first NaN on. The derivative goes to where it stands first.
        let cummin (axis: int) (x: Expr) : Expr = Extremes.reversed (cummax (Shape.axis "cummin" x.Rank axis) (Extremes.reversed x))

        /// The positions (int64) of the largest elements so far along an axis; the first where several tie.
        let cumArgMax (axis: int) (x: Expr) : Expr = Column.apply Cumulative.cumargmax (AlongAxis.fromBack "cumargmax" x.Rank axis) [ x ]

        /// y with yᵢ = factorsᵢ yᵢ₋₁ + termsᵢ along an axis, from 0: moving averages, discounted returns, autoregressions, with no loop.
        /// Factors and terms have one shape. (Blelloch, "Prefix sums and their applications", 1990.)
        let linearRecurrence (axis: int) (factors: Expr) (terms: Expr) : Expr =
            let direction = Cumulative.forwards (AlongAxis.fromBack "linearRecurrence" terms.Rank axis)
            Column.apply Cumulative.linearRecurrence direction [ factors; terms ]
