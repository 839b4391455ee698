namespace Fluxion

open System.Collections.Generic

/// Where a tensor can be other than 0, when choices with 0 say so. A choice that has gone through a transpose, a sum or a product of matrices has
/// lost its form, but what it makes 0 is still known: those ops only move, repeat and add up, so that they take the places along.
module internal Support =
    open Row
    open Rules

    // How many nodes are looked at before a search is given up: laws look at every product and quotient.
    let private budget = 100

    let private isNotZero (x: Expr) = Column.apply Elementwise.notEqual () [ x; x.Literal 0.0 ]

    // One at places that may be other than 0, for ops that take numbers only.
    let private indicator (like: Expr) (places: Expr) =
        (Column.apply Elementwise.where () [ places; like.Literal 1.0; like.Literal 0.0 ]).BroadcastTo like.Shape

    let private onesLike (x: Expr) = (x.Literal 1.0).BroadcastTo x.Shape

    let private isLinear (expr: Expr) =
        expr.IsApplication && (let rule = expr.Primitive.Rule in rule.IsLinear || rule.IsMultilinear)

    // A row of a product of matrices is 0 where all of a row of its left factor is; a column where all of a column of its right one is.
    let private ofProduct (node: Expr) (x: Expr) (places: Expr) (axis: int) =
        let total = (indicator x places).SumOver [ x.Rank + axis ]
        let shape = List.updateAt (x.Rank + axis) 1 x.Shape
        (isNotZero (total.ReshapeTo shape)).BroadcastTo node.Shape

    // The places, as bool of the node's shape; None where nothing is known.
    let rec private search (left: int byref) (node: Expr) : Expr option =
        left <- left - 1

        if left < 0 then
            None
        else
            match node.Node with
            | Node.Apply primitive when node.DType.IsFloating ->
                let arguments = node.Arguments

                match tryApplication Elementwise.where node, primitive.Rule with
                | ValueSome(_, [| condition; yes; no |]), _ when isZero no -> ofChoice &left node condition yes
                | ValueSome(_, [| condition; yes; no |]), _ when isZero yes ->
                    ofChoice &left node (Column.apply Logic.logicalNot () [ condition ]) no
                | ValueSome _, _ -> None
                | _, Rule.Linear _ -> ofLinear &left node primitive arguments
                | _, Rule.Multilinear _ -> ofMultilinear &left node arguments
                | _ -> ofArithmetic &left node
            | _ -> None

    // What is not 0 by its choice may be so by another one that it was made from.
    and private ofChoice (left: int byref) (node: Expr) (condition: Expr) (branch: Expr) =
        let condition = condition.BroadcastTo node.Shape

        match if isLinear branch then search &left branch else None with
        | Some places -> Some(Column.apply Logic.logicalAnd () [ condition; places.BroadcastTo node.Shape ])
        | None -> Some condition

    and private ofLinear (left: int byref) (node: Expr) (primitive: Primitive) (arguments: Expr[]) =
        let places: Expr option[] = Array.create (min left arguments.Length) None

        for i in 0 .. places.Length - 1 do
            places[i] <- search &left arguments[i]

        match places with
        | [| Some places |] when primitive.Kernel.IsView -> Some(Expr.Apply(primitive, [| places |]))
        | places when places.Length = arguments.Length && Array.exists Option.isSome places ->
            let marked =
                Array.map2
                    (fun (argument: Expr) places ->
                        match places with
                        | Some places -> indicator argument places
                        | None when argument.DType.IsFloating -> onesLike argument
                        | None -> argument)
                    arguments
                    places

            Some(isNotZero (Expr.Apply(primitive, marked)))
        | _ -> None

    and private ofMultilinear (left: int byref) (node: Expr) (arguments: Expr[]) =
        match tryApplication Contraction.matmul node with
        | ValueSome(_, [| x; y |]) when x.Rank >= 2 && y.Rank >= 2 ->
            match search &left x with
            | Some places -> Some(ofProduct node x places -1)
            | None -> search &left y |> Option.map (fun places -> ofProduct node y places -2)
        | _ -> None

    and private ofArithmetic (left: int byref) (node: Expr) =
        let either (x: Expr option) (y: Expr option) =
            match x, y with
            | Some x, Some y -> Some(Column.apply Logic.logicalOr () [ x; y ])
            | _ -> None

        let found =
            match node with
            | Unary Elementwise.negate x -> search &left x
            | Binary Elementwise.divide (x, _) -> search &left x
            | Binary Elementwise.multiply (x, y) ->
                match search &left x with
                | None -> search &left y
                | known -> known
            | Binary Elementwise.add (x, y)
            | Binary Elementwise.subtract (x, y) ->
                match search &left x with
                | None -> None
                | known -> either known (search &left y)
            | _ -> None

        found |> Option.map (fun places -> places.BroadcastTo node.Shape)

    let private tryFind (node: Expr) : Expr option =
        let mutable left = budget
        search &left node

    // What is infinite or NaN at some finite point, or overflows soon.
    let private isUnbounded: string -> bool =
        let rows: IRow list =
            [ Elementwise.power
              Univariate.rsqrt
              Univariate.reciprocal
              Univariate.log
              Univariate.exp
              Univariate.tan
              Transcendental.sinh
              Transcendental.cosh
              Univariate.log1p
              Transcendental.log2
              Transcendental.log10
              Transcendental.exp2
              Special.polygamma ]

        let names = HashSet [ for row in rows -> row.Name ]
        fun name -> names.Contains name

    let private isConstant (expr: Expr) =
        match expr with
        | Everywhere _ -> true
        | expr -> expr.IsConstant

    // Sums of squares and the like, as far as can be seen in a few nodes.
    let rec private isNotNegative (left: int) (node: Expr) : bool =
        left > 0
        && match node with
           | Unary Univariate.square _
           | Unary Univariate.abs _ -> true
           | Everywhere c -> c >= 0.0
           | Scaled(c, x) -> c >= 0.0 && isNotNegative (left - 1) x
           | Binary Elementwise.divide (x, Everywhere c) -> c > 0.0 && isNotNegative (left - 1) x
           | node -> node.Arity = 1 && node.Primitive.Rule.IsLinear && isNotNegative (left - 1) (node.Argument 0)

    // A divisor that is a number more than what is not negative, or its root: the √(v + ε) of a normalization.
    let rec private isAwayFromZero (left: int) (node: Expr) : bool =
        left > 0
        && match node with
           | Everywhere c -> c <> 0.0
           | Scaled(c, x) -> c <> 0.0 && isAwayFromZero (left - 1) x
           | Unary Univariate.sqrt x
           | Unary Univariate.square x -> isAwayFromZero (left - 1) x
           | Binary Elementwise.add (x, Everywhere c)
           | Binary Elementwise.add (Everywhere c, x) -> c > 0.0 && isNotNegative 8 x
           | node -> node.Arity = 1 && node.Primitive.Kernel.IsView && isAwayFromZero (left - 1) (node.Argument 0)

    let private mayBeZero (divisor: Expr) = not (isAwayFromZero 8 divisor)

    // Whether a factor is seen to be made of what is unbounded.
    let private mayBeInfinite (factor: Expr) : bool =
        let waiting = Stack [ factor ]
        let mutable left = budget
        let mutable isFound = false

        while not isFound && left > 0 && waiting.Count > 0 do
            left <- left - 1
            let node = waiting.Pop()

            let arguments = node.Arguments

            if not (Array.forall isConstant arguments) then
                isFound <-
                    match node with
                    | Binary Elementwise.divide (_, divisor) -> mayBeZero divisor
                    | Unary Univariate.sqrt x -> mayBeZero x
                    | _ -> isUnbounded node.Primitive.Name

                for argument in arguments do
                    if argument.DType.IsFloating && waiting.Count < budget then
                        waiting.Push argument

        isFound

    // Guards a factor or divisor where the other one is 0, and what becomes of both: the inner guard keeps the law from applying twice.
    let private guard (node: Expr) (known: Expr) (factor: Expr) (change: Expr -> Expr) : Expr option =
        match tryApplication Elementwise.where factor with
        | ValueSome(_, [| _; _; Everywhere 1.0 |]) -> None
        | _ ->
            tryFind known
            |> Option.map (fun places ->
                let places = places.BroadcastTo node.Shape
                let where (x: Expr) (otherwise: float) = Column.apply Elementwise.where () [ places; x; node.Literal otherwise ]
                (where (change (where factor 1.0)) 0.0).BroadcastTo node.Shape)

    let private isChoice (expr: Expr) = expr.IsOf Elementwise.where

    // Whether it is worth a search: a choice itself has laws of its own, but not a sum of several. Every product and quotient is asked.
    let rec private mayBeKnown (left: int) (expr: Expr) : bool =
        left > 0
        && (if expr.IsOf Elementwise.multiply then
                mayBeKnown (left - 1) (expr.Argument 0) || mayBeKnown (left - 1) (expr.Argument 1)
            elif expr.IsOf Elementwise.divide || expr.IsOf Elementwise.negate then
                mayBeKnown (left - 1) (expr.Argument 0)
            elif expr.IsOf Elementwise.add || expr.IsOf Elementwise.subtract then
                mayBeKnownTerm (left - 1) (expr.Argument 0) || mayBeKnownTerm (left - 1) (expr.Argument 1)
            else
                isLinear expr)

    and private mayBeKnownTerm (left: int) (term: Expr) : bool = isChoice term || isLinear term || mayBeKnown left term

    // The positive part of x in another order, and its other part with an infinite slope.
    let private moved (x: Expr) =
        let choice = Column.apply Elementwise.where () [ isPositive x; Expr.Sin x; x.Literal 0.0 ]
        Expr.reshape [ Shape.size x.Shape ] choice, Expr.Exp(Expr.reshape [ Shape.size x.Shape ] x)

    let laws: Law list =
        [ binary
              "L (where p x 0) / y = where q (L (where p x 0) / y) 0, where q: L (where p 1 0) ≠ 0"
              Elementwise.divide
              [ fun x -> let choice, slope = moved x in choice / slope ]
              (fun node x y ->
                  if mayBeKnown 3 x && mayBeZero y then
                      guard node x y (fun y -> x / y)
                  else
                      None)
          binary
              "L (where p x 0) * y = where q (L (where p x 0) * y) 0, where q: L (where p 1 0) ≠ 0"
              Elementwise.multiply
              [ (fun x -> let choice, slope = moved x in choice * slope)
                (fun x -> let choice, slope = moved x in slope * choice) ]
              (fun node x y ->
                  if mayBeKnown 3 x && mayBeInfinite y then
                      guard node x y (fun y -> x * y)
                  elif mayBeKnown 3 y && mayBeInfinite x then
                      guard node y x (fun x -> x * y)
                  else
                      None) ]
