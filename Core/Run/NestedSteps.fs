namespace Fluxion

open System

/// The plan of a body, as a step of another plan keeps it.
module internal NestedSteps =
    // A stepper needs values to begin with; every run gives its own.
    let private stepperOf (plan: CompiledPlan) (pool: ScratchPool) (types: TensorType[]) (updates: (int * int) list) =
        CompiledStepper(plan, pool, types |> Array.map (fun t -> NDArray.full t.DType t.Shape 0.0), updates, false)

    // In the buffers it stands as an array of one.
    let private keep (buffers: Array[]) (state: Slot) (stepper: CompiledStepper) = buffers[state.Number] <- [| stepper |]

    let private kept (buffers: Array[]) (state: Slot) : CompiledStepper =
        match buffers[state.Number] with
        | :? (CompiledStepper[]) as one -> one[0]
        | _ -> Errors.invalid "scan" "buffers must be made by their plan" "they are not" "report this"

    /// A loop over a body's plan.
    [<Sealed>]
    type private ScanStep(work: NestedWork, scan: Scan, build: Program -> TensorType[] -> CompiledPlan) =
        inherit Step()

        let program, types, state = work.Bodies.Head
        let plan = build program types
        let lead = Scan.leadCount scan
        let sizes = types |> Array.map (fun t -> Shape.size t.Shape)
        let argument i = work.Arguments[lead + i].Slot.Number
        let arguments = Array.init types.Length argument

        // The buffer and the place in it of each result, with the number of the carry or output that it is.
        let places kind =
            [| for struct (results, storage) in work.Results do
                   match results with
                   | NestResults.Scan results ->
                       let mutable start = 0

                       for result in results do
                           match kind result with
                           | Some number -> struct (number, storage.Slot.Number, start)
                           | None -> ()

                           start <- start + Shape.size (Scan.typeOf scan result).Shape
                   | NestResults.Branch _ -> () |]

        let finals =
            places (function
                | ScanResult.Final c -> Some c
                | _ -> None)

        let histories =
            places (function
                | ScanResult.History c -> Some c
                | _ -> None)

        let stacked =
            places (function
                | ScanResult.Stacked j -> Some j
                | _ -> None)

        let counts =
            places (function
                | ScanResult.Count -> Some 0
                | _ -> None)

        let outputSizes = scan.Body.Outputs[scan.Carries ..] |> Array.map (fun output -> Shape.size output.Shape)

        let last = scan.Body.Outputs.Length - 1

        let stepsFor (buffers: Array[]) =
            if lead = 0 then
                scan.Length
            else
                match buffers[work.Arguments[0].Slot.Number] with
                | :? (int64[]) as count -> int (max 0L (min count[0] (int64 scan.Length)))
                | :? (bool[]) as first when not first[0] -> 0
                | _ -> scan.Length

        let before (stepper: CompiledStepper) (buffers: Array[]) (step: int) (row: int) =
            for i in scan.Carries .. scan.Carries + scan.Inputs - 1 do
                stepper.Load(i, buffers[arguments[i]], row * sizes[i])

            for struct (c, target, start) in histories do
                if step = 0 then
                    Elements.copy buffers[arguments[c]] 0 buffers[target] (start + row * sizes[c]) sizes[c]
                else
                    stepper.Store(c, buffers[target], start + row * sizes[c])

        let after (stepper: CompiledStepper) (buffers: Array[]) (steps: int) =
            for struct (c, target, start) in finals do
                if steps = 0 then
                    Elements.copy buffers[arguments[c]] 0 buffers[target] start sizes[c]
                else
                    stepper.Store(c, buffers[target], start)

            for struct (_, target, start) in counts do
                match buffers[target] with
                | :? (int64[]) as target -> target[start] <- int64 steps
                | _ -> ()

            // Rows of steps that were not taken.
            let rest = scan.Length - steps

            if rest > 0 then
                for struct (c, target, start) in histories do
                    Array.Clear(buffers[target], start + steps * sizes[c], rest * sizes[c])

                for struct (j, target, start) in stacked do
                    Array.Clear(buffers[target], start + steps * outputSizes[j], rest * outputSizes[j])

        override _.Prepare(buffers, pool) = keep buffers state (stepperOf plan pool types [ for c in 0 .. scan.Carries - 1 -> c, c ])

        override _.Run buffers =
            let stepper = kept buffers state

            for c in 0 .. scan.Carries - 1 do
                stepper.Load(c, buffers[arguments[c]], 0)

            for k in scan.Carries + scan.Inputs .. arguments.Length - 1 do
                stepper.GiveArray(k, buffers[arguments[k]])

            let most = stepsFor buffers
            let mutable step = 0
            let mutable goesOn = most > 0

            while goesOn do
                let row = if scan.IsReversed then most - 1 - step else step
                before stepper buffers step row
                stepper.Run 1

                for struct (j, target, start) in stacked do
                    stepper.Store(scan.Carries + j, buffers[target], start + row * outputSizes[j])

                step <- step + 1
                goesOn <- step < most && (not scan.End.IsConditional || stepper.IsTrue last)

            after stepper buffers step

    /// One of several bodies' plans.
    [<Sealed>]
    type private BranchStep(work: NestedWork, branch: Branch, build: Program -> TensorType[] -> CompiledPlan) =
        inherit Step()

        let plans = [| for program, types, state in work.Bodies -> struct (build program types, types, state) |]
        let lead = Branch.leadCount branch
        let sizes = branch.Bodies.Head.Outputs |> Array.map (fun output -> Shape.size output.Shape)

        let places =
            [| for struct (results, storage) in work.Results do
                   match results with
                   | NestResults.Branch results ->
                       for result, start in
                           List.zip results (results |> List.scan (fun start i -> start + sizes[i]) 0 |> List.take results.Length) do
                           struct (result, storage.Slot.Number, start)
                   | NestResults.Scan _ -> () |]

        override _.Prepare(buffers, pool) =
            for struct (plan, types, state) in plans do
                keep buffers state (stepperOf plan pool types [])

        override _.Run buffers =
            let taken =
                match buffers[work.Arguments[0].Slot.Number] with
                | :? (bool[]) as condition when lead > 0 && not condition[0] -> 1
                | _ -> 0

            let struct (_, types, state) = plans[taken]
            let stepper = kept buffers state

            for i in 0 .. types.Length - 1 do
                stepper.GiveArray(i, buffers[work.Arguments[lead + i].Slot.Number])

            stepper.Run 1

            for struct (result, target, start) in places do
                stepper.Store(result, buffers[target], start)

    /// The step of an op with bodies, whose plans `build` makes.
    let make (build: Program -> TensorType[] -> CompiledPlan) (work: NestedWork) : Step =
        match work.Nest with
        | Nest.Scan scan -> ScanStep(work, scan, build)
        | Nest.Branch branch -> BranchStep(work, branch, build)
