using static Fluxion.EinsumFunctions.Expr;
using static Fluxion.LinearAlgebraFunctions.Expr;

namespace Fluxion.Api;

// Products that sum over axes, and linear algebra. Matrices are the last two axes, and those before them a batch.
public sealed partial class Tensor
{
    /// <summary>
    /// The sum of products over the last axis of this tensor and the last but one of the other (the only one of a vector), as NumPy's dot.
    /// </summary>
    /// <exception cref="ShapeException">The sizes differ.</exception>
    public Tensor Dot(Tensor right) => new(dot(Expression, right.Expression));

    /// <summary>Every element of this tensor times every element of the other: <c>[m]</c> and <c>[n]</c> give <c>[m, n]</c>.</summary>
    public Tensor Outer(Tensor right) => new(outer(Expression, right.Expression));

    /// <summary>The sum of products over axes of this tensor and of the other, in pairs; this tensor's other axes come first in the result.</summary>
    /// <exception cref="ShapeException">The sizes of a pair differ, or there are more axes on one side.</exception>
    public Tensor TensorDot(Tensor right, IEnumerable<int> axes, IEnumerable<int> rightAxes) =>
        new(tensordot(Interop.List(axes), Interop.List(rightAxes), Expression, right.Expression));

    /// <summary>
    /// The sum of products that Einstein's notation names, as NumPy has it: <c>Tensor.Einsum("ij,jk->ik", a, b)</c> is a matrix product,
    /// <c>"ii->i"</c> a diagonal; <c>...</c> stands for leading axes, which are broadcast.
    /// </summary>
    /// <exception cref="ShapeException">A letter would stand for two sizes.</exception>
    /// <exception cref="ArgumentException">The notation is none.</exception>
    public static Tensor Einsum(string notation, params Tensor[] operands) =>
        new(einsum(notation, Interop.List(operands.Select(operand => operand.Expression))));

    /// <summary>The x of A x = b, where this tensor is A, <c>[.., n, n]</c>, and b is <c>[n]</c> or <c>[.., n, k]</c>.</summary>
    /// <exception cref="ShapeException">The sizes do not fit.</exception>
    /// <exception cref="ArgumentException">When its numbers are asked for: the matrix is singular.</exception>
    public Tensor Solve(Tensor right) => new(solve(Expression, right.Expression));

    /// <summary>The x of T x = b, where T is one triangle of this tensor; the other is not read.</summary>
    /// <param name="right">b, <c>[n]</c> or <c>[.., n, k]</c>.</param>
    /// <param name="isUpper">Whether T is the upper triangle.</param>
    /// <param name="isTransposed">Whether T is transposed.</param>
    /// <param name="hasUnitDiagonal">Whether ones stand on T's diagonal, which is not read then.</param>
    /// <exception cref="ShapeException">The sizes do not fit.</exception>
    /// <exception cref="ArgumentException">When its numbers are asked for: a 0 stands on the diagonal.</exception>
    public Tensor TriangularSolve(
        Tensor right,
        bool isUpper = false,
        bool isTransposed = false,
        bool hasUnitDiagonal = false
    ) => new(triangularSolve(new Triangle(isUpper, isTransposed, hasUnitDiagonal), Expression, right.Expression));

    /// <summary>The lower triangular L of A = L Lᵀ, for a positive definite A.</summary>
    /// <exception cref="ShapeException">The matrix is not square.</exception>
    /// <exception cref="ArgumentException">When its numbers are asked for: the matrix is not positive definite.</exception>
    public Tensor Cholesky() => new(cholesky(Expression));

    /// <summary>The inverse; <see cref="Solve"/> is better where it is only to be multiplied by.</summary>
    /// <exception cref="ShapeException">The matrix is not square.</exception>
    /// <exception cref="ArgumentException">When its numbers are asked for: the matrix is singular.</exception>
    public Tensor Inverse() => new(inverse(Expression));

    /// <summary>The determinant, of which singular matrices have a gradient too.</summary>
    /// <exception cref="ShapeException">The matrix is not square.</exception>
    public Tensor Determinant() => new(determinant(Expression));

    /// <summary>The logarithm of the determinant, without overflow; NaN where that is negative.</summary>
    /// <exception cref="ShapeException">The matrix is not square.</exception>
    public Tensor LogDeterminant() => new(logDeterminant(Expression));

    /// <summary>The sign of the determinant, -1, 0 or 1, and the logarithm of its size.</summary>
    /// <exception cref="ShapeException">The matrix is not square.</exception>
    public (Tensor Sign, Tensor Logarithm) SignAndLogDeterminant()
    {
        var (sign, logarithm) = signAndLogDeterminant(Expression);
        return (new(sign), new(logarithm));
    }

    /// <summary>A = Q R with QᵀQ = I and R upper triangular, its diagonal not negative; thin, <c>[.., m, k]</c> and <c>[.., k, n]</c>.</summary>
    /// <exception cref="ShapeException">There are no two axes.</exception>
    public (Tensor Q, Tensor R) QR()
    {
        var (q, r) = qr(Expression);
        return (new(q), new(r));
    }

    /// <summary>The values, ascending, and the vectors, a column each, of a symmetric matrix.</summary>
    /// <exception cref="ShapeException">The matrix is not square.</exception>
    public (Tensor Values, Tensor Vectors) Eigh()
    {
        var (values, vectors) = eigh(Expression);
        return (new(values), new(vectors));
    }

    /// <summary>A = U diag(s) Vᵀ, the values s descending; thin, <c>[.., m, k]</c>, <c>[.., k]</c> and <c>[.., k, n]</c>.</summary>
    /// <exception cref="ShapeException">There are no two axes.</exception>
    public (Tensor U, Tensor Values, Tensor VTransposed) Svd()
    {
        var (u, values, vTransposed) = svd(Expression);
        return (new(u), new(values), new(vTransposed));
    }
}
