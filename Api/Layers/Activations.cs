namespace Fluxion.Api;

/// <summary>max(x, 0), element by element.</summary>
public sealed class ReLU : Module
{
    /// <inheritdoc cref="Tensor.Relu"/>
    public override Tensor Forward(Tensor x) => x.Relu();
}

/// <summary>The logistic function 1 / (1 + exp(-x)), element by element.</summary>
public sealed class Sigmoid : Module
{
    /// <inheritdoc cref="Tensor.Sigmoid"/>
    public override Tensor Forward(Tensor x) => x.Sigmoid();
}

/// <summary>The hyperbolic tangent, element by element.</summary>
public sealed class Tanh : Module
{
    /// <inheritdoc cref="Tensor.Tanh"/>
    public override Tensor Forward(Tensor x) => x.Tanh();
}

/// <summary>log(1 + exp x), element by element: a smooth ReLU.</summary>
public sealed class Softplus : Module
{
    /// <inheritdoc cref="Tensor.Softplus"/>
    public override Tensor Forward(Tensor x) => x.Softplus();
}
