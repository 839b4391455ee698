namespace Fluxion

/// Rows of a table of examples, in arrays that each batch writes over.
[<NoEquality; NoComparison>]
type private RowsInPlace = { X: NDArray; Y: NDArray; Expressions: Expr * Expr }

/// Training steps in place on batches of a table (x, y): parameters and optimizer state stand in four sets of buffers that take turns (what a step reads and
/// writes, and the two before), so that the last good ones are still there when a loss is not finite. A batch of as many rows as the one before allocates nothing. For one thread at a time.
[<Sealed>]
type internal Descent<'parameters, 'state>
    (advance: 'parameters * 'state -> Expr * Expr -> Expr * ('parameters * 'state), initial: 'parameters * 'state, table: Expr * Expr) =
    let x, y = Functions.eval table
    let x, y = Expr.value x, Expr.value y
    let initial = Functions.eval initial
    let iteration = Iteration("fit", true, advance, initial)

    let create (rows: int) : RowsInPlace =
        let room (table: NDArray) = NDArray.full table.DType (rows :: table.Shape.Tail) 0.0
        let x, y = room x, room y
        { X = x; Y = y; Expressions = (Expr.constant x, Expr.constant y) }

    let batches = System.Collections.Generic.Dictionary<int, RowsInPlace>()
    let mutable latest: RowsInPlace voption = ValueNone
    // Steps since batches have had this many rows, and the state before the last step on others.
    let mutable stepsInForm = 0
    let mutable before = initial

    let batchOf (rows: int) : RowsInPlace =
        match batches.TryGetValue rows with
        | true, batch -> batch
        | _ ->
            batches[rows] <- create rows
            batches[rows]

    let write (positions: int[]) (batch: RowsInPlace) =
        Data.writeRows positions x batch.X
        Data.writeRows positions y batch.Y

    /// Parameters and state now: a copy.
    member _.State = iteration.State

    /// Those that the last step began with, and where its loss was taken.
    member _.Last() = if stepsInForm = 0 then initial else iteration.Earlier 1

    /// Those that the step before it began with; the first ones when there was none.
    member _.BeforeLast() = if stepsInForm > 1 then iteration.Earlier 2 else before

    /// A step on the rows at these positions: the loss before it.
    member this.Step(positions: int[]) : float =
        match latest with
        | ValueSome batch when batch.X.Shape.Head = positions.Length ->
            write positions batch
            iteration.Again 1
            stepsInForm <- stepsInForm + 1
        | _ ->
            let batch = batchOf positions.Length
            write positions batch
            before <- this.Last()
            iteration.Run batch.Expressions
            latest <- ValueSome batch
            stepsInForm <- 1

        iteration.FirstOutput
