namespace Fluxion

/// Simplifying expressions by the laws of Rules, in one walk.
module Rewrite =
    // A law may make room for another, but each makes the node smaller, so a few rounds are enough; the bound only guards against a pair
    // of laws that undo each other, which would be a bug in the table.
    let private rounds = 16

    let private settle (node: Expr) : Expr =
        let rec next round (node: Expr) =
            if round = rounds then
                node
            else
                match Rules.laws |> List.tryPick (fun law -> law.Apply node) with
                | Some simpler -> next (round + 1) simpler
                | None -> node

        next 0 node

    let internal simplifyAll (roots: Expr[]) : Expr[] =
        roots |> Graph.rewrite (fun node arguments -> Graph.withArguments node arguments |> settle)

    /// An expression of the same value, shape and derivatives, by the laws of algebra where they make it smaller.
    let simplify (expr: Expr) : Expr = (simplifyAll [| expr |])[0]
