namespace Fluxion.Kernels;

/// <summary>
/// How an interpreted loop goes through its elements: in tiles of rows along one axis by columns along the last, while
/// the other axes are stepped through one by one.
/// </summary>
internal sealed unsafe class LoopTiles
{
    // 2 KB a register, so that a long tape's registers stay in the second cache at worst.
    const int TileBytes = 2048;

    // 64 bytes of lanes are one step along the last axis.
    const int StepBytes = 64;

    readonly int[] sizes;
    readonly bool[] reduced;

    /// <param name="sizes">Sizes of the axes, outermost first: two or more.</param>
    /// <param name="reduced">Which of them the totals run over.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    public LoopTiles(int[] sizes, bool[] reduced, int elementSize)
    {
        this.sizes = sizes;
        this.reduced = reduced;
        Lanes = StepBytes / elementSize;
        ColumnAxis = sizes.Length - 1;
        RowAxis = ColumnAxis - 1;
        // The innermost of the other axes, as the emitted loop nests them: the reduced ones inside.
        for (var axis = 0; axis < ColumnAxis; axis++)
            if (reduced[axis])
                RowAxis = axis;
        Outer = Others(isReduced: false);
        Inner = Others(isReduced: true);
        var capacity = TileBytes / elementSize;
        Columns = Math.Clamp(AllColumns, 1, capacity);
        Rows = AllColumns > capacity ? 1 : Math.Clamp(capacity / Columns, 1, Math.Max(1, AllRows));
        Pitch = RoundUp(Rows * Columns);
    }

    int[] Others(bool isReduced)
    {
        var axes = new List<int>();
        for (var axis = 0; axis < ColumnAxis; axis++)
            if (axis != RowAxis && reduced[axis] == isReduced)
                axes.Add(axis);
        return axes.ToArray();
    }

    /// <summary>Elements of a step along the last axis.</summary>
    public int Lanes { get; }
    public int RowAxis { get; }
    public int ColumnAxis { get; }

    /// <summary>Rows of a tile, at most.</summary>
    public int Rows { get; }

    /// <summary>Columns of a tile, at most.</summary>
    public int Columns { get; }

    /// <summary>Elements from one register to the next.</summary>
    public int Pitch { get; }

    /// <summary>Other axes that no total runs over.</summary>
    public int[] Outer { get; }

    /// <summary>Other axes that totals run over.</summary>
    public int[] Inner { get; }

    /// <summary>Rows of the whole loop.</summary>
    public int AllRows => sizes[RowAxis];

    /// <summary>Columns of the whole loop.</summary>
    public int AllColumns => sizes[ColumnAxis];
    public bool AreRowsReduced => reduced[RowAxis];
    public bool AreColumnsReduced => reduced[ColumnAxis];

    /// <summary>Elements of whole steps that hold so many.</summary>
    public int RoundUp(int count) => (count + Lanes - 1) / Lanes * Lanes;

    /// <summary>What a run goes through: tiles, rows of elements, and elements.</summary>
    public (long Tiles, long Rows, long Elements) Work
    {
        get
        {
            var elements = 1L;
            foreach (var size in sizes)
                elements *= size;
            var others = AllRows == 0 || AllColumns == 0 ? 0 : elements / ((long)AllRows * AllColumns);
            return (others * Parts(AllRows, Rows) * Parts(AllColumns, Columns), others * AllRows, elements);
        }
    }

    static long Parts(int size, int part) => (size + part - 1) / part;

    /// <summary>Whether one of some axes has no elements.</summary>
    public bool IsEmpty(int[] axes)
    {
        foreach (var axis in axes)
            if (sizes[axis] == 0)
                return true;
        return false;
    }

    /// <summary>The next index along some axes, the last fastest; false, and all zeros, after the last.</summary>
    public bool Next(int* index, int[] axes)
    {
        for (var i = axes.Length - 1; i >= 0; i--)
        {
            if (++index[axes[i]] < sizes[axes[i]])
                return true;
            index[axes[i]] = 0;
        }
        return false;
    }
}
