namespace Fluxion.Api;

public sealed partial class Tensor
{
    /// <summary>A float64 number without axes.</summary>
    public static Tensor Scalar(double value) => new(Interop.Constant(new[] { value }, []));

    /// <summary>A float64 vector <c>[n]</c>.</summary>
    public static Tensor Of(params double[] values) => Vector(values);

    /// <summary>A float64 matrix <c>[rows, columns]</c>.</summary>
    public static Tensor Of(double[,] values) => FromArray<double>(values);

    /// <summary>A float64 tensor of three axes.</summary>
    public static Tensor Of(double[,,] values) => FromArray<double>(values);

    /// <summary>A float32 vector <c>[n]</c>.</summary>
    public static Tensor Of(params float[] values) => Vector(values);

    /// <summary>A float32 matrix <c>[rows, columns]</c>.</summary>
    public static Tensor Of(float[,] values) => FromArray<float>(values);

    /// <summary>A float32 tensor of three axes.</summary>
    public static Tensor Of(float[,,] values) => FromArray<float>(values);

    /// <summary>An int32 vector <c>[n]</c>: class labels, indices.</summary>
    public static Tensor Of(params int[] values) => Vector(values);

    /// <summary>An int32 matrix <c>[rows, columns]</c>.</summary>
    public static Tensor Of(int[,] values) => FromArray<int>(values);

    /// <summary>An int64 vector <c>[n]</c>.</summary>
    public static Tensor Of(params long[] values) => Vector(values);

    /// <summary>A bool vector <c>[n]</c>.</summary>
    public static Tensor Of(params bool[] values) => Vector(values);

    /// <summary>Float64 zeros.</summary>
    public static Tensor Zeros(params int[] shape) => Full(0, shape);

    /// <summary>Float64 ones.</summary>
    public static Tensor Ones(params int[] shape) => Full(1, shape);

    /// <summary>One float64 number, repeated.</summary>
    /// <exception cref="ShapeException">A size is negative.</exception>
    public static Tensor Full(double value, params int[] shape) =>
        new(Interop.Full(value, Fluxion.DType.Float64, shape));

    /// <summary>The identity matrix of a size, float64.</summary>
    public static Tensor Eye(int size) => new(Prelude.eye(size));

    /// <summary>As many float64 numbers as asked for from low to high, both included, evenly spaced.</summary>
    public static Tensor Linspace(double low, double high, int count) => new(Prelude.linspace(low, high, count));

    // A copy, so that nobody can write into it later.
    static Tensor Vector<T>(T[] values) => new(Interop.Constant((T[])values.Clone(), [values.Length]));

    static Tensor FromArray<T>(Array values) =>
        new(Interop.Constant(values.Cast<T>().ToArray(), Enumerable.Range(0, values.Rank).Select(values.GetLength)));
}
