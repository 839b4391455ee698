using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorArrangementTests
{
    static readonly Tensor X = Tensor.Of(
        new double[,]
        {
            { 1, 2, 3 },
            { 4, 5, 6 },
        }
    );

    [Test]
    public void TurnedAndRepeated()
    {
        X.Flip().Holds([2, 3], 6, 5, 4, 3, 2, 1);
        X.Flip(0).Holds([2, 3], 4, 5, 6, 1, 2, 3);
        X.Roll(1, axis: 1).Holds([2, 3], 3, 1, 2, 6, 4, 5);
        X.Repeat(2, axis: 0).Holds([4, 3], 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
        X.Tile(2).Holds([2, 6], 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
    }

    [Test]
    public void SlicedByPythonsRules()
    {
        X.Slice(1, step: 2).Holds([2, 2], 1, 3, 4, 6);
        X.Slice(-1, start: -1, stop: 0, step: -1).Holds([2, 2], 3, 2, 6, 5);
        X.Slice(0, start: 1).Holds([1, 3], 4, 5, 6);
        Assert.That(
            MessageOf<ShapeException>(() => X.Slice(2)),
            Is.EqualTo("slice: an axis must lie between -2 and 1, but it is 2; count from 0, or from the back with -1?")
        );
    }

    [Test]
    public void PartedAndJoined()
    {
        var parts = X.Split(1, 1, 2);
        parts[0].Holds([2, 1], 1, 4);
        parts[1].Holds([2, 2], 2, 3, 5, 6);
        Tensor.Stack(X.Unstack(1), 1).Holds([2, 3], 1, 2, 3, 4, 5, 6);
    }

    [Test]
    public void Padded()
    {
        var line = Tensor.Of(1.0, 2.0, 3.0);
        line.Pad([(1, 2)]).Holds([6], 0, 1, 2, 3, 0, 0);
        line.Pad([(1, 0)], value: 7).Holds([4], 7, 1, 2, 3);
        line.Pad([(1, 1)], PaddingMode.Edge).Holds([5], 1, 1, 2, 3, 3);
        line.Pad([(1, 1)], PaddingMode.Reflect).Holds([5], 2, 1, 2, 3, 2);
        line.Pad([(1, 1)], PaddingMode.Wrap).Holds([5], 3, 1, 2, 3, 1);
    }

    [Test]
    public void DiagonalsAndTriangles()
    {
        X.Diagonal().Holds([2], 1, 5);
        X.Diagonal(1).Holds([2], 2, 6);
        Tensor.Of(1.0, 2.0).Diag().Holds([2, 2], 1, 0, 0, 2);
        X.Tril().Holds([2, 3], 1, 0, 0, 4, 5, 0);
        X.Triu(1).Holds([2, 3], 0, 2, 3, 0, 0, 6);
        X.Trace().Holds([], 6);
    }
}
