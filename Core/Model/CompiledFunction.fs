namespace Fluxion

open System
open System.Threading

/// What a compiled function does with arguments of one form: a plan and a value of the result's form, or none of both.
[<Sealed>]
type private CompiledForm<'result>(contents: Contents, plan: ((NDArray[] -> NDArray[]) * 'result) option) =
    let types = contents.Expressions.ToArray() |> Array.map _.Type
    let fixedParts = contents.Fixed.ToArray()

    member _.Plan = plan

    /// Whether arguments have this form.
    member _.Fits(arguments: Contents) : bool =
        let mutable fits = arguments.Expressions.Count = types.Length && arguments.Fixed.Count = fixedParts.Length
        let mutable i = 0

        while fits && i < types.Length do
            let own = arguments.Expressions[i].Type
            fits <- own.DType = types[i].DType && Shape.same own.Shape types[i].Shape
            i <- i + 1

        i <- 0

        while fits && i < fixedParts.Length do
            fits <- fixedParts[i] = arguments.Fixed[i]
            i <- i + 1

        fits

/// A function that is traced once for each form of its arguments, and then runs by its plan. May be called from many threads at once.
[<Sealed>]
type internal CompiledFunction<'argument, 'result>
    (f: 'argument -> 'result, planOf: 'argument -> ((NDArray[] -> NDArray[]) * 'result) option) =
    // Data whose shape is new at every call would otherwise fill memory with plans.
    static let mostForms = 64

    let gate = obj ()
    // Replaced as a whole, so that looking a form up takes no lock.
    let mutable forms: CompiledForm<'result>[] = [||]
    // One call's workspace, for the next.
    let mutable spare: Contents | null = null

    let areConstant (contents: Contents) =
        let mutable areConstant = true

        for expression in contents.Expressions do
            match expression.Node with
            | Node.Constant _ -> ()
            | _ -> areConstant <- false

        areConstant

    let valueOf (expression: Expr) =
        match expression.Node with
        | Node.Constant value -> value
        | _ -> Errors.invalid "compiled function" "its arguments must be constants here" $"one is {expression}" "report this"

    let tryFind (contents: Contents) : CompiledForm<'result> | null =
        let known = Volatile.Read &forms
        let mutable found: CompiledForm<'result> | null = null
        let mutable i = 0

        while isNull found && i < known.Length do
            if known[i].Fits contents then
                found <- known[i]

            i <- i + 1

        found

    // Two threads may trace the same form at once, of which one is kept: tracing calls the user's function, and no lock is held over that.
    let add (contents: Contents) (arguments: 'argument) : CompiledForm<'result> =
        let form = CompiledForm(contents, planOf arguments)

        lock gate (fun () ->
            match tryFind contents with
            | null ->
                forms <- Array.append [| form |] (if forms.Length < mostForms then forms else [||])
                form
            | known -> known)

    let run (form: CompiledForm<'result>) (contents: Contents) (arguments: 'argument) : 'result =
        match form.Plan with
        | Some(run, result) ->
            let values = Array.zeroCreate contents.Expressions.Count

            for i in 0 .. values.Length - 1 do
                values[i] <- valueOf contents.Expressions[i]

            Params.ofArray result (run values |> Array.map Expr.constant)
        // The result is still an expression.
        | None -> f arguments

    /// The function's result: by a plan where all arguments are constants.
    member _.Call(arguments: 'argument) : 'result =
        let contents =
            match Interlocked.Exchange(&spare, null) with
            | null -> Contents()
            | spare -> spare

        try
            Params.visit arguments contents

            if areConstant contents then
                match tryFind contents with
                | null -> run (add contents arguments) contents arguments
                | form -> run form contents arguments
            else
                // Inside another trace the function is part of what is being traced.
                f arguments
        finally
            contents.Expressions.Clear()
            contents.Fixed.Clear()
            Volatile.Write(&spare, contents)
