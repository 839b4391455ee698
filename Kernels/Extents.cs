namespace Fluxion.Kernels;

/// <summary>
/// A number that a generic kernel is specialised for: constant to the JIT, so that branches on it
/// vanish.
/// </summary>
internal interface IExtent
{
    static abstract int Value { get; }
}

internal readonly struct Extent1 : IExtent
{
    public static int Value => 1;
}

internal readonly struct Extent2 : IExtent
{
    public static int Value => 2;
}

internal readonly struct Extent3 : IExtent
{
    public static int Value => 3;
}

internal readonly struct Extent4 : IExtent
{
    public static int Value => 4;
}

internal readonly struct Extent5 : IExtent
{
    public static int Value => 5;
}

internal readonly struct Extent6 : IExtent
{
    public static int Value => 6;
}

internal readonly struct Extent7 : IExtent
{
    public static int Value => 7;
}

internal readonly struct Extent8 : IExtent
{
    public static int Value => 8;
}

internal readonly struct Extent9 : IExtent
{
    public static int Value => 9;
}

internal readonly struct Extent10 : IExtent
{
    public static int Value => 10;
}

internal readonly struct Extent11 : IExtent
{
    public static int Value => 11;
}

internal readonly struct Extent12 : IExtent
{
    public static int Value => 12;
}
