namespace Fluxion.Api;

// Random tensors: pure functions of a seed, the same on every machine and any number of threads. RandomKey makes many seeds of one.
public sealed partial class Tensor
{
    /// <summary>Float64 numbers, uniform in [low, high): a pure function of the seed, the same on every machine.</summary>
    public static Tensor Uniform(int seed, double low, double high, params int[] shape) =>
        new RandomKey(seed).Uniform(low, high, shape).Detach();

    /// <summary>Standard normal float64 numbers: a pure function of the seed, the same on every machine.</summary>
    public static Tensor Normal(int seed, params int[] shape) => new RandomKey(seed).Normal(shape).Detach();

    /// <summary>Standard normal float64 numbers in [low, high], right in the tails too: a pure function of the seed.</summary>
    /// <exception cref="ArgumentException">low is not below high.</exception>
    public static Tensor TruncatedNormal(int seed, double low, double high, params int[] shape) =>
        new RandomKey(seed).TruncatedNormal(low, high, shape).Detach();

    /// <summary>Exponential numbers of a rate, whose derivative they have: a pure function of seed and rate.</summary>
    /// <param name="seed">Where the stream of random numbers starts.</param>
    /// <param name="rate">Floating point, broadcast to the shape; the result has its element type.</param>
    /// <param name="shape">The shape of the draw.</param>
    /// <exception cref="ShapeException">The rate does not broadcast to the shape.</exception>
    public static Tensor Exponential(int seed, Tensor rate, params int[] shape) =>
        new RandomKey(seed).Exponential(rate, shape);

    /// <summary>
    /// Numbers of the gamma distribution with scale 1, with the derivative of its quantiles by the concentration; NaN where that is not
    /// positive.
    /// </summary>
    /// <param name="seed">Where the stream of random numbers starts.</param>
    /// <param name="concentration">The distribution's shape, floating point, broadcast to the draw's; the result has its element type.</param>
    /// <param name="shape">The shape of the draw.</param>
    /// <exception cref="ShapeException">The concentration does not broadcast to the shape.</exception>
    public static Tensor Gamma(int seed, Tensor concentration, params int[] shape) =>
        new RandomKey(seed).Gamma(concentration, shape);

    /// <summary>True with these probabilities, as bool: a pure function of seed and probabilities.</summary>
    /// <param name="seed">Where the stream of random numbers starts.</param>
    /// <param name="probability">Floating point, broadcast to the shape.</param>
    /// <param name="shape">The shape of the draw.</param>
    /// <exception cref="ShapeException">The probability does not broadcast to the shape.</exception>
    public static Tensor Bernoulli(int seed, Tensor probability, params int[] shape) =>
        new RandomKey(seed).Bernoulli(probability, shape);

    /// <summary>
    /// Numbers of classes, int64, with probabilities softmax(logits) along the last axis: logits <c>[.., classes]</c> give the shape followed
    /// by <c>[..]</c>.
    /// </summary>
    /// <exception cref="ShapeException">The logits have no axes.</exception>
    public static Tensor Categorical(int seed, Tensor logits, params int[] shape) =>
        new RandomKey(seed).Categorical(logits, shape);

    /// <summary>The numbers 0 .. count - 1, int64, in an order that follows from the seed.</summary>
    /// <exception cref="ShapeException">The count is negative.</exception>
    public static Tensor Permutation(int seed, int count) => new RandomKey(seed).Permutation(count);
}
