using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>
/// A block of B as panels one tile wide. A panel is read where it lies when its rows are adjacent numbers, close
/// enough together; it is packed when they are not, and the last one when it is narrower than a tile, so that the
/// micro-kernel may read whole vectors.
/// </summary>
internal readonly unsafe struct GemmPanels<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly T* inPlace;
    readonly nint inPlaceRow;
    readonly int inPlaceColumns;
    readonly T* packed;
    readonly int depth;

    public static int Width => 2 * R.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public GemmPanels(GemmProblem<T>* g, int p0, int depth, int j0, int columns)
    {
        this.depth = depth;
        inPlace = g->B + p0 * g->BRow + j0 * g->BColumn;
        inPlaceRow = g->BRow;
        inPlaceColumns = ReadsInPlace(g, depth) ? columns / Width * Width : 0;
        if (inPlaceColumns == columns)
            return;
        // The last panel is a full one in memory, whatever its columns.
        var panels = (columns - inPlaceColumns + Width - 1) / Width;
        packed = Scratch.Rent<T>(ScratchSlot.Panels, (nint)panels * Width * depth);
        for (var j = inPlaceColumns; j < columns; j += Width)
        {
            var width = Math.Min(Width, columns - j);
            var to = packed + (nint)(j - inPlaceColumns) * depth;
            if (g->BColumn == 1)
                PackRows(inPlace + j, g->BRow, to, width);
            else
                PackColumns(inPlace + j * g->BColumn, g->BRow, g->BColumn, to, width);
        }
    }

    /// <summary>The panel that begins at column <paramref name="j"/>, and the distance between its rows.</summary>
    public T* At(int j, out nint row)
    {
        if (j < inPlaceColumns)
        {
            row = inPlaceRow;
            return inPlace + j;
        }
        row = Width;
        return packed + (nint)(j - inPlaceColumns) * depth;
    }

    static bool ReadsInPlace(GemmProblem<T>* g, int depth) =>
        g->BColumn == 1
        && (
            depth * (long)g->BRow * sizeof(T) <= GemmBlocking.InPlaceBytes
            // A panel that only one or two tiles use is read no more often than packing would read it.
            || g->Rows <= 2 * GemmTiles<R, V, T>.MaxHeight
        );

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void PackRows(T* from, nint fromRow, T* to, int width)
    {
        for (var p = 0; p < depth; p++, from += fromRow, to += Width)
            if (width == Width)
            {
                R.Store(to, R.Load(from));
                R.Store(to + R.Lanes, R.Load(from + R.Lanes));
            }
            else
            {
                R.Store(to, R.LoadFirst(from, Math.Min(width, R.Lanes)));
                // Past the end of the row no address may be formed, not even for a load of nothing.
                R.Store(to + R.Lanes, width > R.Lanes ? R.LoadFirst(from + R.Lanes, width - R.Lanes) : default);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void PackColumns(T* from, nint fromRow, nint fromColumn, T* to, int width)
    {
        // Zeros, not leftovers: a stray NaN or subnormal there would be harmless to C but slow on some processors.
        if (width < Width)
            for (nint p = 0; p < depth; p++)
            {
                R.Store(to + p * Width, default);
                R.Store(to + p * Width + R.Lanes, default);
            }
        if (fromRow == 1)
            Transposition.Copy(from, fromColumn, to, Width, depth, width);
        else
            for (var p = 0; p < depth; p++)
            for (var q = 0; q < width; q++)
                to[(nint)p * Width + q] = from[p * fromRow + q * fromColumn];
    }
}
