namespace Fluxion

/// Where a loop reads or writes: a buffer of the plan, and how far apart neighbours along each axis of the loop stand in it.
type internal Operand = { Slot: int; DType: DType; Offset: int; Strides: int[] }

/// A sum or maximum over the axes that the loop reduces. `Divisor` is what the sum is divided by at the end: 1, or the count for a mean.
type internal Total = { Value: int; Reducer: Reducer; Divisor: float; Target: Operand }

/// One pass over an iteration space: per element, a tape from inputs to values, of which some are written and some are added up.
type internal Loop =
    {
        /// Sizes of the axes, outermost first.
        Sizes: int[]
        /// Which of them the totals run over.
        Reduced: bool[]
        Tape: Tape
        Inputs: Operand[]
        /// Values (instruction numbers) and where they go.
        Outputs: (int * Operand)[]
        Totals: Total[]
    }

/// Loops in their simplest form.
module internal Loop =
    /// All that a loop reads and writes.
    let operands (loop: Loop) : Operand[] =
        [| yield! loop.Inputs
           for _, target in loop.Outputs -> target
           for total in loop.Totals -> total.Target |]

    /// Axes joined where every operand walks both as one, so that most loops have a single axis.
    let collapse (loop: Loop) : Loop =
        let operands = operands loop

        // Groups of neighbouring axes, from the back.
        let joins axis next =
            loop.Reduced[axis] = loop.Reduced[next]
            && operands
               |> Array.forall (fun operand -> operand.Strides[axis] = operand.Strides[next] * loop.Sizes[next])

        let groups =
            List.foldBack
                (fun axis groups ->
                    match groups with
                    | (first :: _ as group) :: rest when joins axis first -> (axis :: group) :: rest
                    | groups -> [ axis ] :: groups)
                [ 0 .. loop.Sizes.Length - 1 ]
                []
            |> Array.ofList

        let shrink (operand: Operand) =
            { operand with Strides = groups |> Array.map (fun group -> operand.Strides[List.last group]) }

        { loop with
            Sizes = groups |> Array.map (List.fold (fun size axis -> size * loop.Sizes[axis]) 1)
            Reduced = groups |> Array.map (fun group -> loop.Reduced[group.Head])
            Inputs = loop.Inputs |> Array.map shrink
            Outputs = loop.Outputs |> Array.map (fun (value, target) -> value, shrink target)
            Totals = loop.Totals |> Array.map (fun total -> { total with Target = shrink total.Target }) }

    /// How often the value of each instruction is needed.
    let uses (loop: Loop) : int[] =
        let uses = Array.zeroCreate loop.Tape.Instructions.Count

        let count numbers =
            for number in numbers do
                uses[number] <- uses[number] + 1

        loop.Tape.Instructions |> Seq.iter (Instruction.operands >> count)
        loop.Outputs |> Array.map fst |> count
        loop.Totals |> Array.map (fun total -> total.Value) |> count
        uses

    /// Steps that are summed before they go into the tree of sums. A lane's sum of that many numbers is a chain, whose error grows with its length;
    /// chains of 64 were no faster.
    let blockSteps = 16

    /// Elements of the last axis that are one step: 16 of float32, 8 of float64, on registers of any width.
    let lanes (loop: Loop) : int = if loop.Tape.DType = DType.Float32 then 16 else 8

    /// The axes that no total runs over, outermost first.
    let kept (loop: Loop) : int list = [ 0 .. loop.Sizes.Length - 1 ] |> List.filter (fun axis -> not loop.Reduced[axis])

    /// The axes that totals run over, outermost first.
    let reduced (loop: Loop) : int list = [ 0 .. loop.Sizes.Length - 1 ] |> List.filter (fun axis -> loop.Reduced[axis])

    /// The axes as they are nested, outermost first.
    let order (loop: Loop) : int list = kept loop @ reduced loop

    /// The innermost axis; -1 when there is none.
    let innermost (loop: Loop) : int = order loop |> List.tryLast |> Option.defaultValue -1

    /// Steps along an axis: of the lanes along the last one, of single elements along the others.
    let steps (loop: Loop) (axis: int) : int =
        if axis = loop.Sizes.Length - 1 then
            (loop.Sizes[axis] + lanes loop - 1) / lanes loop
        else
            loop.Sizes[axis]

    /// Whether the reduction is short enough to be summed without a tree.
    let isOneBlock (loop: Loop) : bool =
        reduced loop |> List.fold (fun product axis -> product * int64 (steps loop axis)) 1L
        <= int64 blockSteps

    /// Blocks along the innermost axis of a reduction, a last one of fewer elements than lanes among them.
    let blocksPerRun (loop: Loop) : int =
        let axis = innermost loop
        let isVector = axis = loop.Sizes.Length - 1
        let whole = if isVector then loop.Sizes[axis] / lanes loop else loop.Sizes[axis]
        let hasRest = isVector && loop.Sizes[axis] % lanes loop > 0
        (whole + blockSteps - 1) / blockSteps + (if hasRest then 1 else 0)

    /// Blocks of a whole reduction.
    let blocks (loop: Loop) : int =
        let inner = innermost loop

        reduced loop
        |> List.filter ((<>) inner)
        |> List.fold (fun runs axis -> runs * loop.Sizes[axis]) (blocksPerRun loop)
