namespace Fluxion.Api;

/// <summary>A law that was applied.</summary>
/// <param name="Law">The law as text.</param>
/// <param name="Before">What it was applied to.</param>
/// <param name="After">What that became.</param>
public sealed record Firing(string Law, Tensor Before, Tensor After);

/// <summary>Simplifying expressions by laws of algebra and of numerical stability, as derivatives are.</summary>
public static class Rewrite
{
    /// <summary>
    /// A tensor of the same value, shape and derivatives, by the laws of algebra where they make its expression smaller, and by those of
    /// numerical stability where it would overflow, or lose digits.
    /// </summary>
    public static Tensor Simplify(Tensor x) => new(Fluxion.Rewrite.simplify(x.Expression));

    /// <summary>What <see cref="Simplify"/> does: each law that is applied, in order.</summary>
    public static IReadOnlyList<Firing> Log(Tensor x) =>
        [
            .. Fluxion
                .Rewrite.log(x.Expression)
                .Select(firing => new Firing(firing.Law, new(firing.Before), new(firing.After))),
        ];
}
