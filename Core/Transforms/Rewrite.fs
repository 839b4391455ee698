namespace Fluxion

/// Simplifying expressions by the laws of Rules, in one walk.
module Rewrite =
    // A law may make room for another, but each makes the node smaller, so a few rounds are enough; the bound only guards against a pair
    // of laws that undo each other, which would be a bug in the table.
    let private rounds = 16

    // The laws about each op by its name, those about any op at the end.
    let private lawsOf =
        let general = Rules.laws |> List.filter (fun law -> law.Row.IsNone)
        let laws = System.Collections.Generic.Dictionary<string, Law list>()

        for law in Rules.laws do
            for row in Option.toList law.Row do
                laws[row.Name] <- Rules.laws |> List.filter (fun other -> other.Row |> Option.exists (fun r -> r.Name = row.Name))

        fun (node: Expr) ->
            match node.Node with
            | Node.Apply(primitive, _) ->
                match laws.TryGetValue primitive.Name with
                | true, own -> struct (own, general)
                | _ -> struct ([], general)
            | _ -> struct ([], [])

    let private settle (node: Expr) : Expr =
        let rec first (laws: Law list) (node: Expr) =
            match laws with
            | [] -> None
            | law :: rest ->
                match law.Apply node with
                | None -> first rest node
                | simpler -> simpler

        let rec next round (node: Expr) =
            if round = rounds then
                node
            else
                let struct (own, general) = lawsOf node

                match first own node |> Option.orElseWith (fun () -> first general node) with
                | Some simpler -> next (round + 1) simpler
                | None -> node

        next 0 node

    let internal simplifyAll (roots: Expr[]) : Expr[] =
        roots |> Graph.rewrite (fun node arguments -> Graph.withArguments node arguments |> settle)

    /// An expression of the same value, shape and derivatives, by the laws of algebra where they make it smaller.
    let simplify (expr: Expr) : Expr = (simplifyAll [| expr |])[0]
