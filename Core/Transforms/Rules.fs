namespace Fluxion

open System

/// The nodes that a law is about: no others are shown to it.
[<RequireQualifiedAccess>]
type internal About =
    /// Those of one op.
    | Row of IRow
    /// Those of one op of two arguments, of which one is the same number everywhere.
    | Number of IRow
    /// Those of all ops with an elementwise rule.
    | Elementwise
    /// Those of all ops that are linear in their arguments, together or in each.
    | Linear
    /// All.
    | Anything

/// A law of algebra, as data.
type internal Law =
    {
        /// What it says.
        Text: string
        /// The nodes that it is about.
        About: About
        /// What it makes of such a node whose arguments are already simplified; None where its side condition does not hold.
        Apply: Expr -> Expr option
        /// Expressions of a tensor of any shape and floating-point type on which it applies: what the tests try it on.
        Examples: (Expr -> Expr) list
    }

/// The laws that `Rewrite.simplify` knows. Each keeps shape and type, holds for finite arguments and for derivatives, up to rounding and to
/// overflow near the largest numbers there are (c x + c y may overflow later or sooner than c (x + y)). A law never looks at the value of a variable, and makes no exception for NaN: what it removes must be neutral for NaN as well.
module internal Rules =
    open Row

    // From here on a float64 is not every whole number: of random keys, which are int64, it would make others.
    let private beyondWhole = 2.0 ** 53.0

    // A constant whose elements are all one number that a float64 can be.
    [<return: Struct>]
    let (|Number|_|) (expr: Expr) : float voption =
        match expr.Head with
        | :? NDArray as value when value.Length = 1 ->
            let number = NDArray.first value

            if value.DType = DType.Int64 && abs number >= beyondWhole then
                ValueNone
            else
                ValueSome number
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

    let isZero (expr: Expr) =
        match expr with
        | Everywhere 0.0 -> true
        | _ -> false

    let isNumber (expr: Expr) =
        match expr with
        | Everywhere _ -> true
        | _ -> false

    // The number as a constant of the tensor's type and shape, where a law is shown on it.
    let filled (number: float) (x: Expr) = (x.Literal number).BroadcastTo x.Shape

    // What remains of an operation, in the shape that the operation had.
    let shaped (node: Expr) (rest: Expr) = Some(rest.BroadcastTo node.Shape)

    // Where a law about signs or choices is shown to hold on some elements and not on others.
    let isPositive (x: Expr) = Column.apply Elementwise.less () [ x.Literal 0.0; x ]

    let law text (row: Row<'attr>) examples apply : Law = { Text = text; About = About.Row row; Apply = apply; Examples = examples }

    /// A law about an op of one argument: it sees the node and the argument.
    let unary text (row: Row<'attr>) examples (apply: Expr -> Expr -> Expr option) : Law =
        law text row examples (fun node -> apply node (node.Argument 0))

    /// A law about an op of two arguments: it sees the node and the arguments.
    let binary text (row: Row<'attr>) examples (apply: Expr -> Expr -> Expr -> Expr option) : Law =
        law text row examples (fun node -> apply node (node.Argument 0) (node.Argument 1))

    /// The same, where one of the arguments is the same number everywhere: few are, so most nodes need not be shown to these.
    let number text (row: Row<'attr>) examples (apply: Expr -> Expr -> Expr -> Expr option) : Law =
        { binary text row examples apply with About = About.Number row }

    // An op that moves elements to a shape, done twice, is done once.
    let twice (row: Row<Shape>) (once: Shape -> Expr -> Expr) (example: Expr -> Expr) : Law =
        law $"{row.Name} ({row.Name} x) = {row.Name} x" row [ example ] (fun node ->
            match tryApplication row node with
            | ValueSome(shape, [| inner |]) ->
                match tryApplication row inner with
                | ValueSome(_, [| x |]) -> Some(once shape x)
                | _ -> None
            | _ -> None)

    let neutral text (row: Row<unit>) examples (pick: Expr -> Expr -> Expr option) : Law =
        number text row examples (fun node x y ->
            match pick x y with
            | Some rest -> shaped node rest
            | None -> None)

    let private movements text (row: Row<'attr>) (isNothing: 'attr -> Expr -> bool) (attributeOf: Expr -> 'attr) =
        { Text = text
          About = About.Row row
          Apply =
            fun node ->
                match tryApplication row node with
                | ValueSome(attribute, [| x |]) when x.Shape = node.Shape && isNothing attribute x -> Some x
                | _ -> None
          Examples = [ fun x -> Column.apply row (attributeOf x) [ x ] ] }

    let private valueOf (expr: Expr) =
        match expr.Head with
        | :? NDArray as value when value.Length = 1 -> Some value
        | _ -> None

    let private areConstant (node: Expr) =
        let mutable count = 0

        while count < node.Arity && (node.Argument count).IsConstant do
            count <- count + 1

        count = node.Arity

    // Small constants are worked out at once; large ones stay, so that simplifying never costs more than a walk.
    let private fold =
        { Text = "op(constants) = its value"
          About = About.Anything
          Apply =
            fun node ->
                if
                    areConstant node
                    && List.forall ((=) 1) node.Shape
                    && not node.Primitive.Rule.IsConstant
                    // A loop is run, not worked out while simplifying.
                    && not node.Primitive.Rule.IsJoint
                then
                    match node.Arguments |> Array.choose valueOf with
                    | values when values.Length = node.Arity -> Some(Expr.Constant(node.Language, node.Primitive.Eval values))
                    | _ -> None
                else
                    None
          Examples = [ (fun x -> x.Literal 2.0 * x.Literal 3.0); (fun x -> Expr.Exp(x.Literal 0.5)) ] }

    // An elementwise op on tensors that are one number each is that op on the numbers.
    let private foldBroadcast =
        let rec numbers (arguments: Expr list) =
            match arguments with
            | [] -> Some []
            | (Everywhere number & argument) :: rest ->
                numbers rest |> Option.map (fun others -> NDArray.full argument.DType [] number :: others)
            | _ -> None

        { Text = "op(broadcast constants) = broadcast of its value"
          About = About.Elementwise
          Apply =
            fun node ->
                if not node.Shape.IsEmpty && isNumber (node.Argument 0) then
                    numbers (List.ofArray node.Arguments)
                    |> Option.bind (fun numbers -> shaped node (Expr.Constant(node.Language, node.Primitive.Eval(Array.ofList numbers))))
                else
                    None
          Examples = [ (fun x -> filled 2.0 x * filled 3.0 x); (fun x -> Expr.Exp(filled 0.5 x)) ] }

    // A tensor times a number, once the laws below have put the number first. Of two numbers that may not be joined, the outer one stays where it is, or
    // each product of a long chain would move all of them.
    [<return: Struct>]
    let (|Scaled|_|) (expr: Expr) : (float * Expr) voption =
        match expr with
        | Binary Elementwise.multiply (Number factor, x) when x.DType.IsFloating && Shape.same x.Shape expr.Shape ->
            match x with
            | Binary Elementwise.multiply (Number _, _) -> ValueNone
            | _ -> ValueSome(factor, x)
        | _ -> ValueNone

    // The first argument that `holds` is true of, when a linear op may do something to it alone; -1 when there is none.
    let private movable (holds: Expr -> bool) (node: Expr) : int =
        let mutable found = -1
        let mutable floating = 0

        for i in 0 .. node.Arity - 1 do
            if (node.Argument i).DType.IsFloating then
                floating <- floating + 1

                if found < 0 && holds (node.Argument i) then
                    found <- i

        if floating = 1 || node.Primitive.Rule.IsMultilinear then
            found
        else
            -1

    /// A law about linear ops and one argument of which something holds: any factor of a product, and the only floating-point argument of what is
    /// linear in all of them together. It sees the node, the argument, and the op with another one in that place.
    let linear text examples (holds: Expr -> Expr -> bool) (apply: Expr -> Expr -> (Expr -> Expr) -> Expr option) : Law =
        let move (node: Expr) (i: int) =
            apply node (node.Argument i) (fun x -> Expr.Apply(node.Primitive, Array.updateAt i x node.Arguments))

        { Text = text
          About = About.Linear
          Apply =
            fun node ->
                match movable (holds node) node with
                | -1 -> None
                | i -> move node i
          Examples = examples }

    // Numbers move out of whatever is linear, so that they meet and become one, as in 2/n * Xᵀ(X w - y). Only outwards to results that are no
    // larger, so that there is never more to multiply.
    let private outwards =
        linear
            "linear op (c x) = c (linear op x)"
            [ (fun x -> Expr.sum (3.0 * x))
              (fun x -> Expr.reshape [ 1; Shape.size x.Shape ] (3.0 * x))
              (fun x -> Expr.matmul (3.0 * Expr.reshape [ Shape.size x.Shape ] x) (Expr.reshape [ Shape.size x.Shape ] x)) ]
            (fun node argument ->
                match argument with
                | Scaled(_, x) -> argument.DType = node.DType && Shape.size node.Shape <= Shape.size x.Shape
                | _ -> false)
            (fun node argument withArgument ->
                match argument with
                | Scaled(factor, x) -> Some(node.Literal factor * withArgument x)
                | _ -> None)

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
        [ neutral "x + 0 = x" Elementwise.add [ (fun x -> x + 0.0); (fun x -> 0.0 + x); (fun x -> x + filled 0.0 x) ] (fun x y ->
              match x, y with
              | x, Everywhere 0.0 -> Some x
              | Everywhere 0.0, x -> Some x
              | _ -> None)
          neutral "x - 0 = x" Elementwise.subtract [ (fun x -> x - 0.0); (fun x -> x - filled 0.0 x) ] (fun x y ->
              match x, y with
              | x, Everywhere 0.0 -> Some x
              | _ -> None)
          neutral "0 - x = -x" Elementwise.subtract [ (fun x -> 0.0 - x); (fun x -> filled 0.0 x - x) ] (fun x y ->
              match x, y with
              | Everywhere 0.0, x -> Some -x
              | _ -> None)
          neutral "1 * x = x" Elementwise.multiply [ (fun x -> 1.0 * x); (fun x -> x * 1.0); (fun x -> filled 1.0 x * x) ] (fun x y ->
              match x, y with
              | x, Everywhere 1.0 -> Some x
              | Everywhere 1.0, x -> Some x
              | _ -> None)
          neutral "-1 * x = -x" Elementwise.multiply [ (fun x -> -1.0 * x); (fun x -> x * -1.0); (fun x -> filled -1.0 x * x) ] (fun x y ->
              match x, y with
              | x, Everywhere -1.0 -> Some -x
              | Everywhere -1.0, x -> Some -x
              | _ -> None)
          neutral "x / 1 = x" Elementwise.divide [ (fun x -> x / 1.0); (fun x -> x / filled 1.0 x) ] (fun x y ->
              match x, y with
              | x, Everywhere 1.0 -> Some x
              | _ -> None)
          neutral "x ** 1 = x" Elementwise.power [ (fun x -> x ** 1.0) ] (fun x y ->
              match x, y with
              | x, Everywhere 1.0 -> Some x
              | _ -> None)
          neutral "x ** 2 = x²" Elementwise.power [ (fun x -> x ** 2.0) ] (fun x y ->
              match x, y with
              | x, Everywhere 2.0 when x.DType.IsFloating -> Some(Column.apply Univariate.square () [ x ])
              | _ -> None)
          neutral "x * c = c * x" Elementwise.multiply [ (fun x -> x * 3.0); (fun x -> x * filled 3.0 x) ] (fun x y ->
              match x, y with
              | Number _, _ -> None
              | x, (Number _ & number) when x.DType.IsFloating && number.Rank <= x.Rank -> Some(number * x)
              | x, Everywhere c when x.DType.IsFloating -> Some(x.Literal c * x)
              | _ -> None)
          number "(broadcast c) * x = c * x" Elementwise.multiply [ fun x -> filled 3.0 x * x ] (fun node x y ->
              match x, y with
              | Number _, _ -> None
              | Everywhere c, y when y.Shape = node.Shape -> Some(y.Literal c * y)
              | _ -> None)
          neutral "a * (b * x) = (a b) * x" Elementwise.multiply [ (fun x -> 2.0 * (0.5 * x)); (fun x -> -3.0 * (0.25 * x)) ] (fun x y ->
              match x, y with
              | Number a, Binary Elementwise.multiply (Number b, x) when mayJoin a b x.DType -> Some(x.Literal(a * b) * x)
              | _ -> None)
          unary "-(-x) = x" Elementwise.negate [ fun x -> -(-x) ] (fun _ x ->
              match x with
              | Unary Elementwise.negate x -> Some x
              | _ -> None)
          unary "-(c x) = (-c) x" Elementwise.negate [ fun x -> -(3.0 * x) ] (fun _ x ->
              match x with
              | Scaled(c, x) -> Some(x.Literal -c * x)
              | _ -> None)
          binary
              "c x + c y = c (x + y)"
              Elementwise.add
              [ (fun x -> 3.0 * x + 3.0 * Expr.Sin x); (fun x -> 3.0 * x + -3.0 * Expr.Sin x) ]
              (fun _ x y ->
                  match x, y with
                  | Scaled(c, x), Scaled(d, y) when abs c = abs d -> Some(x.Literal c * (if c = d then x + y else x - y))
                  | _ -> None)
          binary
              "c x - c y = c (x - y)"
              Elementwise.subtract
              [ (fun x -> 3.0 * x - 3.0 * Expr.Sin x); (fun x -> 3.0 * x - -3.0 * Expr.Sin x) ]
              (fun _ x y ->
                  match x, y with
                  | Scaled(c, x), Scaled(d, y) when abs c = abs d -> Some(x.Literal c * (if c = d then x - y else x + y))
                  | _ -> None)
          outwards
          movements "reshape x to its own shape = x" Movement.reshape (fun _ _ -> true) (fun x -> x.Shape)
          movements "broadcast x to its own shape = x" Movement.broadcast (fun _ _ -> true) (fun x -> x.Shape)
          movements "transpose x by no change = x" Movement.permute (fun order x -> order = [ 0 .. x.Rank - 1 ]) (fun x ->
              [ 0 .. x.Rank - 1 ])
          { Text = "transpose (transpose x) = x"
            About = About.Row Movement.permute
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
