namespace Fluxion.Kernels;

/// <summary>The micro-kernels of one width and number type, by height and by vectors across.</summary>
internal static unsafe class GemmTiles<R, V, T>
    where R : struct, IRegister<V, T>
    where V : unmanaged
    where T : unmanaged
{
    /// <summary>Rows of the tallest tile: two vectors a row fill 24 of 32 registers, or 12 of 16.</summary>
    public static int MaxHeight => R.RegisterCount >= 32 ? 12 : 6;

    // Function pointers, not a switch: the call costs the same for every shape, and only the shapes met are compiled.
    static readonly delegate* <TileArguments<T>*, void>[] narrow = Table<Extent1>();
    static readonly delegate* <TileArguments<T>*, void>[] wide = Table<Extent2>();

    /// <summary>
    /// The height that cuts <paramref name="rows"/> into tiles of nearly equal height: 13 is 7 and 6, not
    /// 12 and 1, and a low tile leaves the multipliers idle.
    /// </summary>
    public static int Height(int rows)
    {
        var tiles = (rows + MaxHeight - 1) / MaxHeight;
        return (rows + tiles - 1) / tiles;
    }

    public static void Run(int rows, int vectors, TileArguments<T>* t) => (vectors == 1 ? narrow : wide)[rows - 1](t);

    static delegate* <TileArguments<T>*, void>[] Table<TVectors>()
        where TVectors : struct, IExtent =>
        [
            &GemmTile<R, V, T, Extent1, TVectors>.Run,
            &GemmTile<R, V, T, Extent2, TVectors>.Run,
            &GemmTile<R, V, T, Extent3, TVectors>.Run,
            &GemmTile<R, V, T, Extent4, TVectors>.Run,
            &GemmTile<R, V, T, Extent5, TVectors>.Run,
            &GemmTile<R, V, T, Extent6, TVectors>.Run,
            &GemmTile<R, V, T, Extent7, TVectors>.Run,
            &GemmTile<R, V, T, Extent8, TVectors>.Run,
            &GemmTile<R, V, T, Extent9, TVectors>.Run,
            &GemmTile<R, V, T, Extent10, TVectors>.Run,
            &GemmTile<R, V, T, Extent11, TVectors>.Run,
            &GemmTile<R, V, T, Extent12, TVectors>.Run,
        ];
}
