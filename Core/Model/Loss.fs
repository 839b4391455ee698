namespace Fluxion

/// How wrong predictions are, as one number: the mean over examples of a negative log likelihood. The target comes first, the prediction
/// second, and shapes must agree exactly: [n] against [n; 1] would broadcast to [n; n] and train on nonsense.
module Loss =
    let private squeezed (shape: Shape) = shape |> List.filter (fun size -> size <> 1)

    let internal requireSameShape (place: string) (target: Expr) (prediction: Expr) =
        if target.Shape <> prediction.Shape then
            let remedy =
                if squeezed target.Shape = squeezed prediction.Shape then
                    $"give the prediction the target's shape with Expr.reshape {Shape.show target.Shape}?"
                else
                    "predict one number for each number of the target?"

            Errors.shape
                place
                "target and prediction must have one shape"
                $"the target is {Shape.show target.Shape} and the prediction is {Shape.show prediction.Shape}"
                remedy

    let internal requireExamples (place: string) (prediction: Expr) =
        if List.contains 0 prediction.Shape then
            Errors.shape place "a mean needs at least one example" $"the prediction is {Shape.show prediction.Shape}" "skip empty batches?"

    let private requireFloating (place: string) (prediction: Expr) =
        if not prediction.DType.IsFloating then
            Errors.dtype place "the prediction must be float32 or float64" $"it is {prediction.DType}" "cast it?"

    let private requireSameDType (place: string) (target: Expr) (prediction: Expr) =
        if target.DType <> prediction.DType then
            Errors.dtype
                place
                "target and prediction must have one element type"
                $"the target is {target.DType} and the prediction is {prediction.DType}"
                $"cast the target with Expr.cast DType.%A{prediction.DType}?"

    // Labels that are counted or true and false have no precision to lose, so they take the prediction's type by themselves.
    let private labelsLike (place: string) (prediction: Expr) (target: Expr) : Expr =
        if target.DType.IsFloating then
            requireSameDType place target prediction

        Expr.cast prediction.DType target

    /// The mean over all elements of (prediction - target)²: twice the negative log likelihood of a Gaussian with variance 1, up to a
    /// constant. Both are [batch; …], the result is a scalar. Raises ShapeException when the shapes differ or are empty, DTypeException when
    /// the element types differ. (Bishop, "Pattern Recognition and Machine Learning", eq. 3.12.)
    let meanSquaredError (target: Expr) (prediction: Expr) : Expr =
        let place = "meanSquaredError"
        requireFloating place prediction
        requireSameShape place target prediction
        requireSameDType place target prediction
        requireExamples place prediction
        Expr.mean (Expr.square (prediction - target))

    /// The mean over all elements of -y log σ(z) - (1 - y) log(1 - σ(z)), written softplus(z) - y z, which neither overflows nor
    /// takes the logarithm of 0: the negative log likelihood of a Bernoulli variable with log odds z. The target y holds probabilities,
    /// mostly 0 and 1 (bool and integers are cast), and has the shape of the logits z; the result is a scalar. Raises
    /// ShapeException when the shapes differ or are empty, DTypeException when float32 meets float64. (Bishop, eq. 4.90.)
    let binaryCrossEntropyWithLogits (target: Expr) (logits: Expr) : Expr =
        let place = "binaryCrossEntropyWithLogits"
        requireFloating place logits
        requireSameShape place target logits
        requireExamples place logits
        Expr.mean (Expr.softplus logits - labelsLike place logits target * logits)

    let internal requireClasses (place: string) (target: Expr) (logits: Expr) =
        if logits.Rank <> 2 then
            Errors.shape
                place
                "logits must be [batch; classes]"
                $"they are {Shape.show logits.Shape}"
                "put the classes on the last of two axes?"

        if target.DType.IsInteger && target.Rank = 1 then
            if target.Shape.Head <> logits.Shape.Head then
                Errors.shape
                    place
                    "there must be one label for each row of the logits"
                    $"labels are {Shape.show target.Shape} and logits are {Shape.show logits.Shape}"
                    "take both from the same batch?"
        else
            if target.Rank = 1 && target.Shape.Head = logits.Shape.Head then
                Errors.dtype place "class labels must be int32 or int64" $"they are {target.DType}" "cast them with Expr.cast DType.Int64?"

            requireSameShape place target logits

    /// The mean over the batch of -Σₖ tₖ log softmax(z)ₖ: the negative log likelihood of a categorical variable with logits z. The target is
    /// either class labels (int32 or int64, [batch]) or probabilities ([batch; classes], one-hot or soft), which sum to 1 in each row; logits are
    /// [batch; classes], and the result is a scalar. For probabilities it is written logsumexp(z) - Σₖ tₖ zₖ, the same where they sum to 1, so that the
    /// gradient is softmax(z) - t over the number of rows; rows that do not sum to 1 weigh by logSoftmax themselves. No logit is too large. Raises ShapeException when the shapes do not fit or are
    /// empty, DTypeException for labels that are no integers or when float32 meets float64; evaluation raises ArgumentException for a
    /// label outside 0 .. classes - 1. (Bishop, eq. 4.108.)
    let softmaxCrossEntropy (target: Expr) (logits: Expr) : Expr =
        let place = "softmaxCrossEntropy"
        requireFloating place logits
        requireClasses place target logits
        requireExamples place logits

        let total =
            if target.Rank = 1 then
                // A choice, not a product with 0 and 1: a class ruled out by a logit of -infinity then costs nothing where it is not the label.
                let isLabel = Expr.oneHotOf DType.Bool logits.Shape[1] target
                -(Expr.sum (Expr.where isLabel (Expr.logSoftmax 1 logits) (logits.Literal 0.0)))
            else
                Expr.sum (Expr.logSumExpOver [ 1 ] logits) - Expr.sum (labelsLike place logits target * logits)

        total / float logits.Shape.Head
