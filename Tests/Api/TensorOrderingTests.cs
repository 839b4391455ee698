using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorOrderingTests
{
    static readonly Tensor X = Tensor.Of(
        new double[,]
        {
            { 3, 1, 2 },
            { 4, 6, 5 },
        }
    );

    [Test]
    public void SortedEitherWay()
    {
        X.Sort().Holds([2, 3], 1, 2, 3, 4, 5, 6);
        X.Sort(axis: 0, descending: true).Holds([2, 3], 4, 6, 5, 3, 1, 2);
        X.ArgSort().Holds([2, 3], 1, 2, 0, 0, 2, 1);
        X.ArgSort(descending: true).Holds([2, 3], 0, 2, 1, 1, 2, 0);
        X.TakeAlong(X.ArgSort()).Holds([2, 3], 1, 2, 3, 4, 5, 6);
        X.Sort().TakeAlong(X.ArgSort().InversePermutation()).Holds([2, 3], 3, 1, 2, 4, 6, 5);
    }

    [Test]
    public void TheLargestSendTheirGradientsBack()
    {
        var p = new Parameter(Tensor.Of(3.0, 1.0, 2.0));
        var (values, positions) = (p * 1).TopK(2);
        positions.Holds([2], 0, 2);
        (values * Tensor.Of(1.0, 10.0)).Sum().Backward();
        p.Grad!.Holds([3], 1, 0, 10);
        Assert.That(
            MessageOf<ShapeException>(() => X.TopK(4)),
            Is.EqualTo(
                "topK: k must lie between 0 and the axis's size 3, but it is 4; ask for fewer, or along another axis?"
            )
        );
    }

    [Test]
    public void TotalsRun()
    {
        X.CumSum(1).Holds([2, 3], 3, 4, 6, 4, 10, 15);
        X.CumProd(0).Holds([2, 3], 3, 1, 2, 12, 6, 10);
        X.CumMax(1).Holds([2, 3], 3, 3, 3, 4, 6, 6);
        X.CumMin(1).Holds([2, 3], 3, 1, 1, 4, 4, 4);
        X.CumArgMax(1).Holds([2, 3], 0, 0, 0, 0, 1, 1);
        Tensor.LinearRecurrence(Tensor.Of(9.0, 0.5, 2.0), Tensor.Of(1.0, 2.0, 3.0)).Holds([3], 1, 2.5, 8);
        X.ScatterAlong(
                Tensor.Of(
                    new[,]
                    {
                        { 1, 1, 0 },
                        { 0, 0, 0 },
                    }
                ),
                size: 2
            )
            .Holds([2, 2], 2, 4, 15, 0);
    }
}
