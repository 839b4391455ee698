namespace Fluxion

open System.Text

/// Expressions as mathematics.
module Print =
    /// Cut short.
    let internal short (expr: Expr) : string =
        match expr.Node with
        | Node.Constant value -> value.ToString()
        | Node.Variable v -> v.Name
        | Node.Apply(p, _) -> p.Name
