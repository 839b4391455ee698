namespace Fluxion

open System

/// What makes each column have mean 0 and standard deviation 1: z = (x - Mean) / Deviation, both [columns].
type Scaling = { Mean: Expr; Deviation: Expr }

/// Using a scaling.
module Scaling =
    /// (x - mean) / deviation, column by column.
    let apply (scaling: Scaling) (x: Expr) : Expr = Functions.eval ((x - scaling.Mean) / scaling.Deviation)

    /// z · deviation + mean: what `apply` was given.
    let inverse (scaling: Scaling) (z: Expr) : Expr = Functions.eval (z * scaling.Deviation + scaling.Mean)

/// How rows are dealt into batches. With `DropLast` a last batch of fewer than `Size` rows is left out, else it is kept.
type BatchOptions = { Size: int; DropLast: bool }

/// Preparing data for training. Data is a tensor, or a tuple, record or list of tensors with the same number of rows (the first axis), whose rows stay
/// together; its values are known (constants), as the results are. Whatever is drawn at random is a function of a key.
module Data =
    /// The number of rows that all tensors of the data share, or a ShapeException.
    let private rowCount (place: string) (data: 'data) : int =
        let tensors = Params.named data

        match tensors |> List.tryFind (fun (_, tensor) -> tensor.Shape.IsEmpty) with
        | Some(path, _) ->
            Errors.shape place "every tensor needs rows along its first axis" $"'{path}' is a scalar" "close over it instead?"
        | None -> ()

        match tensors with
        | [] -> Errors.argument place "the data must hold a tensor" "it holds none" "give it as (x, y)?"
        | (_, first) :: rest ->
            match rest |> List.tryFind (fun (_, tensor) -> tensor.Shape.Head <> first.Shape.Head) with
            | Some(path, tensor) ->
                Errors.shape
                    place
                    "all tensors must have as many rows as the first"
                    $"the first is {Shape.show first.Shape} and '{path}' is {Shape.show tensor.Shape}"
                    "take them from the same table?"
            | None -> first.Shape.Head

    /// The rows at these positions, in their order.
    let rows (positions: int[]) (data: 'data) : 'data =
        let indices = Expr.constant (NDArray([ positions.Length ], Buffer.Int32(Array.copy positions)))
        data |> Params.map (Expr.gather 0 indices) |> Functions.eval

    /// The numbers 0 .. count - 1 in an order that follows from the key: the same key gives the same order.
    let permutation (count: int) (key: Expr) : int[] = (Expr.value (Functions.eval (Random.permutation count key))).Ints |> Array.map int

    /// The data with its rows in an order that follows from the key. Raises ShapeException when tensors differ in rows.
    let shuffle (key: Expr) (data: 'data) : 'data = rows (permutation (rowCount "shuffle" data) key) data

    /// The rows dealt out, in an order that follows from the key, into parts of about these fractions, each row into exactly one part:
    /// `Data.split [ 0.7; 0.15; 0.15 ] key (x, y)`. Raises ArgumentException when a fraction is not positive, they do not sum to 1, or a
    /// part would be empty, and ShapeException when tensors differ in rows.
    let split (fractions: float list) (key: Expr) (data: 'data) : 'data list =
        let count = rowCount "split" data
        let total = List.sum fractions

        if not (abs (total - 1.0) < 1e-9) || fractions |> List.exists (fun fraction -> not (fraction > 0.0)) then
            Errors.argument "split" "fractions must be positive and sum to 1" $"they are %A{fractions}" "try [ 0.8; 0.2 ]?"

        // Rounding the running sum, not each fraction, so that the parts' sizes add up.
        let ends = fractions |> List.scan (+) 0.0 |> List.map (fun sum -> int (Math.Round(sum * float count)))

        match List.pairwise ends |> List.tryFindIndex (fun (first, last) -> first = last) with
        | Some i ->
            Errors.argument "split" "each part needs a row" $"{fractions[i]} of {count} rows is none" "give it more, or take fewer parts?"
        | None -> ()

        let order = permutation count key
        List.pairwise ends |> List.map (fun (first, last) -> rows order[first .. last - 1] data)

    /// Training data and the fraction that is held out from it, in an order that follows from the key. Raises as `split` does.
    let holdOut (fraction: float) (key: Expr) (data: 'data) : 'data * 'data =
        let parts = split [ 1.0 - fraction; fraction ] key data
        parts[0], parts[1]

    /// The positions of the rows of each batch of an epoch; raises as `batches` does.
    let internal deal (options: BatchOptions) (key: Expr) (epoch: int) (data: 'data) : int[][] =
        let count = rowCount "batches" data

        if options.Size < 1 then
            Errors.argument "batches" "a batch needs a row" $"its size is {options.Size}" "try 64?"

        if options.DropLast && count < options.Size then
            Errors.argument
                "batches"
                "DropLast needs one full batch"
                $"there are {count} rows for batches of {options.Size}"
                "keep the last one, or take a smaller size?"

        permutation count (Random.foldIn epoch key)
        |> Array.chunkBySize options.Size
        |> Array.filter (fun positions -> not options.DropLast || positions.Length = options.Size)

    /// Batches of rows for an epoch, in an order that follows from key and epoch: each row stands in exactly one, unless DropLast leaves
    /// out the rest. Each batch is made when it is asked for. Raises ArgumentException when the size is not positive, or DropLast would
    /// leave nothing, and ShapeException when tensors differ in rows.
    let batches (options: BatchOptions) (key: Expr) (epoch: int) (data: 'data) : 'data seq =
        deal options key epoch data |> Seq.map (fun positions -> rows positions data)

    /// Writes the rows at these positions over a batch of as many: an array of the table's type that nobody else reads.
    let internal writeRows (positions: int[]) (table: NDArray) (batch: NDArray) : unit =
        let source, target = Buffers.toArray table.Buffer, Buffers.toArray batch.Buffer
        let length = if table.Shape.Head = 0 then 0 else table.Length / table.Shape.Head

        for i in 0 .. positions.Length - 1 do
            Array.Copy(source, positions[i] * length, target, i * length, length)

    let private requireFinite (x: Expr) =
        match (Expr.value x).Floats |> Array.tryFindIndex (Double.IsFinite >> not) with
        | Some i ->
            let columns = x.Shape[1]
            let given = $"row {i / columns}, column {i % columns} is {(Expr.value x).Floats[i]}"
            Errors.argument "standardize" "every number must be finite" given "drop the row, or fill it in?"
        | None -> ()

    /// The scaling that gives each column of x [rows; columns] mean 0 and standard deviation 1 (over all rows, not rows - 1): fit it on the
    /// training data, and apply it to all. A column whose numbers are all the same has no spread to divide by: its deviation is taken as 1,
    /// so that it becomes 0. Raises ShapeException when x is not a table with rows, ArgumentException for a number that is not finite.
    let standardize (x: Expr) : Scaling =
        if x.Rank <> 2 || x.Shape.Head = 0 then
            Errors.shape "standardize" "a table [rows; columns] with rows is needed" $"it is {Shape.show x.Shape}" "reshape it?"

        requireFinite x
        let largest, smallest = Expr.maxOver [ 0 ] x, -(Expr.maxOver [ 0 ] -x)
        let isConstant = Expr.equal largest smallest
        // The mean of equal numbers may differ from them in the last bit; the number itself does not.
        let mean = Expr.where isConstant largest (Expr.meanOver [ 0 ] x)
        let deviation = sqrt (Expr.meanOver [ 0 ] (Expr.square (x - mean)))
        Functions.eval { Mean = mean; Deviation = Expr.where isConstant (x.Literal 1.0) deviation }
