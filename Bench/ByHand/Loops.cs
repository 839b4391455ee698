using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fluxion.Bench.ByHand;

/// <summary>The loops that Fluxion is measured against: what one would write for exactly this problem.</summary>
public static unsafe class Loops
{
    /// <summary>One step of least squares on rows of two numbers; gives the loss before it.</summary>
    public static float LinearRegression(float[] x, float[] y, float[] w, float rate)
    {
        var n = y.Length;
        fixed (
            float* px = x,
                py = y
        )
        {
            var w0 = Vector512.Create(w[0]);
            var w1 = Vector512.Create(w[1]);
            Vector512<float> loss = default;
            Vector512<float> g0 = default;
            Vector512<float> g1 = default;
            var even = Vector512<int>.Indices * 2;
            var odd = even + Vector512<int>.One;
            var i = 0;
            for (; i <= n - 16; i += 16)
            {
                var a = Vector512.Load(px + 2 * i);
                var b = Vector512.Load(px + 2 * i + 16);
                var x0 = Avx512F.PermuteVar16x32x2(a, even, b);
                var x1 = Avx512F.PermuteVar16x32x2(a, odd, b);
                var r = Vector512.FusedMultiplyAdd(x0, w0, x1 * w1) - Vector512.Load(py + i);
                loss = Vector512.FusedMultiplyAdd(r, r, loss);
                g0 = Vector512.FusedMultiplyAdd(r, x0, g0);
                g1 = Vector512.FusedMultiplyAdd(r, x1, g1);
            }
            var sum = Vector512.Sum(loss);
            var s0 = Vector512.Sum(g0);
            var s1 = Vector512.Sum(g1);
            for (; i < n; i++)
            {
                var r = px[2 * i] * w[0] + px[2 * i + 1] * w[1] - py[i];
                sum += r * r;
                s0 += r * px[2 * i];
                s1 += r * px[2 * i + 1];
            }
            w[0] -= rate * 2f / n * s0;
            w[1] -= rate * 2f / n * s1;
            return sum / n;
        }
    }

    /// <summary>sin((x + y) z) and its three derivatives.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Scalar(double x, double y, double z, double[] gradient)
    {
        var (sin, cos) = Math.SinCos((x + y) * z);
        gradient[0] = gradient[1] = cos * z;
        gradient[2] = cos * (x + y);
        return sin;
    }

    /// <summary>Rosenbrock's function and its gradient.</summary>
    public static double Rosenbrock(double[] x, double[] gradient)
    {
        var n = x.Length;
        fixed (
            double* px = x,
                pg = gradient
        )
        {
            Vector512<double> sums = default;
            var one = Vector512<double>.One;
            var sum = Term(px, pg, 0, n);
            var i = 1;
            for (; i <= n - 9; i += 8)
            {
                var before = Vector512.Load(px + i - 1);
                var a = Vector512.Load(px + i);
                var d = Vector512.Load(px + i + 1) - a * a;
                var e = one - a;
                sums += Vector512.Create(100.0) * d * d + e * e;
                var own = Vector512.Create(-400.0) * d * a - Vector512.Create(2.0) * e;
                (own + Vector512.Create(200.0) * (a - before * before)).Store(pg + i);
            }
            for (; i < n; i++)
                sum += Term(px, pg, i, n);
            return sum + Vector512.Sum(sums);
        }
    }

    /// <summary>All second derivatives of Rosenbrock's function: three diagonals of a square matrix, the rest zero.</summary>
    public static void RosenbrockHessian(double[] x, double[] second)
    {
        var n = x.Length;
        Array.Clear(second);
        var before = 0.0;
        for (var i = 0; i < n - 1; i++)
        {
            var slope = -400 * x[i];
            second[i * (n + 1)] = before - 3 * slope * x[i] - 400 * x[i + 1] + 2;
            second[i * (n + 1) + 1] = slope;
            second[(i + 1) * n + i] = slope;
            before = 200;
        }
        second[n * n - 1] = before;
    }

