using NUnit.Framework;

namespace Fluxion.Api.Tests;

/// <summary>What many tests ask of numbers.</summary>
static class Numbers
{
    /// <summary>Same shape, same elements to a relative error of 1e-12.</summary>
    public static void Holds(this Tensor actual, int[] shape, params double[] elements)
    {
        Assert.That(actual.Shape, Is.EqualTo(shape));
        Assert.That(actual.ToArray(), Is.EqualTo(elements).Within(1e-12));
    }

    /// <summary>The message of the exception that building or using the tensor raises.</summary>
    public static string MessageOf<TException>(Func<object?> action)
        where TException : Exception => Assert.Throws<TException>(() => action())!.Message;

    /// <summary>The gradient of a loss by one parameter, by central differences of step 1e-5.</summary>
    public static double[] NumericGradient(Parameter parameter, Func<Tensor> loss)
    {
        const double Step = 1e-5;
        var (initial, shape) = (parameter.Value.ToArray(), parameter.Shape.ToArray());

        double At(int element, double change)
        {
            var moved = initial.ToArray();
            moved[element] += change;
            parameter.Update(Tensor.Of(moved).Reshape(shape));
            return loss().ToScalar();
        }

        double[] gradient =
        [
            .. Enumerable.Range(0, initial.Length).Select(i => (At(i, Step) - At(i, -Step)) / (2 * Step)),
        ];
        parameter.Update(Tensor.Of(initial).Reshape(shape));
        return gradient;
    }
}
