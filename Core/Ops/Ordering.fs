namespace Fluxion

/// Numbers in order along an axis. Equal ones stay as they come, and NaN is larger than all numbers.
module internal Ordering =
    /// Along which axis, counted from the back, and whether the largest come first.
    type Order =
        { Axis: int
          Descending: bool }

        override this.ToString() =
            if this.Descending then
                $"axis={this.Axis}, descending"
            else
                $"axis={this.Axis}"

    // What both rows share.
    let private ordering name dtype rule eval kernel : Row<Order> =
        let rec row =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape = fun _ types -> { types[0] with DType = dtype (Column.numeric name types) }
              Rule = rule
              Batch = fun order -> AlongAxis.batch (List.ofArray >> Column.apply row order)
              Eval = fun order arguments -> eval order arguments[0]
              Kernel = fun order -> kernel order (List.ofArray >> Column.apply row { order with Axis = -1 })
              Samples =
                [ for descending in [ false; true ] do
                      for axis, shape in [ -1, [ 5 ]; -1, [ 2; 3 ]; -2, [ 3; 2 ]; -2, [ 2; 3; 2 ]; -1, [ 1 ]; -1, [ 2; 0 ] ] ->
                          { Attribute = { Axis = axis; Descending = descending }
                            Arguments = [ shape, Domain.real |> Domain.withEdges [ infinity; -infinity; nan ] ] } ] }

        row

    let private compareFloats (a: float) (b: float) =
        match System.Double.IsNaN a, System.Double.IsNaN b with
        | true, true -> 0
        | true, false -> 1
        | false, true -> -1
        // Zeros of both signs are equal.
        | _ ->
            if a < b then -1
            elif a > b then 1
            else 0

    // For each row, its positions in order.
    let private sorted (order: Order) (x: NDArray) : int[][] =
        let compareAt: int -> int -> int =
            if x.DType.IsFloating then
                let data = x.Floats
                fun i j -> compareFloats data[i] data[j]
            else
                let data = x.Ints
                fun i j -> compare data[i] data[j]

        let compareAt = if order.Descending then (fun i j -> compareAt j i) else compareAt
        // List.sortWith is stable; Array.sortWith does not promise it.
        AlongAxis.rows order.Axis x |> Array.map (List.ofArray >> List.sortWith compareAt >> Array.ofList)

    /// The positions of the elements in order.
    let argSort =
        let eval order (x: NDArray) =
            let result = Array.zeroCreate x.Length

            (AlongAxis.rows order.Axis x, sorted order x)
            ||> Array.iter2 (fun row sorted ->
                let place = row |> Seq.mapi (fun k position -> position, int64 k) |> dict
                Array.iter2 (fun target position -> result[target] <- place[position]) row sorted)

            NDArray.ofInts DType.Int64 x.Shape result

        let kernel order = AlongAxis.kernel order.Axis (RowOperation.ArgSort order.Descending)
        ordering "argsort" (fun _ -> DType.Int64) (fun _ -> Rule.Constant) eval kernel

    /// The elements in order. Each sends its derivative back to where it came from; of equal ones, as they came.
    let sort =
        let eval order (x: NDArray) =
            let positions = Array.zeroCreate x.Length

            (AlongAxis.rows order.Axis x, sorted order x)
            ||> Array.iter2 (Array.iter2 (fun target position -> positions[target] <- position))

            x |> NDArray.take x.Shape positions

        let taken order (x: Expr) (t: Expr) = Column.apply AlongAxis.takeAlong order.Axis [ t; Column.apply argSort order [ x ] ]

        let rule order =
            Rule.Custom(
                (fun arguments _ _ t -> taken order arguments[0] t),
                (fun arguments _ _ ct ->
                    let target: AlongAxis.Target = { Axis = order.Axis; Size = ct.Shape[ct.Rank + order.Axis] }
                    Column.apply AlongAxis.scatterAlong target [ ct; Column.apply argSort order [ arguments[0] ] ])
            )

        let composed order _ = Kernel.Composed(Composition(fun arguments -> taken order arguments[0] arguments[0]))

        ordering "sort" id rule eval composed

    /// Every row of this file.
    let rows: IRow list = [ sort; argSort ]

[<AutoOpen>]
module OrderingFunctions =
    let private ordered row name descending (axis: int) (x: Expr) =
        let order: Ordering.Order = { Axis = AlongAxis.fromBack name x.Rank axis; Descending = descending }
        Column.apply row order [ x ]

    module Expr =
        /// The elements along an axis from the smallest to the largest, NaN last; equal ones stay as they come. Each sends its derivative back to where
        /// it came from.
        let sort (axis: int) (x: Expr) : Expr = ordered Ordering.sort "sort" false axis x
        /// The elements along an axis from the largest to the smallest, NaN first; equal ones stay as they come.
        let sortDescending (axis: int) (x: Expr) : Expr = ordered Ordering.sort "sort" true axis x
        /// The positions (int64) along an axis of what `sort` would put there: `takeAlong axis (argSort axis x) x` is `sort axis x`.
        let argSort (axis: int) (x: Expr) : Expr = ordered Ordering.argSort "argsort" false axis x
        /// The positions (int64) along an axis of what `sortDescending` would put there.
        let argSortDescending (axis: int) (x: Expr) : Expr = ordered Ordering.argSort "argsort" true axis x

        /// The k largest elements along an axis, largest first, and their positions (int64); NaN is the largest, and of equal ones the first come first.
        /// Raises ShapeException when the axis has fewer.
        let topK (k: int) (axis: int) (x: Expr) : Expr * Expr =
            let axis = Shape.axis "topK" x.Rank axis

            if k < 0 || k > x.Shape[axis] then
                Errors.shape
                    "topK"
                    $"k must lie between 0 and the axis's size {x.Shape[axis]}"
                    $"it is {k}"
                    "ask for fewer, or along another axis?"

            let all = Slice.Range(None, None, 1)
            let first = List.replicate axis all @ [ Slice.Range(None, Some k, 1) ]
            let positions = argSortDescending axis x |> Expr.slice first
            Expr.takeAlong axis positions x, positions

        /// The permutation that undoes one: `takeAlong axis (inversePermutation axis order)` after `takeAlong axis order` changes nothing.
        let inversePermutation (axis: int) (order: Expr) : Expr =
            Column.requireInteger "inversePermutation" "a permutation's indices" order.Type
            argSort axis order
