namespace Fluxion.Api;

/// <summary>The type of a tensor's elements. Types never mix by themselves: <see cref="Tensor.Cast"/> converts.</summary>
public enum DType
{
    /// <summary>32-bit floating point, <c>float</c>.</summary>
    Float32,

    /// <summary>64-bit floating point, <c>double</c>.</summary>
    Float64,

    /// <summary>32-bit integers, <c>int</c>.</summary>
    Int32,

    /// <summary>64-bit integers, <c>long</c>.</summary>
    Int64,

    /// <summary>True and false.</summary>
    Bool,
}
