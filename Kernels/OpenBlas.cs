using System.Runtime.InteropServices;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Fluxion.Kernels;

/// <summary>
/// The system's OpenBLAS as a provider for MathNet.Numerics, when it is there. Fluxion neither ships nor
/// downloads it.
/// </summary>
/// <remarks>
/// Opt-in, because its results are not bitwise the same for any number of threads and on any processor, as those of
/// Fluxion's own kernels are.
/// </remarks>
public static class OpenBlas
{
    /// <summary>
    /// Makes MathNet's matrices and vectors use OpenBLAS from now on, in the whole process; without it, changes
    /// nothing. The library is looked for under its usual names, or where <c>FLUXION_OPENBLAS</c> in the environment
    /// points.
    /// </summary>
    /// <param name="message">One line: what was found, or what is missing and how to get it.</param>
    /// <returns>True when it was found.</returns>
    public static bool TryUse(out string message)
    {
        if (!TryCreate(out var provider, out message))
            return false;
        LinearAlgebraControl.Provider = provider;
        return true;
    }

    /// <summary>The provider itself, for those who install it elsewhere.</summary>
    /// <param name="provider">The provider, or null when OpenBLAS was not found.</param>
    /// <param name="message">One line: what was found, or what is missing and how to get it.</param>
    /// <returns>True when it was found.</returns>
    public static bool TryCreate(
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OpenBlasLinearAlgebraProvider? provider,
        out string message
    )
    {
        provider = null;
        var named = Environment.GetEnvironmentVariable("FLUXION_OPENBLAS");
        string[] candidates = string.IsNullOrEmpty(named) ? Names : [named];
        foreach (var name in candidates)
        {
            if (!NativeLibrary.TryLoad(name, out var library))
                continue;
            if (OpenBlasLibrary.TryOpen(library, out var opened, out var missing))
            {
                provider = new OpenBlasLinearAlgebraProvider(opened);
                message = $"{provider} ({name})";
                return true;
            }
            message =
                $"OpenBlas: {name} was found, but has no {missing}; install an OpenBLAS built with its CBLAS interface.";
            return false;
        }
        message =
            $"OpenBlas: none of {string.Join(", ", candidates)} was found; install OpenBLAS ({Remedy}) "
            + "or let FLUXION_OPENBLAS name its file. Fluxion's own kernels stay in use.";
        return false;
    }

    static string[] Names =>
        OperatingSystem.IsWindows() ? ["libopenblas.dll", "openblas.dll"]
        : OperatingSystem.IsMacOS() ? ["libopenblas.0.dylib", "libopenblas.dylib"]
        : ["libopenblas.so.0", "libopenblas.so"];

    static string Remedy =>
        OperatingSystem.IsWindows() ? "its release archive, beside the program"
        : OperatingSystem.IsMacOS() ? "brew install openblas"
        : "package libopenblas0 or openblas";
}
