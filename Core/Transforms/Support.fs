namespace Fluxion

/// Where a tensor can be other than 0, when choices with 0 say so. A choice that has gone through a transpose, a sum or a product of matrices has
/// lost its form, but what it makes 0 is still known: those ops only move, repeat and add up, so that they take the places along.
module internal Support =
    open Row
    open Rules

    // How many nodes are looked at before a search is given up: laws look at every product and quotient.
    let private budget = 12

    let private isZero (expr: Expr) =
        match expr with
        | Everywhere 0.0 -> true
        | _ -> false

    let private isNotZero (x: Expr) = Column.apply Elementwise.notEqual () [ x; x.Literal 0.0 ]

    // One at places that may be other than 0, for ops that take numbers only.
    let private indicator (like: Expr) (places: Expr) =
        (Column.apply Elementwise.where () [ places; like.Literal 1.0; like.Literal 0.0 ]).BroadcastTo like.Shape

    let private onesLike (x: Expr) = (x.Literal 1.0).BroadcastTo x.Shape

    // A row of a product of matrices is 0 where all of a row of its left factor is; a column where all of a column of its right one is.
    let private ofProduct (node: Expr) (x: Expr) (places: Expr) (axis: int) =
        let total = (indicator x places).SumOver [ x.Rank + axis ]
        let shape = List.updateAt (x.Rank + axis) 1 x.Shape
        (isNotZero (total.ReshapeTo shape)).BroadcastTo node.Shape

    /// The places, as bool of the node's shape; None where nothing is known.
    let rec private search (left: int byref) (node: Expr) : Expr option =
        left <- left - 1

        if left < 0 then
            None
        else
            match node.Node with
            | Node.Apply(primitive, arguments) when node.DType.IsFloating ->
                match tryApplication Elementwise.where node, primitive.Rule with
                | ValueSome(_, [| condition; _; no |]), _ when isZero no -> Some(condition.BroadcastTo node.Shape)
                | ValueSome(_, [| condition; yes; _ |]), _ when isZero yes ->
                    Some((Column.apply Logic.logicalNot () [ condition ]).BroadcastTo node.Shape)
                | ValueSome _, _ -> None
                | _, Rule.Linear _ -> ofLinear &left node primitive arguments
                | _, Rule.Multilinear _ -> ofMultilinear &left node arguments
                | _ -> ofArithmetic &left node
            | _ -> None

    and private ofLinear (left: int byref) (node: Expr) (primitive: Primitive) (arguments: Expr[]) =
        let places = Array.zeroCreate<Expr option> arguments.Length

        for i in 0 .. arguments.Length - 1 do
            places[i] <- search &left arguments[i]

        if Array.forall Option.isNone places then
            None
        else
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

    let private tryFind (node: Expr) =
        let mutable left = budget
        search &left node
