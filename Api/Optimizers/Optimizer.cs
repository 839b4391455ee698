namespace Fluxion.Api;

/// <summary>Moves parameters against their gradients.</summary>
public abstract class Optimizer
{
    readonly (Parameter Parameter, ParameterStep Step)[] steps;

    private protected Optimizer(IEnumerable<Parameter> parameters, double learningRate, Func<Expr, ParameterStep> begin)
    {
        steps = [.. parameters.Distinct().Select(parameter => (parameter, begin(parameter.Value.Detach().Expression)))];
        if (steps.Length == 0)
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
        foreach (var (parameter, _) in steps)
            parameter.ZeroGrad();
    }

    /// <summary>One step for every parameter that has a gradient; the others stay.</summary>
    /// <exception cref="InvalidOperationException">None has one.</exception>
    public void Step()
    {
        var moving = steps.Where(entry => entry.Parameter.Grad is not null).ToArray();
        if (moving.Length == 0)
            throw new InvalidOperationException(
                Errors.sentence(
                    "Step",
                    "a parameter must have a gradient",
                    "none of them has one",
                    "call Backward on a loss built from them first?"
                )
            );

        var rate = Tensor.Scalar(LearningRate).Expression;
        foreach (var (parameter, step) in moving)
            parameter.Update(new Tensor(step(rate, parameter.Grad!.Expression, parameter.Value.Detach().Expression)));
    }
}
