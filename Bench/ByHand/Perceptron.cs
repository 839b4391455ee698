using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fluxion.Bench.ByHand;

/// <summary>A step of gradient descent on a network of two hidden layers of ten, with tanh, and a single output, on points of two numbers.</summary>
/// <remarks>
/// Ten numbers lie in a register of sixteen, so every row is padded; the padding stays zero by itself. Each pass goes over all
/// points with the ten rows of one matrix in registers, so that points do not wait for one another.
/// </remarks>
public sealed unsafe class Perceptron(float[] x, float[] y, float[] w1, float[] w2, float[] w3)
{
    const int Width = 10;
    readonly float[] first = Pad(w1, 2);
    readonly float[] second = Pad(w2, Width);
    readonly float[] last = Pad(w3, 1);
    readonly float[] transposed = new float[Width * 16];
    readonly float[] hidden1 = new float[y.Length * 16];
    readonly float[] hidden2 = new float[y.Length * 16];

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
        var n = y.Length;
        for (var row = 0; row < Width; row++)
        for (var column = 0; column < Width; column++)
            transposed[column * 16 + row] = second[row * 16 + column];
        fixed (
            float* px = x,
                py = y,
                p1 = first,
                p2 = second,
                p3 = last,
                t = transposed,
                h1 = hidden1,
                h2 = hidden2
        )
        {
            var (first0, first1) = (Vector512.Load(p1), Vector512.Load(p1 + 16));
            for (var i = 0; i < n; i++)
            {
                var sum = Vector512.FusedMultiplyAdd(
                    Vector512.Create(px[2 * i]),
                    first0,
                    Vector512.Create(px[2 * i + 1]) * first1
                );
                Mathematics.Tanh(sum).Store(h1 + 16 * i);
            }
            Multiply(h1, p2, h2, n);
            var loss = Outputs(h2, py, p3, n, rate);
            Outer(h1, h2, p2, n, rate);
            // The slopes of the second layer become those of the first, in place.
            Multiply(h2, t, h2, n);
            Vector512<float> g0 = default;
            Vector512<float> g1 = default;
            for (var i = 0; i < n; i++)
            {
                var a = Vector512.Load(h1 + 16 * i);
                var slope = Vector512.Load(h2 + 16 * i) * (Vector512<float>.One - a * a);
                g0 = Vector512.FusedMultiplyAdd(Vector512.Create(px[2 * i]), slope, g0);
                g1 = Vector512.FusedMultiplyAdd(Vector512.Create(px[2 * i + 1]), slope, g1);
            }
            (first0 - Vector512.Create(rate) * g0).Store(p1);
            (first1 - Vector512.Create(rate) * g1).Store(p1 + 16);
            return loss / n;
        }
    }

    // tanh of the second layer, the loss, and the second layer's slopes in its place; moves the last weights.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static float Outputs(float* h2, float* y, float* last, int n, float rate)
    {
        var weights = Vector512.Load(last);
        var losses = 0f;
        Vector512<float> gradient = default;
        for (var i = 0; i < n; i++)
        {
            var a = Mathematics.Tanh(Vector512.Load(h2 + 16 * i));
            var residual = Vector512.Sum(a * weights) - y[i];
            losses += residual * residual;
            var slope = Vector512.Create(2 * residual / n);
            gradient = Vector512.FusedMultiplyAdd(slope, a, gradient);
            (slope * weights * (Vector512<float>.One - a * a)).Store(h2 + 16 * i);
        }
        (weights - Vector512.Create(rate) * gradient).Store(last);
        return losses;
    }

    // Rows of ten times a matrix of ten rows.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Multiply(float* rows, float* matrix, float* result, int n)
    {
        var (m0, m1, m2) = (Vector512.Load(matrix), Vector512.Load(matrix + 16), Vector512.Load(matrix + 32));
        var (m3, m4, m5) = (Vector512.Load(matrix + 48), Vector512.Load(matrix + 64), Vector512.Load(matrix + 80));
        var (m6, m7, m8) = (Vector512.Load(matrix + 96), Vector512.Load(matrix + 112), Vector512.Load(matrix + 128));
        var m9 = Vector512.Load(matrix + 144);
        for (var i = 0; i < n; i++)
        {
            var row = rows + 16 * i;
            var even = Vector512.Create(row[0]) * m0;
            var odd = Vector512.Create(row[1]) * m1;
            even = Vector512.FusedMultiplyAdd(Vector512.Create(row[2]), m2, even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Create(row[3]), m3, odd);
            even = Vector512.FusedMultiplyAdd(Vector512.Create(row[4]), m4, even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Create(row[5]), m5, odd);
            even = Vector512.FusedMultiplyAdd(Vector512.Create(row[6]), m6, even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Create(row[7]), m7, odd);
            even = Vector512.FusedMultiplyAdd(Vector512.Create(row[8]), m8, even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Create(row[9]), m9, odd);
            (even + odd).Store(result + 16 * i);
        }
    }

    // Moves a matrix against the sum of outer products of rows.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Outer(float* left, float* right, float* matrix, int n, float rate)
    {
        Vector512<float> g0,
            g1,
            g2,
            g3,
            g4,
            g5,
            g6,
            g7,
            g8,
            g9;
        g0 = g1 = g2 = g3 = g4 = g5 = g6 = g7 = g8 = g9 = default;
        for (var i = 0; i < n; i++)
        {
            var row = left + 16 * i;
            var slope = Vector512.Load(right + 16 * i);
            g0 = Vector512.FusedMultiplyAdd(Vector512.Create(row[0]), slope, g0);
            g1 = Vector512.FusedMultiplyAdd(Vector512.Create(row[1]), slope, g1);
            g2 = Vector512.FusedMultiplyAdd(Vector512.Create(row[2]), slope, g2);
            g3 = Vector512.FusedMultiplyAdd(Vector512.Create(row[3]), slope, g3);
            g4 = Vector512.FusedMultiplyAdd(Vector512.Create(row[4]), slope, g4);
            g5 = Vector512.FusedMultiplyAdd(Vector512.Create(row[5]), slope, g5);
            g6 = Vector512.FusedMultiplyAdd(Vector512.Create(row[6]), slope, g6);
            g7 = Vector512.FusedMultiplyAdd(Vector512.Create(row[7]), slope, g7);
            g8 = Vector512.FusedMultiplyAdd(Vector512.Create(row[8]), slope, g8);
            g9 = Vector512.FusedMultiplyAdd(Vector512.Create(row[9]), slope, g9);
        }
        ReadOnlySpan<Vector512<float>> gradient = [g0, g1, g2, g3, g4, g5, g6, g7, g8, g9];
        for (var k = 0; k < Width; k++)
            (Vector512.Load(matrix + 16 * k) - Vector512.Create(rate) * gradient[k]).Store(matrix + 16 * k);
    }
}
