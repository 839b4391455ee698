namespace Fluxion

open System.Collections.Generic

/// Which buffers of a program can be one array, because no step needs both.
module internal Memory =
    // Per slot, the last step that needs it.
    let private lastUses (program: Program) =
        let last = Array.create program.Slots.Length -1

        program.Steps
        |> Array.iteri (fun step work ->
            for slot in Work.slots work do
                last[slot] <- step)

        last

    /// Per slot, the slot whose array it shares: its own number, or that of an earlier one of the same length and type that is no longer needed.
    let share (program: Program) : int[] =
        let last = lastUses program
        let shared = Array.init program.Slots.Length id
        let seen = HashSet<int>()
        let free = Dictionary<struct (DType * int), Stack<int>>()

        let freeOf (slot: Slot) =
            let key = struct (slot.DType, slot.Length)

            match free.TryGetValue key with
            | true, stack -> stack
            | _ ->
                free[key] <- Stack()
                free[key]

        let isReusable (slot: Slot) =
            match slot.Content with
            | Content.Scratch zeroed -> not zeroed
            | _ -> false

        program.Steps
        |> Array.iteri (fun step work ->
            let needed =
                Work.slots work
                |> Seq.distinct
                |> Seq.map (fun slot -> program.Slots[slot])
                |> Seq.filter isReusable
                |> Array.ofSeq

            for slot in needed do
                if seen.Add slot.Number && (freeOf slot).Count > 0 then
                    shared[slot.Number] <- (freeOf slot).Pop()

            // Only after the step: it may read one buffer while it writes another.
            for slot in needed do
                if last[slot.Number] = step then
                    (freeOf slot).Push shared[slot.Number])

        shared

    /// The bytes of an element.
    let sizeOf (dtype: DType) =
        match dtype with
        | DType.Bool -> 1L
        | DType.Float32
        | DType.Int32 -> 4L
        | _ -> 8L

    let private count (slots: Slot seq) = slots |> Seq.countBy (fun slot -> struct (slot.DType, slot.Length)) |> Map.ofSeq

    let private mostOf (left: Map<_, int>) (right: Map<_, int>) =
        Map.fold (fun most key count -> Map.add key (max count (Map.tryFind key most |> Option.defaultValue 0)) most) left right

    let rec private pairLongest merge (left: 'a list) (right: 'a list) =
        match left, right with
        | a :: left, b :: right -> merge a b :: pairLongest merge left right
        | [], rest
        | rest, [] -> rest

    // How many arrays of each type and length there are between steps, and then in the plans inside the plan, which take turns with them, level by level.
    let rec private arrays (program: Program) : Map<struct (DType * int), int> list =
        let shared = share program

        let own =
            program.Slots
            |> Seq.filter (fun slot -> slot.Content.IsScratch && shared[slot.Number] = slot.Number)
            |> count

        let inside =
            [ for work in program.Steps do
                  match work with
                  | Work.Nested work ->
                      for body, _, _ in work.Bodies do
                          match arrays body with
                          | scratch :: deeper ->
                              let results = body.Slots |> Seq.filter (fun slot -> slot.Content.IsResult) |> count

                              let sum =
                                  Map.fold
                                      (fun all key n -> Map.add key (n + (Map.tryFind key all |> Option.defaultValue 0)) all)
                                      scratch
                                      results

                              sum :: deeper
                          | [] -> ()
                  | _ -> () ]

        own :: List.fold (pairLongest mostOf) [] inside

    /// The bytes and the number of arrays between steps, those of plans inside the plan among them.
    let needed (program: Program) : struct (int64 * int) =
        let all = arrays program |> List.collect Map.toList
        let bytes = all |> List.sumBy (fun (struct (dtype, length), count) -> sizeOf dtype * int64 length * int64 count)
        struct (bytes, List.sumBy snd all)

    /// The bytes of the results, which are given away.
    let ofResults (program: Program) : int64 =
        program.Slots
        |> Array.filter (fun slot -> slot.Content.IsResult)
        |> Array.sumBy (fun slot -> sizeOf slot.DType * int64 slot.Length)

/// Arrays that plans take in turn: those of one level of nesting never run at once, and keep nothing in them from run to run.
[<Sealed>]
type internal ScratchPool() =
    let arrays = Dictionary<struct (DType * int), List<System.Array>>()
    let inside = lazy ScratchPool()

    /// The pool for plans inside the plan.
    member _.Inside = inside.Value

    /// What gives one plan an array for each of its slots: never the same twice, but the same as to other plans.
    member _.Taker(create: Slot -> System.Array) : Slot -> System.Array =
        let taken = Dictionary<struct (DType * int), int>()

        fun slot ->
            let key = struct (slot.DType, slot.Length)

            if not (arrays.ContainsKey key) then
                arrays[key] <- List()

            let next =
                match taken.TryGetValue key with
                | true, count -> count
                | _ -> 0

            taken[key] <- next + 1

            if next = arrays[key].Count then
                arrays[key].Add(create slot)

            arrays[key][next]
