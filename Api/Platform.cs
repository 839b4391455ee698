namespace Fluxion.Api;

/// <summary>What Fluxion runs on.</summary>
public static class Platform
{
    /// <summary>
    /// What was chosen at start, a line each: version, runtime, width of vectors, number of threads, and whose matrix products are used.
    /// </summary>
    public static string Describe() => Prelude.info();
}
