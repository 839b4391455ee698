namespace Fluxion

open System.Collections.Concurrent
open System.Collections.Generic

/// A law that was applied: to which node, and what the node became.
[<NoEquality; NoComparison>]
type Firing = { Law: string; Before: Expr; After: Expr }

/// Simplifying expressions by the laws of Rules, Signs, Choice, Support, Stability, MatrixLaws, Quotients and Parts, in one walk.
module Rewrite =
    // A law may make room for another, but each makes the node smaller, so a few rounds are enough; the bound only guards against a pair
    // of laws that undo each other, which would be a bug in the tables: what has gone round that often is left as it is.
    let private rounds = 16

    /// Every law there is.
    let internal laws: Law list =
        Rules.laws
        @ Signs.laws
        @ Choice.laws
        @ Support.laws
        @ Stability.laws
        @ MatrixLaws.laws
        @ Quotients.laws
        @ Parts.laws

    // The laws about an op, its own first, and those of them that are not about numbers alone.
    [<NoEquality; NoComparison>]
    type private LawsOfOp = { All: Law[]; WithoutNumber: Law[] }

    let private lawsOf =
        let known = ConcurrentDictionary<obj, LawsOfOp>(HashIdentity.Reference)

        let collect (primitive: Primitive) =
            let isAbout (law: Law) =
                match law.About with
                | About.Row row
                | About.Number row -> obj.ReferenceEquals(row, primitive.RowObject)
                | About.Elementwise -> primitive.Rule.IsElementwise
                | About.Linear -> primitive.Rule.IsLinear || primitive.Rule.IsMultilinear
                | About.Anything -> true

            let own, general =
                laws |> List.filter isAbout |> List.partition (fun law -> law.About.IsRow || law.About.IsNumber)

            let all = Array.ofList (own @ general)

            { All = all; WithoutNumber = all |> Array.filter (fun law -> not law.About.IsNumber) }

        fun (primitive: Primitive) ->
            match known.TryGetValue primitive.RowObject with
            | true, all -> all
            | _ ->
                let all = collect primitive
                known[primitive.RowObject] <- all
                all

    let private tryLaws (node: Expr) : struct (Law * Expr) voption =
        let laws =
            match lawsOf node.Primitive with
            | laws when laws.All.Length = laws.WithoutNumber.Length -> laws.All
            | laws when Rules.isNumber (node.Argument 0) || Rules.isNumber (node.Argument 1) -> laws.All
            | laws -> laws.WithoutNumber

        let mutable fired = ValueNone
        let mutable i = 0

        while fired.IsNone && i < laws.Length do
            match laws[i].Apply node with
            | Some simpler -> fired <- ValueSome(struct (laws[i], simpler))
            | None -> i <- i + 1

        fired

    // A node on the way to its simple form: arguments before the next one are simple. When a law has made something else of it, `Node` is that, and
    // there are no next arguments.
    [<Struct>]
    type private Visit = { Original: Expr; Node: Expr; Next: int; Left: int }

    let private waits = -1

    /// Makes one expression after another simple, and works out what they share once. What a law writes anew may leave room for laws as well.
    [<Sealed>]
    type internal Simplifier(report: (Firing -> unit) voption) =
        // Of what is simple already, nothing is kept.
        let simplified = NodeMap<Expr>()
        let visits = Stack<Visit>()
        let isKnown (node: Expr) = node.IsSimple || simplified.Contains node
        let simpleOf (node: Expr) = if node.IsSimple then node else simplified[node]

        let keep (original: Expr) (simple: Expr) =
            if not original.IsSimple then
                simplified[original] <- simple

        let enter (left: int) (node: Expr) =
            if not (isKnown node) then
                visits.Push { Original = node; Node = node; Next = 0; Left = left }

        let firstUnknown (node: Expr) (from: int) =
            let mutable next = from

            while next < node.Arity && isKnown (node.Argument next) do
                next <- next + 1

            next

        let leave (visit: Visit) =
            let node = visit.Node.WithArguments(fun argument -> simpleOf argument)

            match tryLaws node with
            | ValueSome(struct (law, simpler)) when visit.Left > 0 ->
                report |> ValueOption.iter (fun report -> report { Law = law.Text; Before = node; After = simpler })
                visits.Push { visit with Node = simpler; Next = waits }
                enter (visit.Left - 1) simpler
            | _ ->
                node.SetSimple()
                keep visit.Original node

        member _.Simplify(root: Expr) : Expr =
            enter rounds root

            while visits.Count > 0 do
                let visit = visits.Pop()

                if visit.Next = waits then
                    keep visit.Original (simpleOf visit.Node)
                else
                    let next = firstUnknown visit.Node visit.Next

                    if next < visit.Node.Arity then
                        visits.Push { visit with Next = next + 1 }
                        enter visit.Left (visit.Node.Argument next)
                    else
                        leave visit

            simpleOf root

        /// Forgets what became of nodes that were not simple, which nobody will ask for again.
        member _.Forget() = simplified.Clear()

    /// The roots by the laws alone: what a transform made of nodes that were shared before.
    let internal byLaws (roots: Expr[]) : Expr[] = Array.map (Simplifier ValueNone).Simplify roots

    // The law that is about two nodes, wherever they stand.
    let private sharing = "f x, written twice = f x, once"

    // One node after another, arguments first: so that each finds its arguments simple, and one for all that compute the same.
    let private simplifyReporting (report: (Firing -> unit) voption) (roots: Expr[]) : Expr[] =
        let order = Graph.postorder roots
        let simplifier = Simplifier report
        let meanings = Meanings order.Length
        let simplified = NodeMap<Expr>()

        for node in order do
            let own = simplifier.Simplify(node.WithArguments(fun argument -> simplified[argument]))
            simplifier.Forget()
            let first = meanings.Share own

            if own.IsApplication && not (obj.ReferenceEquals(own, first)) then
                report |> ValueOption.iter (fun report -> report { Law = sharing; Before = own; After = first })

            simplified[node] <- first

        roots |> Array.map (fun root -> simplified[root])

    /// The roots by the laws, with one node for all that compute the same.
    let internal simplifyAll (roots: Expr[]) : Expr[] = simplifyReporting ValueNone roots

    /// An expression of the same value, shape and derivatives, by the laws of algebra where they make it smaller, and by those of
    /// numerical stability where it would overflow, or lose digits; what computes the same stands in it once.
    let simplify (expr: Expr) : Expr = (simplifyAll [| expr |] |> Graph.shared)[0]

    /// What `simplify` does to an expression: each law that is applied, in order.
    let log (expr: Expr) : Firing list =
        let firings = List<Firing>()
        simplifyReporting (ValueSome firings.Add) [| expr |] |> ignore
        List.ofSeq firings
