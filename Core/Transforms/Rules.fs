namespace Fluxion

/// A law of algebra, as data: what it says, and what it makes of a node whose arguments are already simplified.
type internal Law = { Text: string; Apply: Expr -> Expr option }

/// The laws that `Rewrite.simplify` knows. Each keeps shape and type, holds for every finite argument, and holds for derivatives
/// too. A law never looks at the value of a variable, and makes no exception for NaN: what it removes must be neutral for NaN as well.
module internal Rules =
    open Row

    // A constant whose elements are all one number.
    let private (|Number|_|) (expr: Expr) : float option =
        match expr.Node with
        | Node.Constant value when value.Length = 1 -> Some(NDArray.first value)
        | _ -> None

    // The same, seen through a broadcast: zeros and ones of any shape.
    let private (|Everywhere|_|) (expr: Expr) : float option =
        match expr, tryApplication Movement.broadcast expr with
        | Number value, _ -> Some value
        | _, ValueSome(_, [| Number value |]) -> Some value
        | _ -> None

    // What remains of an operation, in the shape that the operation had.
    let private shaped (node: Expr) (rest: Expr) = Some(rest.BroadcastTo node.Shape)

    let private neutral text (row: Row<unit>) pick =
        { Text = text
          Apply =
            fun node ->
                match node with
                | Binary row operands -> pick operands |> Option.bind (shaped node)
                | _ -> None }

    let private movements text (row: Row<'attr>) (isNothing: 'attr -> Expr -> bool) =
        { Text = text
          Apply =
            fun node ->
                match tryApplication row node with
                | ValueSome(attribute, [| x |]) when x.Shape = node.Shape && isNothing attribute x -> Some x
                | _ -> None }

    // Small constants are worked out at once; large ones stay, so that simplifying never costs more than a walk.
    let private fold =
        { Text = "op(constants) = its value"
          Apply =
            fun node ->
                match node.Node with
                | Node.Apply(primitive, arguments) when
                    not primitive.Rule.IsConstant
                    && List.forall ((=) 1) node.Shape
                    && arguments |> Array.forall (fun argument -> (|Number|_|) argument |> Option.isSome)
                    ->
                    arguments
                    |> Array.map (fun argument ->
                        match argument.Node with
                        | Node.Constant value -> value
                        | _ -> Errors.invalid "simplify" "a constant is needed" $"it is {argument}" "report this")
                    |> primitive.Eval
                    |> fun value -> Some(Expr.Constant(node.Language, value))
                | _ -> None }

    // An elementwise op on tensors that are one number each is that op on the numbers.
    let private foldBroadcast =
        { Text = "op(broadcast constants) = broadcast of its value"
          Apply =
            fun node ->
                match node.Node with
                | Node.Apply(primitive, arguments) when primitive.Rule.IsElementwise && not node.Shape.IsEmpty ->
                    let numbers = arguments |> Array.map (|Everywhere|_|)

                    if numbers |> Array.forall Option.isSome then
                        Array.map2 (fun (argument: Expr) number -> NDArray.full argument.DType [] (Option.get number)) arguments numbers
                        |> primitive.Eval
                        |> fun value -> shaped node (Expr.Constant(node.Language, value))
                    else
                        None
                | _ -> None }

    // A tensor times a number, once the laws below have put the number first.
    let private (|Scaled|_|) (expr: Expr) : (float * Expr) option =
        match expr with
        | Binary Elementwise.multiply (Number factor, x) when x.DType.IsFloating && x.Shape = expr.Shape -> Some(factor, x)
        | _ -> None

    // Numbers move out of whatever is linear, so that they meet and become one, as in 2/n * Xᵀ(X w - y). Only outwards to results that are no
    // larger, so that there is never more to multiply.
    let private outwards =
        { Text = "linear op (c x) = c (linear op x)"
          Apply =
            fun node ->
                let pull (primitive: Primitive) (arguments: Expr[]) =
                    arguments
                    |> Seq.indexed
                    |> Seq.tryPick (fun (i, argument) ->
                        match argument with
                        | Scaled(factor, x) when argument.DType = node.DType && Shape.size node.Shape <= Shape.size x.Shape ->
                            Some(node.Literal factor * Expr.Apply(primitive, Array.updateAt i x arguments))
                        | _ -> None)

                match node.Node with
                | Node.Apply(primitive, arguments) ->
                    match primitive.Rule with
                    | Rule.Multilinear _ -> pull primitive arguments
                    // Of several arguments that are linear together, one cannot be scaled alone.
                    | Rule.Linear _ when arguments |> Array.filter (fun argument -> argument.DType.IsFloating) |> Array.length = 1 ->
                        pull primitive arguments
                    | _ -> None
                | _ -> None }

    let laws: Law list =
        [ neutral "x + 0 = x" Elementwise.add (function
              | x, Everywhere 0.0 -> Some x
              | Everywhere 0.0, x -> Some x
              | _ -> None)
          neutral "x - 0 = x" Elementwise.subtract (function
              | x, Everywhere 0.0 -> Some x
              | _ -> None)
          neutral "0 - x = -x" Elementwise.subtract (function
              | Everywhere 0.0, x -> Some -x
              | _ -> None)
          neutral "1 * x = x" Elementwise.multiply (function
              | x, Everywhere 1.0 -> Some x
              | Everywhere 1.0, x -> Some x
              | _ -> None)
          neutral "-1 * x = -x" Elementwise.multiply (function
              | x, Everywhere -1.0 -> Some -x
              | Everywhere -1.0, x -> Some -x
              | _ -> None)
          neutral "x / 1 = x" Elementwise.divide (function
              | x, Everywhere 1.0 -> Some x
              | _ -> None)
          neutral "x ** 1 = x" Elementwise.power (function
              | x, Everywhere 1.0 -> Some x
              | _ -> None)
          neutral "x ** 2 = x²" Elementwise.power (function
              | x, Everywhere 2.0 when x.DType.IsFloating -> Some(Column.apply Elementwise.square () [ x ])
              | _ -> None)
          neutral "x * c = c * x" Elementwise.multiply (function
              | Number _, Number _ -> None
              | x, Everywhere c when x.DType.IsFloating && not ((|Number|_|) x).IsSome -> Some(x.Literal c * x)
              | _ -> None)
          { Text = "(broadcast c) * x = c * x"
            Apply =
              fun node ->
                  match node with
                  | Binary Elementwise.multiply (Number _, _) -> None
                  | Binary Elementwise.multiply (Everywhere c, x) when x.Shape = node.Shape -> Some(x.Literal c * x)
                  | _ -> None }
          neutral "a * (b * x) = (a b) * x" Elementwise.multiply (function
              | Number a, Binary Elementwise.multiply (Number b, x) when x.DType.IsFloating -> Some(x.Literal(a * b) * x)
              | _ -> None)
          { Text = "-(-x) = x"
            Apply =
              function
              | Unary Elementwise.negate (Unary Elementwise.negate x) -> Some x
              | _ -> None }
          { Text = "-(c x) = (-c) x"
            Apply =
              function
              | Unary Elementwise.negate (Scaled(c, x)) -> Some(x.Literal -c * x)
              | _ -> None }
          { Text = "c x + c y = c (x + y)"
            Apply =
              function
              | Binary Elementwise.add (Scaled(c, x), Scaled(d, y)) when c = d -> Some(x.Literal c * (x + y))
              | Binary Elementwise.add (Scaled(c, x), Scaled(d, y)) when c = -d -> Some(x.Literal c * (x - y))
              | _ -> None }
          { Text = "c x - c y = c (x - y)"
            Apply =
              function
              | Binary Elementwise.subtract (Scaled(c, x), Scaled(d, y)) when c = d -> Some(x.Literal c * (x - y))
              | Binary Elementwise.subtract (Scaled(c, x), Scaled(d, y)) when c = -d -> Some(x.Literal c * (x + y))
              | _ -> None }
          outwards
          movements "reshape x to its own shape = x" Movement.reshape (fun _ _ -> true)
          movements "broadcast x to its own shape = x" Movement.broadcast (fun _ _ -> true)
          movements "transpose x by no change = x" Movement.permute (fun order x -> order = [ 0 .. x.Rank - 1 ])
          { Text = "transpose (transpose x) = x"
            Apply =
              fun node ->
                  match tryApplication Movement.permute node with
                  | ValueSome(outer, [| inner |]) ->
                      match tryApplication Movement.permute inner with
                      | ValueSome(order, [| x |]) when outer |> List.map (fun axis -> order[axis]) = [ 0 .. x.Rank - 1 ] -> Some x
                      | _ -> None
                  | _ -> None }
          { Text = "reshape (reshape x) = reshape x"
            Apply =
              fun node ->
                  match tryApplication Movement.reshape node with
                  | ValueSome(shape, [| inner |]) ->
                      match tryApplication Movement.reshape inner with
                      | ValueSome(_, [| x |]) -> Some(x.ReshapeTo shape)
                      | _ -> None
                  | _ -> None }
          fold
          foldBroadcast ]
