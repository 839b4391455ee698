namespace Fluxion.Api;

/// <summary>What the compiler makes of an expression.</summary>
public static class Plan
{
    /// <summary>
    /// What is run for a tensor, step by step: which ops became one loop, how much each step computes and moves, what memory there is between
    /// steps, and which ops have no compiled form and run by their plain evaluation.
    /// </summary>
    public static string Explain(Tensor x) => Fluxion.Plan.explain(x.Expression);
}
