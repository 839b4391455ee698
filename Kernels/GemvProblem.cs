namespace Fluxion.Kernels;

/// <summary>
/// A matrix times a vector: <c>Count</c> sums of <c>Depth</c> terms each. The vector is adjacent, and so are the
/// matrix's numbers along one of its axes.
/// </summary>
internal unsafe struct GemvProblem<T>
    where T : unmanaged
{
    public int Count,
        Depth;
    public T* Matrix;

    /// <summary>From a sum's first term to the next sum's.</summary>
    public nint Across;

    /// <summary>From one term of a sum to the next.</summary>
    public nint Along;
    public T* Vector;
    public T* Result;
    public nint ResultStride;
    public T Alpha,
        Beta;

    /// <summary>Some of the sums.</summary>
    public readonly GemvProblem<T> Part(int start, int count)
    {
        var part = this;
        part.Count = count;
        part.Matrix += start * Across;
        part.Result += start * ResultStride;
        return part;
    }
}
