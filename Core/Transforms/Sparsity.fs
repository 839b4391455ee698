namespace Fluxion

/// The places of a matrix that can hold something other than zero, row by row.
[<Sealed>]
type SparsityPattern internal (columnCount: int, columnsOf: int[][]) =
    let rows =
        lazy
            [| for row in 0 .. columnsOf.Length - 1 do
                   for _ in columnsOf[row] -> row |]

    let columns = lazy Array.concat columnsOf

    /// The number of rows of the matrix.
    member _.RowCount = columnsOf.Length
    /// The number of columns of the matrix.
    member _.ColumnCount = columnCount
    /// The number of places.
    member _.Count = columnsOf |> Array.sumBy (fun columns -> columns.Length)
    /// The row of each place: row by row, from the left.
    member _.Rows = rows.Value
    /// The column of each place, in the same order.
    member _.Columns = columns.Value
    /// For each row, the columns of its places, ascending.
    member internal _.ColumnsOf = columnsOf

    /// The places of which a condition on row and column holds.
    member internal _.Where(isKept: int -> int -> bool) =
        SparsityPattern(columnCount, columnsOf |> Array.mapi (fun row columns -> Array.filter (isKept row) columns))

    /// Rows and columns exchanged.
    member internal _.Transpose() =
        let counts = Array.zeroCreate columnCount

        for columns in columnsOf do
            for column in columns do
                counts[column] <- counts[column] + 1

        let rowsOf = counts |> Array.map Array.zeroCreate
        Array.fill counts 0 columnCount 0

        for row in 0 .. columnsOf.Length - 1 do
            for column in columnsOf[row] do
                rowsOf[column][counts[column]] <- row
                counts[column] <- counts[column] + 1

        SparsityPattern(columnsOf.Length, rowsOf)

