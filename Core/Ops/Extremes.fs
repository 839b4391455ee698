namespace Fluxion

/// The smallest of numbers, and the same for truth: all of it is its smallest, any of it its largest.
module internal Extremes =
    /// Numbers in reversed order, without a loss: the smallest integer has no number opposite to it.
    let reversed (x: Expr) : Expr = if x.DType.IsFloating then -x else -1.0 - x

    let private composed (build: Axes -> Expr -> Expr) (axes: Axes) = Kernel.Composed(Composition(fun arguments -> build axes arguments[0]))

    /// The smallest element.
    let min =
        // NaN wins over everything, so that it is not lost.
        let smallest (group: float[]) = group |> Array.reduce (fun a b -> System.Math.Min(a, b))
        let kernel = composed (fun axes x -> reversed (Column.apply Reduction.max axes [ reversed x ]))

        Reduction.reduction
            "min"
            (fun _ -> Column.call "min" "\\min")
            kernel
            Reduction.notEmpty
            Reduction.sharedByTies
            (Reduction.ofNumbers smallest Array.min)
            Reduction.samples

    /// The position of the smallest element; the first of several. NaN comes before all numbers, as in NumPy.
    let argMin =
        let kernel = composed (fun axes x -> Column.apply Reduction.argMax axes [ reversed x ])
        Reduction.position "argmin" (Column.named "argmin") kernel (fun x -> -x) (fun x -> ~~~x)

    let any, all =
        let samples: Sample<Axes> list =
            [ for axes, shape in
                  [ Axes.All, []
                    Axes.All, [ 0 ]
                    Axes.All, [ 5 ]
                    Axes.Along [ 0 ], [ 2; 3 ]
                    Axes.Along [ 0; 2 ], [ 2; 3; 2 ]
                    Axes.Along [ 1 ], [ 2; 0 ] ] -> { Attribute = axes; Arguments = [ shape, Domain.condition ] } ]

        let truth name (t: TensorType) _ =
            if t.DType <> DType.Bool then
                Errors.dtype name "a bool tensor is needed" $"it is {t.DType}" "compare it, as in Expr.less x y?"

            DType.Bool

        // How many there are of what decides.
        let count axes (decisive: Expr) =
            let count = Column.apply Reduction.sum axes [ decisive ]
            count, count.Literal 0.0

        let numbers (x: Expr) = Column.apply Elementwise.cast DType.Int32 [ x ]

        let anyOf axes (x: Expr) =
            let count, zero = count axes (numbers x)
            Column.apply Elementwise.notEqual () [ count; zero ]

        let allOf axes (x: Expr) =
            let count, zero = count axes (1.0 - numbers x)
            Column.apply Elementwise.equal () [ count; zero ]

        let row name build eval =
            let eval = Reduction.ofNumbers Array.sum (fun group -> if eval ((<>) 0L) group then 1L else 0L)
            Reduction.reduction name (fun _ -> Column.named name) (composed build) truth (fun _ -> Rule.Constant) eval samples

        row "any" anyOf Array.exists, row "all" allOf Array.forall

    /// Every row of this file.
    let rows: IRow list = [ min; argMin; any; all ]

[<AutoOpen>]
module ExtremesFunctions =
    module Expr =
        /// The smallest element, a scalar; NaN when there is one. Where several tie, they share the derivative equally.
        /// Raises ShapeException when there are none.
        let min (x: Expr) : Expr = Column.apply Extremes.min Axes.All [ x ]
        /// The smallest elements along axes, which disappear.
        let minOver (axes: int list) (x: Expr) : Expr = Reduction.over Extremes.min axes x
        /// The positions (int64) of the smallest elements along an axis, which disappears; the first where several tie, or of NaN.
        let argMin (axis: int) (x: Expr) : Expr = Reduction.over Extremes.argMin [ axis ] x
        /// Whether any element of a bool tensor is true; false when there are none.
        let any (x: Expr) : Expr = Column.apply Extremes.any Axes.All [ x ]
        /// Whether any element along axes is true; the axes disappear.
        let anyOver (axes: int list) (x: Expr) : Expr = Reduction.over Extremes.any axes x
        /// Whether every element of a bool tensor is true; true when there are none.
        let all (x: Expr) : Expr = Column.apply Extremes.all Axes.All [ x ]
        /// Whether every element along axes is true; the axes disappear.
        let allOver (axes: int list) (x: Expr) : Expr = Reduction.over Extremes.all axes x
