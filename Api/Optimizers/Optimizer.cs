namespace Fluxion.Api;

/// <summary>Moves parameters against their gradients.</summary>
public abstract class Optimizer
{
    readonly Parameter[] parameters;
    readonly ParameterGroup group;

    private protected Optimizer(
        IEnumerable<Parameter> parameters,
        double learningRate,
        Func<NDArray[], ParameterGroup> begin
    )
    {
        this.parameters = [.. parameters.Distinct()];
        group = begin([.. this.parameters.Select(parameter => parameter.Value.Value)]);
        if (this.parameters.Length == 0)
            throw new ArgumentException(
                Errors.sentence(
                    GetType().Name,
                    "there must be a parameter to train",
                    "there is none",
                    "give it model.Parameters()?"
                )
            );
        LearningRate = learningRate;
    }

    /// <summary>How far each step goes; may be changed between steps.</summary>
    public double LearningRate { get; set; }

    /// <summary>Forgets the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach (var parameter in parameters)
            parameter.ZeroGrad();
    }

    /// <summary>One step for every parameter that has a gradient; the others stay.</summary>
    /// <exception cref="InvalidOperationException">None has one.</exception>
    public void Step()
    {
        var gradients = Array.ConvertAll(parameters, parameter => parameter.Grad?.Value);
        if (Array.TrueForAll(gradients, gradient => gradient is null))
            throw new InvalidOperationException(
                Errors.sentence(
                    "Step",
                    "a parameter must have a gradient",
                    "none of them has one",
                    "call Backward on a loss built from them first?"
                )
            );

        var values = Array.ConvertAll(parameters, parameter => parameter.Value.Value);
        var next = group.Step(LearningRate, gradients, values);
        for (var i = 0; i < next.Length; i++)
            if (next[i] is { } value)
                parameters[i].Update(value);
    }
}
