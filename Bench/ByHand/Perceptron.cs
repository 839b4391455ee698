using System.Runtime.Intrinsics;

namespace Fluxion.Bench.ByHand;

/// <summary>A step of gradient descent on a network of two hidden layers of ten, with tanh, and a single output, on points of two numbers.</summary>
/// <remarks>Ten numbers lie in a register of sixteen, so every row of weights is padded; the padding stays zero by itself.</remarks>
public sealed unsafe class Perceptron(float[] x, float[] y, float[] w1, float[] w2, float[] w3)
{
    const int Width = 10;
    readonly float[] first = Pad(w1, 2);
    readonly float[] second = Pad(w2, Width);
    readonly float[] last = Pad(w3, 1);
    readonly float[] transposed = new float[Width * 16];
    readonly float[] slopes = new float[(2 + Width + 1) * 16];

    /// <summary>The weights of all layers, without padding.</summary>
    public float[] Weights => [.. Unpad(first, 2), .. Unpad(second, Width), .. Unpad(last, 1)];

    static float[] Pad(float[] weights, int rows)
    {
        var padded = new float[rows * 16];
        for (var row = 0; row < rows; row++)
            weights.AsSpan(row * Width, Width).CopyTo(padded.AsSpan(row * 16));
        return padded;
    }

    static float[] Unpad(float[] padded, int rows)
    {
        var weights = new float[rows * Width];
        for (var row = 0; row < rows; row++)
            padded.AsSpan(row * 16, Width).CopyTo(weights.AsSpan(row * Width));
        return weights;
    }

    /// <summary>Moves the weights against the gradient of the mean squared error; gives the error before.</summary>
    public float Step(float rate)
    {
        Array.Clear(slopes);
        for (var row = 0; row < Width; row++)
        for (var column = 0; column < Width; column++)
            transposed[column * 16 + row] = second[row * 16 + column];
        var n = y.Length;
        var loss = 0f;
        var one = Vector512<float>.One;
        Span<float> hidden = stackalloc float[16];
        Span<float> back = stackalloc float[16];
        fixed (
            float* px = x,
                p1 = first,
                p2 = second,
                p3 = last,
                t = transposed,
                g = slopes,
                h = hidden,
                b = back
        )
        {
            var g2 = g + 32;
            var g3 = g + 32 + Width * 16;
            var w3 = Vector512.Load(p3);
            for (var i = 0; i < n; i++)
            {
                var (x0, x1) = (Vector512.Create(px[2 * i]), Vector512.Create(px[2 * i + 1]));
                var a1 = Mathematics.Tanh(
                    Vector512.FusedMultiplyAdd(x0, Vector512.Load(p1), x1 * Vector512.Load(p1 + 16))
                );
                a1.Store(h);
                Vector512<float> even = default;
                Vector512<float> odd = default;
                for (var k = 0; k < Width; k += 2)
                {
                    even = Vector512.FusedMultiplyAdd(Vector512.Create(h[k]), Vector512.Load(p2 + k * 16), even);
                    odd = Vector512.FusedMultiplyAdd(Vector512.Create(h[k + 1]), Vector512.Load(p2 + k * 16 + 16), odd);
                }
                var a2 = Mathematics.Tanh(even + odd);
                var residual = Vector512.Sum(a2 * w3) - y[i];
                loss += residual * residual;
                var slope = Vector512.Create(2 * residual / n);
                Vector512.FusedMultiplyAdd(slope, a2, Vector512.Load(g3)).Store(g3);
                var d2 = slope * w3 * (one - a2 * a2);
                d2.Store(b);
                even = default;
                odd = default;
                for (var k = 0; k < Width; k += 2)
                {
                    even = Vector512.FusedMultiplyAdd(Vector512.Create(b[k]), Vector512.Load(t + k * 16), even);
                    odd = Vector512.FusedMultiplyAdd(Vector512.Create(b[k + 1]), Vector512.Load(t + k * 16 + 16), odd);
                }
                for (var k = 0; k < Width; k++)
                    Vector512
                        .FusedMultiplyAdd(Vector512.Create(h[k]), d2, Vector512.Load(g2 + k * 16))
                        .Store(g2 + k * 16);
                var d1 = (even + odd) * (one - a1 * a1);
                Vector512.FusedMultiplyAdd(x0, d1, Vector512.Load(g)).Store(g);
                Vector512.FusedMultiplyAdd(x1, d1, Vector512.Load(g + 16)).Store(g + 16);
            }
        }
        Move(first, 0, rate);
        Move(second, 32, rate);
        Move(last, 32 + Width * 16, rate);
        return loss / n;
    }

    void Move(float[] weights, int from, float rate)
    {
        for (var k = 0; k < weights.Length; k += 16)
        {
            var step = Vector512.Create(rate) * Vector512.LoadUnsafe(ref slopes[from + k]);
            (Vector512.LoadUnsafe(ref weights[k]) - step).StoreUnsafe(ref weights[k]);
        }
    }
}
