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
                    && node.Shape.IsEmpty
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
          neutral "a * (b * x) = (a b) * x" Elementwise.multiply (function
              | Number a, Binary Elementwise.multiply (Number b, x) when x.DType.IsFloating -> Some(x.Literal(a * b) * x)
              | _ -> None)
          { Text = "-(-x) = x"
            Apply =
              function
              | Unary Elementwise.negate (Unary Elementwise.negate x) -> Some x
              | _ -> None }
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
          fold ]
