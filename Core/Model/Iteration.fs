namespace Fluxion

open System.Collections.Generic
open System.Runtime.CompilerServices

/// A step compiled for one form of input: its stepper, and a value of the output's form.
[<NoEquality; NoComparison>]
type private CompiledStep<'output> = { Stepper: Stepper; Output: 'output; OutputCount: int; Key: (TensorType list * objnull list) }

/// A step that is taken again and again on a state that it keeps: a training step on its parameters, say. Made by `iterate`. The step is compiled once for
/// each form of input, writes the state in place, and allocates no arrays; reading `State` or `Output` copies. For one thread at a time.
[<Sealed>]
type Iteration<'state, 'input, 'output>
    internal (place: string, keepsEarlier: bool, step: 'state -> 'input -> 'output * 'state, initial: 'state) =
    let initial = Functions.eval initial
    let leaves = Params.named initial |> Array.ofList
    // Where the first step begins.
    let mutable first = leaves |> Array.map (snd >> Expr.value)
    let isUnit = typeof<'input> = typeof<unit>
    let compiled = List<CompiledStep<'output>>()
    let mostForms = 64
    let mutable latest: CompiledStep<'output> option = None

    // The traced step keeps what is not an expression as it is now, so a step that changes it would be lost.
    let requireSameForm (next: 'state) =
        let given = Params.named next |> Array.ofList

        if given.Length <> leaves.Length || Params.fixedParts next <> Params.fixedParts initial then
            Errors.argument
                place
                "a step must give a state of the form it takes"
                "the next differs in more than the values of its expressions"
                "make what changes a tensor?"

        for (path, leaf), (_, next) in Array.zip leaves given do
            if leaf.Type <> next.Type then
                let name = if path = "" then "the state" else $"'{path}'"

                TensorType.mismatch
                    leaf.Type
                    next.Type
                    place
                    $"{name} is {leaf.Type} and must stay so"
                    $"the step makes it {next.Type}"
                    "reshape or cast it?"

    let compile (key: TensorType list * objnull list) (state: NDArray[]) (input: 'input) (values: NDArray[]) : CompiledStep<'output> =
        let _, variables, (output, next) = Functions.trace (fun (state, input) -> step state input) (initial, input)
        requireSameForm next
        let outputs = Params.toList output |> Array.ofList
        let roots = Array.append outputs (Params.toList next |> Array.ofList)

        match Functions.outerVariable roots variables with
        | Some outer ->
            Errors.unbound
                place
                "a step may use only its state, its input and constants"
                $"it uses variable '{outer}'"
                "make that an input?"
        | None -> ()

        let updates = [ for i in 0 .. leaves.Length - 1 -> i, outputs.Length + i ]

        { Stepper = Compile.stepper keepsEarlier roots variables (Array.append state values) updates
          Output = output
          OutputCount = outputs.Length
          Key = key }

    // Copies, from the last form of input that was used.
    let state () : NDArray[] =
        match latest with
        | Some latest -> leaves |> Array.mapi (fun i _ -> latest.Stepper.Result(latest.OutputCount + i))
        | None -> first

    let give (step: CompiledStep<'output>) (first: int) (values: NDArray[]) =
        for i in 0 .. values.Length - 1 do
            step.Stepper.Give(first + i, values[i])

    let isLatest (step: CompiledStep<'output>) =
        match latest with
        | Some latest -> obj.ReferenceEquals(latest, step)
        | None -> false

    let valueOf (x: Expr) = Expr.tryValue x |> Option.defaultWith (fun () -> Expr.value (Functions.eval x))

    // The step for this input, holding it and the state.
    let prepare (input: 'input) : CompiledStep<'output> =
        match latest with
        | Some latest when isUnit -> latest
        | _ ->
            let expressions = Params.toList input
            let key = expressions |> List.map _.Type, Params.fixedParts input
            let values = expressions |> List.map valueOf |> Array.ofList

            match compiled |> Seq.tryFind (fun step -> step.Key = key) with
            | Some step ->
                give step leaves.Length values

                if not (isLatest step) then
                    give step 0 (state ())

                step
            | None ->
                let step = compile key (state ()) input values

                // Data whose shape is new at every step would otherwise fill memory with plans.
                if compiled.Count = mostForms then
                    compiled.RemoveAt 0

                compiled.Add step
                step

    /// One step. Raises UnboundInputException when the step uses a variable that is not in its state or input, and ShapeException, DTypeException
    /// or ArgumentException when it makes a state of another shape, element type or form.
    member this.Run(input: 'input) : unit = this.Run(input, 1)

    /// Many steps on one input, in one call. Raises ArgumentException when the number is negative, and what one step raises.
    member _.Run(input: 'input, steps: int) : unit =
        if steps < 0 then
            Errors.argument "Run" "the number of steps must be 0 or more" $"it is {steps}" "give 0 to stay?"

        if steps > 0 then
            let step = prepare input
            step.Stepper.Run steps

            if not (isLatest step) then
                latest <- Some step

    /// The state now: constants, in the form of the first state. A copy, which further steps leave as it is.
    member _.State: 'state = state () |> Array.map Expr.constant |> List.ofArray |> Params.ofList initial

    /// More steps on the input of the last one, whose arrays may hold other numbers by now.
    member internal _.Again(steps: int) : unit = latest |> Option.iter (fun step -> step.Stepper.Run steps)

    /// Other values for the input of the last step, of the same shapes and types.
    member internal _.GiveInput(values: NDArray[]) : unit = latest |> Option.iter (fun step -> give step leaves.Length values)

    /// Goes on from another state, of the same shapes and types.
    member internal _.GiveState(values: NDArray[]) : unit =
        match latest with
        | Some latest -> give latest 0 (Array.map NDArray.copy values)
        | None -> first <- values

    /// The values of the state now: copies.
    member internal _.StateValues: NDArray[] = state ()

    /// The first number of what the last step gave; NaN before the first step.
    member internal _.FirstOutput: float =
        match latest with
        | Some latest -> latest.Stepper.Number 0
        | None -> nan

    /// The state before the last step, or before the last two, for iterations that keep them: a copy, of steps on inputs of one form.
    member internal _.Earlier(steps: int) : 'state =
        match latest with
        | Some latest -> latest.Stepper.Earlier steps |> Array.map Expr.constant |> List.ofArray |> Params.ofList initial
        | None -> initial

    /// What the last step gave beside its next state: constants. A copy. Raises InvalidOperationException before the first step.
    member _.Output: 'output =
        match latest with
        | Some latest -> List.init latest.OutputCount (latest.Stepper.Result >> Expr.constant) |> Params.ofList latest.Output
        | None -> Errors.invalid "Output" "a step must have run" "none has" "call Run first?"

/// Steps that take no input.
[<AbstractClass; Sealed; Extension>]
type IterationExtensions =
    /// Many steps in one call. Raises what `Run` on an input raises.
    [<Extension>]
    static member Run(iteration: Iteration<'state, unit, 'output>, steps: int) : unit = iteration.Run((), steps)
