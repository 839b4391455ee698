namespace Fluxion

/// Laws about products and transposes of matrices.
module internal MatrixLaws =
    open Row
    open Rules

    let private isIdentity (value: NDArray) =
        match value.Shape with
        | [ rows; columns ] when rows = columns && rows > 0 && value.DType.IsFloating && NDArray.first value = 1.0 ->
            let numbers = value.Floats
            Seq.forall (fun i -> numbers[i] = if i % (rows + 1) = 0 then 1.0 else 0.0) (seq { 0 .. numbers.Length - 1 })
        | _ -> false

    // A number, or a tensor without axes, times the identity matrix, as the derivative of a trace makes it, and all directions of a Jacobian are.
    let private (|Diagonal|_|) (expr: Expr) : Expr option =
        match tryApplication Movement.reshape expr, expr.Node with
        | _, Node.Constant value when isIdentity value -> Some(expr.Literal 1.0)
        | ValueSome(_, [| padded |]), _ ->
            match expr.Shape, tryApplication Slicing.pad padded with
            | [ rows; columns ], ValueSome([ { Before = 0; After = 0; Between = between } ], [| diagonal |]) when
                rows = columns && between = rows && diagonal.Shape = [ rows ]
                ->
                match tryApplication Movement.broadcast diagonal with
                | ValueSome(_, [| one |]) when one.Shape.IsEmpty -> Some one
                | _ -> None
            | _ -> None
        | _ -> None

    let private diagonalLike (x: Expr) =
        let vector = (x.Literal 3.0).BroadcastTo [ Shape.size x.Shape ]
        Expr.diag 0 vector

    let private row (x: Expr) = Expr.reshape [ 1; Shape.size x.Shape ] x

    let laws: Law list =
        [ binary
              "X (c I) = c X"
              Contraction.matmul
              [ (fun x -> Expr.matmul (row x) (diagonalLike x))
                (fun x -> Expr.matmul (diagonalLike x) (Expr.transpose (row x)))
                (fun x -> Expr.matmul (row x) (Expr.Constant(x.Language, NDArray.identity x.DType (Shape.size x.Shape)))) ]
              (fun node x y ->
                  match x, y with
                  | x, Diagonal c when x.Shape = node.Shape -> Some(c * x)
                  | Diagonal c, y when y.Shape = node.Shape -> Some(c * y)
                  | _ -> None)
          law "(c I)ᵀ = c I" Movement.permute [ fun x -> Expr.transpose (diagonalLike x) ] (fun node ->
              match node.Argument 0 with
              | Diagonal _ & diagonal when node.Rank = 2 -> Some diagonal
              | _ -> None)
          law
              "(Xᵀ X)ᵀ = Xᵀ X"
              Movement.permute
              [ (fun x -> let x = row x in Expr.transpose (Expr.matmul (Expr.transpose x) x))
                (fun x -> let x = row x in Expr.transpose (Expr.matmul x (Expr.transpose x))) ]
              (fun node ->
                  match node.Argument 0 with
                  | Binary Contraction.matmul (x, y) & product when node.Rank = 2 && x.Rank = 2 && y.Rank = 2 ->
                      match tryApplication Movement.permute x, tryApplication Movement.permute y with
                      | ValueSome([ 1; 0 ], [| x |]), _ when obj.ReferenceEquals(x, y) -> Some product
                      | _, ValueSome([ 1; 0 ], [| y |]) when obj.ReferenceEquals(x, y) -> Some product
                      | _ -> None
                  | _ -> None) ]
