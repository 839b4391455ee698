namespace Fluxion

open System

/// Probabilities from scores, and their logarithms, along one axis.
module internal Softmax =
    // What the rows share: shape, mapping, and an evaluation of each group of numbers along the axis.
    let private along name notation rule (evalGroup: float[] -> float[]) kernel : Row<int> =
        let rec row =
            { Name = name
              Notation = fun _ -> notation
              Shape =
                fun axis types ->
                    Column.floating name types |> ignore
                    Shape.axis name types[0].Shape.Length axis |> ignore
                    types[0]
              Rule = rule
              Batch = fun axis -> BatchRule.Mapped(fun arguments -> Column.apply row (axis + 1) [ arguments[0].Value ])
              Eval =
                fun axis arguments ->
                    let x = arguments[0]
                    let data = x.Floats
                    let result = Array.zeroCreate data.Length

                    for group in Reduction.groups (Axes.Along [ axis ]) x |> snd do
                        let values = group |> Array.map (fun i -> data[i]) |> evalGroup
                        Array.iter2 (fun i value -> result[i] <- value) group values

                    NDArray.ofFloats x.DType x.Shape result
              Kernel = kernel
              Samples =
                [ for axis, shape in [ 0, [ 4 ]; 1, [ 2; 3 ]; 0, [ 2; 3 ]; 0, [ 1 ]; 1, [ 2; 0 ]; 1, [ 2; 3; 2 ] ] ->
                      { Attribute = axis; Arguments = [ shape, Domain.real ] } ] }

        row

    // Classes stand on the last axis unless said otherwise.
    let private notation name = { Text = Form.CallAlong name; Latex = Form.CallAlong $"\\operatorname{{{name}}}" }

    // The sum of x along the axis, which stays as one element.
    let private total (axis: int) (x: Expr) =
        Column.apply Reduction.sum (Reduction.axesOf "sum" x.Rank [ axis ]) [ x ]
        |> Reduction.restore (Axes.Along [ axis ]) x

    // Shifted by the largest first: what is added and taken off again would cost large numbers their digits.
    let private shifted (group: float[]) =
        let shift = Array.fold (fun (a: float) b -> Math.Max(a, b)) -infinity group

        if Double.IsFinite shift then
            group |> Array.map (fun x -> x - shift)
        else
            group

    let private logSoftmaxOf (group: float[]) =
        let shifted = shifted group
        let total = Reduction.logSumExpOf shifted
        shifted |> Array.map (fun x -> x - total)

    let private softmaxOf (group: float[]) =
        let powers = shifted group |> Array.map Math.Exp
        let total = Array.sum powers
        powers |> Array.map (fun power -> power / total)

    /// x - logsumexp x along one axis. (Bishop, "Pattern Recognition and Machine Learning", section 4.3.4.)
    let logSoftmax =
        let rule axis =
            Rule.Custom(
                (fun _ y _ t -> t - total axis (Expr.Exp y * t)),
                (fun _ y _ cotangent -> cotangent - Expr.Exp y * total axis cotangent)
            )

        along "logSoftmax" (notation "logSoftmax") rule logSoftmaxOf Kernel.LogSoftmax

    /// exp x / Σ exp x along one axis. (Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.)
    let softmax =
        // The Jacobian, diag y - y yᵀ, is symmetric, so both directions are one.
        let times axis _ (y: Expr) _ (t: Expr) = y * (t - total axis (y * t))
        let rule axis = Rule.Custom(times axis, times axis)

        along "softmax" (notation "softmax") rule softmaxOf Kernel.Softmax

    /// Every row of this file.
    let rows: IRow list = [ logSoftmax; softmax ]

[<AutoOpen>]
module SoftmaxFunctions =
    module Expr =
        /// x - logsumexp x along an axis: the logarithm of softmax, without overflow.
        let logSoftmax (axis: int) (x: Expr) : Expr = Column.apply Softmax.logSoftmax (Shape.axis "logSoftmax" x.Rank axis) [ x ]
        /// exp x / Σ exp x along an axis, without overflow: positive numbers that sum to 1.
        let softmax (axis: int) (x: Expr) : Expr = Column.apply Softmax.softmax (Shape.axis "softmax" x.Rank axis) [ x ]
