using System.Runtime.Intrinsics;

namespace Fluxion.Bench.ByHand;

/// <summary>The log likelihood of a mixture of Gaussians, with a prior on their inverse factors, and its gradient.</summary>
/// <remarks>
/// Eight points are a register, so their number is a multiple of eight; dimensions are ten. Factors are triangles: the diagonal
/// is exp(logs), and nothing above it is multiplied.
/// </remarks>
public sealed unsafe class GaussianMixture
{
    const int D = 10;
    readonly int k;
    readonly int n;
    readonly double[] columns;
    readonly double[] terms;

    /// <summary>Gradients by weights, means, logarithms of diagonals and the factors' other entries.</summary>
    public double[] ByAlpha { get; }
    public double[] ByMeans { get; }
    public double[] ByLogs { get; }
    public double[] ByLower { get; }

    /// <summary>A mixture of <paramref name="components"/> for points that are columns: [10, n].</summary>
    public GaussianMixture(double[] points, int components)
    {
        (k, n, columns) = (components, points.Length / D, points);
        terms = new double[k * n];
        (ByAlpha, ByMeans) = (new double[k], new double[k * D]);
        (ByLogs, ByLower) = (new double[k * D], new double[k * D * D]);
    }

    /// <summary>The objective; its gradients are in the properties.</summary>
    public double Evaluate(double[] alpha, double[] means, double[] logs, double[] lower)
    {
        var factor = stackalloc double[D * D];
        fixed (
            double* x = columns,
                t = terms,
                mean = means
        )
        {
            for (var c = 0; c < k; c++)
            {
                Factor(logs, lower, c, factor);
                var constant = alpha[c];
                for (var j = 0; j < D; j++)
                    constant += logs[c * D + j];
                Terms(x, mean + c * D, factor, constant, t + c * n);
            }
            var value = Shares(t);
            var all = Alphas(alpha);
            value -= n * all;
            for (var c = 0; c < k; c++)
            {
                Factor(logs, lower, c, factor);
                value += Gradient(x, mean + c * D, factor, t + c * n, c);
                ByAlpha[c] -= n * Math.Exp(alpha[c] - all);
            }
            return value;
        }
    }

    static void Factor(double[] logs, double[] lower, int c, double* factor)
    {
        for (var j = 0; j < D; j++)
        {
            for (var l = 0; l < j; l++)
                factor[j * D + l] = lower[(c * D + j) * D + l];
            factor[j * D + j] = Math.Exp(logs[c * D + j]);
        }
    }

    double Alphas(double[] alpha)
    {
        var shift = alpha.Max();
        var sum = 0.0;
        foreach (var a in alpha)
            sum += Math.Exp(a - shift);
        return shift + Math.Log(sum);
    }

    // Points less the mean, and those times the factor, eight points at a time.
    void Scale(double* x, double* mean, double* factor, int i, Vector512<double>* moved, Vector512<double>* scaled)
    {
        for (var j = 0; j < D; j++)
            moved[j] = Vector512.Load(x + j * n + i) - Vector512.Create(mean[j]);
        for (var j = 0; j < D; j++)
        {
            var sum = Vector512.Create(factor[j * D]) * moved[0];
            for (var l = 1; l <= j; l++)
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(factor[j * D + l]), moved[l], sum);
            scaled[j] = sum;
        }
    }

    // A component's terms: the logarithm of its weight times its density, but for a constant.
    void Terms(double* x, double* mean, double* factor, double constant, double* terms)
    {
        var moved = stackalloc Vector512<double>[D];
        var scaled = stackalloc Vector512<double>[D];
        for (var i = 0; i < n; i += 8)
        {
            Scale(x, mean, factor, i, moved, scaled);
            var squares = Vector512<double>.Zero;
            for (var j = 0; j < D; j++)
                squares = Vector512.FusedMultiplyAdd(scaled[j], scaled[j], squares);
            Vector512.FusedMultiplyAdd(Vector512.Create(-0.5), squares, Vector512.Create(constant)).Store(terms + i);
        }
    }

    // Terms become each component's share of each point; gives the sum of the points' log likelihoods.
    double Shares(double* terms)
    {
        var value = 0.0;
        for (var i = 0; i < n; i += 8)
        {
            var largest = Vector512.Load(terms + i);
            for (var c = 1; c < k; c++)
                largest = Vector512.MaxNative(largest, Vector512.Load(terms + c * n + i));
            var total = Vector512<double>.Zero;
            for (var c = 0; c < k; c++)
            {
                var power = Mathematics.Exp(Vector512.Load(terms + c * n + i) - largest);
                power.Store(terms + c * n + i);
                total += power;
            }
            var inverse = Vector512<double>.One / total;
            for (var c = 0; c < k; c++)
                (Vector512.Load(terms + c * n + i) * inverse).Store(terms + c * n + i);
            value += Vector512.Sum(largest);
            for (var lane = 0; lane < 8; lane++)
                value += Math.Log(total[lane]);
        }
        return value;
    }

    // A component's gradients from its shares; gives its prior.
    double Gradient(double* x, double* mean, double* factor, double* shares, int c)
    {
        var moved = stackalloc Vector512<double>[D];
        var scaled = stackalloc Vector512<double>[D];
        var byMean = stackalloc Vector512<double>[D];
        var byFactor = stackalloc Vector512<double>[D * D];
        new Span<Vector512<double>>(byMean, D).Clear();
        new Span<Vector512<double>>(byFactor, D * D).Clear();
        var weight = Vector512<double>.Zero;
        for (var i = 0; i < n; i += 8)
        {
            Scale(x, mean, factor, i, moved, scaled);
            var share = Vector512.Load(shares + i);
            weight += share;
            for (var j = 0; j < D; j++)
            {
                var slope = share * scaled[j];
                byMean[j] += slope;
                for (var l = 0; l <= j; l++)
                    byFactor[j * D + l] = Vector512.FusedMultiplyAdd(slope, moved[l], byFactor[j * D + l]);
            }
        }
        var prior = 0.0;
        ByAlpha[c] = Vector512.Sum(weight);
        Array.Clear(ByMeans, c * D, D);
        for (var j = 0; j < D; j++)
        {
            var slope = Vector512.Sum(byMean[j]);
            for (var l = 0; l <= j; l++)
            {
                var entry = factor[j * D + l];
                var byEntry = entry - Vector512.Sum(byFactor[j * D + l]);
                ByMeans[c * D + l] += entry * slope;
                prior += 0.5 * entry * entry;
                if (l < j)
                    ByLower[(c * D + j) * D + l] = byEntry;
                else
                    ByLogs[c * D + j] = ByAlpha[c] + byEntry * entry;
            }
        }
        return prior;
    }
}
