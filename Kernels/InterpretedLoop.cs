using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fluxion.Kernels;

/// <summary>A loop that runs its tape one instruction at a time, over tiles of elements that fit the cache.</summary>
/// <remarks>
/// It gives the bits that the emitted loop gives: elementwise instructions are rounded once wherever they run, and sums
/// follow the emitted loop's order: 64 bytes of lanes a step where the last axis is reduced, one element a step where
/// another is, 64 steps a block.
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
    /// <summary>Elements of a tile: 2 KB a register, so that a long tape's registers stay in the second cache at worst.</summary>
    static int Capacity => 2048 / sizeof(T);

    /// <summary>Elements of a step along the last axis.</summary>
    static int Lanes => 64 / sizeof(T);

    readonly LoopDefinition loop;

    // A tile is rows along one axis by columns along the last.
    readonly int rowAxis;
    readonly int columnAxis;
    readonly int tileRows;
    readonly int tileColumns;

    // Axes that are stepped through one by one: those of the totals' own indices, and those that they run over.
    readonly int[] outer;
    readonly int[] inner;
    readonly int pitch;
    readonly int width;
    readonly int blocks;

    public InterpretedLoop(LoopDefinition definition)
    {
        loop = definition;
        var rank = loop.Sizes.Length;
        columnAxis = rank - 1;
        rowAxis = columnAxis - 1;
        // The innermost of the other axes, as the emitted loop nests them: the reduced ones inside.
        for (var axis = 0; axis < columnAxis; axis++)
            if (loop.Reduced[axis])
                rowAxis = axis;
        outer = Others(isReduced: false);
        inner = Others(isReduced: true);
        var (rows, columns) = (loop.Sizes[rowAxis], loop.Sizes[columnAxis]);
        tileColumns = Math.Clamp(columns, 1, Capacity);
        tileRows = columns > Capacity ? 1 : Math.Clamp(Capacity / tileColumns, 1, Math.Max(1, rows));
        pitch = RoundUp(tileRows * tileColumns);
        width = IsColumnReduced ? Lanes : tileColumns;
        blocks = Blocks;
    }

    int[] Others(bool isReduced)
    {
        var axes = new List<int>();
        for (var axis = 0; axis < columnAxis; axis++)
            if (axis != rowAxis && loop.Reduced[axis] == isReduced)
                axes.Add(axis);
        return axes.ToArray();
    }

    bool IsColumnReduced => loop.Reduced[columnAxis];

    /// <summary>Blocks of a total that go through the tree.</summary>
    int Blocks
    {
        get
        {
            if (loop.IsOneBlock)
                return 0;
            var runs = loop.Reduced[rowAxis] && IsColumnReduced ? loop.Sizes[rowAxis] : 1;
            foreach (var axis in inner)
                runs *= loop.Sizes[axis];
            var steps = IsColumnReduced ? loop.Sizes[columnAxis] / Lanes : loop.Sizes[rowAxis];
            var rest = IsColumnReduced && loop.Sizes[columnAxis] % Lanes > 0 ? 1 : 0;
            return runs * ((int)Parts(steps, loop.BlockSteps) + rest);
        }
    }

    static int RoundUp(int count) => (count + Lanes - 1) / Lanes * Lanes;

    public override (long Tiles, long Rows, long Elements) Work
    {
        get
        {
            var elements = 1L;
            foreach (var size in loop.Sizes)
                elements *= size;
            var (rows, columns) = (loop.Sizes[rowAxis], loop.Sizes[columnAxis]);
            var others = rows == 0 || columns == 0 ? 0 : elements / ((long)rows * columns);
            return (others * Parts(rows, tileRows) * Parts(columns, tileColumns), others * rows, elements);
        }
    }

    public override int Length => loop.Steps.Length + loop.Outputs.Length + loop.Totals.Length;

    static long Parts(int size, int part) => (size + part - 1) / part;

    public override void Run(Array[] buffers)
    {
        var totals = LoopTotals<T>.Size(loop.Totals.Length, width, blocks);
        var registers = Scratch.Rent<T>(ScratchSlot.Loop, (nint)loop.Registers * pitch + totals);
        for (var constant = 0; constant < loop.Constants.Length; constant++)
            new Span<T>(registers + constant * pitch, pitch).Fill(FromBits(loop.Constants[constant]));
        var index = stackalloc int[loop.Sizes.Length];
        new Span<int>(index, loop.Sizes.Length).Clear();
        var tree = new LoopTotals<T>(loop.Totals, width, registers + (nint)loop.Registers * pitch);
        if (IsEmpty(outer))
            return;
        do
        {
            if (loop.Totals.Length == 0)
                RunElementwise(buffers, index, registers);
            else if (!IsColumnReduced)
                ReduceColumns(buffers, index, registers, ref tree);
            else if (loop.Reduced[rowAxis])
                ReduceAll(buffers, index, registers, ref tree);
            else
                ReduceRows(buffers, index, registers, ref tree);
        } while (Next(index, outer));
    }

    bool IsEmpty(int[] axes)
    {
        foreach (var axis in axes)
            if (loop.Sizes[axis] == 0)
                return true;
        return false;
    }

    static T FromBits(long bits) => sizeof(T) == 4 ? Unsafe.BitCast<int, T>((int)bits) : Unsafe.BitCast<long, T>(bits);

    /// <summary>The next index along some axes, the last fastest; false, and all zeros, after the last.</summary>
    bool Next(int* index, int[] axes)
    {
        for (var i = axes.Length - 1; i >= 0; i--)
        {
            if (++index[axes[i]] < loop.Sizes[axes[i]])
                return true;
            index[axes[i]] = 0;
        }
        return false;
    }

    /// <summary>Runs the tape over a tile, and writes out what is to be written.</summary>
    void RunTile(Array[] buffers, int* index, int rows, int columns, T* registers)
    {
        var count = rows * columns;
        var padded = RoundUp(count);
        foreach (ref readonly var step in loop.Steps.AsSpan())
        {
            if (step.Operation != TapeOperation.Input)
            {
                TapeMachine<T>.Run(step, registers, pitch, padded, loop.Far);
                continue;
            }
            var register = registers + step.Result * pitch;
            loop.Inputs[step.Number].Load(buffers, index, rowAxis, rows, columns, register);
            // No old number may look like an argument that is far.
            new Span<T>(register + count, padded - count).Clear();
        }
        for (var i = 0; i < loop.Outputs.Length; i++)
            loop.Outputs[i].Store(buffers, index, rowAxis, rows, columns, registers + loop.OutputRegisters[i] * pitch);
    }

    void RunElementwise(Array[] buffers, int* index, T* registers)
    {
        var (rows, columns) = (loop.Sizes[rowAxis], loop.Sizes[columnAxis]);
        for (var row = 0; row < rows; row += tileRows)
        for (var column = 0; column < columns; column += tileColumns)
        {
            index[rowAxis] = row;
            index[columnAxis] = column;
            RunTile(buffers, index, Math.Min(tileRows, rows - row), Math.Min(tileColumns, columns - column), registers);
        }
        index[rowAxis] = index[columnAxis] = 0;
    }

    /// <summary>Totals over the last axis alone: one for each row.</summary>
    void ReduceRows(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        for (var row = 0; row < loop.Sizes[rowAxis]; row += tileRows)
        {
            index[rowAxis] = row;
            if (loop.Sizes[columnAxis] <= tileColumns)
                ReduceWholeRows(buffers, index, registers, ref tree);
            else
            {
                tree.Start();
                ReduceRow(buffers, index, registers, ref tree);
                StoreWhole(buffers, index, ref tree);
            }
        }
        index[rowAxis] = 0;
    }

    // Several short rows in one tile.
    void ReduceWholeRows(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        var columns = loop.Sizes[columnAxis];
        var rows = Math.Min(tileRows, loop.Sizes[rowAxis] - index[rowAxis]);
        if (columns > 0)
            RunTile(buffers, index, rows, columns, registers);
        for (var row = 0; row < rows; row++, index[rowAxis]++)
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
        var columns = loop.Sizes[columnAxis];
        if (!IsEmpty(inner))
            do for (var row = 0; row < loop.Sizes[rowAxis]; row += tileRows)
            {
                index[rowAxis] = row;
                if (columns > tileColumns)
                {
                    ReduceRow(buffers, index, registers, ref tree);
                    continue;
                }
                var rows = Math.Min(tileRows, loop.Sizes[rowAxis] - row);
                if (columns > 0)
                    RunTile(buffers, index, rows, columns, registers);
                for (var i = 0; i < rows; i++)
                    AddSteps(registers, i * columns, 0, columns, ref tree);
            }
            while (Next(index, inner));
        index[rowAxis] = 0;
        StoreWhole(buffers, index, ref tree);
    }

    // A row that is longer than a tile.
    void ReduceRow(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        var columns = loop.Sizes[columnAxis];
        for (var column = 0; column < columns; column += tileColumns)
        {
            index[columnAxis] = column;
            var count = Math.Min(tileColumns, columns - column);
            RunTile(buffers, index, 1, count, registers);
            AddSteps(registers, 0, column, count, ref tree);
        }
        index[columnAxis] = 0;
    }

    /// <summary>Adds columns of a row to the totals, a step of lanes at a time; a last one of fewer lanes is a block of its own.</summary>
    /// <param name="registers">The first register.</param>
    /// <param name="start">Where the columns stand in the tile.</param>
    /// <param name="column">The first column's number; steps are whole before it.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="tree">The totals.</param>
    void AddSteps(T* registers, int start, int column, int count, ref LoopTotals<T> tree)
    {
        var columns = loop.Sizes[columnAxis];
        for (var done = 0; done < count; )
        {
            var held = Math.Min(Lanes, count - done);
            for (var total = 0; total < loop.Totals.Length; total++)
                tree.Add(total, registers + loop.Totals[total].Register * pitch + start + done, held);
            done += held;
            var end = column + done;
            var isBlock = end == columns || end == columns - columns % Lanes || end % (loop.BlockSteps * Lanes) == 0;
            if (isBlock && !loop.IsOneBlock)
                tree.Push();
        }
    }

    /// <summary>Totals over axes before the last: a row of them at a time, one element a step.</summary>
    void ReduceColumns(Array[] buffers, int* index, T* registers, ref LoopTotals<T> tree)
    {
        for (var column = 0; column < loop.Sizes[columnAxis]; column += tileColumns)
        {
            index[columnAxis] = column;
            var columns = Math.Min(tileColumns, loop.Sizes[columnAxis] - column);
            tree.Start();
            if (!IsEmpty(inner))
                do AddRows(buffers, index, columns, registers, ref tree);
                while (Next(index, inner));
            tree.Finish();
            for (var total = 0; total < loop.Totals.Length; total++)
            {
                tree.Divide(total, columns);
                loop.Totals[total].Target.Store(buffers, index, rowAxis, 1, columns, tree.Of(total));
            }
        }
        index[columnAxis] = 0;
    }

    void AddRows(Array[] buffers, int* index, int columns, T* registers, ref LoopTotals<T> tree)
    {
        var size = loop.Sizes[rowAxis];
        for (var row = 0; row < size; )
        {
            index[rowAxis] = row;
            var rows = Math.Min(tileRows, size - row);
            RunTile(buffers, index, rows, columns, registers);
            for (var i = 0; i < rows; i++)
            {
                for (var total = 0; total < loop.Totals.Length; total++)
                    tree.Add(total, registers + loop.Totals[total].Register * pitch + i * columns, columns);
                row++;
                if (!loop.IsOneBlock && (row % loop.BlockSteps == 0 || row == size))
                    tree.Push();
            }
        }
        index[rowAxis] = 0;
    }

    void StoreWhole(Array[] buffers, int* index, ref LoopTotals<T> tree)
    {
        tree.Finish();
        for (var total = 0; total < loop.Totals.Length; total++)
        {
            tree.Collapse(total);
            tree.Divide(total, 1);
            loop.Totals[total].Target.Store(buffers, index, rowAxis, 1, 1, tree.Of(total));
        }
    }
}
