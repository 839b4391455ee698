using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>
/// Sums, dot products and extremes of spans, bitwise the same for any vector width and any number of
/// threads.
/// </summary>
/// <remarks>
/// <para>The order of a sum is fixed by its length alone: element i goes to lane i mod 128; a block is 16 elements a
/// lane, summed in their order; blocks of 128 lanes are added pairwise, in a binary tree; last the 128 lanes, lane j
/// and lane j + 64, then j + 32, and so on. The error is that of 16 additions and a tree, so it grows with the
/// logarithm of the length.</para>
/// <para>Source: N. Higham, The Accuracy of Floating Point Summation, SIAM J. Sci. Comput. 14(4), 1993, section 2
/// (pairwise summation).</para>
/// </remarks>
public static class Reductions
{
    /// <summary>Σ x[i], 0 for an empty span.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">Any number of numbers.</param>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe T Sum<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        NumberType.Check<T>("Reductions.Sum");
        fixed (T* px = x)
            return Simd.Width switch
            {
                SimdWidth.Vector512 => PairwiseTree<
                    Register512<T>,
                    Vector512<T>,
                    T,
                    SumTerm<Register512<T>, Vector512<T>, T>
                >.Run(px, px, x.Length),
                SimdWidth.Vector256 => PairwiseTree<
                    Register256<T>,
                    Vector256<T>,
                    T,
                    SumTerm<Register256<T>, Vector256<T>, T>
                >.Run(px, px, x.Length),
                _ => PairwiseTree<Register128<T>, Vector128<T>, T, SumTerm<Register128<T>, Vector128<T>, T>>.Run(
                    px,
                    px,
                    x.Length
                ),
            };
    }

    /// <summary>Σ x[i]·y[i], each product added with one rounding; 0 for empty spans.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">Any number of numbers.</param>
    /// <param name="y">As many; it may be the same span.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static unsafe T Dot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        NumberType.Check<T>("Reductions.Dot");
        if (x.Length != y.Length)
            throw new ArgumentException(
                $"Reductions.Dot: lengths must agree, but x has {x.Length} and y has {y.Length}; slice the longer one.",
                nameof(y)
            );
        fixed (
            T* px = x,
                py = y
        )
            return Simd.Width switch
            {
                SimdWidth.Vector512 => PairwiseTree<
                    Register512<T>,
                    Vector512<T>,
                    T,
                    DotTerm<Register512<T>, Vector512<T>, T>
                >.Run(px, py, x.Length),
                SimdWidth.Vector256 => PairwiseTree<
                    Register256<T>,
                    Vector256<T>,
                    T,
                    DotTerm<Register256<T>, Vector256<T>, T>
                >.Run(px, py, x.Length),
                _ => PairwiseTree<Register128<T>, Vector128<T>, T, DotTerm<Register128<T>, Vector128<T>, T>>.Run(
                    px,
                    py,
                    x.Length
                ),
            };
    }

    /// <summary>The largest number; NaN when any is NaN; +0 is larger than -0.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">At least one number.</param>
    /// <exception cref="ArgumentException">The span is empty.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static T Max<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Extreme<T, Larger>(x, "Reductions.Max");

    /// <summary>The smallest number; NaN when any is NaN; -0 is smaller than +0.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">At least one number.</param>
    /// <exception cref="ArgumentException">The span is empty.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static T Min<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Extreme<T, Smaller>(x, "Reductions.Min");

    static unsafe T Extreme<T, TSide>(ReadOnlySpan<T> x, string where)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TSide : struct, ISide
    {
        NumberType.Check<T>(where);
        if (x.IsEmpty)
            throw new ArgumentException(
                $"{where}: at least one number is required, but the span is empty; test for that first.",
                nameof(x)
            );
        fixed (T* px = x)
        {
            var found = Simd.Width switch
            {
                SimdWidth.Vector512 => Extremes<Register512<T>, Vector512<T>, T, TSide>.Run(px, x.Length),
                SimdWidth.Vector256 => Extremes<Register256<T>, Vector256<T>, T, TSide>.Run(px, x.Length),
                _ => Extremes<Register128<T>, Vector128<T>, T, TSide>.Run(px, x.Length),
            };
            // One NaN for all: which of several payloads comes first would depend on the width.
            return T.IsNaN(found) ? T.NaN : found;
        }
    }
}