/// Which entries of a Jacobian can be other than zero, whatever the values are. Each node gets, for each of its elements, the entries of the input that
/// it depends on. An op of which nothing better is known makes every element depend on all that its arguments depend on.
/// (Griewank and Walther, "Evaluating Derivatives", 2nd ed., section 7.1.)
module internal Sparsity =
    // For each element of a tensor, entries of the input, ascending; elements that depend on the same ones mostly share one array. Empty for a tensor that
    // depends on none.
    type private Dependence = int[][]

    // `all` is the number of entries of the input: what depends on all of them depends on nothing more.
    let private union (all: int) (left: int[]) (right: int[]) : int[] =
        if obj.ReferenceEquals(left, right) || right.Length = 0 || left.Length = all then
            left
        elif left.Length = 0 || right.Length = all then
            right
        else
            let merged = Array.zeroCreate (left.Length + right.Length)
            let mutable i, j, count = 0, 0, 0

            while i < left.Length || j < right.Length do
                let fromLeft = j = right.Length || i < left.Length && left[i] <= right[j]
                let fromRight = i = left.Length || j < right.Length && right[j] <= left[i]
                merged[count] <- if fromLeft then left[i] else right[j]
                i <- if fromLeft then i + 1 else i
                j <- if fromRight then j + 1 else j
                count <- count + 1

            if count = left.Length then left
            elif count = right.Length then right
            else Array.sub merged 0 count

    let private unionAll (all: int) (sets: int[] seq) : int[] =
        let distinct = System.Collections.Generic.HashSet<int[]>(sets, HashIdentity.Reference) |> Array.ofSeq

        match distinct |> Array.tryFind (fun set -> set.Length = all) with
        | Some everything -> everything
        | None when distinct.Length <= 2 -> distinct |> Array.fold (union all) [||]
        | None -> distinct |> Array.concat |> Array.distinct |> Array.sort

    let private numbered (first: int) (shape: Shape) : NDArray =
        NDArray.ofInts DType.Int64 shape (Array.init (Shape.size shape) (fun i -> int64 (first + i)))

    // The elements of one tensor where elements of another are: a broadcast.
    let private spread (shape: Shape) (own: Shape) (sets: Dependence) : Dependence =
        if own = shape || sets.Length = 0 then
            sets
        else
            Shape.walk shape (Shape.broadcastStrides own shape) 0 |> Array.map (fun i -> sets[i])

    let private together (all: int) (parts: Dependence[]) : Dependence =
        parts
        |> Array.filter (fun sets -> sets.Length > 0)
        |> Array.fold (fun known sets -> if known.Length = 0 then sets else Array.map2 (union all) known sets) [||]

    let private elementwise (all: int) (node: Expr) (arguments: Expr[]) (known: Dependence[]) =
        Array.map2 (fun (argument: Expr) sets -> spread node.Shape argument.Shape sets) arguments known
        |> together all

    // An op that moves elements moves their numbers alike, and 0 is a zero that it puts in.
    let private moved (primitive: Primitive) (arguments: Expr[]) (known: Dependence[]) : Dependence =
        let firsts = arguments |> Array.scan (fun first argument -> first + Shape.size argument.Shape) 1
        let numbers = primitive.Eval(arguments |> Array.mapi (fun i argument -> numbered firsts[i] argument.Shape))

        let everything =
            Array.map2
                (fun (argument: Expr) (sets: Dependence) ->
                    if sets.Length = 0 then
                        Array.create (Shape.size argument.Shape) [||]
                    else
                        sets)
                arguments
                known
            |> Array.concat

        numbers.Ints |> Array.map (fun number -> if number = 0L then [||] else everything[int number - 1])

    // Element i of the argument goes into element targets[i] of the result.
    let private collected (all: int) (size: int) (targets: int64[]) (sets: Dependence) : Dependence =
        let groups = Array.init size (fun _ -> System.Collections.Generic.List<int[]>())
        targets |> Array.iteri (fun i target -> groups[int target].Add sets[i])
        groups |> Array.map (unionAll all)

    let private reduced (all: int) (axes: int list) (shape: Shape) (sets: Dependence) : Dependence =
        let result = Shape.reduce true axes shape
        collected all (Shape.size result) (numbered 0 result |> NDArray.broadcast shape).Ints sets

    // A row of the left and a column of the right meet in each element.
    let private product (all: int) (node: Expr) (arguments: Expr[]) (known: Dependence[]) : Dependence =
        let along axis (argument: Expr) (sets: Dependence) =
            let axis = if argument.Rank = 1 then 0 else argument.Rank + axis
            let shape = Shape.reduce true [ axis ] argument.Shape

            shape,
            (if sets.Length = 0 then
                 sets
             else
                 reduced all [ axis ] argument.Shape sets)

        let left, right = arguments[0], arguments[1]
        let leftShape, leftSets = along -1 left known[0]
        let rightShape, rightSets = along -2 right known[1]
        // A vector's one axis is gone from the result, and the matrix's other axis stands last.
        let leftShape =
            if right.Rank = 1 && left.Rank > 1 then
                List.take (left.Rank - 1) leftShape
            else
                leftShape

        let rightShape =
            if left.Rank = 1 && right.Rank > 1 then
                List.removeAt (right.Rank - 2) rightShape
            else
                rightShape

        let fit (shape: Shape) = if node.Shape.IsEmpty then [] else shape
        together all [| spread node.Shape (fit leftShape) leftSets; spread node.Shape (fit rightShape) rightSets |]

    // What is constant, moved or not.
    let private constantOf (expr: Expr) : NDArray voption =
        match expr.Node with
        | Node.Constant value -> ValueSome value
        | Node.Apply primitive when expr.Arity = 1 && primitive.Kernel.IsView ->
            match (expr.Argument 0).Node with
            | Node.Constant value -> ValueSome(primitive.Eval [| value |])
            | _ -> ValueNone
        | _ -> ValueNone

    // For each of a matrix's rows the columns in which it is not zero.
    let private weighed (rows: int) (columns: int) (weight: int -> int -> float) : int[][] =
        Array.init rows (fun row -> [| 0 .. columns - 1 |] |> Array.filter (fun column -> weight row column <> 0.0))

    // A product with a constant matrix that has zeros: what they are multiplied by does not matter. None where no argument is one.
    let private productWithZeros (all: int) (arguments: Expr[]) (known: Dependence[]) : Dependence option =
        let left, right = arguments[0], arguments[1]

        // The entries of a constant matrix with zeros, and its two sizes.
        let withZeros (matrix: Expr) (other: Expr) =
            match constantOf matrix with
            | ValueSome value when matrix.Rank = 2 && other.Rank <= 2 ->
                let entries = value.Floats

                if Array.contains 0.0 entries then
                    Some(entries, matrix.Shape[0], matrix.Shape[1])
                else
                    None
            | _ -> None

        let gather (rows: int) (columns: int) (sources: int -> int -> int seq) (sets: Dependence) =
            Array.init (rows * columns) (fun place ->
                sources (place / columns) (place % columns) |> Seq.map (fun source -> sets[source]) |> unionAll all)

        match withZeros left right, withZeros right left with
        | Some(entries, rows, inner), _ ->
            let columns = Shape.size right.Shape / inner
            let parts = weighed rows inner (fun i k -> entries[i * inner + k])
            Some(gather rows columns (fun i j -> parts[i] |> Seq.map (fun k -> k * columns + j)) known[1])
        | _, Some(entries, inner, columns) ->
            let parts = weighed columns inner (fun j k -> entries[k * columns + j])
            let rows = Shape.size left.Shape / inner
            Some(gather rows columns (fun i j -> parts[j] |> Seq.map (fun k -> i * inner + k)) known[0])
        | _ -> None

    // A row of the result can depend on all of the arguments' rows in its place.
    let private rowwise (all: int) (node: Expr) (arguments: Expr[]) (known: Dependence[]) : Dependence =
        Array.map2
            (fun (argument: Expr) (sets: Dependence) ->
                let last = argument.Rank - 1

                if sets.Length = 0 then
                    sets
                else
                    reduced all [ last ] argument.Shape sets
                    |> spread node.Shape (Shape.reduce true [ last ] argument.Shape))
            arguments
            known
        |> together all

    let private anything (all: int) (node: Expr) (known: Dependence[]) : Dependence =
        Array.create (Shape.size node.Shape) (known |> Seq.concat |> unionAll all)

    let rec private through (all: int) (node: Expr) (primitive: Primitive) (arguments: Expr[]) (known: Dependence[]) : Dependence =
        let axesOf axes = axes |> Option.defaultValue [ 0 .. arguments[0].Rank - 1 ]

        match primitive.Rule, primitive.Kernel with
        | Rule.Constant, _ -> [||]
        | Rule.Elementwise _, _
        | _, Kernel.Map _ -> elementwise all node arguments known
        | _, (Kernel.View _ | Kernel.Concat _ | Kernel.Stack _ | Kernel.Pad _) -> moved primitive arguments known
        | _, Kernel.Reduce(_, axes) -> reduced all (axesOf axes) arguments[0].Shape known[0]
        | _, (Kernel.LogSoftmax axis | Kernel.Softmax axis) ->
            reduced all [ axis ] node.Shape known[0]
            |> spread node.Shape (Shape.reduce true [ axis ] node.Shape)
        | _, Kernel.Rows _ -> rowwise all node arguments known
        | _, Kernel.MatMul ->
            productWithZeros all arguments known
            |> Option.defaultWith (fun () -> product all node arguments known)
        | _, Kernel.Composed composition -> propagate all (Array.zip arguments known) (composition.Apply arguments)
        | _, Kernel.Gather axis ->
            match constantOf arguments[1] with
            | ValueSome indices ->
                let numbers = primitive.Eval [| numbered 0 arguments[0].Shape; indices |]
                numbers.Ints |> Array.map (fun number -> known[0][int number])
            | ValueNone -> anything all node known
        | _, Kernel.ScatterAdd axis ->
            match constantOf arguments[1] with
            | ValueSome indices ->
                let targets = (Row.at Indexing.gather axis).Eval [| numbered 0 node.Shape; indices |]
                collected all (Shape.size node.Shape) targets.Ints known[0]
            | ValueNone -> anything all node known
        | _ -> anything all node known

    and private propagate (all: int) (inputs: (Expr * Dependence)[]) (output: Expr) : Dependence =
        let known = NodeMap<Dependence>()

        for input, sets in inputs do
            known[input] <- sets

        for node in Graph.postorderUntil known.Contains [ output ] do
            if not (known.Contains node) then
                known[node] <-
                    match node.Node with
                    | Node.Apply primitive when node.DType.IsFloating ->
                        let arguments = node.Arguments
                        let sets = arguments |> Array.map (fun argument -> known[argument])

                        if sets |> Array.forall Array.isEmpty then
                            [||]
                        else
                            through all node primitive arguments sets
                    | _ -> [||]

        known[output]

    /// Where the Jacobian of an output by an input can have entries: rows are the output's elements, columns the input's, both row-major.
    let pattern (output: Expr) (input: Expr) : SparsityPattern =
        let columns = Shape.size input.Shape
        let found = propagate columns [| input, Array.init columns (fun column -> [| column |]) |] output

        let rows =
            if found.Length = 0 then
                Array.create (Shape.size output.Shape) [||]
            else
                found

        SparsityPattern(columns, rows)

    /// The places of a square pattern and their mirror images.
    let symmetric (pattern: SparsityPattern) : SparsityPattern =
        let mirrored = pattern.Transpose()
        SparsityPattern(pattern.ColumnCount, Array.map2 (union pattern.ColumnCount) pattern.ColumnsOf mirrored.ColumnsOf)
