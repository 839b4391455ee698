namespace Fluxion.Api;

/// <summary>How padding continues a tensor beyond its edges by what it holds.</summary>
public enum PaddingMode
{
    /// <summary>The element at the edge, repeated.</summary>
    Edge,

    /// <summary>The elements inside, mirrored at the one at the edge, which is not repeated.</summary>
    Reflect,

    /// <summary>The elements at the other end, as on a ring.</summary>
    Wrap,
}
