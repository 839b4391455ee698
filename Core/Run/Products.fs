namespace Fluxion

/// Matrix products that loops do better than a product of their own would: those with a vector, which read each number of the matrix once, and those
/// that sum few terms.
module internal Products =
    // Sums of this many terms are written out inside the loop that uses them.
    let private smallSum = 4

    // As few numbers beside one another are read as columns, each by a loop over the other axis.
    let private fewColumns = 8

    let private entry (axis: int) (index: int) (x: Expr) =
        Expr.slice (List.replicate axis (Slice.Range(None, None, 1)) @ [ Slice.At index ]) x

    // Row by column, each a matrix: one term for each inner index.
    let private writtenOut (left: Expr) (right: Expr) =
        Seq.init left.Shape[1] (fun j -> Expr.expandDims 1 (entry 1 j left) * Expr.expandDims 0 (entry 0 j right))
        |> Seq.reduce (+)

    // A matrix as it stands in memory, as far as the graph tells: the axis of its elements that is summed over turns with it.
    let private untransposed (matrix: Expr) (axis: int) : Expr * int =
        if matrix.Arity = 1 && matrix.Primitive.Kernel = Kernel.View(View.Permute [ 1; 0 ]) then
            matrix.Argument 0, 1 - axis
        else
            matrix, axis

    // The sum of a matrix times a vector along an axis of the matrix.
    let private withVector (matrix: Expr) (axis: int) (vector: Expr) : Expr =
        let matrix, axis = untransposed matrix axis
        let line = Expr.reshape [ -1 ] vector
        let other = 1 - axis

        if matrix.Shape[other] <= fewColumns then
            // Each of a few results is a sum of its own, all in one loop.
            Expr.stack 0 [ for i in 0 .. matrix.Shape[other] - 1 -> Expr.sum (entry other i matrix * line) ]
        elif matrix.Shape[axis] <= fewColumns then
            Seq.init matrix.Shape[axis] (fun j -> entry axis j matrix * entry 0 j line) |> Seq.reduce (+)
        else
            Expr.sumOver [ axis ] (matrix * Expr.expandDims other line)

    /// A product as sums, where loops do it better; else the node itself.
    let lower (node: Expr) (left: Expr) (right: Expr) : Expr =
        let isEmpty = Shape.size left.Shape = 0 || Shape.size right.Shape = 0

        let result =
            match left.Shape, right.Shape with
            // Sums without terms; the result may still have elements.
            | _ when isEmpty -> node.ZerosLike
            | [ _ ], [ _ ] -> Expr.sum (left * right)
            | [ _; _ ], ([ _ ] | [ _; 1 ]) -> withVector left 1 right
            | ([ _ ] | [ 1; _ ]), [ _; _ ] -> withVector right 0 left
            | [ _; inner ], [ _; _ ] when inner <= smallSum -> writtenOut left right
            | _ -> node

        result.ReshapeTo node.Shape
