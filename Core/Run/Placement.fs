namespace Fluxion

open System.Collections.Generic

/// The registers that a loop runs on.
module internal LoopType =
    /// The float type whose registers move elements of a type; bool moves as masks.
    let carrier (dtype: DType) : DType =
        match dtype with
        | DType.Float64
        | DType.Int64 -> DType.Float64
        | _ -> DType.Float32

    /// The type that an elementwise node's loop works in; None where its numbers differ in width, and for what integers cannot do in a
    /// register of floats.
    let ofMap (node: Expr) (lane: Lane) (arguments: Expr[]) : DType option =
        let numbers = Array.append [| node |] arguments |> Array.map (fun x -> x.DType) |> Array.filter ((<>) DType.Bool)

        match numbers |> Array.map carrier |> Array.distinct with
        | [||] -> Some(carrier DType.Bool)
        | [| dtype |] when numbers |> Array.forall (fun x -> x.IsFloating) -> Some dtype
        | [| dtype |] when IntegerLane.isSupported (arguments |> Array.map (fun x -> x.DType)) lane -> Some dtype
        | _ -> None

/// Where the values of a graph stand, and from which stage on: in buffers, under layouts of them, or in registers of loops that nodes are still
/// being joined to. A value that is only in a register is written out by its loop, once someone asks for it in memory.
[<AbstractClass>]
type internal Placement() =
    let slots = List<Slot>()
    let groups = List<Group>()
    let storages = NodeMap<Storage>()
    let readiness = NodeMap<int>()
    let members = NodeMap<struct (Group * int)>()
    // Open groups by what must agree.
    let open' = Dictionary<struct (int * int list * DType), List<Group>>()


    let newSlot (t: TensorType) (content: Content) =
        let slot = { Number = slots.Count; DType = t.DType; Length = Shape.size t.Shape; Content = content }
        slots.Add slot
        slot

    let keep (node: Expr) (slot: Slot) (layout: StridedLayout) (ready: int) =
        storages[node] <- { Slot = slot; Layout = layout }
        readiness[node] <- ready

    let operand (storage: Storage) (shape: Shape) : Operand =
        let layout = StridedLayout.broadcastTo shape storage.Layout

        { Slot = storage.Slot.Number
          DType = storage.Slot.DType
          Offset = layout.Offset
          Strides = StridedLayout.strides layout }

    // Reshapes that only add or drop axes of one element leave a value in its register.
    let rec behind (node: Expr) : Expr =
        if node.Arity = 1 && StridedLayout.space (node.Argument 0).Shape = StridedLayout.space node.Shape then
            match node.Primitive.Kernel with
            | Kernel.View(View.Reshape | View.Broadcast)
            | Kernel.Reduce((Reducer.Sum | Reducer.Mean | Reducer.Maximum), _) -> behind (node.Argument 0)
            | _ -> node
        else
            node

    // The loop that computes a node, and the instruction that does.
    let memberOf (node: Expr) : struct (Group * int) voption = members.TryFind(behind node)

    let join (stage: int) (space: int list) (dtype: DType) (fits: Group -> bool) : Group =
        let key = struct (stage, space, dtype)

        let candidates =
            match open'.TryGetValue key with
            | true, known -> known
            | _ ->
                open'[key] <- List()
                open'[key]

        match candidates |> Seq.tryFind (fun group -> not group.IsFull && fits group) with
        | Some group -> group
        | None ->
            let group = Group(stage, space, dtype)
            candidates.Add group
            groups.Add group
            group

    /// The buffers so far.
    member _.Slots: IReadOnlyList<Slot> = slots
    /// The loops so far.
    member _.Groups: IReadOnlyList<Group> = groups
    /// A new buffer.
    member _.NewSlot(t: TensorType, content: Content) : Slot = newSlot t content
    /// Notes where a node stands, and the stage from which on it is there.
    member _.Keep (node: Expr) (slot: Slot) (layout: StridedLayout) (ready: int) : unit = keep node slot layout ready
    /// The stage from which on a stored node can be read.
    member _.ReadinessOf(node: Expr) : int = readiness[node]
    /// What a loop over a shape reads or writes of a buffer.
    member _.Operand (storage: Storage) (shape: Shape) : Operand = operand storage shape
    /// The node whose value a node is, but for axes of one element.
    member _.Behind(node: Expr) : Expr = behind node
    /// Whether a value is in a register of some loop.
    member _.IsInRegister(node: Expr) : bool = (memberOf node).IsSome
    /// Whether a value has a place in memory.
    member _.IsStored(node: Expr) : bool = storages.Contains node
    /// Notes the instruction that computes a node.
    member _.KeepRegister (node: Expr) (group: Group) (register: int) : unit = members[node] <- struct (group, register)

    /// Where a node stands in memory, and from which stage on. A value that is only in a register is written out by its loop.
    member this.Stored(node: Expr) : Storage =
        if not (storages.Contains node) then
            let inner = behind node

            match node.Node with
            | Node.Apply primitive ->
                match memberOf node, primitive.Kernel with
                | ValueNone, Kernel.View view -> this.StoreView node view (node.Argument 0)
                | ValueSome struct (group, register), _ ->
                    let slot = newSlot node.Type (Content.Scratch false)
                    keep node slot (StridedLayout.contiguous node.Shape) (group.Stage + 1)
                    group.Outputs.Add(register, operand storages[node] node.Shape)
                    // The node behind reads the same buffer, under its own shape.
                    if not (storages.Contains inner) then
                        keep inner slot (StridedLayout.contiguous inner.Shape) (group.Stage + 1)
                | _ ->
                    let storage = this.Stored inner

                    // Only axes of one element differ, so the elements stay where they are.
                    match StridedLayout.tryView View.Reshape node.Shape storage.Layout with
                    | Some layout -> keep node storage.Slot layout readiness[inner]
                    | None ->
                        Errors.invalid "compile" "axes of one element come and go without moving anything" $"{node} moves" "report this"
            | _ -> Errors.unbound "compile" "every variable must be an input" $"'{node}' is none" "make it one?"

        storages[node]

    member private this.StoreView (node: Expr) (view: View) (x: Expr) : unit =
        let storage = this.Stored x

        match StridedLayout.tryView view node.Shape storage.Layout with
        | Some layout -> keep node storage.Slot layout readiness[x]
        | None ->
            let copy, ready = this.Copied x

            match StridedLayout.tryView view node.Shape copy.Layout with
            | Some layout -> keep node copy.Slot layout ready
            | None -> Errors.invalid "compile" "a view of a fresh copy is always one" $"{node} is not" "report this"

    /// A copy of a value, row-major in a buffer of its own.
    member this.Copied(node: Expr) : Storage * int =
        let storage = { Slot = newSlot node.Type (Content.Scratch false); Layout = StridedLayout.contiguous node.Shape }
        storage, this.Write node storage

    // Writes a value where it is wanted, and gives the stage from which on it is there.
    member this.Write (node: Expr) (target: Storage) : int =
        let space = StridedLayout.space node.Shape

        let group, register =
            match memberOf node with
            | ValueSome struct (group, register) -> group, register
            | ValueNone ->
                let storage = this.Stored node
                let group = join readiness[node] space (LoopType.carrier node.DType) (fun _ -> true)
                group, group.Read(operand storage node.Shape)

        group.Outputs.Add(register, operand target node.Shape)
        group.Stage + 1

    /// A value that fills its buffer exactly, row-major, as arrays do.
    member this.Whole(node: Expr) : Storage * int =
        let storage = this.Stored node

        if
            storage.Slot.Length = Shape.size node.Shape
            && storage.Layout.Offset = 0
            && StridedLayout.isContiguous storage.Layout
        then
            { storage with Layout = StridedLayout.contiguous node.Shape }, readiness[node]
        else
            this.Copied node

    // The stage at which a value can be read by a loop over `space`: its own while it is in that loop's register.
    member private this.StageOf (space: int list) (dtype: DType) (node: Expr) : int =
        match memberOf node with
        | ValueSome struct (group, _) when group.Space = space && group.DType = dtype && not group.IsFull -> group.Stage
        | ValueSome struct (group, _) -> group.Stage + 1
        | ValueNone ->
            this.Stored node |> ignore
            readiness[node]

    member this.Register (group: Group) (shape: Shape) (node: Expr) : int =
        match memberOf node, Expr.tryValue (behind node) with
        | ValueSome struct (own, register), _ when obj.ReferenceEquals(own, group) -> register
        | _, Some value when value.Length = 1 && value.DType = group.DType -> group.Tape.Constant(NDArray.first value)
        | _, Some value when value.Length = 1 && value.DType.IsInteger -> group.Tape.Add(Instruction.Bits value.Ints[0])
        | _ -> group.Read(operand (this.Stored node) shape)

    // Values of one loop can only be joined in that loop: from two loops of one stage they go through memory, to the next stage.
    member this.Join (space: int list) (dtype: DType) (arguments: Expr[]) (fits: Group -> bool) : Group =
        let stage = arguments |> Array.map (this.StageOf space dtype) |> Array.fold max 0

        let own =
            arguments
            |> Array.choose (fun argument ->
                match memberOf argument with
                | ValueSome struct (group, _) when group.Stage = stage && group.Space = space && group.DType = dtype -> Some group
                | _ -> None)
            |> Array.distinct

        match own with
        | [||] -> join stage space dtype fits
        | [| group |] when fits group -> group
        | _ -> join (stage + 1) space dtype fits
