namespace Fluxion

/// A law that was applied: to which node, and what the node became.
[<NoEquality; NoComparison>]
type Firing = { Law: string; Before: Expr; After: Expr }

/// Simplifying expressions by the laws of Rules, Signs, Choice and Stability, in one walk.
module Rewrite =
    // A law may make room for another, but each makes the node smaller, so a few rounds are enough; the bound only guards against a pair
    // of laws that undo each other, which would be a bug in the tables.
    let private rounds = 16

    /// Every law there is.
    let internal laws: Law list = Rules.laws @ Signs.laws @ Choice.laws @ Stability.laws

    // The laws about each op by its name, those about any op at the end.
    let private lawsOf =
        let general = laws |> List.filter (fun law -> law.Row.IsNone)
        let known = System.Collections.Generic.Dictionary<string, Law list>()

        for law in laws do
            for row in Option.toList law.Row do
                known[row.Name] <- laws |> List.filter (fun other -> other.Row |> Option.exists (fun r -> r.Name = row.Name))

        fun (node: Expr) ->
            match node.Node with
            | Node.Apply(primitive, _) ->
                match known.TryGetValue primitive.Name with
                | true, own -> struct (own, general)
                | _ -> struct ([], general)
            | _ -> struct ([], [])

    let rec private firstOf (laws: Law list) (node: Expr) : struct (Law * Expr) voption =
        match laws with
        | [] -> ValueNone
        | law :: rest ->
            match law.Apply node with
            | Some simpler -> ValueSome(struct (law, simpler))
            | None -> firstOf rest node

    // A node whose arguments are simple made simple itself. What a law writes anew may leave room for laws as well; a node is newer than
    // all it was made of, so its number tells what that is.
    let rec private settle (report: Firing -> unit) (left: int) (node: Expr) : Expr =
        let struct (own, general) = lawsOf node

        let fired =
            match firstOf own node with
            | ValueNone -> firstOf general node
            | fired -> fired

        match fired with
        | ValueSome(struct (law, simpler)) when left > 0 ->
            report { Law = law.Text; Before = node; After = simpler }

            [| simpler |]
            |> Graph.rewriteUntil (fun part -> part.Id <= node.Id) (fun part arguments ->
                Graph.withArguments part arguments |> settle report (left - 1))
            |> Array.head
        | _ -> node

    let private simplifyWith (report: Firing -> unit) (stop: Expr -> bool) (roots: Expr[]) : Expr[] =
        roots
        |> Graph.rewriteUntil stop (fun node arguments -> Graph.withArguments node arguments |> settle report rounds)

    /// The roots simplified, down to the nodes that `stop` holds.
    let internal simplifyUntil (stop: Expr -> bool) (roots: Expr[]) : Expr[] = simplifyWith ignore stop roots

    let internal simplifyAll (roots: Expr[]) : Expr[] = simplifyUntil (fun _ -> false) roots

    /// An expression of the same value, shape and derivatives, by the laws of algebra where they make it smaller, and by those of
    /// numerical stability where it would overflow, or lose digits.
    let simplify (expr: Expr) : Expr = (simplifyAll [| expr |])[0]

    /// What `simplify` does to an expression: each law that is applied, in order.
    let log (expr: Expr) : Firing list =
        let firings = System.Collections.Generic.List<Firing>()
        simplifyWith firings.Add (fun _ -> false) [| expr |] |> ignore
        List.ofSeq firings
