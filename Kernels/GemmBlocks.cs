using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>The loops around the micro-kernel: one thread's product.</summary>
/// <remarks>
/// A is read where it lies, because the micro-kernel broadcasts it number by number and so does not mind its strides;
/// only strides that would crowd it into a few cache sets, or spread it over many pages, make a copy worth its time.
/// Source: K. Goto, R. van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008.
/// </remarks>
internal static unsafe class GemmBlocks<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int TileWidth => GemmPanels<R, V, T>.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(GemmProblem<T>* g)
    {
        for (var j = 0; j < g->Columns; j += GemmBlocking.Columns)
        {
            var columns = Math.Min(GemmBlocking.Columns, g->Columns - j);
            for (var p = 0; p < g->Depth; p += GemmBlocking.Depth)
            {
                var depth = Math.Min(GemmBlocking.Depth, g->Depth - p);
                var panels = new GemmPanels<R, V, T>(g, p, depth, j, columns);
                for (var i = 0; i < g->Rows; i += GemmBlocking.Rows)
                {
                    var rows = Math.Min(GemmBlocking.Rows, g->Rows - i);
                    var block = g->Part(i, rows, j, columns);
                    block.A += p * g->AColumn;
                    block.Depth = depth;
                    if (p > 0)
                        block.Beta = T.One;
                    PackA(&block);
                    Multiply(&block, &panels);
                }
            }
        }
    }

    /// <summary>
    /// One block of C: panel by panel of B, which the first-level cache holds, and down the tiles of
    /// A.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Multiply(GemmProblem<T>* block, GemmPanels<R, V, T>* panels)
    {
        var height = GemmTiles<R, V, T>.Height(block->Rows);
        TileArguments<T> tile;
        tile.Depth = block->Depth;
        tile.ARow = block->ARow;
        tile.AColumn = block->AColumn;
        for (var j = 0; j < block->Columns; j += TileWidth)
        {
            var width = Math.Min(TileWidth, block->Columns - j);
            var vectors = (width + R.Lanes - 1) / R.Lanes;
            tile.B = panels->At(j, out tile.BRow);
            for (var i = 0; i < block->Rows; i += height)
            {
                var rows = Math.Min(height, block->Rows - i);
                tile.A = block->A + i * block->ARow;
                var c = block->C + i * block->CRow + j;
                if (width == vectors * R.Lanes)
                {
                    tile.C = c;
                    tile.CRow = block->CRow;
                    tile.Alpha = block->Alpha;
                    tile.Beta = block->Beta;
                    tile.Overwrite = block->Beta == T.Zero;
                    GemmTiles<R, V, T>.Run(rows, vectors, &tile);
                }
                else
                    MultiplyEdge(block, &tile, rows, width, vectors, c);
            }
        }
    }

    /// <summary>
    /// A tile that ends inside a vector: its sums go to a whole tile of scratch, and from there the part
    /// that exists to C.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyEdge(GemmProblem<T>* block, TileArguments<T>* tile, int rows, int width, int vectors, T* c)
    {
        var sums = Scratch.Rent<T>(ScratchSlot.Tile, GemmTiles<R, V, T>.MaxHeight * TileWidth);
        tile->C = sums;
        tile->CRow = TileWidth;
        tile->Alpha = T.One;
        tile->Beta = T.Zero;
        tile->Overwrite = true;
        GemmTiles<R, V, T>.Run(rows, vectors, tile);
        var alpha = R.Broadcast(block->Alpha);
        var beta = R.Broadcast(block->Beta);
        var overwrite = block->Beta == T.Zero;
        for (var i = 0; i < rows; i++, c += block->CRow, sums += TileWidth)
        for (var j = 0; j < width; j += R.Lanes)
        {
            var count = Math.Min(R.Lanes, width - j);
            var sum = R.Load(sums + j);
            var value = overwrite
                ? R.Multiply(alpha, sum)
                : R.MultiplyAdd(alpha, sum, R.Multiply(beta, R.LoadFirst(c + j, count)));
            R.StoreFirst(c + j, value, count);
        }
    }

    /// <summary>
    /// Copies the block's A to adjacent memory when that pays, keeping its order, and so at the speed of a
    /// copy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PackA(GemmProblem<T>* block)
    {
        var rows = block->Rows;
        var depth = block->Depth;
        // Read again for each panel of B: with few panels a copy does not come back.
        if (block->Columns <= 2 * TileWidth)
            return;
        if (block->AColumn == 1 && block->ARow * sizeof(T) % 2048 == 0 && rows > 1)
        {
            var packed = Scratch.Rent<T>(ScratchSlot.BlockA, (nint)rows * depth);
            for (var i = 0; i < rows; i++)
                Copy(block->A + i * block->ARow, packed + (nint)i * depth, depth);
            block->A = packed;
            block->ARow = depth;
        }
        else if (block->ARow == 1 && depth * (long)block->AColumn * sizeof(T) > GemmBlocking.InPlaceBytes)
        {
            var packed = Scratch.Rent<T>(ScratchSlot.BlockA, (nint)rows * depth);
            for (var p = 0; p < depth; p++)
                Copy(block->A + p * block->AColumn, packed + (nint)p * rows, rows);
            block->A = packed;
            block->AColumn = rows;
        }
    }

    static void Copy(T* from, T* to, int count) => new ReadOnlySpan<T>(from, count).CopyTo(new Span<T>(to, count));
}
