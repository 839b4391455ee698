using System.Numerics;

namespace Fluxion.Kernels;

/// <summary>The order of numbers, NaN being larger than all of them; equal ones stay in the order they have.</summary>
internal static class Ordering
{
    // Below this many, insertion beats merging.
    const int Run = 16;

    /// <summary>For each row, the positions of its elements in order.</summary>
    /// <remarks>
    /// Merge sort from the bottom up. (Knuth, "The Art of Computer Programming", vol. 3, section 5.2.4.) <c>Span.Sort</c> does
    /// not keep the order of equal elements.
    /// </remarks>
    /// <param name="rows">All rows, one behind another.</param>
    /// <param name="order">As many positions, each within its row.</param>
    /// <param name="length">The elements of one row.</param>
    /// <param name="descending">Whether the largest come first.</param>
    public static unsafe void ArgSort<T>(ReadOnlySpan<T> rows, Span<long> order, int length, bool descending)
        where T : unmanaged, INumber<T>
    {
        var spare = new Span<long>(Scratch.Rent<long>(ScratchSlot.Order, length), length);
        for (var start = 0; start < rows.Length; start += length)
            SortRow(rows.Slice(start, length), order.Slice(start, length), spare, descending);
    }

    static void SortRow<T>(ReadOnlySpan<T> keys, Span<long> order, Span<long> spare, bool descending)
        where T : unmanaged, INumber<T>
    {
        for (var start = 0; start < keys.Length; start += Run)
            Insert(keys, order, start, Math.Min(start + Run, keys.Length), descending);

        var from = order;
        var to = spare;
        for (long width = Run; width < keys.Length; width *= 2)
        {
            for (long start = 0; start < keys.Length; start += 2 * width)
            {
                var middle = (int)Math.Min(start + width, keys.Length);
                Merge(keys, from, to, (int)start, middle, (int)Math.Min(start + 2 * width, keys.Length), descending);
            }
            var merged = to;
            to = from;
            from = merged;
        }
        if (from != order)
            from.CopyTo(order);
    }

    static void Insert<T>(ReadOnlySpan<T> keys, Span<long> order, int start, int stop, bool descending)
        where T : unmanaged, INumber<T>
    {
        for (var i = start; i < stop; i++)
        {
            var k = i;
            for (; k > start && IsBefore(keys[i], keys[(int)order[k - 1]], descending); k--)
                order[k] = order[k - 1];
            order[k] = i;
        }
    }

    static void Merge<T>(
        ReadOnlySpan<T> keys,
        ReadOnlySpan<long> from,
        Span<long> to,
        int start,
        int middle,
        int stop,
        bool descending
    )
        where T : unmanaged, INumber<T>
    {
        var (left, right) = (start, middle);
        for (var target = start; target < stop; target++)
        {
            // The right one only where it must: equal elements keep their order.
            var takesRight =
                left == middle || right < stop && IsBefore(keys[(int)from[right]], keys[(int)from[left]], descending);
            to[target] = from[takesRight ? right++ : left++];
        }
    }

    static bool IsBefore<T>(T x, T y, bool descending)
        where T : unmanaged, INumber<T> =>
        descending ? x > y || T.IsNaN(x) && !T.IsNaN(y) : x < y || T.IsNaN(y) && !T.IsNaN(x);
}
