using System.Runtime.Intrinsics;
using Fluxion.Kernels;

namespace Fluxion.Bench.ByHand;

/// <summary>A dense layer with its gradient and what Adam remembers of it; the products are Fluxion.Kernels'.</summary>
internal sealed unsafe class Layer(int inputs, int outputs, float[] weights, float[] bias, int batch)
{
    readonly float[] gradient = new float[inputs * outputs];
    readonly float[] biasGradient = new float[outputs];
    readonly float[] mean = new float[inputs * outputs];
    readonly float[] variance = new float[inputs * outputs];
    readonly float[] biasMean = new float[outputs];
    readonly float[] biasVariance = new float[outputs];

    public float[] Weights { get; } = [.. weights];
    public float[] Bias { get; } = [.. bias];

    /// <summary>The layer's results, and on the way back their slopes: [batch, outputs].</summary>
    public float[] Results { get; } = new float[batch * outputs];
    public float[] Slopes { get; } = new float[batch * outputs];

    /// <summary>x w, and the bias and the rectifier where <paramref name="isHidden"/>.</summary>
    public void Forward(float[] x, bool isHidden)
    {
        Gemm.Multiply<float>(batch, outputs, inputs, x, Weights, Results);
        if (!isHidden)
            return;
        fixed (
            float* z = Results,
                b = Bias
        )
            for (var row = 0; row < batch; row++)
            for (var k = 0; k < outputs; k += 16)
            {
                var sum = Vector512.Load(z + row * outputs + k) + Vector512.Load(b + k);
                Vector512.MaxNative(sum, Vector512<float>.Zero).Store(z + row * outputs + k);
            }
    }

    /// <summary>The gradients from the slopes, and the slopes of the layer below.</summary>
    public void Backward(float[] x, Layer? below)
    {
        Gemm.Multiply(
            1f,
            x,
            MatrixLayout.RowMajor(batch, inputs).Transposed,
            Slopes,
            MatrixLayout.RowMajor(batch, outputs),
            0f,
            gradient,
            MatrixLayout.RowMajor(inputs, outputs)
        );
        if (below is null)
            return;
        Gemm.Multiply(
            1f,
            Slopes,
            MatrixLayout.RowMajor(batch, outputs),
            Weights,
            MatrixLayout.RowMajor(inputs, outputs).Transposed,
            0f,
            below.Slopes,
            MatrixLayout.RowMajor(batch, inputs)
        );
        below.ThroughRectifier();
    }

    // Slopes stay where the result was positive; their sums are the bias's gradient.
    void ThroughRectifier()
    {
        Array.Clear(biasGradient);
        fixed (
            float* z = Results,
                s = Slopes,
                g = biasGradient
        )
            for (var row = 0; row < batch; row++)
            for (var k = 0; k < outputs; k += 16)
            {
                var at = row * outputs + k;
                var slope =
                    Vector512.Load(s + at) & Vector512.GreaterThan(Vector512.Load(z + at), Vector512<float>.Zero);
                slope.Store(s + at);
                (Vector512.Load(g + k) + slope).Store(g + k);
            }
    }

    /// <summary>The mean cross entropy of the results and their slopes, for the last layer.</summary>
    public float CrossEntropy(int[] labels)
    {
        Array.Clear(biasGradient);
        var loss = 0f;
        var lanes = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(outputs)).AsSingle();
        var row = stackalloc float[16];
        for (var i = 0; i < batch; i++)
        {
            for (var k = 0; k < outputs; k++)
                row[k] = Results[i * outputs + k] + Bias[k];
            var z = Vector512.ConditionalSelect(lanes, Vector512.Load(row), Vector512.Create(float.NegativeInfinity));
            var largest = row[0];
            for (var k = 1; k < outputs; k++)
                largest = MathF.Max(largest, row[k]);
            var powers = Mathematics.Exp(z - Vector512.Create(largest)) & lanes;
            var total = Vector512.Sum(powers);
            loss += MathF.Log(total) + largest - row[labels[i]];
            (powers / Vector512.Create(total)).Store(row);
            row[labels[i]] -= 1;
            for (var k = 0; k < outputs; k++)
            {
                var slope = row[k] / batch;
                Slopes[i * outputs + k] = slope;
                biasGradient[k] += slope;
            }
        }
        return loss / batch;
    }

    /// <summary>Adam's step number <paramref name="step"/>, counted from 1.</summary>
    public void Update(float rate, int step)
    {
        var correction1 = (float)(1 - Math.Pow(0.9, step));
        var correction2 = (float)(1 - Math.Pow(0.999, step));
        Adam(Weights, gradient, mean, variance, rate, correction1, correction2);
        Adam(Bias, biasGradient, biasMean, biasVariance, rate, correction1, correction2);
    }

    static void Adam(float[] w, float[] g, float[] m, float[] v, float rate, float correction1, float correction2)
    {
        fixed (
            float* pw = w,
                pg = g,
                pm = m,
                pv = v
        )
        {
            var i = 0;
            for (; i <= w.Length - 16; i += 16)
            {
                var slope = Vector512.Load(pg + i);
                var mean = Vector512.FusedMultiplyAdd(
                    Vector512.Load(pm + i),
                    Vector512.Create(0.9f),
                    slope * Vector512.Create(0.1f)
                );
                var variance = Vector512.FusedMultiplyAdd(
                    Vector512.Load(pv + i),
                    Vector512.Create(0.999f),
                    slope * slope * Vector512.Create(0.001f)
                );
                mean.Store(pm + i);
                variance.Store(pv + i);
                var root = Vector512.Sqrt(variance * Vector512.Create(1 / correction2)) + Vector512.Create(1e-8f);
                (Vector512.Load(pw + i) - mean * Vector512.Create(rate / correction1) / root).Store(pw + i);
            }
            for (; i < w.Length; i++)
            {
                pm[i] = 0.9f * pm[i] + 0.1f * pg[i];
                pv[i] = 0.999f * pv[i] + 0.001f * pg[i] * pg[i];
                pw[i] -= rate / correction1 * pm[i] / (MathF.Sqrt(pv[i] / correction2) + 1e-8f);
            }
        }
    }
}
