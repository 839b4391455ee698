namespace Fluxion.Kernels;

/// <summary>The number types that the kernels are compiled for.</summary>
internal static class NumberType
{
    /// <summary>
    /// Nothing, or the error for a type without kernels; the JIT drops the test for the two that have
    /// them.
    /// </summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Check<T>(string where)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new NotSupportedException(
                $"{where}: float or double is required, but {typeof(T).Name} was given; convert first."
            );
    }
}
