namespace Fluxion

/// Jacobians whose rows have few entries, as those of gradients of sums over neighbours: forward mode that carries the entries, and where each row has
/// them, instead of whole rows. Only through ops that work element by element and those that move elements. (Griewank and Walther, "Evaluating
/// Derivatives", 2nd ed., section 7.1, on sparse vector mode.)
module internal SparseRows =
    // A Jacobian with at most one entry a row: row i has Entries[i] in column Columns[i], and none (and a zero entry) where that is -1.
    type private Part = { Columns: int64[]; Entries: Expr }

    // More parts than these are no better than whole rows.
    let private mostParts = 8

    // Columns are worked out while differentiating, so tensors must not be large; nor could their dense Jacobians be.
    let private mostRows = 8192

    let private compatible (left: int64[]) (right: int64[]) = Array.forall2 (fun a b -> a = b || a < 0L || b < 0L) left right

    // Parts that disagree in no row become one.
    let private merge (parts: Part list) : Part list option =
        let add (known: Part list) (part: Part) =
            match known |> List.tryFindIndex (fun other -> compatible other.Columns part.Columns) with
            | Some i ->
                let joined =
                    { Columns = Array.map2 max known[i].Columns part.Columns
                      Entries = known[i].Entries + part.Entries }

                List.updateAt i joined known
            | None -> known @ [ part ]

        let merged = parts |> List.fold add []
        if merged.Length <= mostParts then Some merged else None

    let private columnsOf (argument: Expr) (part: Part option) : NDArray =
        match part with
        | Some part -> NDArray.ofInts DType.Int64 argument.Shape (part.Columns |> Array.map ((+) 1L))
        | None -> NDArray.ofInts DType.Int64 argument.Shape (Array.zeroCreate (Shape.size argument.Shape))

    // One more than each column, so that the zeros that ops put in stand for no entry.
    let private columnsBehind (moved: NDArray) = moved.Ints |> Array.map (fun column -> column - 1L)

    let private spreadOver (shape: Shape) (argument: Expr) (part: Part) =
        if argument.Shape = shape then
            part.Columns
        else
            columnsOf argument (Some part) |> NDArray.broadcast shape |> columnsBehind

    // Element by element, an entry is scaled where it is.
    let private throughElementwise (node: Expr) (arguments: Expr[]) (scale: Expr[] -> Expr -> int -> Expr -> Expr) (known: Part list[]) =
        [ for i in 0 .. arguments.Length - 1 do
              for part in known[i] do
                  { Columns = spreadOver node.Shape arguments[i] part
                    Entries = (scale arguments node i part.Entries).BroadcastTo node.Shape } ]

    // An op that moves elements moves entries and columns alike; zeros that it puts between have no entry.
    let private throughMovement (primitive: Primitive) (arguments: Expr[]) (known: Part list[]) =
        [ for k in 0 .. (known |> Array.map List.length |> Array.max) - 1 do
              let parts = known |> Array.map (List.tryItem k)
              let columns = primitive.Eval(Array.map2 columnsOf arguments parts)

              let entries =
                  Array.map2
                      (fun (argument: Expr) part ->
                          match part with
                          | Some part -> part.Entries
                          | None -> argument.ZerosLike)
                      arguments
                      parts

              { Columns = columns.Ints |> Array.map (fun column -> column - 1L)
                Entries = Expr.Apply(primitive, entries) } ]

    let private through (node: Expr) (primitive: Primitive) (arguments: Expr[]) (known: Part list[]) : Part list option =
        if Array.forall List.isEmpty known || not node.DType.IsFloating then
            Some []
        elif Shape.size node.Shape > mostRows then
            None
        else
            match primitive.Rule, primitive.Kernel with
            | Rule.Constant, _ -> Some []
            | Rule.Elementwise scale, _ -> merge (throughElementwise node arguments scale known)
            | Rule.Linear _, (Kernel.View _ | Kernel.Concat _ | Kernel.Stack _ | Kernel.Pad _) ->
                merge (throughMovement primitive arguments known)
            | _ -> None

    let private partsOf (output: Expr) (input: Expr) : Part list option =
        let known = NodeMap<Part list>()

        let ones = (input.Literal 1.0).BroadcastTo input.Shape
        known[input] <- [ { Columns = Array.init (Shape.size input.Shape) int64; Entries = ones } ]
        let order = Graph.postorderUntil known.Contains [ output ]

        let rec walk k =
            if k = order.Length then
                Some known[output]
            elif known.Contains order[k] then
                walk (k + 1)
            else
                let parts =
                    match order[k].Node with
                    | Node.Apply primitive ->
                        let arguments = order[k].Arguments
                        through order[k] primitive arguments (arguments |> Array.map (fun argument -> known[argument]))
                    | _ -> Some []

                match parts with
                | Some parts ->
                    known[order[k]] <- parts
                    walk (k + 1)
                | None -> None

        if Shape.size input.Shape > mostRows then None else walk 0

    // Where entries stand apart by the same distance, as on a diagonal, zeros go before, between and after them.
    let private spread (size: int) (part: Part) (columns: int) : Expr =
        let rows =
            [| for i in 0 .. part.Columns.Length - 1 do
                   if part.Columns[i] >= 0L then
                       i |]

        let positions = rows |> Array.map (fun row -> row * columns + int part.Columns[row])
        let entries = part.Entries.ReshapeTo [ part.Columns.Length ]
        let step = if rows.Length > 1 then positions[1] - positions[0] else 1
        let isRegular = Array.pairwise positions |> Array.forall (fun (a, b) -> b - a = step)

        if rows.Length = 0 then
            (entries.Literal 0.0).BroadcastTo [ size ]
        elif isRegular && step > 0 && rows.Length = Array.last rows - rows[0] + 1 then
            let taken = Expr.slice [ Slice.Range(Some rows[0], Some(Array.last rows + 1), 1) ] entries

            let padding: Slicing.Padding =
                { Before = positions[0]; After = size - 1 - Array.last positions; Between = step - 1 }

            Column.apply Slicing.pad [ padding ] [ taken ]
        else
            let indices (numbers: int[]) = NDArray.ofInts DType.Int64 [ numbers.Length ] (Array.map int64 numbers) |> Expr.constant
            entries |> Expr.gather 0 (indices rows) |> Expr.scatterAdd 0 size (indices positions)

    /// The Jacobian of an output by an input, of shape output.Shape @ input.Shape, when its rows have entries in few columns; None when they may have
    /// many, or it is too small to matter.
    let tryJacobian (output: Expr) (input: Expr) : Expr option =
        let columns = Shape.size input.Shape

        match partsOf output input with
        | Some(_ :: _ as parts) when 2 * parts.Length <= columns ->
            let size = Shape.size output.Shape * columns
            let dense = parts |> List.map (fun part -> spread size part columns) |> List.reduce (+)
            Some(dense.ReshapeTo(output.Shape @ input.Shape))
        | _ -> None