    static double Term(double* x, double* gradient, int i, int n)
    {
        gradient[i] = i > 0 ? 200 * (x[i] - x[i - 1] * x[i - 1]) : 0;
        if (i == n - 1)
            return 0;
        var d = x[i + 1] - x[i] * x[i];
        gradient[i] -= 400 * d * x[i] + 2 * (1 - x[i]);
        return 100 * d * d + (1 - x[i]) * (1 - x[i]);
    }

    /// <summary>The sum of sigmoid(x w + b) tanh(x), and its derivatives by x, w and b (the last two in <paramref name="sums"/>).</summary>
    public static float Elementwise(float[] x, float w, float b, float[] gradient, float[] sums)
    {
        fixed (
            float* px = x,
                pg = gradient
        )
        {
            Vector512<float> total = default;
            Vector512<float> byW = default;
            Vector512<float> byB = default;
            var one = Vector512<float>.One;
            for (var i = 0; i < x.Length; i += 16)
            {
                var v = Vector512.Load(px + i);
                var s = Mathematics.Sigmoid(Vector512.FusedMultiplyAdd(v, Vector512.Create(w), Vector512.Create(b)));
                var t = Mathematics.Tanh(v);
                total += s * t;
                var slope = t * s * (one - s);
                byB += slope;
                byW = Vector512.FusedMultiplyAdd(slope, v, byW);
                Vector512.FusedMultiplyAdd(slope, Vector512.Create(w), s * (one - t * t)).Store(pg + i);
            }
            sums[0] = Vector512.Sum(byW);
            sums[1] = Vector512.Sum(byB);
            return Vector512.Sum(total);
        }
    }

    /// <summary>One step of logistic regression, all rows at once; gives the loss before it. <paramref name="logits"/> is room for one number a row.</summary>
    public static float LogisticRegression(float[] x, float[] y, float[] w, float[] logits, float rate)
    {
        const int columns = 30;
        var n = y.Length;
        fixed (
            float* px = x,
                py = y,
                pw = w,
                pz = logits
        )
        {
            // Rows end two columns short of two registers: the second one starts early, with its first two weights at zero.
            var w0 = Vector512.Load(pw);
            var fresh = Vector512.GreaterThan(Vector512<int>.Indices, Vector512<int>.One).AsSingle();
            var w1 = Vector512.Load(pw + 14) & fresh;
            for (var i = 0; i < n; i++)
            {
                var row = px + i * columns;
                pz[i] = Vector512.Sum(
                    Vector512.FusedMultiplyAdd(Vector512.Load(row), w0, Vector512.Load(row + 14) * w1)
                );
            }
            Vector512<float> losses = default;
            var k = 0;
            for (; k <= n - 16; k += 16)
            {
                var z = Vector512.Load(pz + k);
                var label = Vector512.Load(py + k);
                losses += Mathematics.Softplus(z) - label * z;
                (Mathematics.Sigmoid(z) - label).Store(pz + k);
            }
            var loss = Vector512.Sum(losses);
            for (; k < n; k++)
            {
                var z = pz[k];
                loss += MathF.Max(z, 0) + MathF.Log(1 + MathF.Exp(-MathF.Abs(z))) - py[k] * z;
                pz[k] = 1 / (1 + MathF.Exp(-z)) - py[k];
            }
            Vector512<float> g0 = default;
            Vector512<float> g1 = default;
            for (var i = 0; i < n; i++)
            {
                var row = px + i * columns;
                var r = Vector512.Create(pz[i]);
                g0 = Vector512.FusedMultiplyAdd(r, Vector512.Load(row), g0);
                g1 = Vector512.FusedMultiplyAdd(r, Vector512.Load(row + 14), g1);
            }
            var step = Vector512.Create(rate / n);
            var last = Vector512.Load(pw + 14) - step * g1;
            (Vector512.Load(pw) - step * g0).Store(pw);
            last.Store(pw + 14);
            return loss / n;
        }
    }
}
