using System.Numerics;
using System.Runtime.InteropServices;

namespace Fluxion.Kernels;

/// <summary>What each row of a matrix comes to.</summary>
/// <remarks>A row's elements are neighbours, and there are as many rows as results.</remarks>
internal static class RowReductions
{
    /// <summary>The sum of each row, wrapping; 0 for rows without elements.</summary>
    /// <typeparam name="T"><see cref="int"/> or <see cref="long"/>.</typeparam>
    /// <param name="rows">All rows, one behind another.</param>
    /// <param name="sums">One for each row.</param>
    public static void Sum<T>(ReadOnlySpan<T> rows, Span<T> sums)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var row = 0; row < sums.Length; row++)
        {
            var elements = Row(rows, row, sums.Length);
            var parts = Vector<T>.Zero;
            foreach (var part in MemoryMarshal.Cast<T, Vector<T>>(elements))
                parts += part;
            var sum = Vector.Sum(parts);
            foreach (var element in Rest(elements))
                sum = unchecked(sum + element);
            sums[row] = sum;
        }
    }

    /// <summary>The product of each row, 1 for rows without elements: of float32 rounded once, of integers wrapping.</summary>
    /// <param name="rows">All rows, one behind another.</param>
    /// <param name="products">One for each row.</param>
    public static void Product<T, TTotal>(ReadOnlySpan<T> rows, Span<T> products)
        where T : unmanaged, INumber<T>
        where TTotal : unmanaged, INumber<TTotal>
    {
        for (var row = 0; row < products.Length; row++)
        {
            var product = TTotal.One;
            foreach (var element in Row(rows, row, products.Length))
                product *= TTotal.CreateTruncating(element);
            products[row] = T.CreateTruncating(product);
        }
    }

    /// <summary>The largest element of each row, which must have one.</summary>
    /// <typeparam name="T"><see cref="int"/> or <see cref="long"/>.</typeparam>
    /// <param name="rows">All rows, one behind another.</param>
    /// <param name="largest">One for each row.</param>
    public static void Max<T>(ReadOnlySpan<T> rows, Span<T> largest)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var row = 0; row < largest.Length; row++)
        {
            var elements = Row(rows, row, largest.Length);
            var parts = new Vector<T>(elements[0]);
            foreach (var part in MemoryMarshal.Cast<T, Vector<T>>(elements))
                parts = Vector.Max(parts, part);
            var max = parts[0];
            for (var lane = 1; lane < Vector<T>.Count; lane++)
                max = T.Max(max, parts[lane]);
            foreach (var element in Rest(elements))
                max = T.Max(max, element);
            largest[row] = max;
        }
    }

    /// <summary>Where the first of each row's largest elements stands; NaN is larger than all numbers.</summary>
    /// <typeparam name="T">Any number.</typeparam>
    /// <param name="rows">All rows, one behind another; none is empty.</param>
    /// <param name="positions">One for each row.</param>
    public static void ArgMax<T>(ReadOnlySpan<T> rows, Span<long> positions)
        where T : unmanaged, INumber<T>
    {
        for (var row = 0; row < positions.Length; row++)
        {
            var elements = Row(rows, row, positions.Length);
            var position = 0;
            for (var i = 1; i < elements.Length && !T.IsNaN(elements[position]); i++)
                if (elements[i] > elements[position] || T.IsNaN(elements[i]))
                    position = i;
            positions[row] = position;
        }
    }

    static ReadOnlySpan<T> Row<T>(ReadOnlySpan<T> rows, int row, int count)
    {
        var length = rows.Length / count;
        return rows.Slice(row * length, length);
    }

    static ReadOnlySpan<T> Rest<T>(ReadOnlySpan<T> elements)
        where T : unmanaged => elements[(elements.Length - elements.Length % Vector<T>.Count)..];
}
