using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>
/// Numbers of one width to numbers of another: floats are rounded to nearest or cut towards zero, to the nearest
/// integer there is where they lie outside, NaN to 0; longer integers wrap.
/// </summary>
/// <remarks>Numbers of one width change their type in registers, inside the loops that use them.</remarks>
internal static unsafe class Conversions
{
    const int Block = 8;

    /// <summary>Every number of one array as one of the other's type.</summary>
    /// <param name="from">Numbers of 32 or 64 bits.</param>
    /// <param name="to">As many numbers of the other width.</param>
    /// <exception cref="NotSupportedException">The widths are the same, or one array does not hold numbers.</exception>
    public static void Convert(Array from, Array to)
    {
        switch (from, to)
        {
            case (double[] x, float[] y):
                Each<double, float, DoubleToSingle>(x, y);
                break;
            case (float[] x, double[] y):
                Each<float, double, SingleToDouble>(x, y);
                break;
            case (long[] x, int[] y):
                Each<long, int, LongToInt>(x, y);
                break;
            case (int[] x, long[] y):
                Each<int, long, IntToLong>(x, y);
                break;
            case (long[] x, float[] y):
                Each<long, float, LongToSingle>(x, y);
                break;
            case (int[] x, double[] y):
                Each<int, double, IntToDouble>(x, y);
                break;
            case (double[] x, int[] y):
                Each<double, int, DoubleToInt>(x, y);
                break;
            case (float[] x, long[] y):
                Each<float, long, SingleToLong>(x, y);
                break;
            default:
                throw new NotSupportedException(
                    $"Conversions.Convert: numbers of two widths are required, but {from.GetType()} to {to.GetType()} "
                        + "was given; convert those of one width in registers."
                );
        }
    }

    static void Each<TFrom, TTo, TConversion>(TFrom[] from, TTo[] to)
        where TFrom : unmanaged
        where TTo : unmanaged
        where TConversion : struct, IConversion<TFrom, TTo>
    {
        var count = Math.Min(from.Length, to.Length);
        fixed (TFrom* x = from)
        fixed (TTo* y = to)
        {
            var i = 0;
            for (; i <= count - Block; i += Block)
                TConversion.Eight(x + i, y + i);
            for (; i < count; i++)
                y[i] = TConversion.One(x[i]);
        }
    }

    /// <summary>How one number changes its type, and eight beside one another do, to the same bits.</summary>
    interface IConversion<TFrom, TTo>
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        static abstract TTo One(TFrom x);
        static abstract void Eight(TFrom* from, TTo* to);
    }

    readonly struct DoubleToSingle : IConversion<double, float>
    {
        public static float One(double x) => (float)x;

        public static void Eight(double* from, float* to) =>
            Vector256.Narrow(Vector256.Load(from), Vector256.Load(from + 4)).Store(to);
    }

    readonly struct SingleToDouble : IConversion<float, double>
    {
        public static double One(float x) => x;

        public static void Eight(float* from, double* to)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(from));
            low.Store(to);
            high.Store(to + 4);
        }
    }

    readonly struct LongToInt : IConversion<long, int>
    {
        public static int One(long x) => unchecked((int)x);

        public static void Eight(long* from, int* to) =>
            Vector256.Narrow(Vector256.Load(from), Vector256.Load(from + 4)).Store(to);
    }

    readonly struct IntToLong : IConversion<int, long>
    {
        public static long One(int x) => x;

        public static void Eight(int* from, long* to)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(from));
            low.Store(to);
            high.Store(to + 4);
        }
    }

    readonly struct IntToDouble : IConversion<int, double>
    {
        public static double One(int x) => x;

        public static void Eight(int* from, double* to)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(from));
            Vector256.ConvertToDouble(low).Store(to);
            Vector256.ConvertToDouble(high).Store(to + 4);
        }
    }

    readonly struct DoubleToInt : IConversion<double, int>
    {
        public static int One(double x) => (int)x;

        public static void Eight(double* from, int* to) =>
            Vector256.Narrow(Clamped(Vector256.Load(from)), Clamped(Vector256.Load(from + 4))).Store(to);

        static Vector256<long> Clamped(Vector256<double> x) =>
            Vector256.Clamp(
                Vector256.ConvertToInt64(x),
                Vector256.Create((long)int.MinValue),
                Vector256.Create((long)int.MaxValue)
            );
    }

    readonly struct SingleToLong : IConversion<float, long>
    {
        public static long One(float x) => (long)x;

        public static void Eight(float* from, long* to)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(from));
            Vector256.ConvertToInt64(low).Store(to);
            Vector256.ConvertToInt64(high).Store(to + 4);
        }
    }

    /// <remarks>One by one: by way of double, which a vector could take, it would be rounded twice.</remarks>
    readonly struct LongToSingle : IConversion<long, float>
    {
        public static float One(long x) => x;

        public static void Eight(long* from, float* to)
        {
            for (var i = 0; i < Block; i++)
                to[i] = from[i];
        }
    }
}
