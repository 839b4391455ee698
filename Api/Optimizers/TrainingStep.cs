namespace Fluxion.Api;

/// <summary>
/// A whole step of training, compiled: the loss of a batch, its gradients, and the optimizer's update of the parameters in place, so that many
/// steps run in one call and allocate nothing. The numbers are those of Backward and Step. For one thread at a time.
/// </summary>
/// <param name="optimizer">What moves the parameters; its own steps and these may take turns.</param>
/// <param name="loss">
/// The loss of a batch, a scalar tensor of x and y and of the optimizer's parameters. Called once for each pair of shapes and element types
/// that batches have; whatever else it reads stays as it was then.
/// </param>
public sealed class TrainingStep(Optimizer optimizer, Func<Tensor, Tensor, Tensor> loss)
{
    readonly GroupIteration iteration = optimizer.Iterate((x, y) => loss(new(x), new(y)).Expression);

    /// <summary>One step on a batch, or several on the same: the loss before the last of them.</summary>
    /// <exception cref="ShapeException">The loss is not a scalar.</exception>
    /// <exception cref="ArgumentException">The number of steps is not positive.</exception>
    public double Run(Tensor x, Tensor y, int steps = 1)
    {
        if (steps < 1)
            throw new ArgumentException(
                Errors.sentence(
                    "Run",
                    "the number of steps must be positive",
                    $"it is {steps}",
                    "leave it out for one?"
                )
            );

        return optimizer.Within(iteration, () => iteration.Run(x.Constant, y.Constant, steps));
    }

    /// <summary>A step on each batch: the mean of their losses, each before its step.</summary>
    /// <exception cref="ShapeException">The loss is not a scalar.</exception>
    /// <exception cref="ArgumentException">There is no batch.</exception>
    public double Run(IEnumerable<(Tensor X, Tensor Y)> batches)
    {
        var (sum, count) = (0.0, 0);
        optimizer.Within(
            iteration,
            () =>
            {
                foreach (var (x, y) in batches)
                {
                    sum += iteration.Run(x.Constant, y.Constant, 1);
                    count++;
                }
                return sum;
            }
        );
        return count > 0
            ? sum / count
            : throw new ArgumentException(
                Errors.sentence("Run", "there must be a batch", "there is none", "check the data?")
            );
    }
}
