namespace Fluxion.Api;

/// <summary>
/// Stochastic gradient descent, p ← p - η g; with momentum μ, v ← μ v + g and p ← p - η v. (Robbins and Monro 1951; Polyak 1964.)
/// </summary>
/// <param name="parameters">What is trained: a model's <see cref="Module.Parameters"/>, say.</param>
/// <param name="learningRate">η.</param>
/// <param name="momentum">μ, in [0, 1).</param>
/// <exception cref="ArgumentException">There is no parameter, or μ lies outside [0, 1).</exception>
public sealed class Sgd(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0)
    : Optimizer(parameters, learningRate, momentum == 0 ? Interop.Sgd() : Interop.Momentum(momentum));
