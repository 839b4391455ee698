namespace Fluxion.Api;

/// <summary>
/// Functions whose derivative you say, where the one that follows from their ops is unstable, slow, or not what is meant. What such a function
/// uses from outside has no derivative: NotDifferentiableException when one is asked for. Forward and reverse mode,
/// <see cref="Function.Vmap"/> and higher orders all work with either rule, since one direction is the transpose of the other.
/// </summary>
/// <example>A rounding that lets gradients through: <code>var round = Custom.WithVjp((Tensor x) => x.Round(), (x, y, cotangent) => cotangent);</code></example>
public static class Custom
{
    /// <summary>
    /// The function whose derivative along a tangent is what the rule makes of point and tangent: linear in the tangent, and of the result's form.
    /// Called, it raises ShapeException, DTypeException or ArgumentException when the rule's result has not that form.
    /// </summary>
    public static Func<T, TResult> WithJvp<T, TResult>(Func<T, TResult> f, Func<T, T, TResult> rule) =>
        x => Fluxion.Custom.withJvp(Interop.ToCore(rule), Interop.ToCore(f), x);

    /// <summary>
    /// The function whose gradient is what the rule makes of point, result and cotangent: linear in the cotangent, and of the point's form.
    /// Called, it raises ShapeException, DTypeException or ArgumentException when the rule's result has not that form.
    /// </summary>
    public static Func<T, TResult> WithVjp<T, TResult>(Func<T, TResult> f, Func<T, TResult, TResult, T> rule) =>
        x => Fluxion.Custom.withVjp(Interop.ToCore(rule), Interop.ToCore(f), x);
}
