namespace Fluxion

/// Diagonals and triangles of matrices, which are the last two axes; the axes before them are many matrices.
[<AutoOpen>]
module DiagonalsFunctions =
    let private requireMatrix (name: string) (x: Expr) : int * int =
        if x.Rank < 2 then
            Errors.shape name "there must be two axes" $"the tensor is {Shape.show x.Shape}" "add one with Expr.expandDims?"

        x.Shape[x.Rank - 2], x.Shape[x.Rank - 1]

    // Zero where `keeps row column` does not hold, whatever stands there.
    let private triangle name (keeps: int -> int -> bool) (x: Expr) =
        let rows, columns = requireMatrix name x
        let mask = Array.init (rows * columns) (fun i -> keeps (i / columns) (i % columns))
        let mask = Expr.Constant(x.Language, NDArray([ rows; columns ], Buffer.Bool mask))
        Expr.where mask x (x.Literal 0.0)

    module Expr =
        /// The elements on a diagonal of a matrix: `[..; m; n]` to `[..; k]`. Offset 0 is the main one, 1 the one above it, -1 the one below.
        /// Raises ShapeException below two axes, as all of these do but `diag`.
        let diagonal (offset: int) (x: Expr) : Expr =
            let rows, columns = requireMatrix "diagonal" x
            let down, right = max 0 -offset, max 0 offset
            let count = max 0 (min (rows - down) (columns - right))
            let batch = List.take (x.Rank - 2) x.Shape
            // Along the rows laid one after another, neighbours on a diagonal are a row and a column apart.
            let first = if count = 0 then 0 else down * columns + right
            let stop = if count = 0 then 0 else first + (count - 1) * (columns + 1) + 1
            let step = Slice.Range(Some first, Some stop, columns + 1)
            let all = List.replicate batch.Length (Slice.Range(None, None, 1))
            x.ReshapeTo(batch @ [ rows * columns ]) |> Expr.slice (all @ [ step ])

        /// The matrix that has a vector on a diagonal and zeros elsewhere: `[..; n]` to `[..; m; m]` with m = n + |offset|.
        let diag (offset: int) (x: Expr) : Expr =
            if x.Rank = 0 then
                Errors.shape "diag" "there must be an axis" "the tensor is a scalar" "reshape it to [1]?"

            let count = List.last x.Shape
            let size = count + abs offset
            let batch = List.take (x.Rank - 1) x.Shape
            let before = if offset < 0 then -offset * size else offset
            let covered = if count = 0 then 0 else (count - 1) * (size + 1) + 1
            let none: Slicing.Padding = { Before = 0; After = 0; Between = 0 }
            let around: Slicing.Padding = { Before = before; After = size * size - before - covered; Between = size }
            let paddings = List.replicate batch.Length none @ [ around ]
            (Column.apply Slicing.pad paddings [ x ]).ReshapeTo(batch @ [ size; size ])

        /// The matrix with zeros above a diagonal (offset 0 is the main one).
        let tril (offset: int) (x: Expr) : Expr = x |> triangle "tril" (fun row column -> column - row <= offset)
        /// The matrix with zeros below a diagonal (offset 0 is the main one).
        let triu (offset: int) (x: Expr) : Expr = x |> triangle "triu" (fun row column -> column - row >= offset)

        /// The sum of the main diagonal: `[..; m; n]` to `[..]`.
        let trace (x: Expr) : Expr =
            requireMatrix "trace" x |> ignore
            diagonal 0 x |> Expr.sumOver [ -1 ]
