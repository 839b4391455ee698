namespace Fluxion

/// Laws about parts of tensors: of what is one number everywhere, of what was just put together, or all of it.
module internal Parts =
    open Row
    open Rules

    let private flat (x: Expr) = x.ReshapeTo [ Shape.size x.Shape ]

    // As many elements as there are, from the first on.
    let private isWhole (cut: Slicing.Cut) (size: int) = cut.Keep && cut.First = 0 && cut.Count = size && (cut.Step = 1 || size = 1)

    // The elements that a padding put zeros around, and nothing else.
    let private isPadded (cut: Slicing.Cut) (padding: Slicing.Padding) (size: int) =
        padding.Between = 0 && cut.Keep && cut.Step = 1 && cut.First = padding.Before && cut.Count = size

    let private cuts (node: Expr) =
        match tryApplication Slicing.slice node with
        | ValueSome(cuts, [| x |]) -> cuts, x
        | _ -> [], node

    let private sumOf (text: string) (row: Row<Axes>) (example: Expr -> Expr) (total: float -> int -> float) : Law =
        law text row [ (fun x -> example (filled 3.0 x)) ] (fun node ->
            match node.Argument 0 with
            | Everywhere c & x when x.DType.IsFloating && Shape.size x.Shape > 0 ->
                shaped node (node.Literal(total c (Shape.size x.Shape / Shape.size node.Shape)))
            | _ -> None)

    let laws: Law list =
        [ law "slice x by all of it = x" Slicing.slice [ fun x -> Expr.slice [ Slice.Range(None, None, 1) ] (flat x) ] (fun node ->
              match cuts node with
              | cuts, x when List.forall2 isWhole cuts x.Shape -> Some x
              | _ -> None)
          law
              "slice (broadcast c) = broadcast c"
              Slicing.slice
              [ fun x -> Expr.slice [ Slice.Range(None, None, -1) ] (flat (filled 3.0 x)) ]
              (fun node ->
                  match cuts node with
                  | _, Everywhere c when not node.Shape.IsEmpty -> shaped node (node.Literal c)
                  | _ -> None)
          law
              "slice (pad x) = x"
              Slicing.slice
              [ fun x -> flat x |> Expr.pad [ (1, 2) ] |> Expr.slice [ Slice.Range(Some 1, Some(1 + Shape.size x.Shape), 1) ] ]
              (fun node ->
                  match cuts node with
                  | cuts, padded ->
                      match tryApplication Slicing.pad padded with
                      | ValueSome(paddings, [| x |]) when
                          List.forall2 (fun (cut, size) padding -> isPadded cut padding size) (List.zip cuts x.Shape) paddings
                          ->
                          Some x
                      | _ -> None)
          law "concat x = x" Movement.concat [ fun x -> Expr.concat 0 [ flat x ] ] (fun node ->
              if node.Arity = 1 then Some(node.Argument 0) else None)
          sumOf "Σ (broadcast c) = n c" Reduction.sum Expr.sum (fun c count -> c * float count)
          sumOf "mean (broadcast c) = c" Reduction.mean Expr.mean (fun c _ -> c) ]
