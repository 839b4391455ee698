using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorReductionTests
{
    static readonly Tensor X = Tensor.Of(
        new double[,]
        {
            { 1, 5, 3 },
            { 4, 2, 6 },
        }
    );

    [Test]
    public void AlongAllAxes()
    {
        X.Sum().Holds([], 21);
        X.Mean().Holds([], 3.5);
        X.Max().Holds([], 6);
        X.LogSumExp().Holds([], Math.Log(Enumerable.Range(1, 6).Sum(i => Math.Exp(i))));
    }

    [Test]
    public void AlongSome()
    {
        X.Sum(0).Holds([3], 5, 7, 9);
        X.Sum(-1).Holds([2], 9, 12);
        X.Sum(0, 1).Holds([], 21);
        X.Mean(1).Holds([2], 3, 4);
        X.Max(0).Holds([3], 4, 5, 6);
        X.LogSumExp(0).Holds([3], LogSumExp(1, 4), LogSumExp(5, 2), LogSumExp(3, 6));
        X.ArgMax().Holds([2], 1, 2);
        X.ArgMax(0).Holds([3], 1, 0, 1);
        Assert.That(X.ArgMax().DType, Is.EqualTo(DType.Int64));
    }

    [Test]
    public void ProductsExtremesAndTruth()
    {
        X.Prod(0).Holds([3], 4, 10, 18);
        X.Min().Holds([], 1);
        X.Min(1).Holds([2], 1, 2);
        X.ArgMin().Holds([2], 0, 1);
        X.Norm(0).Holds([3], Math.Sqrt(17), Math.Sqrt(29), Math.Sqrt(45));
        X.Greater(2).Any(0).Holds([3], 1, 1, 1);
        X.Greater(2).All(1).Holds([2], 0, 0);
    }

    [Test]
    public void SpreadOfPopulationsAndSamples()
    {
        X.Var(0).Holds([3], 2.25, 2.25, 2.25);
        X.Var([0], correction: 1).Holds([3], 4.5, 4.5, 4.5);
        X.Std().Holds([], Math.Sqrt(17.5 / 6));
        X.Std([1], correction: 1, keepDims: true).Holds([2, 1], 2, 2);
    }

    [Test]
    public void AxesStayWhenAsked()
    {
        X.Sum([1], keepDims: true).Holds([2, 1], 9, 12);
        X.Max([], keepDims: true).Holds([1, 1], 6);
        (X - X.Mean([1], keepDims: true)).Holds([2, 3], -2, 2, 0, 0, -2, 2);
    }

    [Test]
    public void SoftmaxSumsToOne()
    {
        X.Softmax().Sum(1).Holds([2], 1, 1);
        X.Softmax(0).Sum(0).Holds([3], 1, 1, 1);
        X.LogSoftmax().Exp().Sum(1).Holds([2], 1, 1);
        Assert.That(X.Softmax()[0, 0].ToScalar(), Is.EqualTo(Math.Exp(1 - LogSumExp(1, 5, 3))).Within(1e-12));
    }

    [Test]
    public void MatMulIsRowsByColumns()
    {
        var y = Tensor.Of(
            new double[,]
            {
                { 1, 0 },
                { 0, 1 },
                { 2, 2 },
            }
        );
        X.MatMul(y).Holds([2, 2], 7, 11, 16, 14);
        X.MatMul(Tensor.Of(1.0, 0.0, -1.0)).Holds([2], -2, -2);
        Tensor.Of(1.0, 2.0).MatMul(Tensor.Of(3.0, 4.0)).Holds([], 11);
    }

    [Test]
    public void MatMulNamesBothShapesAndARemedy() =>
        Assert.That(
            MessageOf<ShapeException>(() => Tensor.Ones(32, 784).MatMul(Tensor.Ones(128, 784))),
            Is.EqualTo(
                "matmul: inner dimensions must agree, but left is [32, 784] and right is [128, 784]; transpose the right operand?"
            )
        );

    static double LogSumExp(params double[] values) => Math.Log(values.Sum(Math.Exp));
}
