namespace Fluxion

open System.Collections.Generic
open System.Runtime.CompilerServices

/// A step compiled for one form of input: its stepper, and a value of the output's form.
[<NoEquality; NoComparison>]
type private CompiledStep<'output> = { Stepper: Stepper; Output: 'output; OutputCount: int; Key: (TensorType list * objnull list) }

/// A step that is taken again and again on a state that it keeps: a training step on its parameters, say. Made by `iterate`. The step is compiled once for
/// each form of input, writes the state in place, and allocates no arrays; reading `State` or `Output` copies. For one thread at a time.
[<Sealed>]
type Iteration<'state, 'input, 'output> internal (step: 'state -> 'input -> 'output * 'state, initial: 'state) =
    let initial = Functions.eval initial
    let leaves = Params.named initial |> Array.ofList
    let isUnit = typeof<'input> = typeof<unit>
    let compiled = List<CompiledStep<'output>>()
    let mutable latest: CompiledStep<'output> option = None

    // The traced step keeps what is not an expression as it is now, so a step that changes it would be lost.
    let requireSameForm (next: 'state) =
        let given = Params.named next |> Array.ofList

        if given.Length <> leaves.Length || Params.fixedParts next <> Params.fixedParts initial then
            Errors.argument
                "iterate"
                "a step must give a state of the form it takes"
                "the next differs in more than the values of its expressions"
                "make what changes a tensor?"

        for (path, leaf), (_, next) in Array.zip leaves given do
            if leaf.Type <> next.Type then
                let name = if path = "" then "the state" else $"'{path}'"
                Errors.shape "iterate" $"{name} is {leaf.Type} and must stay so" $"the step makes it {next.Type}" "reshape or cast it?"

    let compile (key: TensorType list * objnull list) (state: NDArray[]) (input: 'input) (values: NDArray[]) : CompiledStep<'output> =
        let _, variables, (output, next) = Functions.trace (fun (state, input) -> step state input) (initial, input)
        requireSameForm next
        let outputs = Params.toList output |> Array.ofList
        let roots = Array.append outputs (Params.toList next |> Array.ofList)

        match Functions.outerVariable roots variables with
        | Some outer ->
            Errors.unbound
                "iterate"
                "a step may use only its state, its input and constants"
                $"it uses variable '{outer}'"
                "make that an input?"
        | None -> ()

        let updates = [ for i in 0 .. leaves.Length - 1 -> i, outputs.Length + i ]

        { Stepper = Stepper(Compile.plan roots variables, Array.append state values, updates)
          Output = output
          OutputCount = outputs.Length
          Key = key }

    // Copies, from the last form of input that was used.
    let state () : NDArray[] =
        match latest with
        | Some latest -> leaves |> Array.mapi (fun i _ -> latest.Stepper.Result(latest.OutputCount + i))
        | None -> leaves |> Array.map (snd >> Expr.value)

    let give (step: CompiledStep<'output>) (first: int) (values: NDArray[]) =
        for i in 0 .. values.Length - 1 do
            step.Stepper.Give(first + i, Buffers.toArray values[i].Buffer)

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
                compiled.Add step
                step

    /// One step. Raises UnboundInputException when the step uses a variable that is not in its state or input, and ShapeException or ArgumentException
    /// when it makes a state of another form.
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
