namespace Fluxion.Kernels;

/// <summary>A loop whose turns may run at the same time.</summary>
public abstract class ParallelWork
{
    /// <summary>Does one part; called once for each part, on any thread, in any order.</summary>
    /// <param name="part">The number of the part, from 0.</param>
    public abstract void Run(int part);
}

/// <summary>How many threads the kernels use, and the loop they share.</summary>
/// <remarks>
/// The number never changes a result: work is cut where the cut leaves every sum whole, or along a fixed tree.
/// Set once, at start, from <c>FLUXION_THREADS</c> in the environment, else the number of processors.
/// </remarks>
public static class Threads
{
    static int count = Initial();

    /// <summary>The most threads that one operation uses, the calling one included; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static int Count
    {
        get => count;
        set =>
            count =
                value >= 1
                    ? value
                    : throw new ArgumentOutOfRangeException(
                        nameof(value),
                        $"Threads.Count: 1 or more is required, but {value} was given; 1 means no helpers."
                    );
    }

    /// <summary>
    /// Runs parts 0 to <paramref name="parts"/>-1 on this thread and its helpers, and returns when all are done. Runs
    /// them all on this thread when the helpers are busy with another caller, so that it never waits for a stranger
    /// and may be nested.
    /// </summary>
    /// <param name="parts">Number of parts; several for each thread even out a busy machine.</param>
    /// <param name="work">What to do for each.</param>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is null.</exception>
    public static unsafe void For(int parts, ParallelWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ThreadTeam.Run(parts, null, null, work);
    }

    /// <summary>The same for a kernel over raw pointers, which stay valid because the caller waits.</summary>
    internal static unsafe void For(int parts, delegate* <void*, int, void> part, void* state) =>
        ThreadTeam.Run(parts, part, state, null);

    static int Initial() =>
        int.TryParse(Environment.GetEnvironmentVariable("FLUXION_THREADS"), out var asked) && asked >= 1
            ? asked
            : Environment.ProcessorCount;
}
