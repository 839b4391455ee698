namespace Fluxion

open System.Reflection.Emit

/// The accumulators of a loop's totals, and the code that joins them. Steps of a reduction are taken in blocks (`Loop.blockSteps`); the sums of blocks are added
/// pairwise as a binary counter carries, so the error grows with the logarithm of the count. (Higham, "The accuracy of floating point summation",
/// SIAM J. Sci. Comput. 14(4), 1993.) All of it depends on the loop's sizes alone.
[<Sealed>]
type internal SumTree(code: Code, vectors: Vectors, totals: Total[], memory: LocalBuilder) =
    let il = code.IL
    let perVector = vectors.Lanes
    let size = vectors.ElementSize

    /// Per total, one register or more that hold the 64 bytes of the fixed order.
    let accumulators =
        totals
        |> Array.map (fun _ -> Array.init (SumTree.Bytes / (perVector * size)) (fun _ -> code.Local vectors.Type))

    let level, blocks = code.Local typeof<nativeint>, code.Local typeof<nativeint>
    let counter = code.Local typeof<nativeint>

    let each (action: int -> int -> unit) =
        accumulators |> Array.iteri (fun i copies -> copies |> Array.iteri (fun copy _ -> action i copy))

    // Where the accumulator is kept in memory that holds sets of them, in the set whose number `putNumber` puts on the stack.
    let addressIn (memory: LocalBuilder) (putNumber: unit -> unit) i copy =
        code.Get memory
        putNumber ()
        code.Native(int64 (totals.Length * SumTree.Bytes))
        il.Emit OpCodes.Mul
        il.Emit OpCodes.Add
        code.Native(int64 (i * SumTree.Bytes + copy * perVector * size))
        il.Emit OpCodes.Add

    let loadFrom memory putNumber i copy =
        addressIn memory putNumber i copy
        code.Call(vectors.Register("Load", [| vectors.Pointer |]))

    let storeTo memory putNumber i copy =
        addressIn memory putNumber i copy
        code.Get(accumulators[i][copy])
        code.Call(vectors.Register("Store", [| vectors.Pointer; vectors.Type |]))

    // The tree's own memory has a set for each level.
    let load putLevel i copy = loadFrom memory putLevel i copy

    /// The lanes of the fixed order: 16 of float32, 8 of float64.
    static member Bytes = 64

    /// The bytes of memory that a number of totals needs: one level for each bit of the count of blocks.
    static member Memory(totals: int) : int = 32 * totals * SumTree.Bytes

    /// What a total starts from.
    member _.PutIdentity(i: int) : unit =
        code.Scalar(vectors, (if totals[i].Reducer = Reducer.Maximum then -infinity else 0.0))
        code.Call(vectors.Operation("Create", [| vectors.Element |]))

    /// Joins two vectors on the stack.
    member _.Join(i: int) : unit =
        let name = if totals[i].Reducer = Reducer.Maximum then "Max" else "Add"
        code.Call(vectors.Operation(name, [| vectors.Type; vectors.Type |]))

    member _.Accumulator(i: int, copy: int) = accumulators[i][copy]

    member this.Reset() : unit =
        each (fun i copy ->
            this.PutIdentity i
            code.Set(accumulators[i][copy]))

    member this.Start() : unit =
        this.Reset()
        code.Native 0L
        code.Set blocks

    /// Takes the accumulators as the sums of one more block.
    member this.Push() : unit =
        code.Native 0L
        code.Set level
        code.Get blocks
        code.Set counter

        code.WhileOdd counter (fun () ->
            each (fun i copy ->
                load (fun () -> code.Get level) i copy
                code.Get(accumulators[i][copy])
                this.Join i
                code.Set(accumulators[i][copy]))

            code.Advance level 1)

        each (storeTo memory (fun () -> code.Get level))
        this.Reset()
        code.Advance blocks 1

    /// Adds up the levels that a number of blocks has filled, its bits; to what the accumulators hold of the blocks behind them, when they do.
    member this.Finish(count: int, isSeeded: bool) : unit =
        let filled = [ 0..31 ] |> List.filter (fun bit -> (count >>> bit) &&& 1 = 1)

        each (fun i copy ->
            filled
            |> List.iteri (fun order bit ->
                load (fun () -> code.Native bit) i copy

                if order > 0 || isSeeded then
                    code.Get(accumulators[i][copy])
                    this.Join i

                code.Set(accumulators[i][copy])))

    /// Writes the accumulators to the set of `memory` whose number `putNumber` puts on the stack.
    member _.Save(memory: LocalBuilder, putNumber: unit -> unit) : unit = each (storeTo memory putNumber)

    /// Reads them back.
    member _.Restore(memory: LocalBuilder, putNumber: unit -> unit) : unit =
        each (fun i copy ->
            loadFrom memory putNumber i copy
            code.Set(accumulators[i][copy]))

    /// Puts a total's lanes on the stack, divided where it is a mean.
    member _.PutLanes(i: int, copy: int) : unit =
        code.Get(accumulators[i][copy])

        if totals[i].Divisor <> 1.0 then
            code.Scalar(vectors, totals[i].Divisor)
            code.Call(vectors.Operation("Create", [| vectors.Element |]))
            code.Call(vectors.Operation("Divide", [| vectors.Type; vectors.Type |]))

    /// Puts a total over all lanes on the stack: lanes j and j + half are joined, then the halves of those.
    member this.PutWhole(i: int) : unit =
        let rec halve (copies: LocalBuilder[]) =
            if copies.Length > 1 then
                let half = copies.Length / 2

                for copy in 0 .. half - 1 do
                    code.Get(copies[copy])
                    code.Get(copies[copy + half])
                    this.Join i
                    code.Set(copies[copy])

                halve copies[.. half - 1]

        halve accumulators[i]
        code.Get(accumulators[i][0])

        let rec narrow (bits: int) =
            if bits > 128 then
                let wide = Vectors.Of(bits, vectors.DType)
                let lower = Vectors.Of(bits / 2, vectors.DType)
                let value = code.Local wide.Type
                code.Set value
                code.Get value
                code.Call(wide.Operation("GetLower", [| wide.Type |]))
                code.Get value
                code.Call(wide.Operation("GetUpper", [| wide.Type |]))
                let name = if totals[i].Reducer = Reducer.Maximum then "Max" else "Add"
                code.Call(lower.Operation(name, [| lower.Type; lower.Type |]))
                narrow (bits / 2)

        narrow vectors.Bits
        let last = Vectors.Of(128, vectors.DType)
        let name = if totals[i].Reducer = Reducer.Maximum then "Largest" else "Sum"
        code.Call(last.Lane(name, [| last.Element |], [| last.Type |]))

        if totals[i].Divisor <> 1.0 then
            code.Scalar(vectors, totals[i].Divisor)
            il.Emit OpCodes.Div
