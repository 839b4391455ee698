namespace Fluxion

open System
open System.Runtime.InteropServices
open System.Threading
open Fluxion.Kernels

/// What the threads of one run of a loop share. Each thread that runs plans has one of its own, which it uses again and again.
[<Sealed>]
type internal LoopWork() =
    inherit ParallelWork()

    static let own = new ThreadLocal<LoopWork>(fun () -> LoopWork())

    let mutable memory: byte[] = [||]

    /// This thread's own.
    static member Own: LoopWork = own.Value

    member val Method: RangeMethod | null = null with get, set
    member val Buffers: Array[] = [||] with get, set
    member val Units = 0 with get, set
    member val Parts = 0 with get, set
    member val Partials = 0n with get, set

    /// Memory that stays where it is, for partial sums.
    member _.Memory(bytes: int) : nativeint =
        if memory.Length < bytes then
            memory <- GC.AllocateUninitializedArray<byte>(bytes, true)

        if bytes = 0 then
            0n
        else
            Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0)

    override this.Run part =
        let edge (part: int) = nativeint (int64 this.Units * int64 part / int64 this.Parts)
        (nonNull this.Method).Invoke(this.Buffers, edge part, edge (part + 1), this.Partials)

/// A loop that is long enough for several threads. Its results do not depend on how many there are.
[<Sealed>]
type internal ThreadedLoopStep(width: int, loop: Loop, partition: Partition) =
    inherit Step()

    // Each is emitted when it is first needed.
    let inUnits = lazy (Emit.compileUnits width loop partition)

    // For one thread: no chunks to keep and to join, which take 6 % of a long plain sum.
    let whole = lazy (Emit.compile width [| loop |])

    let count, partialBytes =
        match partition with
        | Partition.Along(_, units) -> units, 0
        | Partition.Blocks(_, units) -> units, units * BlockEmitter.Cells loop * loop.Totals.Length * SumTree.Bytes

    // Several for each thread, so that a helper that comes late finds less to do, and nobody waits for it.
    let partsOfThread = 4

    let share (buffers: Array[]) =
        let units, join = inUnits.Value
        let work = LoopWork.Own
        let partials = work.Memory partialBytes
        work.Method <- units
        work.Buffers <- buffers
        work.Units <- count
        work.Parts <- min count (partsOfThread * Threads.Count)
        work.Partials <- partials

        try
            Threads.For(work.Parts, work)
        finally
            // What must not be kept alive between runs.
            work.Buffers <- [||]
            work.Method <- null

        match join with
        | Some join -> join.Invoke(buffers, 0n, 0n, partials)
        | None -> ()

    override _.Run buffers =
        if Threads.Count = 1 then
            whole.Value.Invoke buffers
        else
            share buffers
