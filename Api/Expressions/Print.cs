namespace Fluxion.Api;

/// <summary>
/// The expression behind a tensor, as mathematics and as a graph, where <see cref="Tensor.ToString"/> shows its numbers. Parameters stand
/// under their names, constants of more than 9 elements as their types.
/// </summary>
/// <example><code>Print.Text(loss.Gradient(w))   // 2/3 * Xᵀ(X w - y)</code></example>
public static class Print
{
    /// <summary>
    /// The whole expression: <c>let t1 = …</c> for each part that is used more than once, or that would make a line too long, and the result in
    /// the last line. Broadcasts that NumPy's rules imply are left out.
    /// </summary>
    public static string Text(Tensor x) => Fluxion.Print.text(x.Expression);

    /// <summary>
    /// The same as <see cref="Text"/>, with names for sizes of axes: where <c>("n", 569)</c> is among them, the number 2/569 is written
    /// <c>2/n</c>. Throws ArgumentException for a size that is not positive.
    /// </summary>
    public static string TextWith(IEnumerable<(string Name, int Size)> sizes, Tensor x) =>
        Fluxion.Print.textWith(Interop.Pairs(sizes), x.Expression);

    /// <summary>
    /// The expression as one line of at most a number of characters, with … for its innermost parts when it would be longer. Takes no longer for
    /// a large expression than for a small one.
    /// </summary>
    public static string Within(int width, Tensor x) => Fluxion.Print.within(width, x.Expression);

    /// <summary>A constant as an array, anything else as a line of at most 200 characters.</summary>
    public static string Short(Tensor x) => Fluxion.Print.@short(x.Expression);

    /// <summary>The same as <see cref="Text"/> as LaTeX for mathematics mode, with amsmath's commands; several lines are <c>aligned</c>.</summary>
    public static string Latex(Tensor x) => Fluxion.Print.latex(x.Expression);

    /// <summary>The same as <see cref="Latex"/>, with names for sizes of axes as in <see cref="TextWith"/>.</summary>
    public static string LatexWith(IEnumerable<(string Name, int Size)> sizes, Tensor x) =>
        Fluxion.Print.latexWith(Interop.Pairs(sizes), x.Expression);

    /// <summary>The graph in Graphviz's language: <c>dot -Tsvg</c> draws it. Past 200 arrows it shows what is nearest to the result.</summary>
    public static string Graphviz(Tensor x) => Fluxion.Print.graphviz(x.Expression);

    /// <summary>The graph as a Mermaid flowchart, which Markdown viewers draw. Past 200 arrows it shows what is nearest to the result.</summary>
    public static string Mermaid(Tensor x) => Fluxion.Print.mermaid(x.Expression);
}
