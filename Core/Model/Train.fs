namespace Fluxion

open System
open System.Diagnostics
open System.Threading

/// All that training needs to know besides data: how parameters and inputs make a prediction, what its loss is (target first), how parameters
/// follow gradients, and which metrics (a name, and a scalar of target and prediction) to show.
[<NoEquality; NoComparison>]
type Learner<'parameters, 'state> =
    { Predict: 'parameters -> Expr -> Expr
      Loss: Expr -> Expr -> Expr
      Optimizer: Optimizer<'parameters, 'state>
      Metrics: (string * (Expr -> Expr -> Expr)) list }

/// What an epoch came to. The training loss is the mean over the epoch's rows, each at the parameters that its batch met; the validation loss and
/// the metrics are at the parameters that the epoch ended with.
type Epoch = { Number: int; TrainLoss: float; ValidLoss: float; Metrics: (string * float) list; Time: TimeSpan }

/// Where training came to: parameters and optimizer state to use or go on from, and an entry for each whole epoch.
type Fit<'parameters, 'state> = { Parameters: 'parameters; State: 'state; History: Epoch list }

/// A loss stopped being finite. `LastGood` holds the last parameters at which it was, and the history until then.
type DivergedException<'parameters, 'state>(message: string, lastGood: Fit<'parameters, 'state>) =
    inherit InvalidOperationException(message)

    /// The last parameters whose loss was finite, and the history until then.
    member _.LastGood = lastGood

/// How long to train, on what batches, whom to tell after each epoch, and when to stop early.
[<NoEquality; NoComparison>]
type FitOptions =
    { Epochs: int
      Batch: BatchOptions
      Key: Expr
      Report: Epoch -> unit
      Cancellation: CancellationToken }

/// Fitting a model's parameters to data.
module Train =
    let private line (first: string) (columns: string list) =
        columns
        |> List.map (fun column -> column.PadRight 10)
        |> String.concat "  "
        |> fun rest -> ($"{first, -6}  {rest}").TrimEnd()

    /// The names above the lines of `print`.
    let header (epoch: Epoch) : string = line "epoch" ([ "train_loss"; "valid_loss" ] @ List.map fst epoch.Metrics @ [ "time" ])

    /// An epoch as a line: number, training loss, validation loss, metrics, time.
    let row (epoch: Epoch) : string =
        let number (value: float) = value.ToString("F6", Globalization.CultureInfo.InvariantCulture)
        let time = epoch.Time.ToString(@"mm\:ss\.ff", Globalization.CultureInfo.InvariantCulture)

        line
            (string epoch.Number)
            ([ number epoch.TrainLoss; number epoch.ValidLoss ]
             @ List.map (snd >> number) epoch.Metrics
             @ [ time ])

    /// Writes an epoch's line to the console, below the names when it is the first.
    let print (epoch: Epoch) : unit =
        if epoch.Number = 0 then
            printfn "%s" (header epoch)

        printfn "%s" (row epoch)

    /// Ten epochs of batches of 64 rows, printed.
    let defaults: FitOptions =
        { Epochs = 10
          Batch = { Size = 64; DropLast = false }
          Key = Random.key 0
          Report = print
          Cancellation = CancellationToken.None }

    // The loss at parameters and state, and the next ones.
    let private advance (learner: Learner<'parameters, 'state>) (parameters: 'parameters, state: 'state) (x: Expr, y: Expr) =
        let loss, gradients =
            Functions.valueAndGrad (fun parameters -> learner.Loss y (learner.Predict parameters x)) parameters

        loss, learner.Optimizer.Update gradients state parameters

    /// One step of training, ready to run many times: parameters, state, inputs and targets to the loss there, and the next parameters and state.
    let step (learner: Learner<'parameters, 'state>) : 'parameters * 'state * Expr * Expr -> Expr * 'parameters * 'state =
        Functions.compile (fun (parameters, state, x, y) ->
            let loss, (parameters, state) = advance learner (parameters, state) (x, y)
            loss, parameters, state)

    /// The loss and the metrics at given parameters, inputs and targets, ready to run many times.
    let evaluate (learner: Learner<'parameters, 'state>) : 'parameters * Expr * Expr -> Expr * Expr list =
        Functions.compile (fun (parameters, x, y) ->
            let prediction = learner.Predict parameters x
            learner.Loss y prediction, learner.Metrics |> List.map (fun (_, metric) -> metric y prediction))

    let private diverged (place: string) (loss: float) (remedy: string) (lastGood: Fit<'parameters, 'state>) : unit =
        let given = $"it is {loss}"
        raise (DivergedException(Errors.sentence $"fit, {place}" "the loss must stay finite" given remedy, lastGood))

    /// Parameters that minimize the mean loss on `train`, from those given on: `options.Epochs` times over all of it, batch by batch, each
    /// epoch in another order that follows from the key, with loss and metrics on `valid` after each. Both are pairs (x, y) with one row an example.
    /// The same arguments give the same numbers. When `options.Cancellation` is cancelled, gives what was reached so far.
    /// Raises DivergedException, which holds the last good parameters, when a loss is no longer finite, and ShapeException
    /// when x and y differ in rows.
    let fit
        (options: FitOptions)
        (learner: Learner<'parameters, 'state>)
        (train: Expr * Expr)
        (valid: Expr * Expr)
        (parameters: 'parameters)
        : Fit<'parameters, 'state> =
        let descent = Descent(advance learner, (parameters, learner.Optimizer.Init parameters), train)
        let evaluate = evaluate learner
        let validX, validY = valid
        let mutable history: Epoch list = []
        // As it was when the last loss turned out finite.
        let mutable goodHistory = history
        let isCancelled () = options.Cancellation.IsCancellationRequested
        let fitOf history (parameters, state) = { Parameters = parameters; State = state; History = List.rev history }

        let runBatch epoch i (positions: int[]) =
            let loss = descent.Step positions

            if not (Double.IsFinite loss) then
                let remedy =
                    if epoch = 0 && i = 0 then
                        "check the data and the parameters given?"
                    else
                        "try a smaller learning rate?"

                diverged $"epoch {epoch}, batch {i}" loss remedy (fitOf goodHistory (descent.BeforeLast()))

            goodHistory <- history
            loss * float positions.Length

        let runEpoch epoch =
            let clock = Stopwatch.StartNew()
            let batches = Data.deal options.Batch options.Key epoch train
            let mutable sum, rows, i = 0.0, 0, 0

            while i < batches.Length && not (isCancelled ()) do
                sum <- sum + runBatch epoch i batches[i]
                rows <- rows + batches[i].Length
                i <- i + 1

            if not (isCancelled ()) then
                let loss, metrics = evaluate (fst descent.State, validX, validY)
                let loss = Expr.toScalar loss

                if not (Double.IsFinite loss) then
                    let lastGood = fitOf goodHistory (descent.Last())
                    diverged $"validation after epoch {epoch}" loss "try a smaller learning rate, or check the validation data?" lastGood

                let entry =
                    { Number = epoch
                      TrainLoss = sum / float rows
                      ValidLoss = loss
                      Metrics = List.map2 (fun (name, _) value -> name, Expr.toScalar value) learner.Metrics metrics
                      Time = clock.Elapsed }

                history <- entry :: history
                options.Report entry

        let mutable epoch = 0

        while epoch < options.Epochs && not (isCancelled ()) do
            runEpoch epoch
            epoch <- epoch + 1

        fitOf history descent.State
