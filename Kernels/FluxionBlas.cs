using MathNet.Numerics.Providers.LinearAlgebra;

namespace Fluxion.Kernels;

/// <summary>Fluxion's matrix products for every user of MathNet.Numerics, in one line.</summary>
public static class FluxionBlas
{
    /// <summary>
    /// Makes MathNet's matrices and vectors use Fluxion's kernels from now on, in the whole
    /// process.
    /// </summary>
    /// <remarks><c>LinearAlgebraControl.UseManaged()</c> goes back.</remarks>
    public static void Use() => LinearAlgebraControl.Provider = new FluxionLinearAlgebraProvider();
}
