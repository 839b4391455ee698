namespace Fluxion.Kernels;

/// <summary>
/// Where the elements of a matrix lie in a span: element (i, j) at <c>i·RowStride + j·ColumnStride</c>. One notion
/// covers row-major, column-major, transposed, a block of a larger matrix, and a row or column that is repeated
/// (stride 0).
/// </summary>
/// <param name="Rows">Number of rows, 0 or more.</param>
/// <param name="Columns">Number of columns, 0 or more.</param>
/// <param name="RowStride">Distance from an element to the one below it, 0 or more.</param>
/// <param name="ColumnStride">Distance from an element to the one right of it, 0 or more.</param>
public readonly record struct MatrixLayout(int Rows, int Columns, int RowStride, int ColumnStride)
{
    /// <summary>Rows one after the other, without gaps: what Fluxion's arrays are.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    public static MatrixLayout RowMajor(int rows, int columns) => new(rows, columns, columns, 1);

    /// <summary>Columns one after the other, without gaps: what MathNet's matrices are.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    public static MatrixLayout ColumnMajor(int rows, int columns) => new(rows, columns, 1, rows);

    /// <summary>The same numbers read as the transposed matrix: nothing moves.</summary>
    public MatrixLayout Transposed => new(Columns, Rows, ColumnStride, RowStride);

    /// <summary>How many numbers a span must hold for every element to lie inside it.</summary>
    public long Extent =>
        Rows == 0 || Columns == 0 ? 0 : (long)(Rows - 1) * RowStride + (long)(Columns - 1) * ColumnStride + 1;

    /// <summary>Rows×columns, and the strides when they are not the plain row-major ones.</summary>
    public override string ToString() =>
        this == RowMajor(Rows, Columns)
            ? $"{Rows}×{Columns}"
            : $"{Rows}×{Columns} (strides {RowStride}, {ColumnStride})";

    /// <summary>
    /// Checks that the matrix is one, and that <paramref name="batch"/> of them, <paramref name="stride"/>
    /// apart, lie inside their span.
    /// </summary>
    /// <exception cref="ArgumentException">A size or stride is negative, or an element lies outside the
    /// span.</exception>
    internal void Check(string where, string name, int batch, int stride, int length)
    {
        if ((Rows | Columns | RowStride | ColumnStride) < 0)
            throw new ArgumentException(
                $"{where}: sizes and strides must be 0 or more, but {name} is {Rows}×{Columns} "
                    + $"with strides {RowStride}, {ColumnStride}; "
                    + "to read backwards, copy first.",
                name
            );
        var needed = batch == 0 || Extent == 0 ? 0 : Extent + (batch - 1L) * stride;
        if (needed > length)
            throw new ArgumentException(
                $"{where}: {name}, {this}, needs {needed} numbers, but its span holds {length}; "
                    + "slice it further left, or correct the layout.",
                name
            );
    }

    /// <summary>Checks that a product of A and B fits into C, and that the kernels can write such a C.</summary>
    /// <exception cref="ArgumentException">Sizes do not agree, or neither rows nor columns of C are adjacent
    /// numbers.</exception>
    internal static void CheckProduct(string where, MatrixLayout a, MatrixLayout b, MatrixLayout c)
    {
        if (a.Columns != b.Rows)
            throw new ArgumentException(
                $"{where}: inner dimensions must agree, but A is {a} and B is {b}; transpose an operand?"
            );
        if (c.Rows != a.Rows || c.Columns != b.Columns)
            throw new ArgumentException($"{where}: C must be {a.Rows}×{b.Columns}, but it is {c}; correct its layout.");
        if (c.ColumnStride != 1 && c.RowStride != 1 && c.Columns > 1 && c.Rows > 1)
            throw new ArgumentException(
                $"{where}: C needs rows or columns of adjacent numbers, but it is {c}; "
                    + "multiply into a plain matrix and copy."
            );
    }
}
