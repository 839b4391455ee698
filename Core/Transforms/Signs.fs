namespace Fluxion

/// Laws that bring signs, numbers and like terms together, so that a derivative reads as one would write it.
module internal Signs =
    open Row
    open Rules

    [<return: Struct>]
    let private (|Negated|_|) (expr: Expr) = (|Unary|_|) Elementwise.negate expr

    // Whether an argument is as large as the result: what moves outwards must not become more work.
    let private isLarge (argument: Expr) (node: Expr) = Shape.size argument.Shape = Shape.size node.Shape

    // The same node, or the same ops on the same nodes down to a depth, as when the residual `X w - y` was written twice.
    let rec private isSameTo (depth: int) (x: Expr) (y: Expr) =
        obj.ReferenceEquals(x, y)
        || (if x.IsApplication then
                depth > 0 && x.Arity = y.Arity && x.Primitive.Same y.Primitive && areSameFrom 0 (depth - 1) x y
            else
                match x.Node, y.Node with
                | Node.Constant a, Node.Constant b -> a.Length = 1 && NDArray.identical a b
                | Node.Variable v, Node.Variable w -> v = w && x.Type = y.Type
                | _ -> false)

    and private areSameFrom (i: int) (depth: int) (x: Expr) (y: Expr) : bool =
        i = x.Arity || isSameTo depth (x.Argument i) (y.Argument i) && areSameFrom (i + 1) depth x y

    let isSame: Expr -> Expr -> bool = isSameTo 4

    // A product that holds a number, be it before a factor that is smaller than the product.
    let private (|Product|_|) (expr: Expr) : (float * Expr) option =
        match expr with
        | Scaled(c, x) -> Some(c, x)
        | Binary Elementwise.multiply ((Number _ | Everywhere _), _) -> None
        | Binary Elementwise.multiply (x, Scaled(c, y))
        | Binary Elementwise.multiply (Scaled(c, x), y) -> Some(c, x * y)
        | _ -> None

    let private (|NegatedFactor|_|) (expr: Expr) : Expr option =
        match expr with
        | Binary Elementwise.multiply (x, Negated y)
        | Binary Elementwise.multiply (Negated x, y) -> Some(x * y)
        | _ -> None

    // The numbers before a tensor that two terms have in common.
    let private (|LikeTerms|_|) (y: Expr) (x: Expr) : (float * float * Expr) option =
        match x, y with
        | Scaled(c, x), Scaled(d, y) when isSame x y -> Some(c, d, x)
        | Scaled(c, x), y when isSame x y -> Some(c, 1.0, x)
        | x, Scaled(d, y) when isSame x y -> Some(1.0, d, x)
        | _ -> None

    // A choice between a number and 0 is that number times a choice between 1 and 0.
    let private (|Indicated|_|) (expr: Expr) : (float * Expr) option =
        match tryApplication Elementwise.where expr with
        | ValueSome(_, [| condition; Everywhere number; Everywhere 0.0 |]) when number <> 1.0 && number <> 0.0 ->
            let one = Column.apply Elementwise.where () [ condition; expr.Literal 1.0; expr.Literal 0.0 ]
            Some(number, one.BroadcastTo expr.Shape)
        | _ -> None

    let private indicator (number: float) (x: Expr) = Column.apply Elementwise.where () [ isPositive x; x.Literal number; x.Literal 0.0 ]

    // Negation moves outwards, as numbers do.
    let private outwards: Law =
        linear
            "linear op (-x) = -(linear op x)"
            [ (fun x -> Expr.sum -x); (fun x -> Expr.reshape [ 1; Shape.size x.Shape ] -x) ]
            (fun node argument ->
                match argument with
                | Negated x ->
                    x.DType = node.DType
                    && (node.Primitive.Rule.IsMultilinear || Shape.size node.Shape <= Shape.size x.Shape)
                | _ -> false)
            (fun _ argument withArgument ->
                match argument with
                | Negated x -> Some(-(withArgument x))
                | _ -> None)

    let laws: Law list =
        [ binary "x + -y = x - y" Elementwise.add [ (fun x -> Expr.Sin x + -x); (fun x -> -(Expr.Sin x) + x) ] (fun _ x y ->
              match x, y with
              | Negated x, Negated y -> Some -(x + y)
              | x, Negated y -> Some(x - y)
              | Negated x, y -> Some(y - x)
              | _ -> None)
          binary "x - -y = x + y" Elementwise.subtract [ (fun x -> Expr.Sin x - -x); (fun x -> -(Expr.Sin x) - x) ] (fun _ x y ->
              match x, y with
              | Negated x, Negated y -> Some(y - x)
              | x, Negated y -> Some(x + y)
              | Negated x, y -> Some -(x + y)
              | _ -> None)
          binary "x + y * -z = x - y * z" Elementwise.add [ fun x -> Expr.Sin x + x * -(Expr.sum x) ] (fun _ x y ->
              match x, y with
              | x, NegatedFactor y -> Some(x - y)
              | NegatedFactor x, y -> Some(y - x)
              | _ -> None)
          binary "x - y * -z = x + y * z" Elementwise.subtract [ fun x -> Expr.Sin x - x * -(Expr.sum x) ] (fun _ x y ->
              match x, y with
              | x, NegatedFactor y -> Some(x + y)
              | _ -> None)
          binary "c x + y * (c z) = c (x + y * z)" Elementwise.add [ fun x -> 3.0 * x + x * (3.0 * Expr.sum x) ] (fun _ x y ->
              match x, y with
              | Product(c, x), Product(d, y) when abs c = abs d && x.Shape = y.Shape ->
                  Some(x.Literal c * (if c = d then x + y else x - y))
              | _ -> None)
          binary "c x - y * (c z) = c (x - y * z)" Elementwise.subtract [ fun x -> 3.0 * x - x * (3.0 * Expr.sum x) ] (fun _ x y ->
              match x, y with
              | Product(c, x), Product(d, y) when abs c = abs d && x.Shape = y.Shape ->
                  Some(x.Literal c * (if c = d then x - y else x + y))
              | _ -> None)
          unary "-(x - y) = y - x" Elementwise.negate [ fun x -> -(Expr.Sin x - x) ] (fun _ x ->
              match x with
              | Binary Elementwise.subtract (x, y) when x.DType.IsFloating -> Some(y - x)
              | _ -> None)
          binary "x * -y = -(x * y)" Elementwise.multiply [ (fun x -> Expr.Sin x * -x); (fun x -> -(Expr.Sin x) * x) ] (fun node x y ->
              match x, y with
              | Negated x, Negated y -> Some(x * y)
              | Number c, Negated y when y.DType.IsFloating -> shaped node (y.Literal -c * y)
              | x, Negated y when isLarge y node -> Some -(x * y)
              | Negated x, y when isLarge x node -> Some -(x * y)
              | _ -> None)
          binary "-x / y = -(x / y)" Elementwise.divide [ (fun x -> -x / Expr.Exp x); (fun x -> x / -(Expr.Exp x)) ] (fun node x y ->
              match x, y with
              | Negated x, Negated y when x.DType.IsFloating -> Some(x / y)
              | Negated x, y when x.DType.IsFloating && isLarge x node -> Some -(x / y)
              | x, Negated y when x.DType.IsFloating && isLarge y node -> Some -(x / y)
              | _ -> None)
          binary
              "x * (c y) = c (x * y)"
              Elementwise.multiply
              [ (fun x -> Expr.Sin x * (3.0 * x)); (fun x -> (3.0 * x) * Expr.Sin x) ]
              (fun node x y ->
                  match x, y with
                  | (Number _ | Everywhere _), _ -> None
                  // The node of the number serves again: long chains of products move it once a step.
                  | x, (Scaled(_, y) & scaled) when isLarge y node -> Some(scaled.Argument 0 * (x * y))
                  | (Scaled(_, x) & scaled), y when isLarge x node -> Some(scaled.Argument 0 * (x * y))
                  | _ -> None)
          binary "c x + d x = (c + d) x" Elementwise.add [ (fun x -> x + x); (fun x -> 3.0 * x + x); (fun x -> x + 0.5 * x) ] (fun _ x y ->
              match x, y with
              | x, y when x.DType.IsFloating && isSame x y -> Some(x.Literal 2.0 * x)
              | LikeTerms y (c, d, x), _ when x.DType.IsFloating && c + d <> 0.0 -> Some(x.Literal(c + d) * x)
              | _ -> None)
          number "c (x - y) = -c (y - x) for negative c" Elementwise.multiply [ fun x -> -3.0 * (Expr.Sin x - x) ] (fun node x y ->
              match x, y with
              | Number c, (Binary Elementwise.subtract (x, y) & difference) when
                  c < 0.0 && x.DType.IsFloating && Shape.same difference.Shape node.Shape
                  ->
                  Some(x.Literal -c * (y - x))
              | _ -> None)
          binary "x * x = x²" Elementwise.multiply [ fun x -> x * x ] (fun _ x y ->
              match x, y with
              | x, y when x.DType.IsFloating && isSame x y -> Some(Column.apply Univariate.square () [ x ])
              | _ -> None)
          binary
              "c x + where p c 0 = c (x + where p 1 0)"
              Elementwise.add
              [ (fun x -> 3.0 * x + indicator 3.0 x); (fun x -> indicator -3.0 x + 3.0 * x) ]
              (fun _ x y ->
                  match x, y with
                  | Scaled(c, x), Indicated(number, one)
                  | Indicated(number, one), Scaled(c, x) when abs c = abs number ->
                      Some(x.Literal c * (if c = number then x + one else x - one))
                  | _ -> None)
          binary
              "c x - where p c 0 = c (x - where p 1 0)"
              Elementwise.subtract
              [ (fun x -> 3.0 * x - indicator 3.0 x); (fun x -> indicator -3.0 x - 3.0 * x) ]
              (fun _ x y ->
                  match x, y with
                  | Scaled(c, x), Indicated(number, one) when abs c = abs number ->
                      Some(x.Literal c * (if c = number then x - one else x + one))
                  | Indicated(number, one), Scaled(c, x) when abs c = abs number ->
                      Some(x.Literal number * (if c = number then one - x else one + x))
                  | _ -> None)
          twice Movement.broadcast (fun shape x -> x.BroadcastTo shape) (fun x ->
              x |> Expr.broadcastTo (2 :: x.Shape) |> Expr.broadcastTo (3 :: 2 :: x.Shape))
          { Text = "reshape (broadcast c) = broadcast c"
            About = About.Row Movement.reshape
            Apply =
              fun node ->
                  match tryApplication Movement.reshape node with
                  | ValueSome(_, [| Everywhere c |]) when not node.Shape.IsEmpty -> shaped node (node.Literal c)
                  | _ -> None
            Examples = [ fun x -> Expr.reshape [ 1; Shape.size x.Shape ] (filled 3.0 x) ] }
          outwards
          binary "-x * y - x * y = -2 (x * y)" Elementwise.subtract [ fun x -> -(Expr.sum x) * x - Expr.sum x * x ] (fun _ x y ->
              match x, y with
              | NegatedFactor x, y when x.DType.IsFloating && isSame x y -> Some(x.Literal -2.0 * x)
              | _ -> None)
          number
              "[[c]] * x = c x"
              Elementwise.multiply
              [ fun x -> Expr.Constant(x.Language, NDArray.full x.DType (List.replicate x.Rank 1) 3.0) * x ]
              (fun node x y ->
                  match x, y with
                  | Number c & number, y when number.Rank > 0 && y.DType.IsFloating && y.Shape = node.Shape -> Some(y.Literal c * y)
                  | _ -> None)
          neutral "c * (-x * y) = (-c) (x * y)" Elementwise.multiply [ fun x -> 3.0 * (-(Expr.sum x) * x) ] (fun x y ->
              match x, y with
              | Number c, NegatedFactor y when y.DType.IsFloating -> Some(y.Literal -c * y)
              | _ -> None)
          neutral "a * (x * (b y)) = (a b) (x * y)" Elementwise.multiply [ fun x -> 3.0 * (x * (0.5 * Expr.sum x)) ] (fun x y ->
              match x, y with
              | Number _, Scaled _ -> None
              | Number a, Product(b, y) when mayJoin a b y.DType -> Some(y.Literal(a * b) * y)
              | _ -> None)
          number "c + c x = c (1 + x)" Elementwise.add [ (fun x -> 3.0 + 3.0 * x); (fun x -> 3.0 * x + 3.0) ] (fun node x y ->
              match x, y with
              | Number c, Scaled(d, y)
              | Scaled(d, y), Number c when c = d && y.Shape = node.Shape -> Some(y.Literal c * (1.0 + y))
              | _ -> None)
          number "c - c x = c (1 - x)" Elementwise.subtract [ fun x -> 3.0 - 3.0 * x ] (fun node x y ->
              match x, y with
              | Number c, Scaled(d, y) when c = d && y.Shape = node.Shape -> Some(y.Literal c * (1.0 - y))
              | _ -> None) ]
