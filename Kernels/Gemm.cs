using System.Numerics;

namespace Fluxion.Kernels;

/// <summary>General matrix products in C#, with nothing native behind them.</summary>
/// <remarks>
/// <para>Rounding is fixed: an element of C is a chain of fused multiply-adds over 256 terms, in their order, and such
/// chains are added one after the other as <c>c = alpha·chain + c</c>. It does not depend on the processor, the number
/// of threads, the layouts, or on the other rows and columns of the product. Two kinds have fixed orders of their own: a
/// product of a single element is <see cref="Reductions.Dot{T}"/>; and one of a single row or column, where the other
/// operand's numbers lie side by side along the sums alone, adds each up in 64 bytes of lanes, by blocks of 64 steps.
/// </para>
/// <para>NaN and infinity go through as in the textbook sum. As in BLAS, beta = 0 writes C without reading it, and
/// alpha = 0 does not read A and B.</para>
/// <para>Sources: F. Van Zee, R. van de Geijn, BLIS, ACM TOMS 41(3), 2015; K. Goto, R. van de Geijn, Anatomy of
/// High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008.</para>
/// </remarks>
public static class Gemm
{
    /// <summary>C = alpha·A·B + beta·C.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">The numbers of A.</param>
    /// <param name="layoutA">m×k; transpose it by <see cref="MatrixLayout.Transposed"/>.</param>
    /// <param name="b">The numbers of B.</param>
    /// <param name="layoutB">k×n.</param>
    /// <param name="beta">Factor of the old C.</param>
    /// <param name="c">The numbers of C; no element of it may be one of A or B.</param>
    /// <param name="layoutC">m×n, with rows or columns of adjacent numbers.</param>
    /// <exception cref="ArgumentException">Sizes do not agree, or a matrix does not lie in its span.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Multiply<T>(
        T alpha,
        ReadOnlySpan<T> a,
        MatrixLayout layoutA,
        ReadOnlySpan<T> b,
        MatrixLayout layoutB,
        T beta,
        Span<T> c,
        MatrixLayout layoutC
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        MultiplyBatch(1, alpha, a, layoutA, 0, b, layoutB, 0, beta, c, layoutC, 0);

    /// <summary>C = A·B, all three row-major without gaps.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">m·k numbers.</param>
    /// <param name="b">k·n numbers.</param>
    /// <param name="c">m·n numbers; no element of it may be one of A or B.</param>
    /// <exception cref="ArgumentException">A size is negative or a matrix does not lie in its span.</exception>
    public static void Multiply<T>(int m, int n, int k, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(
            T.One,
            a,
            MatrixLayout.RowMajor(m, k),
            b,
            MatrixLayout.RowMajor(k, n),
            T.Zero,
            c,
            MatrixLayout.RowMajor(m, n)
        );

    /// <summary>C[i] = alpha·A[i]·B[i] + beta·C[i] for each i below <paramref name="batch"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="batch">Number of products, 0 or more.</param>
    /// <param name="alpha">Factor of the products.</param>
    /// <param name="a">The numbers of all A.</param>
    /// <param name="layoutA">m×k, of each A.</param>
    /// <param name="strideA">Distance from one A to the next, 0 or more; 0 is the same A for all.</param>
    /// <param name="b">The numbers of all B.</param>
    /// <param name="layoutB">k×n, of each B.</param>
    /// <param name="strideB">Distance from one B to the next; 0 is the same B for all.</param>
    /// <param name="beta">Factor of the old C.</param>
    /// <param name="c">The numbers of all C; no element of it may be one of A or B, or of two C.</param>
    /// <param name="layoutC">m×n, of each C, with rows or columns of adjacent numbers.</param>
    /// <param name="strideC">Distance from one C to the next.</param>
    /// <exception cref="ArgumentException">Sizes do not agree, or a matrix does not lie in its span.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void MultiplyBatch<T>(
        int batch,
        T alpha,
        ReadOnlySpan<T> a,
        MatrixLayout layoutA,
        int strideA,
        ReadOnlySpan<T> b,
        MatrixLayout layoutB,
        int strideB,
        T beta,
        Span<T> c,
        MatrixLayout layoutC,
        int strideC
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        NumberType.Check<T>("Gemm.Multiply");
        CheckBatch(batch, strideA, strideB, strideC);
        layoutA.Check("Gemm.Multiply", nameof(a), batch, strideA, a.Length);
        layoutB.Check("Gemm.Multiply", nameof(b), batch, strideB, b.Length);
        layoutC.Check("Gemm.Multiply", nameof(c), batch, strideC, c.Length);
        MatrixLayout.CheckProduct("Gemm.Multiply", layoutA, layoutB, layoutC);
        if (batch == 0 || layoutC.Extent == 0)
            return;
        // The kernel's vectors run along the rows of C. Where its columns are the adjacent ones, and for a single
        // column, Cᵀ = Bᵀ·Aᵀ.
        var transposed = layoutC.Columns > 1 ? layoutC.ColumnStride != 1 : layoutC.RowStride == 1;
        if (transposed)
            Run(
                batch,
                alpha,
                b,
                layoutB.Transposed,
                strideB,
                a,
                layoutA.Transposed,
                strideA,
                beta,
                c,
                layoutC.Transposed,
                strideC
            );
        else
            Run(batch, alpha, a, layoutA, strideA, b, layoutB, strideB, beta, c, layoutC, strideC);
    }

    static unsafe void Run<T>(
        int batch,
        T alpha,
        ReadOnlySpan<T> a,
        MatrixLayout layoutA,
        int strideA,
        ReadOnlySpan<T> b,
        MatrixLayout layoutB,
        int strideB,
        T beta,
        Span<T> c,
        MatrixLayout layoutC,
        int strideC
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (
            T* pa = a,
                pb = b,
                pc = c
        )
        {
            var job = new GemmBatch<T>
            {
                Batch = batch,
                StrideA = strideA,
                StrideB = strideB,
                StrideC = strideC,
                First = new GemmProblem<T>
                {
                    Rows = layoutC.Rows,
                    Columns = layoutC.Columns,
                    Depth = layoutA.Columns,
                    A = pa,
                    ARow = layoutA.RowStride,
                    AColumn = layoutA.ColumnStride,
                    B = pb,
                    BRow = layoutB.RowStride,
                    // A single column is adjacent to itself, whatever its stride says.
                    BColumn = layoutB.Columns == 1 ? 1 : layoutB.ColumnStride,
                    C = pc,
                    CRow = layoutC.RowStride,
                    Alpha = alpha,
                    Beta = beta,
                },
            };
            job.Run();
        }
    }

    static void CheckBatch(int batch, int strideA, int strideB, int strideC)
    {
        if ((batch | strideA | strideB | strideC) < 0)
            throw new ArgumentException(
                "Gemm.MultiplyBatch: the batch and its strides must be 0 or more, but "
                    + $"{batch} with strides {strideA}, {strideB}, {strideC} was given; 0 repeats an operand."
            );
    }
}
