namespace Fluxion

open System

/// A law of algebra, as data.
type internal Law =
    {
        /// What it says.
        Text: string
        /// The op of the nodes that it is about; None for any.
        Row: IRow option
        /// What it makes of such a node whose arguments are already simplified; None where its side condition does not hold.
        Apply: Expr -> Expr option
        /// Expressions of a tensor of any shape and floating-point type on which it applies: what the tests try it on.
        Examples: (Expr -> Expr) list
    }

/// The laws that `Rewrite.simplify` knows. Each keeps shape and type, holds for finite arguments and for derivatives, up to rounding and to
/// overflow near the largest numbers there are (c x + c y may overflow later or sooner than c (x + y)). A law never looks at the value of a variable, and makes no exception for NaN: what it removes must be neutral for NaN as well.
module internal Rules =
    open Row

    // A constant whose elements are all one number.
    [<return: Struct>]
    let (|Number|_|) (expr: Expr) : float voption =
        match expr.Node with
        | Node.Constant value when value.Length = 1 -> ValueSome(NDArray.first value)
        | _ -> ValueNone

    // The same, seen through a broadcast: zeros and ones of any shape.
    [<return: Struct>]
    let (|Everywhere|_|) (expr: Expr) : float voption =
        match expr with
        | Number value -> ValueSome value
        | _ ->
            match tryApplication Movement.broadcast expr with
            | ValueSome(_, [| Number value |]) -> ValueSome value
            | _ -> ValueNone

    // The number as a constant of the tensor's type and shape, where a law is shown on it.
    let filled (number: float) (x: Expr) = (x.Literal number).BroadcastTo x.Shape

    // What remains of an operation, in the shape that the operation had.
    let shaped (node: Expr) (rest: Expr) = Some(rest.BroadcastTo node.Shape)

    // Where a law about signs or choices is shown to hold on some elements and not on others.
    let isPositive (x: Expr) = Column.apply Elementwise.less () [ x.Literal 0.0; x ]

    let law text (row: Row<'attr>) examples apply : Law = { Text = text; Row = Some row; Apply = apply; Examples = examples }

    // An op that moves elements to a shape, done twice, is done once.
    let twice (row: Row<Shape>) (once: Shape -> Expr -> Expr) (example: Expr -> Expr) : Law =
        law $"{row.Name} ({row.Name} x) = {row.Name} x" row [ example ] (fun node ->
            match tryApplication row node with
            | ValueSome(shape, [| inner |]) ->
                match tryApplication row inner with
                | ValueSome(_, [| x |]) -> Some(once shape x)
                | _ -> None
            | _ -> None)

    let neutral text (row: Row<unit>) examples pick =
        { Text = text
          Row = Some row
          Apply =
            fun node ->
                match node with
                | Binary row operands -> pick operands |> Option.bind (shaped node)
                | _ -> None
          Examples = examples }

    let private movements text (row: Row<'attr>) (isNothing: 'attr -> Expr -> bool) (attributeOf: Expr -> 'attr) =
        { Text = text
          Row = Some row
          Apply =
            fun node ->
                match tryApplication row node with
                | ValueSome(attribute, [| x |]) when x.Shape = node.Shape && isNothing attribute x -> Some x
                | _ -> None
          Examples = [ fun x -> Column.apply row (attributeOf x) [ x ] ] }

    let private valueOf (expr: Expr) =
        match expr.Node with
        | Node.Constant value when value.Length = 1 -> Some value
        | _ -> None

    // Small constants are worked out at once; large ones stay, so that simplifying never costs more than a walk.
    let private fold =
        { Text = "op(constants) = its value"
          Row = None
          Apply =
            fun node ->
                match node.Node with
                | Node.Apply(primitive, arguments) when
                    List.forall ((=) 1) node.Shape
                    && arguments |> Array.forall (fun argument -> argument.Node.IsConstant)
                    && not primitive.Rule.IsConstant
                    // A loop is run, not worked out while simplifying.
                    && not primitive.Rule.IsJoint
                    ->
                    match arguments |> Array.choose valueOf with
                    | values when values.Length = arguments.Length -> Some(Expr.Constant(node.Language, primitive.Eval values))
                    | _ -> None
                | _ -> None
          Examples = [ (fun x -> x.Literal 2.0 * x.Literal 3.0); (fun x -> Expr.Exp(x.Literal 0.5)) ] }

    // An elementwise op on tensors that are one number each is that op on the numbers.
    let private foldBroadcast =
        let number (argument: Expr) =
            match argument with
            | Everywhere number -> Some(NDArray.full argument.DType [] number)
            | _ -> None

        { Text = "op(broadcast constants) = broadcast of its value"
          Row = None
          Apply =
            fun node ->
                match node.Node with
                | Node.Apply(primitive, arguments) when not node.Shape.IsEmpty && primitive.Rule.IsElementwise ->
                    match arguments |> Array.choose number with
                    | numbers when numbers.Length = arguments.Length -> shaped node (Expr.Constant(node.Language, primitive.Eval numbers))
                    | _ -> None
                | _ -> None
          Examples = [ (fun x -> filled 2.0 x * filled 3.0 x); (fun x -> Expr.Exp(filled 0.5 x)) ] }

    // A tensor times a number, once the laws below have put the number first.
    [<return: Struct>]
    let (|Scaled|_|) (expr: Expr) : (float * Expr) voption =
        match expr with
        | Binary Elementwise.multiply (Number factor, x) when x.DType.IsFloating && x.Shape = expr.Shape -> ValueSome(factor, x)
        | _ -> ValueNone

    // Numbers move out of whatever is linear, so that they meet and become one, as in 2/n * Xᵀ(X w - y). Only outwards to results that are no
    // larger, so that there is never more to multiply.
    let private outwards =
        let isScaled argument =
            match argument with
            | Scaled _ -> true
            | _ -> false

        let pull (node: Expr) (primitive: Primitive) (arguments: Expr[]) =
            arguments
            |> Seq.indexed
            |> Seq.tryPick (fun (i, argument) ->
                match argument with
                | Scaled(factor, x) when argument.DType = node.DType && Shape.size node.Shape <= Shape.size x.Shape ->
                    Some(node.Literal factor * Expr.Apply(primitive, Array.updateAt i x arguments))
                | _ -> None)

        { Text = "linear op (c x) = c (linear op x)"
          Row = None
          Apply =
            fun node ->
                match node.Node with
                | Node.Apply(primitive, arguments) when Array.exists isScaled arguments ->
                    match primitive.Rule with
                    | Rule.Multilinear _ -> pull node primitive arguments
                    // Of several arguments that are linear together, one cannot be scaled alone.
                    | Rule.Linear _ when arguments |> Array.filter (fun argument -> argument.DType.IsFloating) |> Array.length = 1 ->
                        pull node primitive arguments
                    | _ -> None
                | _ -> None
          Examples =
            [ (fun x -> Expr.sum (3.0 * x))
              (fun x -> Expr.reshape [ 1; Shape.size x.Shape ] (3.0 * x))
              (fun x -> Expr.matmul (3.0 * Expr.reshape [ Shape.size x.Shape ] x) (Expr.reshape [ Shape.size x.Shape ] x)) ] }

    // Whether two factors may be multiplied beforehand: their product must neither overflow nor underflow where the products one by one would not.
    let mayJoin (a: float) (b: float) (dtype: DType) =
        let isOrdinary (number: float) =
            number = 0.0
            || (if dtype = DType.Float32 then
                    Single.IsNormal(float32 number)
                else
                    Double.IsNormal number)

        dtype.IsFloating
        && isOrdinary a
        && isOrdinary b
        && (a = 0.0 || b = 0.0 || a * b <> 0.0)
        && isOrdinary (a * b)

    let private reversed (x: Expr) = List.rev [ 0 .. x.Rank - 1 ]
    let private transposed (x: Expr) = Column.apply Movement.permute (reversed x) [ x ]

    let laws: Law list =
        [ neutral "x + 0 = x" Elementwise.add [ (fun x -> x + 0.0); (fun x -> 0.0 + x); (fun x -> x + filled 0.0 x) ] (function
              | x, Everywhere 0.0 -> Some x
              | Everywhere 0.0, x -> Some x
              | _ -> None)
          neutral "x - 0 = x" Elementwise.subtract [ (fun x -> x - 0.0); (fun x -> x - filled 0.0 x) ] (function
              | x, Everywhere 0.0 -> Some x
              | _ -> None)
          neutral "0 - x = -x" Elementwise.subtract [ (fun x -> 0.0 - x); (fun x -> filled 0.0 x - x) ] (function
              | Everywhere 0.0, x -> Some -x
              | _ -> None)
          neutral "1 * x = x" Elementwise.multiply [ (fun x -> 1.0 * x); (fun x -> x * 1.0); (fun x -> filled 1.0 x * x) ] (function
              | x, Everywhere 1.0 -> Some x
              | Everywhere 1.0, x -> Some x
              | _ -> None)
          neutral "-1 * x = -x" Elementwise.multiply [ (fun x -> -1.0 * x); (fun x -> x * -1.0); (fun x -> filled -1.0 x * x) ] (function
              | x, Everywhere -1.0 -> Some -x
              | Everywhere -1.0, x -> Some -x
              | _ -> None)
          neutral "x / 1 = x" Elementwise.divide [ (fun x -> x / 1.0); (fun x -> x / filled 1.0 x) ] (function
              | x, Everywhere 1.0 -> Some x
              | _ -> None)
          neutral "x ** 1 = x" Elementwise.power [ (fun x -> x ** 1.0) ] (function
              | x, Everywhere 1.0 -> Some x
              | _ -> None)
          neutral "x ** 2 = x²" Elementwise.power [ (fun x -> x ** 2.0) ] (function
              | x, Everywhere 2.0 when x.DType.IsFloating -> Some(Column.apply Univariate.square () [ x ])
              | _ -> None)
          neutral "x * c = c * x" Elementwise.multiply [ (fun x -> x * 3.0); (fun x -> x * filled 3.0 x) ] (function
              | Number _, _ -> None
              | x, Everywhere c when x.DType.IsFloating -> Some(x.Literal c * x)
              | _ -> None)
          { Text = "(broadcast c) * x = c * x"
            Row = Some Elementwise.multiply
            Apply =
              fun node ->
                  match node with
                  | Binary Elementwise.multiply (Number _, _) -> None
                  | Binary Elementwise.multiply (Everywhere c, x) when x.Shape = node.Shape -> Some(x.Literal c * x)
                  | _ -> None
            Examples = [ fun x -> filled 3.0 x * x ] }
          neutral "a * (b * x) = (a b) * x" Elementwise.multiply [ (fun x -> 2.0 * (0.5 * x)); (fun x -> -3.0 * (0.25 * x)) ] (function
              | Number a, Binary Elementwise.multiply (Number b, x) when mayJoin a b x.DType -> Some(x.Literal(a * b) * x)
              | _ -> None)
          { Text = "-(-x) = x"
            Row = Some Elementwise.negate
            Apply =
              function
              | Unary Elementwise.negate (Unary Elementwise.negate x) -> Some x
              | _ -> None
            Examples = [ fun x -> -(-x) ] }
          { Text = "-(c x) = (-c) x"
            Row = Some Elementwise.negate
            Apply =
              function
              | Unary Elementwise.negate (Scaled(c, x)) -> Some(x.Literal -c * x)
              | _ -> None
            Examples = [ fun x -> -(3.0 * x) ] }
          { Text = "c x + c y = c (x + y)"
            Row = Some Elementwise.add
            Apply =
              function
              | Binary Elementwise.add (Scaled(c, x), Scaled(d, y)) when c = d -> Some(x.Literal c * (x + y))
              | Binary Elementwise.add (Scaled(c, x), Scaled(d, y)) when c = -d -> Some(x.Literal c * (x - y))
              | _ -> None
            Examples = [ (fun x -> 3.0 * x + 3.0 * Expr.Sin x); (fun x -> 3.0 * x + -3.0 * Expr.Sin x) ] }
          { Text = "c x - c y = c (x - y)"
            Row = Some Elementwise.subtract
            Apply =
              function
              | Binary Elementwise.subtract (Scaled(c, x), Scaled(d, y)) when c = d -> Some(x.Literal c * (x - y))
              | Binary Elementwise.subtract (Scaled(c, x), Scaled(d, y)) when c = -d -> Some(x.Literal c * (x + y))
              | _ -> None
            Examples = [ (fun x -> 3.0 * x - 3.0 * Expr.Sin x); (fun x -> 3.0 * x - -3.0 * Expr.Sin x) ] }
          outwards
          movements "reshape x to its own shape = x" Movement.reshape (fun _ _ -> true) (fun x -> x.Shape)
          movements "broadcast x to its own shape = x" Movement.broadcast (fun _ _ -> true) (fun x -> x.Shape)
          movements "transpose x by no change = x" Movement.permute (fun order x -> order = [ 0 .. x.Rank - 1 ]) (fun x ->
              [ 0 .. x.Rank - 1 ])
          { Text = "transpose (transpose x) = x"
            Row = Some Movement.permute
            Apply =
              fun node ->
                  match tryApplication Movement.permute node with
                  | ValueSome(outer, [| inner |]) ->
                      match tryApplication Movement.permute inner with
                      | ValueSome(order, [| x |]) when outer |> List.map (fun axis -> order[axis]) = [ 0 .. x.Rank - 1 ] -> Some x
                      | _ -> None
                  | _ -> None
            Examples = [ fun x -> transposed (transposed x) ] }
          twice Movement.reshape (fun shape x -> x.ReshapeTo shape) (fun x ->
              x |> Expr.reshape [ 1; Shape.size x.Shape ] |> Expr.reshape (1 :: x.Shape))
          fold
          foldBroadcast ]
