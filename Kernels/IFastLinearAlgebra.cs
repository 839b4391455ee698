using System.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Fluxion.Kernels;

/// <summary>What a provider multiplies real matrices with.</summary>
internal interface IMatrixProduct<T>
    where T : unmanaged
{
    /// <summary>C = alpha·A·B + beta·C on column-major matrices; A and B do not share memory with C.</summary>
    void Multiply(
        T alpha,
        ReadOnlySpan<T> a,
        MatrixLayout layoutA,
        ReadOnlySpan<T> b,
        MatrixLayout layoutB,
        T beta,
        Span<T> c,
        MatrixLayout layoutC
    );
}

/// <summary>
/// The members that Fluxion does itself for float and double: products of matrices, and the plain vector operations.
/// The rest goes to the inner provider.
/// </summary>
internal interface IFastLinearAlgebra<T> : IDelegatingLinearAlgebra<T>, IMatrixProduct<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    void ILinearAlgebraProvider<T>.MatrixMultiply(
        T[] x,
        int rowsX,
        int columnsX,
        T[] y,
        int rowsY,
        int columnsY,
        T[] result
    ) =>
        MultiplyWithUpdate(
            T.One,
            x,
            MatrixLayout.ColumnMajor(rowsX, columnsX),
            y,
            MatrixLayout.ColumnMajor(rowsY, columnsY),
            T.Zero,
            result
        );

    void ILinearAlgebraProvider<T>.MatrixMultiplyWithUpdate(
        Transpose transposeA,
        Transpose transposeB,
        T alpha,
        T[] a,
        int rowsA,
        int columnsA,
        T[] b,
        int rowsB,
        int columnsB,
        T beta,
        T[] c
    ) =>
        MultiplyWithUpdate(
            alpha,
            a,
            Layout(transposeA, rowsA, columnsA),
            b,
            Layout(transposeB, rowsB, columnsB),
            beta,
            c
        );

    void ILinearAlgebraProvider<T>.AddVectorToScaledVector(T[] y, T alpha, T[] x, T[] result)
    {
        CheckLengths("AddVectorToScaledVector", y, x, result);
        VectorLoops.AddScaled<T>(y, alpha, x, result);
    }

    void ILinearAlgebraProvider<T>.ScaleArray(T alpha, T[] x, T[] result)
    {
        CheckLengths("ScaleArray", x, x, result);
        VectorLoops.Scale<T>(alpha, x, result);
    }

    T ILinearAlgebraProvider<T>.DotProduct(T[] x, T[] y)
    {
        CheckLengths("DotProduct", x, y, x);
        return Reductions.Dot<T>(x, y);
    }

    void ILinearAlgebraProvider<T>.AddArrays(T[] x, T[] y, T[] result)
    {
        CheckLengths("AddArrays", x, y, result);
        VectorLoops.Add<T>(x, y, result);
    }

    void ILinearAlgebraProvider<T>.SubtractArrays(T[] x, T[] y, T[] result)
    {
        CheckLengths("SubtractArrays", x, y, result);
        VectorLoops.Subtract<T>(x, y, result);
    }

    void ILinearAlgebraProvider<T>.PointWiseMultiplyArrays(T[] x, T[] y, T[] result)
    {
        CheckLengths("PointWiseMultiplyArrays", x, y, result);
        VectorLoops.Multiply<T>(x, y, result);
    }

    void ILinearAlgebraProvider<T>.PointWiseDivideArrays(T[] x, T[] y, T[] result)
    {
        CheckLengths("PointWiseDivideArrays", x, y, result);
        VectorLoops.Divide<T>(x, y, result);
    }

    // MathNet gives the sizes of a matrix as it is stored, before it is transposed. Of real numbers the conjugate is
    // the number.
    private static MatrixLayout Layout(Transpose transpose, int rows, int columns)
    {
        var stored = MatrixLayout.ColumnMajor(rows, columns);
        return transpose == Transpose.DontTranspose ? stored : stored.Transposed;
    }

    private void MultiplyWithUpdate(T alpha, T[] a, MatrixLayout layoutA, T[] b, MatrixLayout layoutB, T beta, T[] c)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(c);
        var layoutC = MatrixLayout.ColumnMajor(layoutA.Rows, layoutB.Columns);
        MatrixLayout.CheckProduct("MatrixMultiply", layoutA, layoutB, layoutC);
        layoutA.Check("MatrixMultiply", nameof(a), 1, 0, a.Length);
        layoutB.Check("MatrixMultiply", nameof(b), 1, 0, b.Length);
        layoutC.Check("MatrixMultiply", nameof(c), 1, 0, c.Length);
        // An operand that is also the result would be overwritten while it is still read (MathNet's own provider
        // then answers zeros).
        Multiply(
            alpha,
            ReferenceEquals(a, c) ? Scratch.CopyOf<T>(ScratchSlot.LeftOperand, a) : a,
            layoutA,
            ReferenceEquals(b, c) ? Scratch.CopyOf<T>(ScratchSlot.RightOperand, b) : b,
            layoutB,
            beta,
            c,
            layoutC
        );
    }

    private static void CheckLengths(string where, T[] x, T[] y, T[] result)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(result);
        if (x.Length != y.Length || x.Length != result.Length)
            throw new ArgumentException(
                $"{where}: all arrays must have one length, but they have {x.Length}, {y.Length} and {result.Length}; "
                    + "take parts of the longer ones."
            );
    }
}
