using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

/// <summary>Indices and ranges mean what they mean for C#'s own arrays.</summary>
public sealed class TensorIndexTests
{
    static readonly double[] Vector = [.. Enumerable.Range(0, 6).Select(i => i * 1.5)];
    static readonly double[,] Matrix = Filled(6, 4);

    static double[,] Filled(int rows, int columns)
    {
        var matrix = new double[rows, columns];
        for (var row = 0; row < rows; row++)
        for (var column = 0; column < columns; column++)
            matrix[row, column] = (10 * row) + column;
        return matrix;
    }

    [Test]
    public void EveryElement()
    {
        var x = Tensor.Of(Matrix);
        for (var row = 0; row < 6; row++)
        for (var column = 0; column < 4; column++)
        {
            Assert.That(x[row, column].ToScalar(), Is.EqualTo(Matrix[row, column]));
            Assert.That(x[^(6 - row), ^(4 - column)].ToScalar(), Is.EqualTo(Matrix[row, column]));
            Assert.That(x[row - 6, column - 4].ToScalar(), Is.EqualTo(Matrix[row, column]));
        }
    }

    [Test]
    public void EveryRangeOfAVector()
    {
        var x = Tensor.Of(Vector);
        for (var start = 0; start <= 6; start++)
        for (var stop = start; stop <= 6; stop++)
        {
            x[start..stop].Holds([stop - start], Vector[start..stop]);
            x[^(6 - start)..^(6 - stop)].Holds([stop - start], Vector[start..stop]);
        }
    }

    [Test]
    public void RowsColumnsAndBlocks()
    {
        var x = Tensor.Of(Matrix);
        x[1].Holds([4], 10, 11, 12, 13);
        x[.., 0].Holds([6], 0, 10, 20, 30, 40, 50);
        x[2..5, ^1].Holds([3], 23, 33, 43);
        x[4.., 1..3].Holds([2, 2], 41, 42, 51, 52);
        x[..1].Holds([1, 4], 0, 1, 2, 3);
        x[^2, ..2].Holds([2], 40, 41);
        x[3..3].Holds([0, 4]);
    }

    [Test]
    public void GradientsGoWhereTheElementsCameFrom()
    {
        var w = new Parameter(Tensor.Of(Matrix));
        (w.Value[2..4, ^1] * Tensor.Of(5.0, 7.0)).Sum().Backward();
        var expected = new double[24];
        (expected[11], expected[15]) = (5, 7);
        w.Grad!.Holds([6, 4], expected);
    }

    [Test]
    public void WhatLiesOutsideIsRefused()
    {
        var x = Tensor.Of(Matrix);
        Assert.That(
            MessageOf<ShapeException>(() => x[0, 4]),
            Does.StartWith("index: an index along axis 1 must lie inside its size 4, but it is 4")
        );
        Assert.That(MessageOf<ShapeException>(() => x[^7]), Does.Contain("inside its size 6, but it is ^7"));
        Assert.That(MessageOf<ShapeException>(() => x[^0]), Does.Contain("inside its size 6, but it is ^0"));
        Assert.That(
            MessageOf<ShapeException>(() => x[2..7]),
            Does.Contain("inside 0..6, start before end, but it is 2..7")
        );
        Assert.That(MessageOf<ShapeException>(() => x[3..2]), Does.Contain("but it is 3..2"));
        Assert.That(MessageOf<ShapeException>(() => x[0, 0, 0]), Does.Contain("at most 2 indices fit"));
    }
}
