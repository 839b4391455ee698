namespace Fluxion.Kernels;

/// <summary>
/// A matrix product as the blocked loops take it: C has adjacent columns, A and B may have any
/// strides.
/// </summary>
internal unsafe struct GemmProblem<T>
    where T : unmanaged
{
    public int Rows,
        Columns,
        Depth;
    public T* A;
    public nint ARow,
        AColumn;
    public T* B;
    public nint BRow,
        BColumn;
    public T* C;
    public nint CRow;
    public T Alpha,
        Beta;

    /// <summary>The part of the product that fills rows and columns of C from (i, j) on.</summary>
    public readonly GemmProblem<T> Part(int i, int rows, int j, int columns)
    {
        var part = this;
        part.Rows = rows;
        part.Columns = columns;
        part.A += i * ARow;
        part.B += j * BColumn;
        part.C += i * CRow + j;
        return part;
    }
}

/// <summary>The block sizes of the product.</summary>
internal static class GemmBlocking
{
    /// <summary>
    /// Terms summed in registers before they are added to C. It is the one size that shapes the rounding, hence the
    /// same for every vector width, number type and thread count.
    /// </summary>
    public const int Depth = 256;

    /// <summary>Rows of A that stay in the second-level cache while panels of B pass by.</summary>
    public const int Rows = 240;

    /// <summary>Columns of B packed at a time: 2 MB of float, which a third-level cache holds.</summary>
    public const int Columns = 2048;

    /// <summary>
    /// Bytes that a block of B may spread over and still be read where it lies: 256 rows of 2 kB. Wider ones were
    /// measured 1.05 to 1.45 times slower than packing, as each row falls on its own page and on the same few cache
    /// sets.
    /// </summary>
    public const long InPlaceBytes = 512 * 1024;
}
