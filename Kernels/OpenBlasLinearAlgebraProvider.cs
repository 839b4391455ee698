using System.Numerics;
using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Fluxion.Kernels;

/// <summary>
/// The system's OpenBLAS as a provider for MathNet.Numerics: products of real matrices run on it, plain vector
/// operations on Fluxion's kernels, everything else on MathNet's managed code.
/// </summary>
/// <remarks>Made by <see cref="OpenBlas"/>. A result may be one of the operands.</remarks>
public sealed class OpenBlasLinearAlgebraProvider
    : ILinearAlgebraProvider,
        IFastLinearAlgebra<float>,
        IFastLinearAlgebra<double>,
        IDelegatingLinearAlgebra<Complex>,
        IDelegatingLinearAlgebra<Complex32>
{
    readonly ILinearAlgebraProvider inner = ManagedLinearAlgebraProvider.Instance;
    readonly OpenBlasLibrary library;

    internal OpenBlasLinearAlgebraProvider(OpenBlasLibrary library)
    {
        this.library = library;
        SetThreads(Threads.Count);
    }

    ILinearAlgebraProvider<float> IDelegatingLinearAlgebra<float>.Inner => inner;
    ILinearAlgebraProvider<double> IDelegatingLinearAlgebra<double>.Inner => inner;
    ILinearAlgebraProvider<Complex> IDelegatingLinearAlgebra<Complex>.Inner => inner;
    ILinearAlgebraProvider<Complex32> IDelegatingLinearAlgebra<Complex32>.Inner => inner;

    /// <summary>Always true: without its library there is no such object.</summary>
    public bool IsAvailable() => true;

    /// <summary>Does nothing: the library is loaded already.</summary>
    public void InitializeVerify() { }

    /// <summary>Does nothing: the library stays loaded.</summary>
    public void FreeResources() { }

    /// <summary>How many threads OpenBLAS uses from now on; at first <see cref="Threads.Count"/>.</summary>
    /// <param name="count">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public void SetThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        library.SetThreads(count);
    }

    void IMatrixProduct<float>.Multiply(
        float alpha,
        ReadOnlySpan<float> a,
        MatrixLayout layoutA,
        ReadOnlySpan<float> b,
        MatrixLayout layoutB,
        float beta,
        Span<float> c,
        MatrixLayout layoutC
    ) => library.Multiply(alpha, a, layoutA, b, layoutB, beta, c, layoutC);

    void IMatrixProduct<double>.Multiply(
        double alpha,
        ReadOnlySpan<double> a,
        MatrixLayout layoutA,
        ReadOnlySpan<double> b,
        MatrixLayout layoutB,
        double beta,
        Span<double> c,
        MatrixLayout layoutC
    ) => library.Multiply(alpha, a, layoutA, b, layoutB, beta, c, layoutC);

    /// <summary>What runs, as <c>info ()</c> prints it.</summary>
    public override string ToString() => library.Configuration;
}
