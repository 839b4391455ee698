using MathNet.Numerics.LinearAlgebra;
using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorMatricesTests
{
    [Test]
    public void MatricesGoBothWays()
    {
        var matrix = Matrix<double>.Build.DenseOfArray(
            new double[,]
            {
                { 1, 2, 3 },
                { 4, 5, 6 },
            }
        );
        Tensor.Of(matrix).Holds([2, 3], 1, 2, 3, 4, 5, 6);
        Assert.That((Tensor.Of(matrix) * 2).ToMatrix(), Is.EqualTo(matrix * 2));
        Assert.That(
            MessageOf<ShapeException>(() => Tensor.Of(1.0, 2).ToMatrix()),
            Does.StartWith("toMatrix: two axes with elements are needed, but the shape is [2]")
        );
    }

    [Test]
    public void VectorsGoBothWays()
    {
        var vector = Vector<double>.Build.Dense([1, 2, 3]);
        Tensor.Of(vector).Holds([3], 1, 2, 3);
        Assert.That((Tensor.Of(vector) * 2).ToVector(), Is.EqualTo(vector * 2));
        Assert.That(
            MessageOf<ShapeException>(() => Tensor.Scalar(1).ToVector()),
            Does.StartWith("toVector: one axis with elements is needed, but the shape is []")
        );
    }
}
