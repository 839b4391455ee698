using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>A loop that runs its tape one instruction at a time, over tiles of elements that fit the cache.</summary>
/// <remarks>
/// It gives the bits that the emitted loop gives: elementwise instructions are rounded once wherever they run, and sums
/// follow the emitted loop's order: 64 bytes of lanes a step where the last axis is reduced, one element a step where
/// another is, and as many steps a block as the definition says.
/// </remarks>
internal abstract class InterpretedLoop
{
    /// <summary>Runs the loop over the buffers of a plan. May be called from many threads at once.</summary>
    public abstract void Run(Array[] buffers);

    /// <summary>How many steps a tile takes.</summary>
    public abstract int Length { get; }

    /// <summary>What a run goes through: tiles, rows of elements, and elements.</summary>
    public abstract (long Tiles, long Rows, long Elements) Work { get; }

    /// <summary>A loop over float32, or over float64.</summary>
    public static InterpretedLoop Create(bool isSingle, LoopDefinition definition) =>
        isSingle ? new InterpretedLoop<float>(definition) : new InterpretedLoop<double>(definition);
}

internal sealed unsafe class InterpretedLoop<T> : InterpretedLoop
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly LoopDefinition loop;
    readonly LoopTiles tiles;

    // Lanes of each total.
    readonly int width;

    public InterpretedLoop(LoopDefinition definition)
    {
        loop = definition;
        tiles = new LoopTiles(loop.Sizes, loop.Reduced, sizeof(T));
        width = tiles.AreColumnsReduced ? tiles.Lanes : tiles.Columns;
    }

    bool IsOneBlock => loop.Blocks == 0;

    public override (long Tiles, long Rows, long Elements) Work => tiles.Work;

    public override int Length => loop.Steps.Length + loop.Outputs.Length + loop.Totals.Length;

    public override void Run(Array[] buffers)
    {
        var totals = LoopTotals<T>.Size(loop.Totals.Length, width, loop.Blocks);
        var registers = Scratch.Rent<T>(ScratchSlot.Loop, (nint)loop.Registers * tiles.Pitch + totals);
        for (var constant = 0; constant < loop.Constants.Length; constant++)
            new Span<T>(registers + constant * tiles.Pitch, tiles.Pitch).Fill(FromBits(loop.Constants[constant]));
        var index = stackalloc int[loop.Sizes.Length];
        new Span<int>(index, loop.Sizes.Length).Clear();
        var tree = new LoopTotals<T>(loop.Totals, width, registers + (nint)loop.Registers * tiles.Pitch);
        if (tiles.IsEmpty(tiles.Outer))
            return;
        do
        {
            if (loop.Totals.Length == 0)
                RunElementwise(buffers, index, registers);
            else if (!tiles.AreColumnsReduced)
                ReduceColumns(buffers, index, registers, ref tree);
            else if (tiles.AreRowsReduced)
                ReduceAll(buffers, index, registers, ref tree);
            else
                ReduceRows(buffers, index, registers, ref tree);
        } while (tiles.Next(index, tiles.Outer));
    }

    static T FromBits(long bits) => sizeof(T) == 4 ? Unsafe.BitCast<int, T>((int)bits) : Unsafe.BitCast<long, T>(bits);

    /// <summary>Runs the tape over a tile, and writes out what is to be written.</summary>
    void RunTile(Array[] buffers, int* index, int rows, int columns, T* registers)
    {
        var count = rows * columns;
        var padded = tiles.RoundUp(count);
        foreach (ref readonly var step in loop.Steps.AsSpan())
        {
            if (step.Operation != TapeOperation.Input)
            {
                TapeMachine<T>.Run(step, registers, tiles.Pitch, padded, loop.Far);
                continue;
            }
            var register = registers + step.Result * tiles.Pitch;
            loop.Inputs[step.Number].Load(buffers, index, tiles.RowAxis, rows, columns, register);
            // No old number may look like an argument that is far.
            new Span<T>(register + count, padded - count).Clear();
        }
        for (var i = 0; i < loop.Outputs.Length; i++)
            loop.Outputs[i]
                .Store(buffers, index, tiles.RowAxis, rows, columns, registers + loop.OutputRegisters[i] * tiles.Pitch);
    }

    void RunElementwise(Array[] buffers, int* index, T* registers)
    {
        var (rows, columns) = (tiles.AllRows, tiles.AllColumns);
        for (var row = 0; row < rows; row += tiles.Rows)
        for (var column = 0; column < columns; column += tiles.Columns)
        {
            index[tiles.RowAxis] = row;
            index[tiles.ColumnAxis] = column;
            RunTile(
                buffers,
                index,
                Math.Min(tiles.Rows, rows - row),
                Math.Min(tiles.Columns, columns - column),
                registers
            );
        }
        index[tiles.RowAxis] = index[tiles.ColumnAxis] = 0;
    }

    /// <summary>Totals over the last axis alone: one for each row.</summary>
    void ReduceRows(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        for (var row = 0; row < tiles.AllRows; row += tiles.Rows)
        {
            index[tiles.RowAxis] = row;
            if (tiles.AllColumns <= tiles.Columns)
                ReduceWholeRows(buffers, index, registers, ref tree);
            else
            {
                tree.Start();
                ReduceRow(buffers, index, registers, ref tree);
                StoreWhole(buffers, index, ref tree);
            }
        }
        index[tiles.RowAxis] = 0;
    }

    // Several short rows in one tile.
    void ReduceWholeRows(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        var columns = tiles.AllColumns;
        var rows = Math.Min(tiles.Rows, tiles.AllRows - index[tiles.RowAxis]);
        if (columns > 0)
            RunTile(buffers, index, rows, columns, registers);
        for (var row = 0; row < rows; row++, index[tiles.RowAxis]++)
        {
            tree.Start();
            AddSteps(registers, row * columns, 0, columns, ref tree);
            StoreWhole(buffers, index, ref tree);
        }
    }

    /// <summary>Totals over the last axis and others.</summary>
    void ReduceAll(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        tree.Start();
        var columns = tiles.AllColumns;
        if (!tiles.IsEmpty(tiles.Inner))
            do for (var row = 0; row < tiles.AllRows; row += tiles.Rows)
            {
                index[tiles.RowAxis] = row;
                if (columns > tiles.Columns)
                {
                    ReduceRow(buffers, index, registers, ref tree);
                    continue;
                }
                var rows = Math.Min(tiles.Rows, tiles.AllRows - row);
                if (columns > 0)
                    RunTile(buffers, index, rows, columns, registers);
                for (var i = 0; i < rows; i++)
                    AddSteps(registers, i * columns, 0, columns, ref tree);
            }
            while (tiles.Next(index, tiles.Inner));
        index[tiles.RowAxis] = 0;
        StoreWhole(buffers, index, ref tree);
    }

    // A row that is longer than a tile.
    void ReduceRow(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        var columns = tiles.AllColumns;
        for (var column = 0; column < columns; column += tiles.Columns)
        {
            index[tiles.ColumnAxis] = column;
            var count = Math.Min(tiles.Columns, columns - column);
            RunTile(buffers, index, 1, count, registers);
            AddSteps(registers, 0, column, count, ref tree);
        }
        index[tiles.ColumnAxis] = 0;
    }

    /// <summary>Adds columns of a row to the totals, a step of lanes at a time; a last one of fewer lanes is a block of its own.</summary>
    /// <param name="registers">The first register.</param>
    /// <param name="start">Where the columns stand in the tile.</param>
    /// <param name="column">The first column's number; steps are whole before it.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="tree">The totals.</param>
    void AddSteps(T* registers, int start, int column, int count, ref LoopTotals<T> tree)
    {
        var columns = tiles.AllColumns;
        for (var done = 0; done < count; )
        {
            var held = Math.Min(tiles.Lanes, count - done);
            for (var total = 0; total < loop.Totals.Length; total++)
                tree.Add(total, registers + loop.Totals[total].Register * tiles.Pitch + start + done, held);
            done += held;
            var end = column + done;
            var isBlock =
                end == columns || end == columns - columns % tiles.Lanes || end % (loop.BlockSteps * tiles.Lanes) == 0;
            if (isBlock && !IsOneBlock)
                tree.Push();
        }
    }

    /// <summary>Totals over axes before the last: a row of them at a time, one element a step.</summary>
    void ReduceColumns(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        for (var column = 0; column < tiles.AllColumns; column += tiles.Columns)
        {
            index[tiles.ColumnAxis] = column;
            var columns = Math.Min(tiles.Columns, tiles.AllColumns - column);
            tree.Start();
            if (!tiles.IsEmpty(tiles.Inner))
                do AddRows(buffers, index, columns, registers, ref tree);
                while (tiles.Next(index, tiles.Inner));
            tree.Finish();
            for (var total = 0; total < loop.Totals.Length; total++)
            {
                tree.Divide(total, columns);
                loop.Totals[total].Target.Store(buffers, index, tiles.RowAxis, 1, columns, tree.Of(total));
            }
        }
        index[tiles.ColumnAxis] = 0;
    }

    void AddRows(Array[] buffers, int* index, int columns, T* registers, ref LoopTotals<T> tree)
    {
        var size = tiles.AllRows;
        for (var row = 0; row < size; )
        {
            index[tiles.RowAxis] = row;
            var rows = Math.Min(tiles.Rows, size - row);
            RunTile(buffers, index, rows, columns, registers);
            for (var i = 0; i < rows; i++)
            {
                for (var total = 0; total < loop.Totals.Length; total++)
                    tree.Add(total, registers + loop.Totals[total].Register * tiles.Pitch + i * columns, columns);
                row++;
                if (!IsOneBlock && (row % loop.BlockSteps == 0 || row == size))
                    tree.Push();
            }
        }
        index[tiles.RowAxis] = 0;
    }

    void StoreWhole(Array[] buffers, int* index, ref LoopTotals<T> tree)
    {
        tree.Finish();
        for (var total = 0; total < loop.Totals.Length; total++)
        {
            tree.Collapse(total);
            tree.Divide(total, 1);
            loop.Totals[total].Target.Store(buffers, index, tiles.RowAxis, 1, 1, tree.Of(total));
        }
    }
}
