namespace Fluxion

/// Products that sum over a shared axis.
module internal Contraction =
    // Vectors join as a row on the left and a column on the right, as in NumPy; the axis so added is dropped from the result.
    let private asMatrices (left: Shape) (right: Shape) =
        (if left.Length = 1 then 1 :: left else left), (if right.Length = 1 then right @ [ 1 ] else right)

    let private split (shape: Shape) =
        let batch, matrix = List.splitAt (shape.Length - 2) shape
        batch, matrix[0], matrix[1]

    let private dropAdded (left: Shape) (right: Shape) (product: Shape) =
        let batch, rows, columns = split product

        batch
        @ [ if left.Length > 1 then
                rows ]
        @ [ if right.Length > 1 then
                columns ]

    // The product's shape with the added axes still there.
    let private fullShape (left: Shape) (right: Shape) =
        let given () = $"left is {Shape.show left} and right is {Shape.show right}"

        if left.IsEmpty || right.IsEmpty then
            Errors.shape "matmul" "both operands need at least one axis" (given ()) "multiply by a scalar with *?"

        let fullLeft, fullRight = asMatrices left right
        let leftBatch, rows, inner = split fullLeft
        let rightBatch, inner', columns = split fullRight

        if inner <> inner' then
            let remedy =
                if right.Length > 1 && columns = inner then
                    "transpose the right operand?"
                elif left.Length > 1 && rows = inner' then
                    "transpose the left operand?"
                else
                    "check the sizes?"

            Errors.shape "matmul" "inner dimensions must agree" (given ()) remedy

        match Shape.tryBroadcast leftBatch rightBatch with
        | Some batch -> batch @ [ rows; columns ]
        | None -> Errors.shape "matmul" "the axes before the last two must agree, or be 1" (given ()) "reshape one of them?"

    let private evaluate (arguments: NDArray[]) =
        let left, right = arguments[0], arguments[1]
        let shape = fullShape left.Shape right.Shape
        let fullLeft, fullRight = asMatrices left.Shape right.Shape
        let batch, rows, columns = split shape
        let _, _, inner = split fullLeft
        let a = (left |> NDArray.reshape fullLeft |> NDArray.broadcast (batch @ [ rows; inner ])).Floats
        let b = (right |> NDArray.reshape fullRight |> NDArray.broadcast (batch @ [ inner; columns ])).Floats
        let product = Array.zeroCreate (Shape.size shape)

        for matrix in 0 .. Shape.size batch - 1 do
            for row in 0 .. rows - 1 do
                let start = (matrix * rows + row) * columns

                for k in 0 .. inner - 1 do
                    let factor = a[(matrix * rows + row) * inner + k]

                    for column in 0 .. columns - 1 do
                        product[start + column] <- product[start + column] + factor * b[(matrix * inner + k) * columns + column]

        NDArray.ofFloats left.DType (dropAdded left.Shape right.Shape shape) product

    let private isTransposed (matrix: Expr) = (Row.tryApplication Movement.permute matrix).IsSome

    /// The matrix product of the last two axes, the others broadcast; a vector is a row on the left, a column on the right.
    let matmul: Row<unit> =
        let rec row =
            { Name = "matmul"
              // A chain keeps its parentheses: (Xᵀ X) w and Xᵀ (X w) are equal, but their costs are not.
              Notation = fun _ -> { Text = Form.Juxtaposed; Latex = Form.Juxtaposed }
              Shape =
                fun () types ->
                    let dtype = Column.floating "matmul" types
                    let left, right = types[0].Shape, types[1].Shape

                    { Shape = dropAdded left right (fullShape left right); DType = dtype }
              Rule = fun () -> Rule.Multilinear transpose
              Batch = fun () -> BatchRule.Mapped batch
              Eval = fun () -> evaluate
              Kernel = fun () -> Kernel.MatMul
              Samples =
                Column.samples
                    [ Domain.real; Domain.real ]
                    [ [ [ 2; 3 ]; [ 3; 4 ] ]
                      [ [ 3 ]; [ 3 ] ]
                      [ [ 2; 3 ]; [ 3 ] ]
                      [ [ 3 ]; [ 3; 2 ] ]
                      [ [ 1; 1 ]; [ 1; 1 ] ]
                      [ [ 0; 3 ]; [ 3; 2 ] ]
                      [ [ 2; 0 ]; [ 0; 2 ] ]
                      [ [ 2; 2; 3 ]; [ 3; 2 ] ]
                      [ [ 2; 1; 2; 3 ]; [ 2; 3; 1 ] ]
                      [ [ 2; 2; 3 ]; [ 3 ] ]
                      [ [ 3 ]; [ 2; 3; 2 ] ] ] }

        and transpose arguments i ct =
            let left, right = arguments[0], arguments[1]

            match left.Rank, right.Rank, i with
            // Vectors by themselves keep their usual forms, xᵀ ct above all, and print as people write them.
            | 1, 1, i -> ct * arguments[1 - i]
            | 2, 1, 1 -> Column.apply row () [ Expr.transpose left; ct ]
            | 1, 2, 0 -> Column.apply row () [ right; ct ]
            // A factor that is a transpose has one as its cotangent, and the two cancel: K in Q Kᵀ gets ctᵀ Q, and not (Qᵀ ct)ᵀ.
            | 2, 2, 0 when isTransposed left -> Column.apply row () [ right; Expr.transpose ct ] |> Expr.transpose
            | 2, 2, 1 when isTransposed right -> Column.apply row () [ Expr.transpose ct; left ] |> Expr.transpose
            | _ ->
                let shape = fullShape left.Shape right.Shape
                let fullLeft, fullRight = asMatrices left.Shape right.Shape
                let ct = ct.ReshapeTo shape

                if i = 0 then
                    let full = Column.apply row () [ ct; Expr.transpose (right.ReshapeTo fullRight) ]
                    full.SumTo(fullLeft).ReshapeTo left.Shape
                else
                    let full = Column.apply row () [ Expr.transpose (left.ReshapeTo fullLeft); ct ]
                    full.SumTo(fullRight).ReshapeTo right.Shape

        and batch arguments =
            let ranks = arguments |> Array.map Column.innerRank
            let left, right = arguments[0], arguments[1]

            match left.IsBatched, right.IsBatched with
            // Many vectors are the rows of one matrix: one product, and not one for each.
            | true, false when ranks[0] = 1 && ranks[1] <= 2 -> Column.apply row () [ left.Value; right.Value ]
            | false, true when ranks[1] = 1 && ranks[0] = 1 -> Column.apply row () [ right.Value; left.Value ]
            | false, true when ranks[1] = 1 && ranks[0] = 2 -> Column.apply row () [ right.Value; Expr.transpose left.Value ]
            | _ -> batchMatrices arguments

        and batchMatrices arguments =
            let size = Column.batchSize arguments
            let shapes = arguments |> Array.map (fun a -> if a.IsBatched then a.Value.Shape.Tail else a.Value.Shape)
            let fullLeft, fullRight = asMatrices shapes[0] shapes[1]
            let rank = max fullLeft.Length fullRight.Length

            // Each operand as a matrix, with its other axes aligned behind the mapped one.
            let align (argument: Batched) (full: Shape) =
                if argument.IsBatched then
                    argument.Value.ReshapeTo(size :: List.replicate (rank - full.Length) 1 @ full)
                else
                    argument.Value.ReshapeTo full

            let product = Column.apply row () [ align arguments[0] fullLeft; align arguments[1] fullRight ]
            product.ReshapeTo(size :: dropAdded shapes[0] shapes[1] (fullShape shapes[0] shapes[1]))

        row

    /// Every row of this file.
    let rows: IRow list = [ matmul ]

[<AutoOpen>]
module ContractionFunctions =
    module Expr =
        /// The matrix product `[..; m; k]` by `[..; k; n]` to `[..; m; n]`, other axes broadcast; a vector `[k]` is a row on the left and a
        /// column on the right, so two vectors give a scalar. Raises ShapeException when the inner sizes differ.
        let matmul (left: Expr) (right: Expr) : Expr = Column.apply Contraction.matmul () [ left; right ]
