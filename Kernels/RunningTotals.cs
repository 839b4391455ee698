using System.Numerics;

namespace Fluxion.Kernels;

/// <summary>What each row of numbers has come to at each of its elements.</summary>
/// <remarks>
/// A row's elements are neighbours. Totals are carried in a type of their own, so that those of float32 are rounded once;
/// integers wrap.
/// </remarks>
internal static class RunningTotals
{
    /// <summary>The sum of each element and those before it in its row; behind it when going backwards.</summary>
    /// <param name="rows">All rows, one behind another.</param>
    /// <param name="sums">As many.</param>
    /// <param name="length">The elements of one row.</param>
    /// <param name="backwards">Whether rows are walked from their ends.</param>
    public static void Sum<T, TTotal>(ReadOnlySpan<T> rows, Span<T> sums, int length, bool backwards)
        where T : unmanaged, INumber<T>
        where TTotal : unmanaged, INumber<TTotal>
    {
        var step = backwards ? -1 : 1;
        for (var start = 0; start < rows.Length; start += length)
        {
            var total = TTotal.Zero;
            var i = backwards ? start + length - 1 : start;
            for (var k = 0; k < length; k++, i += step)
            {
                total += TTotal.CreateTruncating(rows[i]);
                sums[i] = T.CreateTruncating(total);
            }
        }
    }

    /// <summary>The product of each element and those before it in its row; behind it when going backwards.</summary>
    /// <inheritdoc cref="Sum{T, TTotal}"/>
    public static void Product<T, TTotal>(ReadOnlySpan<T> rows, Span<T> products, int length, bool backwards)
        where T : unmanaged, INumber<T>
        where TTotal : unmanaged, INumber<TTotal>
    {
        var step = backwards ? -1 : 1;
        for (var start = 0; start < rows.Length; start += length)
        {
            var total = TTotal.One;
            var i = backwards ? start + length - 1 : start;
            for (var k = 0; k < length; k++, i += step)
            {
                total *= TTotal.CreateTruncating(rows[i]);
                products[i] = T.CreateTruncating(total);
            }
        }
    }

    /// <summary>y = factor · (the y before it) + term, from 0 at the beginning of each row.</summary>
    /// <param name="factors">All rows, one behind another.</param>
    /// <param name="terms">As many.</param>
    /// <param name="results">As many.</param>
    /// <param name="length">The elements of one row.</param>
    /// <param name="backwards">Whether rows are walked from their ends.</param>
    public static void Recur<T, TTotal>(
        ReadOnlySpan<T> factors,
        ReadOnlySpan<T> terms,
        Span<T> results,
        int length,
        bool backwards
    )
        where T : unmanaged, INumber<T>
        where TTotal : unmanaged, INumber<TTotal>
    {
        var step = backwards ? -1 : 1;
        for (var start = 0; start < terms.Length; start += length)
        {
            var total = TTotal.Zero;
            var i = backwards ? start + length - 1 : start;
            for (var k = 0; k < length; k++, i += step)
            {
                total = TTotal.CreateTruncating(factors[i]) * total + TTotal.CreateTruncating(terms[i]);
                results[i] = T.CreateTruncating(total);
            }
        }
    }

    /// <summary>Where the largest element so far stands in its row; the first of several. NaN is larger than all numbers.</summary>
    /// <param name="rows">All rows, one behind another.</param>
    /// <param name="positions">As many.</param>
    /// <param name="length">The elements of one row.</param>
    public static void ArgMax<T>(ReadOnlySpan<T> rows, Span<long> positions, int length)
        where T : unmanaged, INumber<T>
    {
        for (var start = 0; start < rows.Length; start += length)
        {
            var best = start;
            for (var i = start; i < start + length; i++)
            {
                if (rows[i] > rows[best] || T.IsNaN(rows[i]) && !T.IsNaN(rows[best]))
                    best = i;
                positions[i] = best - start;
            }
        }
    }
}
