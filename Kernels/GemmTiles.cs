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
    static readonly delegate* <TileArguments<T>*, void>[] narrow = Table<Extent1, EvenRows>();
    static readonly delegate* <TileArguments<T>*, void>[] wide = Table<Extent2, EvenRows>();
    static readonly delegate* <TileArguments<T>*, void>[] narrowListed = Table<Extent1, ListedRows>();
    static readonly delegate* <TileArguments<T>*, void>[] wideListed = Table<Extent2, ListedRows>();

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

    /// <summary>The same where the rows of B are listed.</summary>
    public static void RunListed(int rows, int vectors, TileArguments<T>* t) =>
        (vectors == 1 ? narrowListed : wideListed)[rows - 1](t);

    static delegate* <TileArguments<T>*, void>[] Table<TVectors, TRowsOfB>()
        where TVectors : struct, IExtent
        where TRowsOfB : struct, ITileRows =>
        [
            &GemmTile<R, V, T, Extent1, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent2, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent3, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent4, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent5, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent6, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent7, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent8, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent9, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent10, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent11, TVectors, TRowsOfB>.Run,
            &GemmTile<R, V, T, Extent12, TVectors, TRowsOfB>.Run,
        ];
}
