namespace Fluxion.Api;

/// <summary>How wrong predictions are, as one number: the target first, then the prediction.</summary>
public static class Loss
{
    /// <summary>The mean of (prediction - target)² over all elements; both have one shape.</summary>
    /// <exception cref="ShapeException">The shapes differ, or are empty.</exception>
    /// <exception cref="DTypeException">The element types differ.</exception>
    public static Tensor MeanSquaredError(Tensor target, Tensor prediction) =>
        new(Fluxion.Loss.meanSquaredError(target.Expression, prediction.Expression));

    /// <summary>
    /// The mean of -y log σ(z) - (1 - y) log(1 - σ(z)) over all elements, without overflow: targets y in [0, 1] (or bool or
    /// integers) and logits z of one shape.
    /// </summary>
    /// <exception cref="ShapeException">The shapes differ, or are empty.</exception>
    /// <exception cref="DTypeException">Float32 meets float64.</exception>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor target, Tensor logits) =>
        new(Fluxion.Loss.binaryCrossEntropyWithLogits(target.Expression, logits.Expression));

    /// <summary>
    /// The mean over the batch of -log softmax(z) at the right class: the target is class labels (int32 or int64, <c>[batch]</c>) or
    /// probabilities (<c>[batch, classes]</c>), logits are <c>[batch, classes]</c>.
    /// </summary>
    /// <exception cref="ShapeException">The shapes do not fit, or are empty.</exception>
    /// <exception cref="DTypeException">Labels are no integers, or float32 meets float64.</exception>
    public static Tensor SoftmaxCrossEntropy(Tensor target, Tensor logits) =>
        new(Fluxion.Loss.softmaxCrossEntropy(target.Expression, logits.Expression));
}
