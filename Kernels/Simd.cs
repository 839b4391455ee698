using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Fluxion.Kernels;

/// <summary>The vector width that the kernels run on, in bits.</summary>
public enum SimdWidth
{
    /// <summary>The portable path: .NET's own 128-bit vectors, right on any processor.</summary>
    Vector128 = 128,

    /// <summary>x86 AVX2 with fused multiply-add.</summary>
    Vector256 = 256,

    /// <summary>x86 AVX-512F.</summary>
    Vector512 = 512,
}

/// <summary>
/// Which of the three vector paths the kernels take. It is chosen once, at start, as the widest one that the
/// processor has; <c>FLUXION_SIMD=512|256|128</c> in the environment, or the AppContext value <c>Fluxion.Simd</c>,
/// asks for another.
/// </summary>
/// <remarks>
/// Every kernel gives bitwise the same numbers on every path, so the choice is one of speed alone, and changing it
/// while kernels run is harmless.
/// </remarks>
public static class Simd
{
    static SimdWidth width = Choose();

    /// <summary>The width in use.</summary>
    public static SimdWidth Width => width;

    /// <summary>The widest path of this processor.</summary>
    /// <remarks>
    /// <c>Avx512F.IsSupported</c>, not <c>Vector512.IsHardwareAccelerated</c>: the latter is false on processors that
    /// .NET suspects of lowering their clock, where 512-bit loops were still measured 1.3 to 1.7 times faster.
    /// </remarks>
    public static SimdWidth Widest =>
        Avx512F.IsSupported ? SimdWidth.Vector512
        : Avx2.IsSupported && Fma.IsSupported ? SimdWidth.Vector256
        : SimdWidth.Vector128;

    /// <summary>True when the processor has a path of that width.</summary>
    /// <param name="candidate">The width asked about.</param>
    public static bool IsSupported(SimdWidth candidate) =>
        candidate is SimdWidth.Vector128 or SimdWidth.Vector256 or SimdWidth.Vector512 && candidate <= Widest;

    /// <summary>Takes the path of a given width from now on, in the whole process.</summary>
    /// <param name="wanted">One of the widths that <see cref="IsSupported"/> accepts.</param>
    /// <exception cref="PlatformNotSupportedException">The processor has no path of that width.</exception>
    public static void Use(SimdWidth wanted)
    {
        if (!IsSupported(wanted))
            throw new PlatformNotSupportedException(
                $"Simd.Use: a width up to {(int)Widest} is required on this processor, but {(int)wanted} was given; "
                    + "leave FLUXION_SIMD unset to take the widest."
            );
        width = wanted;
    }

    /// <summary>
    /// True when a multiply-add rounds once in hardware; without, the portable path is right but
    /// slow.
    /// </summary>
    public static bool HasFusedMultiplyAdd => Fma.IsSupported || AdvSimd.Arm64.IsSupported;

    static SimdWidth Choose()
    {
        var asked =
            Environment.GetEnvironmentVariable("FLUXION_SIMD") ?? AppContext.GetData("Fluxion.Simd")?.ToString();
        // An unknown or unsupported wish is no reason to refuse to start: the numbers are the same on every path.
        return int.TryParse(asked, out var bits) && IsSupported((SimdWidth)bits) ? (SimdWidth)bits : Widest;
    }
}
