namespace Fluxion.Api;

/// <summary>
/// What tensors cost, worked out from their ops and shapes before anything is run: of one tensor, or of all in a tuple, array, list, dictionary or
/// record, a value and its gradient say. What several share counts once.
/// </summary>
public static class Cost
{
    /// <summary>
    /// The number of arithmetic operations: elementwise ops count the instructions that one element takes (a sum 1, an exponential about 20), a
    /// matrix product twice its multiplications, and what moves elements nothing. Of a choice the costlier side counts, of a loop all
    /// steps that it may take.
    /// </summary>
    public static long Flops<T>(T x) => Fluxion.Cost.flops(Checked(x));

    /// <summary>
    /// The bytes of the arrays that are there together when tensors are worked out by compiled code: results, and what stands between steps, inside
    /// loops, choices and checkpoints too. Parameters and constants do not count, nor what is made of constants alone. A graph that is too large to
    /// compile is counted op by op, as it is worked out.
    /// </summary>
    public static long PeakMemory<T>(T x) => Fluxion.Cost.peakMemory(Checked(x));

    /// <summary>The cost by op, the costliest first: how often it stands there, its arithmetic, and its share.</summary>
    public static string Explain<T>(T x) => Fluxion.Cost.explain(Checked(x));

    static T Checked<T>(T x)
    {
        Interop.RequireTensors<T>();
        return x;
    }
}
