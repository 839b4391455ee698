using MathNet.Numerics.LinearAlgebra;

namespace Fluxion.Api;

/// <summary>The places of a matrix that can hold something other than zero, row by row.</summary>
public sealed class SparsityPattern
{
    internal SparsityPattern(Fluxion.SparsityPattern places) => Places = places;

    internal Fluxion.SparsityPattern Places { get; }

    /// <summary>The number of rows of the matrix.</summary>
    public int RowCount => Places.RowCount;

    /// <summary>The number of columns of the matrix.</summary>
    public int ColumnCount => Places.ColumnCount;

    /// <summary>The number of places.</summary>
    public int Count => Places.Count;

    /// <summary>The row of each place: row by row, from the left.</summary>
    public IReadOnlyList<int> Rows => Places.Rows.AsReadOnly();

    /// <summary>The column of each place, in the same order.</summary>
    public IReadOnlyList<int> Columns => Places.Columns.AsReadOnly();
}

/// <summary>A matrix of derivatives by the entries that can be other than zero.</summary>
/// <param name="Pattern">Where they are.</param>
/// <param name="Values">What they are, <c>[count]</c>, in the pattern's order.</param>
/// <param name="Colours">How many derivatives along a direction they are made of: the cost, as a multiple of one.</param>
public sealed record SparseMatrix(SparsityPattern Pattern, Tensor Values, int Colours)
{
    internal static SparseMatrix Of(Fluxion.Sparse matrix) =>
        new(new(matrix.Pattern), new(matrix.Values), matrix.Colours);

    /// <summary>The matrix with its zeros, <c>[rows, columns]</c>.</summary>
    public Tensor ToDense() => new(SparseModule.toDense(new(Pattern.Places, Values.Expression, Colours)));

    /// <summary>The matrix as MathNet's sparse matrix of float64, for its solvers: a copy.</summary>
    /// <exception cref="ShapeException">It has no rows or no columns: MathNet has no empty matrices.</exception>
    public Matrix<double> ToMatrix() => SparseModule.toMatrix(new(Pattern.Places, Values.Constant, Colours));
}
