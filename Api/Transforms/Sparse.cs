namespace Fluxion.Api;

/// <summary>
/// Jacobians and Hessians with few entries, at a cost that follows the number of colours of their columns (or rows) and not the number of columns:
/// the pattern is found from the expression, columns that share no row get one colour, and one derivative along a direction finds all columns
/// of a colour. Points are tensors, or hold some, as for <see cref="Derivative"/>; their elements are counted row by row, in order. A direction
/// brings zeros to entries of other colours: where such an entry is infinite or NaN, its neighbours in the row become NaN.
/// (Gebremedhin, Manne and Pothen, "What color is your Jacobian? Graph coloring for computing derivatives", 2005.)
/// </summary>
public static class Sparse
{
    /// <summary>
    /// The Jacobian: row i is element i of the result, column j entry j of the point. By forward mode for colours of columns, or by reverse mode for
    /// colours of rows when the fullest column has fewer entries than the fullest row.
    /// </summary>
    /// <exception cref="NotDifferentiableException">The result is not floating point.</exception>
    public static SparseMatrix Jacobian<T>(Func<T, Tensor> f, T x) =>
        SparseMatrix.Of(SparseModule.jacobian(Interop.ToExpression(f), x));

    /// <summary>
    /// The second derivatives of a function that gives a scalar: row and column are entries of the point. Both of two places that mirror one
    /// another are there. One Hessian-vector product for each colour of a star colouring: 2 for an arrow, 3 for a tridiagonal matrix, of any size.
    /// </summary>
    /// <exception cref="ShapeException">The result is no scalar.</exception>
    public static SparseMatrix Hessian<T>(Func<T, Tensor> f, T x) =>
        SparseMatrix.Of(SparseModule.hessian(Interop.ToExpression(f), x));
}
