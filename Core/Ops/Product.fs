namespace Fluxion

/// Products of all elements along axes, which disappear.
module internal Product =
    // For each element the product of all others: of those before it times those behind it. Dividing the whole product by the element would
    // be NaN at 0.
    let private others (axes: Axes) (x: Expr) : Expr =
        let reduced = Reduction.resolve x.Rank axes
        let kept = [ 0 .. x.Rank - 1 ] |> List.except reduced
        let order = kept @ reduced
        let front = x.Permute order
        let sizes = List.map (fun (axis: int) -> x.Shape[axis])
        let rows = front.ReshapeTo(sizes kept @ [ Shape.size (sizes reduced) ])
        let direction = Cumulative.forwards -1

        let both =
            Cumulative.exclusiveProduct direction rows
            * Cumulative.exclusiveProduct (Cumulative.opposite direction) rows

        (both.ReshapeTo front.Shape).Permute(Movement.inverse order)

    /// The product; 1 of no elements. Products of float32 are made in float64 and rounded once; integers wrap.
    let prod =
        let rule axes =
            Rule.Custom(
                (fun arguments _ _ t -> Column.apply Reduction.sum axes [ t * others axes arguments[0] ]),
                (fun arguments _ _ ct -> Reduction.restore axes arguments[0] ct * others axes arguments[0])
            )

        let samples: Sample<Axes> list = { Attribute = Axes.All; Arguments = [ [ 0 ], Domain.real ] } :: Reduction.samples

        Reduction.reduction
            "prod"
            (fun _ -> Column.call "prod" "\\prod")
            (Reduction.reducer Reducer.Product)
            Reduction.numeric
            rule
            (Reduction.ofNumbers (Array.fold (*) 1.0) (Array.fold (*) 1L))
            samples

    /// Every row of this file.
    let rows: IRow list = [ prod ]

[<AutoOpen>]
module ProductFunctions =
    module Expr =
        /// The product of all elements, a scalar; 1 when there are none. Its derivative is right where there are zeros.
        let prod (x: Expr) : Expr = Column.apply Product.prod Axes.All [ x ]
        /// Products along axes, which disappear.
        let prodOver (axes: int list) (x: Expr) : Expr = Reduction.over Product.prod axes x
