using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorMovementTests
{
    static readonly Tensor X = Tensor.Of(
        new double[,]
        {
            { 1, 2, 3 },
            { 4, 5, 6 },
        }
    );

    [Test]
    public void ShapesChangeAndElementsStay()
    {
        X.Reshape(3, 2).Holds([3, 2], 1, 2, 3, 4, 5, 6);
        X.Reshape(-1).Holds([6], 1, 2, 3, 4, 5, 6);
        X.Transpose().Holds([3, 2], 1, 4, 2, 5, 3, 6);
        X.Permute(1, 0).Holds([3, 2], 1, 4, 2, 5, 3, 6);
        X.ExpandDims(1).Holds([2, 1, 3], 1, 2, 3, 4, 5, 6);
        X.ExpandDims(0).Squeeze(0).Holds([2, 3], 1, 2, 3, 4, 5, 6);
        Tensor.Of(1.0, 2.0).BroadcastTo(2, 2).Holds([2, 2], 1, 2, 1, 2);
    }

    [Test]
    public void TensorsAreJoined()
    {
        var (a, b) = (Tensor.Of(1.0, 2.0), Tensor.Of(3.0, 4.0));
        Tensor.Stack([a, b]).Holds([2, 2], 1, 2, 3, 4);
        Tensor.Stack([a, b], axis: 1).Holds([2, 2], 1, 3, 2, 4);
        Tensor.Concat([a, b]).Holds([4], 1, 2, 3, 4);
        Tensor.Concat([X, X], axis: 1).Holds([2, 6], 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
    }

    [Test]
    public void ParametersAreJoinedToo()
    {
        var (a, b) = (new Parameter(1), new Parameter(2));
        (Tensor.Stack([a, b]) * Tensor.Of(3.0, 4.0)).Sum().Backward();
        Assert.That((a.Grad!.ToScalar(), b.Grad!.ToScalar()), Is.EqualTo((3.0, 4.0)));
    }

    [Test]
    public void GatherPicksRows()
    {
        X.Gather(Tensor.Of(1, 0, 1)).Holds([3, 3], 4, 5, 6, 1, 2, 3, 4, 5, 6);
        X.Gather(Tensor.Of(2), axis: 1).Holds([2, 1], 3, 6);
        X.ScatterAdd(Tensor.Of(2, 0), size: 3).Holds([3, 3], 4, 5, 6, 0, 0, 0, 1, 2, 3);
        Tensor.Of(1, 0).OneHot(3).Holds([2, 3], 0, 1, 0, 1, 0, 0);
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.That(MessageOf<ShapeException>(() => X.Reshape(4, 2)), Does.StartWith("reshape: "));
        Assert.That(MessageOf<ShapeException>(() => Tensor.Ones(3).Transpose()), Does.StartWith("transpose: "));
        Assert.That(MessageOf<ShapeException>(() => X.Squeeze(0)), Does.StartWith("squeeze: "));
        Assert.That(MessageOf<ArgumentException>(() => Tensor.Stack([])), Does.StartWith("stack: "));
    }
}
