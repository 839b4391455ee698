namespace Fluxion.Api;

/// <summary>What Adam can be told beside its learning rate.</summary>
/// <param name="Beta1">How slowly the running mean of gradients forgets, in [0, 1).</param>
/// <param name="Beta2">How slowly the running mean of their squares forgets, in [0, 1).</param>
/// <param name="Epsilon">What keeps the division finite, positive.</param>
public sealed record AdamOptions(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8);

/// <summary>
/// Adam: steps of about the learning rate, whatever the gradient's scale. (Kingma and Ba, "Adam: a method for stochastic optimization",
/// ICLR 2015, algorithm 1.)
/// </summary>
/// <param name="parameters">What is trained: a model's <see cref="Module.Parameters"/>, say.</param>
/// <param name="learningRate">How far a step goes, at most about.</param>
/// <param name="options">The rest; the paper's own when left out.</param>
/// <exception cref="ArgumentException">There is no parameter, or an option lies outside its range.</exception>
public sealed class Adam(IEnumerable<Parameter> parameters, double learningRate = 1e-3, AdamOptions? options = null)
    : Optimizer(parameters, learningRate, Interop.Adam(options ?? new()));
