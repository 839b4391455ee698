namespace Fluxion.Api;

/// <summary>Moves parameters against their gradients.</summary>
public abstract class Optimizer
{
    readonly Parameter[] parameters;
    readonly ParameterGroup group;

    // Used again by each step.
    readonly NDArray?[] gradients;
    readonly NDArray[] values;

    private protected Optimizer(
        IEnumerable<Parameter> parameters,
        double learningRate,
        Func<NDArray[], ParameterGroup> begin
    )
    {
        this.parameters = [.. parameters.Distinct()];
        group = begin(Array.ConvertAll(this.parameters, parameter => parameter.Current));
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
        gradients = new NDArray?[this.parameters.Length];
        values = new NDArray[this.parameters.Length];
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
        for (var i = 0; i < parameters.Length; i++)
            (gradients[i], values[i]) = (parameters[i].Gradient, parameters[i].Current);
        if (Array.TrueForAll(gradients, gradient => gradient is null))
            throw new InvalidOperationException(
                Errors.sentence(
                    "Step",
                    "a parameter must have a gradient",
                    "none of them has one",
                    "call Backward on a loss built from them first?"
                )
            );

        group.Step(LearningRate, gradients, values);
        for (var i = 0; i < parameters.Length; i++)
            if (gradients[i] is not null)
                parameters[i].Update(values[i]);
        Array.Clear(gradients);
        Array.Clear(values);
    }

    /// <summary>Whole steps in place of a loss of x and y; see <see cref="TrainingStep"/>.</summary>
    internal GroupIteration Iterate(Func<Expr, Expr, Expr> loss) =>
        Interop.Iterate(
            group,
            loss,
            // What was built from an older value keeps it.
            leaf => Array.FindIndex(parameters, parameter => ReferenceEquals(parameter.Value.Expression, leaf))
        );

    /// <summary>Steps from where the parameters are, who then are where the steps led, also when one of them fails.</summary>
    internal double Within(GroupIteration iteration, Func<double> run)
    {
        iteration.Begin(LearningRate, Array.ConvertAll(parameters, parameter => parameter.Current));
        try
        {
            return run();
        }
        finally
        {
            var next = iteration.Finish();
            for (var i = 0; i < next.Length; i++)
                parameters[i].Update(next[i]);
        }
    }
}
