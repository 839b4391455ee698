namespace Fluxion

/// Laws about `where`. Derivatives send zeros into the branch that is not taken, and 0 times an infinite slope is NaN: so what is done to a choice
/// with 0 is done to its other branch alone, and the zeros stay zeros. (The trouble with the alternative is described in JAX's "Common gotchas".)
module internal Choice =
    open Row
    open Rules

    [<return: Struct>]
    let private (|Where|_|) (expr: Expr) : (Expr * Expr * Expr) voption =
        match tryApplication Elementwise.where expr with
        | ValueSome(_, [| condition; yes; no |]) -> ValueSome(condition, yes, no)
        | _ -> ValueNone

    let private where condition (yes: Expr) (no: Expr) = Column.apply Elementwise.where () [ condition; yes; no ]

    // A choice with 0 whose other branch goes through `change`; the zeros take the other branch's shape. A number before the choice goes with the branch.
    let private (|Guarded|_|) (expr: Expr) : ((Expr -> Expr) -> Expr) option =
        let around number condition yes no =
            if isZero no then
                Some(fun change -> where condition (change (number yes)) (expr.Literal 0.0))
            elif isZero yes then
                Some(fun change -> where condition (expr.Literal 0.0) (change (number no)))
            else
                None

        // Nearly every product comes here, and few have a choice.
        match (if expr.IsOf Elementwise.multiply then expr.Argument 1 else expr) with
        | Where(condition, yes, no) & choice ->
            match expr with
            | Scaled(c, _) -> around (fun branch -> choice.Literal c * branch) condition yes no
            | _ when obj.ReferenceEquals(choice, expr) -> around id condition yes no
            | _ -> None
        | _ -> None

    let private isGuarded (expr: Expr) =
        match expr with
        | Guarded _ -> true
        | _ -> false

    // The labels that a choice is made by, when it is made for each label's class.
    let private (|Labels|_|) (expr: Expr) : Expr option =
        match tryApplication Indexing.oneHot expr with
        | ValueSome(_, [| labels |]) -> Some labels
        | _ -> None

    // A number at each example's class, and 0 at the others: there is just one in each row.
    let private (|OneHot|_|) (expr: Expr) : float option =
        match expr with
        | Where(Labels _ & classes, Everywhere number, Everywhere 0.0) when classes.Shape = expr.Shape -> Some number
        | Labels _ when expr.DType.IsFloating -> Some 1.0
        | _ -> None

    let private someClasses (dtype: DType) (x: Expr) =
        Expr.oneHotOf dtype 3 (Expr.Constant(x.Language, NDArray.ofInts DType.Int64 [ 2 ] [| 2L; 0L |]))

    // Another choice by the condition of a given one.
    let private samePlaces (choice: Expr) =
        match choice with
        | Where(p, _, _) -> where p (choice.Literal 2.0) (choice.Literal 1.0)
        | other -> other

    // A choice, and the number before it.
    let private (|ScaledChoice|_|) (expr: Expr) =
        match expr with
        | Scaled(c, Where(p, a, b)) -> Some(c, p, a, b)
        | Where(p, a, b) -> Some(1.0, p, a, b)
        | _ -> None

    // Something where a choice is 0, and 0 where it is not.
    let private complement (choice: Expr) =
        match choice with
        | Where(p, Everywhere 0.0, b) -> where p (Expr.Exp b) (choice.Literal 0.0)
        | Where(p, a, _) -> where p (choice.Literal 0.0) (Expr.Exp a)
        | other -> other

    let private positivePart (x: Expr) = where (isPositive x) (Expr.Sin x) (x.Literal 0.0)
    let private negativePart (x: Expr) = where (isPositive x) (x.Literal 0.0) (Expr.Sin x)

    // A choice for the whole tensor at once stays one through whatever is linear.
    let private whole: Law =
        linear
            "linear op (where p x 0) = where p (linear op x) 0 for one p"
            [ fun x -> Expr.sum (where (isPositive (Expr.sum x)) x (x.Literal 0.0)) ]
            (fun _ argument -> isGuarded argument)
            (fun node argument withArgument ->
                match argument with
                | Where(condition, _, _) & Guarded guard when condition.Shape.IsEmpty && node.DType = argument.DType ->
                    // The branch may be smaller than the choice.
                    shaped node (guard (fun x -> withArgument (x.BroadcastTo argument.Shape)))
                | _ -> None)

    let laws: Law list =
        [ binary
              "(where p x 0) * y = where p (x * y) 0"
              Elementwise.multiply
              [ (fun x -> positivePart x * Expr.Exp x)
                (fun x -> Expr.Exp x * positivePart x)
                (fun x -> negativePart x * Expr.Exp x) ]
              (fun node x y ->
                  match x, y with
                  | Number _, Where(_, yes, no) when not (isNumber yes && isNumber no) -> None
                  | Guarded guard, y when y.DType.IsFloating -> shaped node (guard (fun x -> x * y))
                  | x, Guarded guard when x.DType.IsFloating -> shaped node (guard (fun y -> x * y))
                  | _ -> None)
          binary "(where p x 0) / y = where p (x / y) 0" Elementwise.divide [ fun x -> positivePart x / Expr.Exp x ] (fun node x y ->
              match x with
              | Guarded guard when y.DType.IsFloating -> shaped node (guard (fun x -> x / y))
              | _ -> None)
          unary
              "-(where p x 0) = where p -x 0"
              Elementwise.negate
              [ (fun x -> -(positivePart x)); (fun x -> -(negativePart x)) ]
              (fun node x ->
                  match x with
                  | Guarded guard -> shaped node (guard (fun x -> -x))
                  | _ -> None)
          law "where p (c x) 0 = c (where p x 0)" Elementwise.where [ fun x -> where (isPositive x) (3.0 * x) (x.Literal 0.0) ] (fun node ->
              match node with
              | Where(condition, Scaled(c, x), no) when isZero no && x.Shape = node.Shape ->
                  shaped node (node.Literal c * where condition x (node.Literal 0.0))
              | Where(condition, yes, Scaled(c, x)) when isZero yes && x.Shape = node.Shape ->
                  shaped node (node.Literal c * where condition (node.Literal 0.0) x)
              | _ -> None)
          law
              "where p x x = x"
              Elementwise.where
              [ (fun x -> where (isPositive x) x x); (fun x -> where (isPositive x) (x.Literal 0.0) (x.Literal 0.0)) ]
              (fun node ->
                  match node with
                  | Where(_, yes, no) when obj.ReferenceEquals(yes, no) -> shaped node yes
                  | Where(_, Everywhere a, Everywhere b) when a = b && 1.0 / a = 1.0 / b -> shaped node (node.Literal a)
                  | _ -> None)
          binary
              "where p a b + where p c d = where p (a + c) (b + d)"
              Elementwise.add
              [ fun x -> positivePart x |> fun part -> part + samePlaces part ]
              (fun node x y ->
                  match x, y with
                  | Where(p, a, b), Where(p', c, d) when obj.ReferenceEquals(p, p') -> shaped node (where p (a + c) (b + d))
                  | _ -> None)
          law
              "where (one-hot) 1 0 = one-hot"
              Elementwise.where
              [ fun x -> where (someClasses DType.Bool x) (x.Literal 1.0) (x.Literal 0.0) ]
              (fun node ->
                  match node with
                  | Where(Labels labels & classes, Everywhere 1.0, Everywhere 0.0) when classes.Shape = node.Shape && node.DType.IsFloating ->
                      Some(Column.apply Indexing.oneHot { Classes = List.last node.Shape; DType = node.DType } [ labels ])
                  | _ -> None)
          law
              "Σ where (one-hot) a 0 = a, along the classes"
              Reduction.sum
              [ (fun x -> Expr.sumOver [ 1 ] (where (someClasses DType.Bool x) (x.Literal 5.0) (x.Literal 0.0)))
                (fun x -> Expr.sumOver [ 1 ] (someClasses x.DType x)) ]
              (fun node ->
                  match tryApplication Reduction.sum node with
                  | ValueSome(Axes.Along [ axis ], [| OneHot number & rows |]) when axis = rows.Rank - 1 ->
                      shaped node (node.Literal number)
                  | ValueSome(Axes.All, [| OneHot number & rows |]) when rows.Rank = 1 -> shaped node (node.Literal number)
                  | _ -> None)
          law
              "where p (where p a b) c = where p a c"
              Elementwise.where
              [ (fun x -> where (isPositive x) (where (isPositive x) x (Expr.Sin x)) (Expr.Exp x))
                (fun x -> where (isPositive x) (Expr.Exp x) (where (isPositive x) x (Expr.Sin x))) ]
              (fun node ->
                  match node with
                  | Where(p, Where(q, a, _), b) when Signs.isSame p q -> shaped node (where p a b)
                  | Where(p, a, Where(q, _, b)) when Signs.isSame p q -> shaped node (where p a b)
                  | _ -> None)
          binary
              "c (where p x 0) + d (where p 0 y) = where p (c x) (d y)"
              Elementwise.add
              [ (fun x -> let part = positivePart x in 3.0 * part + 2.0 * complement part)
                (fun x -> let part = negativePart x in 3.0 * part + complement part) ]
              (fun node x y ->
                  match x, y with
                  | ScaledChoice(c, p, a, b), ScaledChoice(d, p', a', b') when obj.ReferenceEquals(p, p') && x.Shape = y.Shape ->
                      match isZero a, isZero b, isZero a', isZero b' with
                      | false, true, true, false -> shaped node (where p (x.Literal c * a) (x.Literal d * b'))
                      | true, false, false, true -> shaped node (where p (x.Literal d * a') (x.Literal c * b))
                      | _ -> None
                  | _ -> None)
          whole ]
