namespace Fluxion

/// Functions whose derivative the user says, where the one that follows from their ops is unstable, slow, or not what is meant. What such a function closes
/// over has no derivative: NotDifferentiableException when one is asked for. Forward and reverse mode, `vmap` and higher orders all work
/// with either rule, since one direction is the transpose of the other.
module Custom =
    let private call isForward (f: 'a -> 'b) (x: 'a) (moves: Expr[] -> Expr[]) (rule: 'a -> 'b -> Expr[] -> Expr[]) : 'b =
        let leaves, variables, y = Functions.trace f x
        let outputs = Params.toList y |> Array.ofList
        let seeds = moves (Array.append leaves outputs)
        let inside = Params.ofList x (List.ofArray variables)

        let parts = CustomRule.call isForward leaves variables outputs seeds (rule inside y seeds)

        Params.ofList y parts

    let private requireTypes (place: string) (role: string) (expected: Expr[]) (given: Expr[]) =
        Forward.requireSame place role expected given
        given

    /// `f` whose derivative along a tangent is `rule point tangent`, which must be linear in the tangent. Raises ShapeException, DTypeException or
    /// ArgumentException when it is not of the result's form.
    let withJvp (rule: 'a -> 'a -> 'b) (f: 'a -> 'b) (x: 'a) : 'b =
        let leaves = Params.toList x |> Array.ofList
        let tangents = leaves |> Array.map (fun leaf -> Expr.fresh "tangent" leaf.Type)

        call true f x (fun _ -> tangents) (fun inside y seeds ->
            rule inside (Params.ofList x (List.ofArray seeds))
            |> Params.toList
            |> Array.ofList
            |> requireTypes "withJvp" "tangent" (Params.toList y |> Array.ofList))

    /// `f` whose gradient is `rule point result cotangent`, which must be linear in the cotangent and of the point's form. Raises ShapeException,
    /// DTypeException or ArgumentException when it is not.
    let withVjp (rule: 'a -> 'b -> 'b -> 'a) (f: 'a -> 'b) (x: 'a) : 'b =
        let count = (Params.toList x).Length

        let seeds (all: Expr[]) =
            Array.concat
                [ [| for y in all[count..] -> Expr.fresh "result" y.Type |]
                  [| for y in all[count..] -> Expr.fresh "cotangent" y.Type |] ]

        call false f x seeds (fun inside y seeds ->
            let results, cotangents = Array.splitAt (seeds.Length / 2) seeds

            rule inside (Params.ofList y (List.ofArray results)) (Params.ofList y (List.ofArray cotangents))
            |> Params.toList
            |> Array.ofList
            |> requireTypes "withVjp" "cotangent" (Params.toList x |> Array.ofList))
