using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>A sum or maximum that an interpreted loop ends in.</summary>
/// <param name="register">The register of the values that are joined.</param>
/// <param name="isMaximum">True for a maximum.</param>
/// <param name="divisor">What a sum is divided by at the end.</param>
/// <param name="target">Where it goes.</param>
internal sealed class LoopTotal(int register, bool isMaximum, double divisor, LoopOperand target)
{
    public int Register => register;
    public bool IsMaximum => isMaximum;
    public double Divisor => divisor;
    public LoopOperand Target => target;
}

/// <summary>
/// The accumulators of a loop's totals, a row of lanes each, and the tree that joins the blocks: the order of emitted
/// loops, on memory.
/// </summary>
internal unsafe ref struct LoopTotals<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly LoopTotal[] totals;
    readonly int width;
    readonly T* sums;
    readonly T* levels;
    int blocks;

    /// <param name="totals">What is joined.</param>
    /// <param name="width">Lanes of each total.</param>
    /// <param name="memory">As many numbers as <see cref="Size"/> says.</param>
    public LoopTotals(LoopTotal[] totals, int width, T* memory)
    {
        this.totals = totals;
        this.width = width;
        sums = memory;
        levels = memory + totals.Length * width;
    }

    /// <summary>Numbers of memory for totals of so many lanes and blocks.</summary>
    public static int Size(int totals, int width, int blocks) =>
        totals * width * (2 + (blocks <= 1 ? 0 : BitOperations.Log2((uint)blocks)));

    /// <summary>The lanes of a total.</summary>
    public readonly T* Of(int total) => sums + total * width;

    /// <summary>Begins new totals.</summary>
    public void Start()
    {
        blocks = 0;
        Reset();
    }

    readonly void Reset()
    {
        for (var total = 0; total < totals.Length; total++)
            new Span<T>(Of(total), width).Fill(totals[total].IsMaximum ? T.NegativeInfinity : T.Zero);
    }

    /// <summary>
    /// Joins values to the first lanes of a total. Lanes that are left out keep the bits that joining 0, or negative
    /// infinity, would give them.
    /// </summary>
    public readonly void Add(int total, T* values, int count) =>
        Join(Of(total), values, count, totals[total].IsMaximum);

    /// <summary>Takes the accumulators as the sums of one more block, and joins blocks as a binary counter carries.</summary>
    public void Push()
    {
        var size = totals.Length * width;
        var level = levels;
        for (var counter = blocks; (counter & 1) == 1; counter >>= 1, level += size)
        for (var total = 0; total < totals.Length; total++)
            Add(total, level + total * width, width);
        new ReadOnlySpan<T>(sums, size).CopyTo(new Span<T>(level, size));
        Reset();
        blocks++;
    }

    /// <summary>Joins what is in the tree, if anything is, smallest first.</summary>
    public readonly void Finish()
    {
        var size = totals.Length * width;
        var level = levels;
        // Joining to the accumulators' identities changes no bit of the first.
        for (var counter = blocks; counter > 0; counter >>= 1, level += size)
            if ((counter & 1) == 1)
                for (var total = 0; total < totals.Length; total++)
                    Add(total, level + total * width, width);
    }

    /// <summary>Joins all lanes of a total in the first: lanes j and j + half, then the halves of those.</summary>
    public readonly void Collapse(int total)
    {
        var lanes = Of(total);
        for (var half = width / 2; half > 0; half /= 2)
            Join(lanes, lanes + half, half, totals[total].IsMaximum);
    }

    /// <summary>Divides the first lanes of a mean.</summary>
    public readonly void Divide(int total, int count)
    {
        if (totals[total].Divisor == 1.0)
            return;
        var divisor = T.CreateTruncating(totals[total].Divisor);
        var lanes = Of(total);
        for (var i = 0; i < count; i++)
            lanes[i] /= divisor;
    }

    static void Join(T* into, T* values, int count, bool isMaximum)
    {
        var i = 0;
        for (; i <= count - Vector256<T>.Count; i += Vector256<T>.Count)
        {
            var (x, y) = (Vector256.Load(into + i), Vector256.Load(values + i));
            (isMaximum ? Vector256.Max(x, y) : x + y).Store(into + i);
        }
        for (; i < count; i++)
            into[i] = isMaximum ? T.Max(into[i], values[i]) : into[i] + values[i];
    }
}
