namespace Fluxion.Api;

/// <summary>
/// The affine map x W + b of <c>[.., in]</c> to <c>[.., out]</c>. Weight <c>[in, out]</c> and bias <c>[out]</c> start uniform in ±1/√in,
/// a pure function of the seed: give the layers of a model different ones. (Glorot and Bengio, "Understanding the difficulty of training
/// deep feedforward neural networks", AISTATS 2010, eq. 1.)
/// </summary>
public sealed class Linear : Module
{
    /// <summary>A layer with its parameters drawn.</summary>
    /// <exception cref="ArgumentException">There is no input, or no output.</exception>
    public Linear(int inFeatures, int outFeatures, int seed = 0, bool bias = true)
    {
        if (inFeatures < 1 || outFeatures < 1)
            throw new ArgumentException(
                Errors.sentence(
                    "Linear",
                    "there must be at least one input and one output",
                    $"they are {inFeatures} and {outFeatures}",
                    "check the sizes?"
                )
            );

        var bound = 1 / Math.Sqrt(inFeatures);
        // One stream for both, so that they are independent.
        var drawn = Tensor.Uniform(seed, -bound, bound, inFeatures + 1, outFeatures);
        Weight = new(drawn[..^1], nameof(Weight));
        Bias = bias ? new(drawn[^1], nameof(Bias)) : null;
    }

    /// <summary>What each input gives to each output, <c>[in, out]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary>What each output starts from, <c>[out]</c>; null for a layer without.</summary>
    public Parameter? Bias { get; }

    /// <summary>x W + b.</summary>
    /// <exception cref="ShapeException">The last axis of x is not <c>in</c>.</exception>
    public override Tensor Forward(Tensor x)
    {
        var product = x.MatMul(Weight);
        return Bias is null ? product : product + Bias;
    }
}
