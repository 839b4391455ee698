namespace Fluxion

/// How far numbers lie from their mean.
module internal Moments =
    /// The axes that disappear, and what is taken off the count of numbers before it divides: 0 for a whole population, 1 for a sample of one.
    type Spread =
        { Axes: Axes
          Correction: int }

        override this.ToString() =
            match this.Axes, this.Correction with
            | axes, 0 -> $"{axes}"
            | Axes.All, correction -> $"correction={correction}"
            | axes, correction -> $"{axes}, correction={correction}"

    let private centred (spread: Spread) (x: Expr) = x - Reduction.restore spread.Axes x (Column.apply Reduction.mean spread.Axes [ x ])

    // What the sum of squares is divided by; 0 where nothing is left, as in NumPy.
    let private divisorOf (spread: Spread) (shape: Shape) =
        let along = Reduction.resolve shape.Length spread.Axes |> List.map (fun axis -> shape[axis])
        float (max 0 (Shape.size along - spread.Correction))

    let private sum (spread: Spread) (x: Expr) = Column.apply Reduction.sum spread.Axes [ x ]

    let private samples: Sample<Spread> list =
        [ for axes, correction, shape in
              [ Axes.All, 0, []
                Axes.All, 1, [ 5 ]
                Axes.All, 0, [ 1 ]
                Axes.Along [ 0 ], 1, [ 3; 2 ]
                Axes.Along [ 1 ], 0, [ 2; 3 ]
                Axes.Along [ 0; 2 ], 1, [ 2; 3; 2 ]
                Axes.Along [ 0 ], 0, [ 2; 0 ] ] ->
              { Attribute = { Axes = axes; Correction = correction }; Arguments = [ shape, Domain.real ] } ]

    // What both rows share. `slope spread x y` is the derivative of y, which is broadcast, by each element of x.
    let private spread name (finish: float -> float) (slope: Spread -> Expr -> Expr -> Expr) (composed: Spread -> Expr -> Expr) =
        let rec row: Row<Spread> =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape =
                fun spread types ->
                    let axes = Reduction.resolve types[0].Shape.Length spread.Axes
                    { Shape = Shape.reduce false axes types[0].Shape; DType = Column.floating name types }
              Rule =
                fun spread ->
                    Rule.Custom(
                        (fun arguments y _ t -> sum spread (t * slope spread arguments[0] y)),
                        (fun arguments y _ ct -> Reduction.restore spread.Axes arguments[0] ct * slope spread arguments[0] y)
                    )
              Batch =
                fun spread ->
                    BatchRule.Mapped(fun arguments ->
                        let x = arguments[0].Value
                        let axes = Reduction.resolve (x.Rank - 1) spread.Axes |> List.map ((+) 1)
                        Column.apply row { spread with Axes = Reduction.axesOf name x.Rank axes } [ x ])
              Eval =
                fun spread arguments ->
                    let x = arguments[0]
                    let shape, groups = Reduction.groups spread.Axes x
                    let data, divisor = x.Floats, divisorOf spread x.Shape

                    let spreadOf (group: int[]) =
                        let mean = (group |> Array.sumBy (fun i -> data[i])) / float group.Length
                        finish ((group |> Array.sumBy (fun i -> (data[i] - mean) * (data[i] - mean))) / divisor)

                    NDArray.ofFloats x.DType shape (Array.map spreadOf groups)
              Kernel = fun spread -> Kernel.Composed(Composition(fun arguments -> composed spread arguments[0]))
              Samples = samples }

        row

    let private meanSquare (spread: Spread) (x: Expr) =
        sum spread (Column.apply Univariate.square () [ centred spread x ]) / divisorOf spread x.Shape

    /// The mean square of what numbers differ from their mean by, in two passes, so that far from 0 no digits are lost. (Chan, Golub and LeVeque,
    /// "Algorithms for computing the sample variance", 1983.)
    let var =
        let slope spread (x: Expr) _ = 2.0 / divisorOf spread x.Shape * centred spread x
        spread "var" id slope meanSquare

    /// The root of that. Where all numbers are the same it has no derivative, and 0 is taken, as for the norm.
    let std =
        let slope spread (x: Expr) (y: Expr) =
            let isZero = Column.apply Elementwise.equal () [ y; y.Literal 0.0 ]
            // Where it is 0, so is each distance from the mean.
            let divisor = divisorOf spread x.Shape * Column.apply Elementwise.where () [ isZero; y.Literal 1.0; y ]
            centred spread x / Reduction.restore spread.Axes x divisor

        spread "std" sqrt slope (fun spread x -> Expr.Sqrt(meanSquare spread x))

    /// Every row of this file.
    let rows: IRow list = [ var; std ]

[<AutoOpen>]
module MomentsFunctions =
    let private over row name (correction: int) (axes: int list) (x: Expr) =
        let spread: Moments.Spread = { Axes = Reduction.axesOf name x.Rank axes; Correction = correction }
        Column.apply row spread [ x ]

    module Expr =
        /// The variance of all elements as of a whole population, Σ (x - mean)² / n; NaN when there are none.
        let var (x: Expr) : Expr = over Moments.var "var" 0 [ 0 .. x.Rank - 1 ] x
        /// Variances along axes, which disappear, as of whole populations: Σ (x - mean)² / n.
        let varOver (axes: int list) (x: Expr) : Expr = over Moments.var "var" 0 axes x
        /// Variances along axes by Σ (x - mean)² / (n - correction): correction 1 (Bessel's) is the unbiased estimate from a sample. NaN, or infinite,
        /// where nothing is left to divide by.
        let varCorrected (correction: int) (axes: int list) (x: Expr) : Expr = over Moments.var "var" correction axes x
        /// The standard deviation of all elements as of a whole population, √var; where all are the same, its derivative is taken as 0.
        let std (x: Expr) : Expr = over Moments.std "std" 0 [ 0 .. x.Rank - 1 ] x
        /// Standard deviations along axes, which disappear, as of whole populations.
        let stdOver (axes: int list) (x: Expr) : Expr = over Moments.std "std" 0 axes x
        /// Standard deviations along axes by √(Σ (x - mean)² / (n - correction)); correction 1 is the usual estimate from a sample.
        let stdCorrected (correction: int) (axes: int list) (x: Expr) : Expr = over Moments.std "std" correction axes x
