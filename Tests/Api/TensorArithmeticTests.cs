using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

/// <summary>Each operator and its twin against C#'s own arithmetic, between tensors, parameters and numbers.</summary>
public sealed class TensorArithmeticTests
{
    static readonly double[] Left = [1.5, -2, 0.25];
    static readonly double[] Right = [-0.5, 4, 3];

    static double[] Each(Func<double, double, double> f) => [.. Left.Zip(Right, f)];

    static double[] Each(Func<double, double> f) => [.. Left.Select(f)];

    [Test]
    public void BetweenTensors()
    {
        var (x, y) = (Tensor.Of(Left), Tensor.Of(Right));
        (x + y).Holds([3], Each((a, b) => a + b));
        (x - y).Holds([3], Each((a, b) => a - b));
        (x * y).Holds([3], Each((a, b) => a * b));
        (x / y).Holds([3], Each((a, b) => a / b));
        (-x).Holds([3], Each(a => -a));
        x.Add(y).Holds([3], Each((a, b) => a + b));
        x.Subtract(y).Holds([3], Each((a, b) => a - b));
        x.Multiply(y).Holds([3], Each((a, b) => a * b));
        x.Divide(y).Holds([3], Each((a, b) => a / b));
        x.Negate().Holds([3], Each(a => -a));
    }

    [Test]
    public void BesideANumber()
    {
        var x = Tensor.Of(Left);
        (x + 2).Holds([3], Each(a => a + 2));
        (2 + x).Holds([3], Each(a => 2 + a));
        (x - 2).Holds([3], Each(a => a - 2));
        (2 - x).Holds([3], Each(a => 2 - a));
        (x * 2).Holds([3], Each(a => a * 2));
        (2 * x).Holds([3], Each(a => 2 * a));
        (x / 2).Holds([3], Each(a => a / 2));
        (2 / x).Holds([3], Each(a => 2 / a));
        x.Add(2).Holds([3], Each(a => a + 2));
        x.Subtract(2).Holds([3], Each(a => a - 2));
        x.Multiply(2).Holds([3], Each(a => a * 2));
        x.Divide(2).Holds([3], Each(a => a / 2));
    }

    [Test]
    public void WithParametersOnEitherSide()
    {
        var (x, p, q) = (Tensor.Of(Left), new Parameter(Tensor.Of(Right)), new Parameter(Tensor.Of(Left)));
        (q + p).Holds([3], Each((a, b) => a + b));
        (x + p).Holds([3], Each((a, b) => a + b));
        (p + x).Holds([3], Each((a, b) => b + a));
        (q - p).Holds([3], Each((a, b) => a - b));
        (x - p).Holds([3], Each((a, b) => a - b));
        (p - x).Holds([3], Each((a, b) => b - a));
        (q * p).Holds([3], Each((a, b) => a * b));
        (x * p).Holds([3], Each((a, b) => a * b));
        (p * x).Holds([3], Each((a, b) => b * a));
        (q / p).Holds([3], Each((a, b) => a / b));
        (x / p).Holds([3], Each((a, b) => a / b));
        (p / x).Holds([3], Each((a, b) => b / a));
        (-q).Holds([3], Each(a => -a));
        (q + 2).Holds([3], Each(a => a + 2));
        (2 + q).Holds([3], Each(a => 2 + a));
        (q - 2).Holds([3], Each(a => a - 2));
        (2 - q).Holds([3], Each(a => 2 - a));
        (q * 2).Holds([3], Each(a => a * 2));
        (2 * q).Holds([3], Each(a => 2 * a));
        (q / 2).Holds([3], Each(a => a / 2));
        (2 / q).Holds([3], Each(a => 2 / a));
    }

    [Test]
    public void ShapesBroadcast() =>
        (
            Tensor.Of(
                new double[,]
                {
                    { 1 },
                    { 2 },
                }
            ) * Tensor.Of(10.0, 20.0)
        ).Holds([2, 2], 10, 20, 20, 40);

    [Test]
    public void ANumberTakesTheTensorsType()
    {
        Assert.That((Tensor.Of(1f, 2f) * 0.5).DType, Is.EqualTo(DType.Float32));
        Assert.That((Tensor.Of(1, 2) * 2).DType, Is.EqualTo(DType.Int32));
    }

    [Test]
    public void ShapesThatDoNotFitAreRefusedWhereTheyMeet() =>
        Assert.That(
            MessageOf<ShapeException>(() => Tensor.Ones(2) + Tensor.Ones(3)),
            Does.StartWith(
                "add: sizes must agree, or be 1, counted from the last axis, but left is [2] and right is [3]"
            )
        );

    [Test]
    public void TypesThatDifferAreRefused() =>
        Assert.That(MessageOf<DTypeException>(() => Tensor.Of(1.0) + Tensor.Of(1f)), Does.StartWith("add: "));
}
