using static Fluxion.Random;

namespace Fluxion.Api;

/// <summary>
/// Where a stream of random numbers starts. Every draw is a pure function of its key: the same numbers on every machine, on any number of
/// threads, and a longer draw begins with the shorter. Two draws from one key follow one another: give each a key of its own, by
/// <see cref="Split"/> or <see cref="FoldIn(int)"/>. Parameters of a distribution are tensors that broadcast to the draw's shape; the draw has
/// their element type, and derivatives by them wherever it is continuous. A draw's parameter that is not floating point raises DTypeException.
/// </summary>
public sealed class RandomKey : ILeaf
{
    readonly Expr key;

    RandomKey(Expr key) => this.key = key;

    /// <summary>The key of a seed.</summary>
    public RandomKey(int seed)
        : this(Random.key(seed)) { }

    /// <summary>A key from what <see cref="Value"/> gave; a stack of them is a key for each example of <see cref="Function.Vmap"/>.</summary>
    public RandomKey(Tensor value)
        : this(value.Expression) { }

    /// <summary>The key as a tensor, int64.</summary>
    public Tensor Value => new(key);

    Expr ILeaf.Expression => key;

    ILeaf ILeaf.Around(Expr expression) => new RandomKey(expression);

    /// <summary>A new key from this one and a number. Different numbers give independent streams.</summary>
    public RandomKey FoldIn(int data) => new(foldIn(data, key));

    /// <summary>A new key from this one and a number that is a tensor: the count of a loop's step, say.</summary>
    public RandomKey FoldIn(Tensor data) => new(foldInTo(data.Expression, key));

    /// <summary>As many new keys as asked for.</summary>
    public IReadOnlyList<RandomKey> Split(int count) => [.. split(count, key).Select(key => new RandomKey(key))];

    /// <summary>Float64 numbers, uniform in [low, high).</summary>
    public Tensor Uniform(double low, double high, params int[] shape) =>
        new(uniform(low, high, Interop.List(shape), key));

    /// <summary>Uniform numbers between bounds that are tensors: low + (high - low) u, with that derivative.</summary>
    /// <exception cref="ShapeException">A bound does not broadcast to the shape.</exception>
    public Tensor Uniform(Tensor low, Tensor high, params int[] shape) =>
        new(uniformBetween(low.Expression, high.Expression, Interop.List(shape), key));

    /// <summary>Uniform numbers in [low, high) of a floating-point type.</summary>
    public Tensor UniformOf(DType dtype, double low, double high, params int[] shape) =>
        new(uniformOf(Interop.ToCore(dtype), low, high, Interop.List(shape), key));

    /// <summary>Standard normal float64 numbers.</summary>
    public Tensor Normal(params int[] shape) => new(normal(Interop.List(shape), key));

    /// <summary>Normal numbers of a mean and a standard deviation: mean + deviation z, with that derivative.</summary>
    /// <exception cref="ShapeException">A parameter does not broadcast to the shape.</exception>
    public Tensor Normal(Tensor mean, Tensor deviation, params int[] shape) =>
        new(normalWith(mean.Expression, deviation.Expression, Interop.List(shape), key));

    /// <summary>Standard normal numbers of a floating-point type.</summary>
    public Tensor NormalOf(DType dtype, params int[] shape) =>
        new(normalOf(Interop.ToCore(dtype), Interop.List(shape), key));

    /// <summary>Standard normal float64 numbers in [low, high], right in the tails too. The draw has no derivative.</summary>
    /// <exception cref="ArgumentException">low is not below high.</exception>
    public Tensor TruncatedNormal(double low, double high, params int[] shape) =>
        new(truncatedNormal(low, high, Interop.List(shape), key));

    /// <summary>Standard normal numbers in [low, high] of a floating-point type.</summary>
    /// <exception cref="ArgumentException">low is not below high.</exception>
    public Tensor TruncatedNormalOf(DType dtype, double low, double high, params int[] shape) =>
        new(truncatedNormalOf(Interop.ToCore(dtype), low, high, Interop.List(shape), key));

    /// <summary>Exponential numbers of a rate λ: -log(1 - u) / λ, with that derivative.</summary>
    /// <exception cref="ShapeException">The rate does not broadcast to the shape.</exception>
    public Tensor Exponential(Tensor rate, params int[] shape) =>
        new(exponential(rate.Expression, Interop.List(shape), key));

    /// <summary>
    /// Numbers of the gamma distribution with a concentration (shape) and scale 1, with the derivative of its quantiles by the concentration; NaN
    /// where that is not positive. (Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018.)
    /// </summary>
    /// <exception cref="ShapeException">The concentration does not broadcast to the shape.</exception>
    public Tensor Gamma(Tensor concentration, params int[] shape) =>
        new(gamma(concentration.Expression, Interop.List(shape), key));

    /// <summary>Numbers of the beta distribution: x / (x + y) of gamma numbers x and y, with that derivative.</summary>
    /// <exception cref="ShapeException">A parameter does not broadcast to the shape.</exception>
    public Tensor Beta(Tensor first, Tensor second, params int[] shape) =>
        new(beta(first.Expression, second.Expression, Interop.List(shape), key));

    /// <summary>
    /// Probabilities of the Dirichlet distribution along the last axis, with derivatives: concentrations <c>[.., classes]</c> give the shape
    /// followed by <c>[.., classes]</c>.
    /// </summary>
    /// <exception cref="ShapeException">The concentrations have no axes.</exception>
    public Tensor Dirichlet(Tensor concentration, params int[] shape) =>
        new(dirichlet(concentration.Expression, Interop.List(shape), key));

    /// <summary>True with these probabilities, as bool: below 0 never, above 1 always.</summary>
    /// <exception cref="ShapeException">The probability does not broadcast to the shape.</exception>
    public Tensor Bernoulli(Tensor probability, params int[] shape) =>
        new(bernoulli(probability.Expression, Interop.List(shape), key));

    /// <summary>
    /// Numbers of classes, int64, with probabilities softmax(logits) along the last axis: logits <c>[.., classes]</c> give the shape followed
    /// by <c>[..]</c>.
    /// </summary>
    /// <exception cref="ShapeException">The logits have no axes.</exception>
    public Tensor Categorical(Tensor logits, params int[] shape) =>
        new(categorical(logits.Expression, Interop.List(shape), key));

    /// <summary>The numbers 0 .. count - 1, int64, in an order that follows from the key; <see cref="Tensor.Gather"/> puts rows in that order.</summary>
    /// <exception cref="ShapeException">The count is negative.</exception>
    public Tensor Permutation(int count) => new(permutation(count, key));
}
