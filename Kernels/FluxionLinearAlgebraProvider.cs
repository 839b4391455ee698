using System.Numerics;
using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Fluxion.Kernels;

/// <summary>
/// Fluxion's provider for MathNet.Numerics: products of real matrices and plain vector operations run on Fluxion's
/// kernels, everything else on MathNet's managed code. It needs nothing native.
/// </summary>
/// <remarks>
/// Install it by <see cref="FluxionBlas.Use"/>. It may be used from many threads at once, and a result may
/// be one of the operands.
/// </remarks>
public sealed class FluxionLinearAlgebraProvider
    : ILinearAlgebraProvider,
        IFastLinearAlgebra<float>,
        IFastLinearAlgebra<double>,
        IDelegatingLinearAlgebra<Complex>,
        IDelegatingLinearAlgebra<Complex32>
{
    readonly ILinearAlgebraProvider inner = ManagedLinearAlgebraProvider.Instance;

    ILinearAlgebraProvider<float> IDelegatingLinearAlgebra<float>.Inner => inner;
    ILinearAlgebraProvider<double> IDelegatingLinearAlgebra<double>.Inner => inner;
    ILinearAlgebraProvider<Complex> IDelegatingLinearAlgebra<Complex>.Inner => inner;
    ILinearAlgebraProvider<Complex32> IDelegatingLinearAlgebra<Complex32>.Inner => inner;

    /// <summary>Always true: there is nothing to be missing.</summary>
    public bool IsAvailable() => true;

    /// <summary>Does nothing: there is nothing to load.</summary>
    public void InitializeVerify() { }

    /// <summary>Does nothing: workspace belongs to the threads, and goes with them.</summary>
    public void FreeResources() { }

    void IMatrixProduct<float>.Multiply(
        float alpha,
        ReadOnlySpan<float> a,
        MatrixLayout layoutA,
        ReadOnlySpan<float> b,
        MatrixLayout layoutB,
        float beta,
        Span<float> c,
        MatrixLayout layoutC
    ) => Gemm.Multiply(alpha, a, layoutA, b, layoutB, beta, c, layoutC);

    void IMatrixProduct<double>.Multiply(
        double alpha,
        ReadOnlySpan<double> a,
        MatrixLayout layoutA,
        ReadOnlySpan<double> b,
        MatrixLayout layoutB,
        double beta,
        Span<double> c,
        MatrixLayout layoutC
    ) => Gemm.Multiply(alpha, a, layoutA, b, layoutB, beta, c, layoutC);

    /// <summary>What runs, as <c>info ()</c> prints it.</summary>
    public override string ToString() =>
        $"Fluxion, C#, {(int)Simd.Width}-bit vectors, {Threads.Count} thread{(Threads.Count == 1 ? "" : "s")}";
}
