using System.Runtime.InteropServices;

namespace Fluxion.Kernels;

/// <summary>
/// The functions of an OpenBLAS that was loaded. It is never unloaded: its threads would run on in unmapped
/// code.
/// </summary>
internal sealed unsafe class OpenBlasLibrary
{
    const int ColumnMajor = 102;
    const int AsStored = 111;
    const int Transposed = 112;

    readonly delegate* unmanaged<
        int,
        int,
        int,
        int,
        int,
        int,
        float,
        float*,
        int,
        float*,
        int,
        float,
        float*,
        int,
        void> sgemm;
    readonly delegate* unmanaged<
        int,
        int,
        int,
        int,
        int,
        int,
        double,
        double*,
        int,
        double*,
        int,
        double,
        double*,
        int,
        void> dgemm;
    readonly delegate* unmanaged<int, void> setThreads;
    readonly delegate* unmanaged<byte*> getConfiguration;

    OpenBlasLibrary(nint sgemm, nint dgemm, nint setThreads, nint getConfiguration)
    {
        this.sgemm = (delegate* unmanaged<
            int,
            int,
            int,
            int,
            int,
            int,
            float,
            float*,
            int,
            float*,
            int,
            float,
            float*,
            int,
            void>)sgemm;
        this.dgemm = (delegate* unmanaged<
            int,
            int,
            int,
            int,
            int,
            int,
            double,
            double*,
            int,
            double*,
            int,
            double,
            double*,
            int,
            void>)dgemm;
        this.setThreads = (delegate* unmanaged<int, void>)setThreads;
        this.getConfiguration = (delegate* unmanaged<byte*>)getConfiguration;
    }

    /// <summary>Finds the functions, or says which one is missing.</summary>
    public static bool TryOpen(
        nint library,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OpenBlasLibrary? opened,
        out string missing
    )
    {
        string[] names = ["cblas_sgemm", "cblas_dgemm", "openblas_set_num_threads", "openblas_get_config"];
        var found = new nint[names.Length];
        for (var i = 0; i < names.Length; i++)
            if (!NativeLibrary.TryGetExport(library, names[i], out found[i]))
            {
                opened = null;
                missing = names[i];
                return false;
            }
        opened = new OpenBlasLibrary(found[0], found[1], found[2], found[3]);
        missing = "";
        return true;
    }

    /// <summary>Its own words: version, processor, how it was built.</summary>
    public string Configuration => Marshal.PtrToStringAnsi((nint)getConfiguration())?.Trim() ?? "OpenBLAS";

    public void SetThreads(int count) => setThreads(count);

    public void Multiply(
        float alpha,
        ReadOnlySpan<float> a,
        MatrixLayout layoutA,
        ReadOnlySpan<float> b,
        MatrixLayout layoutB,
        float beta,
        Span<float> c,
        MatrixLayout layoutC
    )
    {
        fixed (
            float* pa = a,
                pb = b,
                pc = c
        )
            sgemm(
                ColumnMajor,
                Flag(layoutA),
                Flag(layoutB),
                layoutC.Rows,
                layoutC.Columns,
                layoutA.Columns,
                alpha,
                pa,
                Leading(layoutA),
                pb,
                Leading(layoutB),
                beta,
                pc,
                Leading(layoutC)
            );
    }

    public void Multiply(
        double alpha,
        ReadOnlySpan<double> a,
        MatrixLayout layoutA,
        ReadOnlySpan<double> b,
        MatrixLayout layoutB,
        double beta,
        Span<double> c,
        MatrixLayout layoutC
    )
    {
        fixed (
            double* pa = a,
                pb = b,
                pc = c
        )
            dgemm(
                ColumnMajor,
                Flag(layoutA),
                Flag(layoutB),
                layoutC.Rows,
                layoutC.Columns,
                layoutA.Columns,
                alpha,
                pa,
                Leading(layoutA),
                pb,
                Leading(layoutB),
                beta,
                pc,
                Leading(layoutC)
            );
    }

    // A column-major matrix steps by one from row to row. One that does not is the transpose of one that does; with a
    // single row either reading is the same memory, and the stride then tells nothing.
    static int Flag(MatrixLayout layout) => layout.RowStride == 1 ? AsStored : Transposed;

    // At least the stored rows, as BLAS wants it, even of a single column, which no step ever leaves.
    static int Leading(MatrixLayout layout) =>
        layout.RowStride == 1
            ? Math.Max(1, Math.Max(layout.ColumnStride, layout.Rows))
            : Math.Max(1, Math.Max(layout.RowStride, layout.Columns));
}
