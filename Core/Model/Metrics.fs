namespace Fluxion

/// How good predictions are, for people to read: no derivative follows them. The target comes first, as in Loss.
module Metrics =
    let private shareOf (hits: Expr) : Expr = Expr.mean (Expr.cast DType.Float64 hits)

    /// The share of rows whose largest logit is that of their class: a float64 scalar. The target is class labels (int32 or int64, [batch])
    /// or probabilities ([batch; classes]); logits are [batch; classes]. Raises ShapeException and DTypeException as
    /// Loss.softmaxCrossEntropy does.
    let accuracy (target: Expr) (logits: Expr) : Expr =
        Loss.requireClasses "accuracy" target logits
        Loss.requireExamples "accuracy" logits
        let labels = if target.Rank = 1 then target else Expr.argMax 1 target
        shareOf (Expr.equal (Expr.cast DType.Int64 labels) (Expr.argMax 1 logits))

    /// The share of elements whose logit lies on the side of 0 that their target lies on of ½: a float64 scalar. A logit of 0 counts as
    /// class 0. Raises ShapeException when the shapes differ or are empty.
    let binaryAccuracy (target: Expr) (logits: Expr) : Expr =
        Loss.requireSameShape "binaryAccuracy" target logits
        Loss.requireExamples "binaryAccuracy" logits
        let target = Expr.cast DType.Float64 target
        shareOf (Expr.equal (Expr.greater target (target.Literal 0.5)) (Expr.greater logits (logits.Literal 0.0)))
