using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fluxion.Bench.ByHand;

/// <summary>
/// A step of gradient descent on the mean squared error of y = a0·x0 + a1·x1, as one loop that reads each number once:
/// what a compiler of such steps can hope to reach.
/// </summary>
public sealed class LinearRegression(double[] x0, double[] x1, double[] y)
{
    double a0,
        a1;

    /// <summary>The coefficients so far.</summary>
    public (double A0, double A1) Coefficients => (a0, a1);

    /// <summary>Moves the coefficients against the gradient, and returns the loss before the move.</summary>
    public double Step(double learningRate)
    {
        var (loss, slope0, slope1) = Sums();
        var scale = 2.0 / y.Length;
        a0 -= learningRate * scale * slope0;
        a1 -= learningRate * scale * slope1;
        return loss / y.Length;
    }

    /// <summary>Over all points, with r = a0·x0 + a1·x1 - y: Σ r², Σ r·x0, Σ r·x1.</summary>
    (double Loss, double Slope0, double Slope1) Sums()
    {
        var width = Vector512<double>.Count;
        var (wide0, wide1) = (Vector512.Create(a0), Vector512.Create(a1));
        Vector512<double> loss = default,
            slope0 = default,
            slope1 = default;
        ref var first0 = ref MemoryMarshal.GetArrayDataReference(x0);
        ref var first1 = ref MemoryMarshal.GetArrayDataReference(x1);
        ref var firstY = ref MemoryMarshal.GetArrayDataReference(y);

        var i = 0;
        for (; i <= y.Length - width; i += width)
        {
            var p0 = Vector512.LoadUnsafe(ref first0, (nuint)i);
            var p1 = Vector512.LoadUnsafe(ref first1, (nuint)i);
            var r = Vector512.FusedMultiplyAdd(
                p0,
                wide0,
                Vector512.FusedMultiplyAdd(p1, wide1, -Vector512.LoadUnsafe(ref firstY, (nuint)i))
            );
            loss = Vector512.FusedMultiplyAdd(r, r, loss);
            slope0 = Vector512.FusedMultiplyAdd(r, p0, slope0);
            slope1 = Vector512.FusedMultiplyAdd(r, p1, slope1);
        }

        var (restLoss, rest0, rest1) = (0.0, 0.0, 0.0);
        for (; i < y.Length; i++)
        {
            var r = x0[i] * a0 + x1[i] * a1 - y[i];
            restLoss += r * r;
            rest0 += r * x0[i];
            rest1 += r * x1[i];
        }

        return (Vector512.Sum(loss) + restLoss, Vector512.Sum(slope0) + rest0, Vector512.Sum(slope1) + rest1);
    }
}
