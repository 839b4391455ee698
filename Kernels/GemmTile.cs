using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// What a tile of a matrix product is computed from: C (rows×columns) = alpha·A·B + beta·C over
/// <c>Depth</c> terms.
/// </summary>
internal unsafe struct TileArguments<T>
    where T : unmanaged
{
    /// <summary>The number of terms of each sum, at most <see cref="GemmBlocking.Depth"/>.</summary>
    public nint Depth;

    /// <summary>
    /// Any strides at all: A is only ever broadcast one number at a time, so its layout costs
    /// nothing.
    /// </summary>
    public T* A;
    public nint ARow,
        AColumn;

    /// <summary>Rows of adjacent numbers, readable to the full width of the tile.</summary>
    public T* B;
    public nint BRow;

    /// <summary>Where the rows of B stand, seen from <see cref="B"/>, when they are listed and not equally far apart.</summary>
    public nint* BOffsets;

    public T* C;
    public nint CRow;

    public T Alpha,
        Beta;

    /// <summary>
    /// C is written without being read, so that NaN in unwritten memory does not spread (as BLAS has
    /// it).
    /// </summary>
    public bool Overwrite;
}

/// <summary>How a tile goes from one row of B to the next: constant to the JIT, as an extent is.</summary>
internal interface ITileRows
{
    /// <summary>Whether the rows are listed, and not equally far apart.</summary>
    static abstract bool AreListed { get; }
}

internal readonly struct EvenRows : ITileRows
{
    public static bool AreListed => false;
}

internal readonly struct ListedRows : ITileRows
{
    public static bool AreListed => true;
}

/// <summary>
/// The micro-kernel: a tile of C held in registers while the sum runs. Each element is one chain of fused
/// multiply-adds in the order of the terms, whatever the vector width and the tile's height, so every path gives the
/// same bits.
/// </summary>
/// <remarks>
/// One source for every height and width: <typeparamref name="TRows"/> and <typeparamref name="TVectors"/> are
/// constants to the JIT, which drops the rows that are not there. Named locals because an inline array or a stackalloc
/// is kept in memory. Nothing here may be a call that survives inlining: one call after the loop made the JIT spill
/// every accumulator in every turn. Source: F. Van Zee, R. van de Geijn, BLIS: A Framework for Rapidly Instantiating
/// BLAS Functionality, ACM TOMS 41(3), 2015.
/// </remarks>
internal static unsafe class GemmTile<R, V, T, TRows, TVectors, TRowsOfB>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged
    where TRows : struct, IExtent
    where TVectors : struct, IExtent
    where TRowsOfB : struct, ITileRows
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(TileArguments<T>* t)
    {
        V c00 = default,
            c01 = default;
        V c10 = default,
            c11 = default;
        V c20 = default,
            c21 = default;
        V c30 = default,
            c31 = default;
        V c40 = default,
            c41 = default;
        V c50 = default,
            c51 = default;
        V c60 = default,
            c61 = default;
        V c70 = default,
            c71 = default;
        V c80 = default,
            c81 = default;
        V c90 = default,
            c91 = default;
        V cA0 = default,
            cA1 = default;
        V cB0 = default,
            cB1 = default;
        // Four row pointers, three rows apart: each row is then one x86 address, base + row·(0, 1 or 2).
        nint row = t->ARow;
        nint column = t->AColumn;
        nint bRow = t->BRow;
        T* a0 = t->A;
        T* a3 = a0 + 3 * row;
        T* a6 = a3 + 3 * row;
        T* a9 = a6 + 3 * row;
        T* b = t->B;
        T* start = b;
        nint* offsets = t->BOffsets;
        for (nint p = t->Depth; p > 0; p--)
        {
            if (TRowsOfB.AreListed)
                b = start + *offsets++;
            V b0 = R.Load(b);
            V b1 = TVectors.Value > 1 ? R.Load(b + R.Lanes) : default;
            if (TRows.Value > 0)
                Step(a0, b0, b1, ref c00, ref c01);
            if (TRows.Value > 1)
                Step(a0 + row, b0, b1, ref c10, ref c11);
            if (TRows.Value > 2)
                Step(a0 + 2 * row, b0, b1, ref c20, ref c21);
            if (TRows.Value > 3)
                Step(a3, b0, b1, ref c30, ref c31);
            if (TRows.Value > 4)
                Step(a3 + row, b0, b1, ref c40, ref c41);
            if (TRows.Value > 5)
                Step(a3 + 2 * row, b0, b1, ref c50, ref c51);
            if (TRows.Value > 6)
                Step(a6, b0, b1, ref c60, ref c61);
            if (TRows.Value > 7)
                Step(a6 + row, b0, b1, ref c70, ref c71);
            if (TRows.Value > 8)
                Step(a6 + 2 * row, b0, b1, ref c80, ref c81);
            if (TRows.Value > 9)
                Step(a9, b0, b1, ref c90, ref c91);
            if (TRows.Value > 10)
                Step(a9 + row, b0, b1, ref cA0, ref cA1);
            if (TRows.Value > 11)
                Step(a9 + 2 * row, b0, b1, ref cB0, ref cB1);
            a0 += column;
            if (TRows.Value > 3)
                a3 += column;
            if (TRows.Value > 6)
                a6 += column;
            if (TRows.Value > 9)
                a9 += column;
            if (!TRowsOfB.AreListed)
                b += bRow;
        }

        V alpha = R.Broadcast(t->Alpha);
        V beta = R.Broadcast(t->Beta);
        if (TRows.Value > 0)
            Write(t, 0, alpha, beta, c00, c01);
        if (TRows.Value > 1)
            Write(t, 1, alpha, beta, c10, c11);
        if (TRows.Value > 2)
            Write(t, 2, alpha, beta, c20, c21);
        if (TRows.Value > 3)
            Write(t, 3, alpha, beta, c30, c31);
        if (TRows.Value > 4)
            Write(t, 4, alpha, beta, c40, c41);
        if (TRows.Value > 5)
            Write(t, 5, alpha, beta, c50, c51);
        if (TRows.Value > 6)
            Write(t, 6, alpha, beta, c60, c61);
        if (TRows.Value > 7)
            Write(t, 7, alpha, beta, c70, c71);
        if (TRows.Value > 8)
            Write(t, 8, alpha, beta, c80, c81);
        if (TRows.Value > 9)
            Write(t, 9, alpha, beta, c90, c91);
        if (TRows.Value > 10)
            Write(t, 10, alpha, beta, cA0, cA1);
        if (TRows.Value > 11)
            Write(t, 11, alpha, beta, cB0, cB1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step(T* a, V b0, V b1, ref V c0, ref V c1)
    {
        V x = R.Broadcast(*a);
        c0 = R.MultiplyAdd(x, b0, c0);
        if (TVectors.Value > 1)
            c1 = R.MultiplyAdd(x, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Write(TileArguments<T>* t, int row, V alpha, V beta, V c0, V c1)
    {
        T* to = t->C + row * t->CRow;
        if (t->Overwrite)
        {
            R.Store(to, R.Multiply(alpha, c0));
            if (TVectors.Value > 1)
                R.Store(to + R.Lanes, R.Multiply(alpha, c1));
        }
        else
        {
            R.Store(to, R.MultiplyAdd(alpha, c0, R.Multiply(beta, R.Load(to))));
            if (TVectors.Value > 1)
                R.Store(to + R.Lanes, R.MultiplyAdd(alpha, c1, R.Multiply(beta, R.Load(to + R.Lanes))));
        }
    }
}
