namespace Fluxion

/// How a loop that is long enough for several threads is cut into units, of which each thread takes some that lie side by side. No cut changes a
/// result: it leaves each sum whole, or falls between nodes of the tree of sums.
[<RequireQualifiedAccess>]
type internal Partition =
    /// Along an axis that no total runs over; a unit is one of its steps.
    | Along of axis: int * units: int
    /// Along the reduction; a unit is 2^level of its blocks, and so one node of the tree.
    | Blocks of level: int * units: int

module internal Partition =
    /// Nanoseconds from which on a loop is worth several threads: a helper that sleeps takes 5 to 10 µs to wake. On two processors with much other work,
    /// two threads took at most 1.02 times one's time for 20 µs of arithmetic, and half of it for 100 µs; for 5 µs 1.05 times, and twice for a sum of 2 µs.
    let threshold = 20_000.0

    // Enough to even out a busy machine, and few enough that what each costs is nothing beside its work.
    let private fewUnits = 16
    let private manyUnits = 32

    // Cycles between two instructions of a kind, roughly, where the others are 1.
    let private weight (instruction: Instruction) =
        match instruction with
        | Instruction.Divide _
        | Instruction.Sqrt _ -> 8.0
        | Instruction.CallScalar _
        | Instruction.CallScalarBinary _ -> 4.0
        | other -> if Instruction.isArithmetic other then 1.0 else 0.0

    /// About how many nanoseconds a loop takes on one thread.
    let nanoseconds (loop: Loop) : float =
        let steps =
            [ 0 .. loop.Sizes.Length - 1 ]
            |> List.fold (fun steps axis -> steps * float (Loop.steps loop axis)) 1.0

        // Reading or writing a register in the second-level cache, and what a lane costs when it is read by itself.
        let access (operand: Operand) =
            match Array.tryLast operand.Strides with
            | Some(0 | 1)
            | None -> 0.25
            | Some _ -> 0.5 * float (Loop.lanes loop)

        let arithmetic = loop.Tape.Instructions |> Seq.sumBy weight
        let memory = Seq.append loop.Inputs (Seq.map snd loop.Outputs) |> Seq.sumBy access
        steps * (0.13 * arithmetic + memory)

    let private blocks (loop: Loop) =
        let blocks = Loop.blocks loop
        let level = Seq.initInfinite id |> Seq.find (fun level -> (blocks - 1) >>> level < manyUnits)
        Partition.Blocks(level, ((blocks - 1) >>> level) + 1)

    /// The cut of a loop of any length; None where nothing can be cut.
    let tryCut (loop: Loop) : Partition option =
        let axes = Loop.kept loop |> List.map (fun axis -> axis, Loop.steps loop axis)
        let along (axis, units) = if units > 1 then Some(Partition.Along(axis, units)) else None
        let longest = if axes.IsEmpty then None else Some(List.maxBy snd axes)

        match axes |> List.tryFind (fun (_, steps) -> steps >= fewUnits), longest with
        | Some axis, _ -> along axis
        | None, Some(axis, steps) when steps >= fewUnits / 4 -> along (axis, steps)
        | None, _ when not (Loop.isOneBlock loop) -> Some(blocks loop)
        | None, longest -> Option.bind along longest

    /// The cut of a loop that is worth several threads.
    let tryOf (loop: Loop) : Partition option = if nanoseconds loop >= threshold then tryCut loop else None
