namespace Fluxion

open System
open System.Threading
open Fluxion.Kernels

/// How loops run.
[<RequireQualifiedAccess>]
type internal Tier =
    /// Without code of their own, always.
    | Interpreted
    /// As emitted code, from the first run on.
    | Emitted
    /// Interpreted first, and emitted once that has cost as much as emitting will.
    | WhenHot

/// Loops of a plan that are interpreted until `emit` has made a step of them, with the same bits. May be run by many threads at once.
[<Sealed>]
type internal TieredStep(tier: Tier, loops: Loop[], emit: unit -> Step) =
    inherit Step()

    // Nanoseconds, as measured: of an interpreted step on a tile and on an element, of a row of a tile, and of emitting and its JIT. They only weigh the two
    // sides against each other: when loops are emitted, about as much has been spent on interpreting them as emitting costs.
    static let tileTime, elementTime, rowTime = 15.0, 0.02, 20.0
    static let emitTime, instructionTime = 400_000.0, 40_000.0

    let length = loops |> Array.sumBy (fun loop -> loop.Tape.Instructions.Count)
    let mutable emitted: Step | null = if tier = Tier.Emitted then emit () else null

    let interpreted =
        if tier = Tier.Emitted then
            [||]
        else
            loops |> Array.map LoopDefinitions.interpreted

    // Of one interpreted run.
    let cost =
        let costOf (loop: InterpretedLoop) =
            let struct (tiles, rows, elements) = loop.Work

            rowTime * float rows + float loop.Length * (tileTime * float tiles + elementTime * float elements)

        100.0 + Array.sumBy costOf interpreted

    let budget =
        match tier with
        | Tier.WhenHot -> emitTime + instructionTime * float length
        | _ -> infinity

    let mutable spent = 0.0
    let mutable isEmitting = 0

    let interpret (buffers: Array[]) =
        // Runs that other threads count at the same moment may be lost, which changes nothing but when the loops are emitted.
        spent <- spent + cost

        if spent >= budget && Interlocked.Exchange(&isEmitting, 1) = 0 then
            let step = emit ()
            Volatile.Write(&emitted, step)
            step.Run buffers
        else
            for loop in interpreted do
                loop.Run buffers

    override _.Run buffers =
        match Volatile.Read(&emitted) with
        | null -> interpret buffers
        | step -> step.Run buffers

    /// Whether the loops have code of their own by now.
    member _.IsEmitted = not (isNull (Volatile.Read(&emitted)))
