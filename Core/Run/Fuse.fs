namespace Fluxion

open System.Collections.Generic

/// Turns a graph into a program. Every node gets a stage: that of its arguments while it can join their loop, else one later. All nodes of one stage
/// over one iteration space are one loop, whether or not they follow from one another, so inputs are read once for all of them.
[<Sealed>]
type internal Fuser(variables: Expr[]) =
    let slots = List<Slot>()
    let steps = List<struct (int * Work)>()
    let groups = List<Group>()
    let storages = NodeMap<Storage>()
    let readiness = NodeMap<int>()
    let members = NodeMap<struct (Group * int)>()
    // Ops with bodies, by what they are and the nodes that they are applied to, with the stage at which they run.
    let nested = Dictionary<struct (Nest * int64 list), struct (NestedWork * int)>()
    // Open groups by what must agree.
    let open' = Dictionary<struct (int * int list * DType), List<Group>>()

    let newSlot (t: TensorType) (content: Content) =
        let slot = { Number = slots.Count; DType = t.DType; Length = Shape.size t.Shape; Content = content }
        slots.Add slot
        slot

    let keep (node: Expr) (slot: Slot) (layout: StridedLayout) (ready: int) =
        storages[node] <- { Slot = slot; Layout = layout }
        readiness[node] <- ready

    // The float type whose registers move elements of a type; bool moves as masks.
    let carrier (dtype: DType) =
        match dtype with
        | DType.Float64
        | DType.Int64 -> DType.Float64
        | _ -> DType.Float32

    // The type that an elementwise node's loop works in; None for conversions between number types, and for what integers cannot do in a
    // register of floats.
    let loopType (node: Expr) (lane: Lane) (arguments: Expr[]) : DType option =
        let numbers = Array.append [| node |] arguments |> Array.map (fun x -> x.DType) |> Array.distinct

        match numbers |> Array.filter ((<>) DType.Bool) with
        | [||] -> Some(carrier DType.Bool)
        | [| dtype |] when dtype.IsFloating || IntegerLane.isSupported lane -> Some(carrier dtype)
        | _ -> None

    let operand (storage: Storage) (shape: Shape) : Operand =
        let layout = StridedLayout.broadcastTo shape storage.Layout

        { Slot = storage.Slot.Number
          DType = storage.Slot.DType
          Offset = layout.Offset
          Strides = StridedLayout.strides layout }

    // Reshapes that only add or drop axes of one element leave a value in its register.
    let rec behind (node: Expr) : Expr =
        match node.Node with
        | Node.Apply(primitive, [| x |]) when StridedLayout.space x.Shape = StridedLayout.space node.Shape ->
            match primitive.Kernel with
            | Kernel.View(View.Reshape | View.Broadcast) -> behind x
            | Kernel.Reduce((Reducer.Sum | Reducer.Mean | Reducer.Maximum), _) -> behind x
            | _ -> node
        | _ -> node

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

    /// Where a node stands in memory, and from which stage on. A value that is only in a register is written out by its loop.
    member private this.Stored(node: Expr) : Storage =
        if not (storages.Contains node) then
            let inner = behind node

            match node.Node with
            | Node.Apply(primitive, arguments) ->
                match memberOf node, primitive.Kernel with
                | ValueNone, Kernel.View view -> this.StoreView node view arguments[0]
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
    member private this.Copied(node: Expr) : Storage * int =
        let storage = { Slot = newSlot node.Type (Content.Scratch false); Layout = StridedLayout.contiguous node.Shape }
        storage, this.Write node storage

    // Writes a value where it is wanted, and gives the stage from which on it is there.
    member private this.Write (node: Expr) (target: Storage) : int =
        let space = StridedLayout.space node.Shape

        let group, register =
            match memberOf node with
            | ValueSome struct (group, register) -> group, register
            | ValueNone ->
                let storage = this.Stored node
                let group = join readiness[node] space (carrier node.DType) (fun _ -> true)
                group, group.Read(operand storage node.Shape)

        group.Outputs.Add(register, operand target node.Shape)
        group.Stage + 1

    /// A value that fills its buffer exactly, row-major, as arrays do.
    member private this.Whole(node: Expr) : Storage * int =
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

    member private this.Register (group: Group) (shape: Shape) (node: Expr) : int =
        match memberOf node, Expr.tryValue (behind node) with
        | ValueSome struct (own, register), _ when obj.ReferenceEquals(own, group) -> register
        | _, Some value when value.Length = 1 && value.DType = group.DType -> group.Tape.Constant(NDArray.first value)
        | _ -> group.Read(operand (this.Stored node) shape)

    // Values of one loop can only be joined in that loop: from two loops of one stage they go through memory, to the next stage.
    member private this.Join (space: int list) (dtype: DType) (arguments: Expr[]) (fits: Group -> bool) : Group =
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

    member private this.AddMap (node: Expr) (lane: Lane) (dtype: DType) (arguments: Expr[]) : unit =
        let group = this.Join (StridedLayout.space node.Shape) dtype arguments (fun _ -> true)
        let registers = arguments |> Array.map (this.Register group node.Shape)
        let typed = Array.map2 (fun register (x: Expr) -> register, x.DType) registers arguments

        let register =
            if typed |> Array.exists (fun (_, dtype) -> dtype.IsInteger) then
                IntegerLane.write group.Tape registers lane
            else
                VectorMath.lane group.Tape typed lane

        members[node] <- struct (group, register)
        group.Nodes.Add node

    member private this.AddReduce (node: Expr) (reducer: Reducer) (axes: int list) (x: Expr) : unit =
        let reduced =
            [| for axis, size in List.indexed x.Shape do
                   if size <> 1 then
                       List.contains axis axes |]

        let fits (group: Group) = group.Reduced |> Option.forall ((=) reduced)
        let group = this.Join (StridedLayout.space x.Shape) node.DType [| x |] fits
        let slot = newSlot node.Type (Content.Scratch false)
        keep node slot (StridedLayout.contiguous node.Shape) (group.Stage + 1)
        let count = axes |> List.map (fun axis -> x.Shape[axis]) |> Shape.size

        // Axes that are reduced stand still in the result.
        let held =
            x.Shape
            |> List.indexed
            |> List.mapFold
                (fun strides (axis, _) ->
                    match strides with
                    | stride :: rest when not (List.contains axis axes) -> stride, rest
                    | strides -> 0, strides)
                (Shape.strides node.Shape)
            |> fst

        let target = operand { Slot = slot; Layout = { Shape = x.Shape; Offset = 0; Strides = held } } x.Shape
        group.Reduced <- Some reduced

        group.Totals.Add
            { Value = this.Register group x.Shape x
              Reducer = (if reducer = Reducer.Maximum then reducer else Reducer.Sum)
              Divisor = (if reducer = Reducer.Mean then float count else 1.0)
              Target = target }

        group.Nodes.Add node

    // Parts written side by side into one buffer.
    member private this.AddAssembly (node: Expr) (zeroed: bool) (parts: (Expr * StridedLayout) seq) : unit =
        let slot = newSlot node.Type (Content.Scratch zeroed)

        let ready = [ for part, layout in parts -> this.Write part { Slot = slot; Layout = layout } ] |> List.fold max 0

        keep node slot (StridedLayout.contiguous node.Shape) ready

    member private this.AddStep (node: Expr) (ready: int) (content: Content) (work: Storage -> Work) : unit =
        let storage = { Slot = newSlot node.Type content; Layout = StridedLayout.contiguous node.Shape }
        steps.Add(struct (ready, work storage))
        keep node storage.Slot storage.Layout (ready + 1)

    member private this.AddEval (node: Expr) (primitive: Primitive) (arguments: Expr[]) : unit =
        let stored = arguments |> Array.map this.Whole
        let ready = stored |> Array.map snd |> Array.fold max 0
        this.AddStep node ready Content.Evaluated (fun result -> Work.Eval(primitive, Array.map fst stored, result, node))

    member private this.AddIndexed (node: Expr) (arguments: Expr[]) (work: Storage -> Storage -> Storage -> Work) : unit =
        let x, readyX = this.Whole arguments[0]
        let indices, readyIndices = this.Whole arguments[1]
        this.AddStep node (max readyX readyIndices) (Content.Scratch false) (work x indices)

    // Nodes that ask one loop for several things are one step: what is kept for a derivative comes with the value.
    member private this.AddNested (node: Expr) (nest: Nest) (results: NestResults) (arguments: Expr[]) : unit =
        let key = struct (nest, [ for argument in arguments -> argument.Id ])

        if not (nested.ContainsKey key) then
            let stored = arguments |> Array.map this.Whole
            let ready = stored |> Array.map snd |> Array.fold max 0

            let work =
                { Nest = nest
                  Bodies =
                    [ for body in ControlFlow.bodies node ->
                          Fuser(body.Inputs).Program(Lower.prepare body.Outputs),
                          body.Inputs |> Array.map (fun input -> input.Type),
                          newSlot { Shape = []; DType = DType.Bool } Content.State ]
                  Arguments = Array.map fst stored
                  Results = List() }

            steps.Add(struct (ready, Work.Nested work))
            nested[key] <- struct (work, ready)

        let struct (work, ready) = nested[key]
        let storage = { Slot = newSlot node.Type (Content.Scratch false); Layout = StridedLayout.contiguous node.Shape }
        work.Results.Add(struct (results, storage))
        keep node storage.Slot storage.Layout (ready + 1)

    member private this.AddProduct (node: Expr) (left: Expr) (right: Expr) : unit =
        let matrix (shape: Shape) (x: Expr) =
            let storage = this.Stored x

            match StridedLayout.tryView View.Reshape shape storage.Layout with
            | Some layout when layout.Strides |> List.forall (fun stride -> stride >= 0) -> { storage with Layout = layout }, readiness[x]
            | _ ->
                let copy, ready = this.Copied x
                { copy with Layout = StridedLayout.contiguous shape }, ready

        let leftShape = if left.Rank = 1 then 1 :: left.Shape else left.Shape
        let rightShape = if right.Rank = 1 then right.Shape @ [ 1 ] else right.Shape
        let batch shape = List.take (List.length shape - 2) shape
        let batches = Shape.broadcast "matmul" (batch leftShape) (batch rightShape)
        let last (shape: Shape) = List.skip (shape.Length - 2) shape

        let spread (storage: Storage) =
            { storage with
                Layout = StridedLayout.broadcastTo (batches @ last storage.Layout.Shape) storage.Layout }

        let a, readyLeft = matrix leftShape left
        let b, readyRight = matrix rightShape right
        let full = batches @ [ leftShape[leftShape.Length - 2]; List.last rightShape ]

        this.AddStep node (max readyLeft readyRight) (Content.Scratch false) (fun result ->
            Work.Product(spread a, spread b, { result with Layout = StridedLayout.contiguous full }, node))

    member private this.AddApplication (node: Expr) (primitive: Primitive) (arguments: Expr[]) : unit =
        let along axes (x: Expr) = Option.defaultValue [ 0 .. x.Rank - 1 ] axes

        match primitive.Kernel with
        | Kernel.Map lane ->
            match loopType node lane arguments with
            | Some dtype -> this.AddMap node lane dtype arguments
            | None -> this.AddEval node primitive arguments
        // Along axes of one element there is nothing to join, for integers neither, and the value stays where it is.
        | Kernel.Reduce _ when not (obj.ReferenceEquals(behind node, node)) -> ()
        | Kernel.Reduce((Reducer.Sum | Reducer.Mean | Reducer.Maximum) as reducer, axes) when node.DType.IsFloating ->
            this.AddReduce node reducer (along axes arguments[0]) arguments[0]
        | Kernel.View _ ->
            // A view of what is in memory is settled here, so that chains of views never go deep; one of a register, when memory is asked for.
            if (memberOf node).IsNone && (memberOf arguments[0]).IsNone then
                this.Stored node |> ignore
        | Kernel.MatMul when Shape.size node.Shape > 0 && Shape.size arguments[0].Shape > 0 ->
            this.AddProduct node arguments[0] arguments[1]
        | Kernel.Gather axis -> this.AddIndexed node arguments (fun x indices result -> Work.Gather(axis, x, indices, result, node))
        | Kernel.ScatterAdd axis when node.DType <> DType.Bool ->
            this.AddIndexed node arguments (fun x indices result -> Work.Scatter(axis, x, indices, result, node))
        | Kernel.Concat axis ->
            let starts = arguments |> Array.scan (fun start (x: Expr) -> start + x.Shape[axis]) 0

            arguments
            |> Array.mapi (fun i x ->
                let cuts = node.Shape |> List.mapi (fun k size -> if k = axis then starts[i], x.Shape[axis], 1 else 0, size, 1)
                x, StridedLayout.part node.Shape cuts x.Shape)
            |> this.AddAssembly node false
        | Kernel.Stack axis ->
            arguments
            |> Array.mapi (fun i x ->
                let cuts = node.Shape |> List.mapi (fun k size -> if k = axis then i, 1, 1 else 0, size, 1)
                x, StridedLayout.part node.Shape cuts x.Shape)
            |> this.AddAssembly node false
        | Kernel.Pad paddings ->
            let cuts = List.map2 (fun (before, _, between) size -> before, size, between + 1) paddings arguments[0].Shape
            this.AddAssembly node true [ arguments[0], StridedLayout.part node.Shape cuts arguments[0].Shape ]
        | Kernel.Nested ->
            match Row.tryApplication ControlFlow.scan node with
            | ValueSome(scan, _) -> this.AddNested node (Nest.Scan { scan with Results = [] }) (NestResults.Scan scan.Results) arguments
            | ValueNone ->
                match ControlFlow.tryBranch node with
                | ValueSome branch ->
                    this.AddNested node (Nest.Branch { branch with Results = [] }) (NestResults.Branch branch.Results) arguments
                | ValueNone -> this.AddEval node primitive arguments
        | _ -> this.AddEval node primitive arguments

    member private this.Add(node: Expr) : unit =
        match node.Node with
        | Node.Constant value -> keep node (newSlot node.Type (Content.Constant value)) (StridedLayout.contiguous node.Shape) 0
        | Node.Variable _ ->
            // Equal variables are one node after merging, but the caller's list holds its own.
            match variables |> Array.tryFindIndex (fun variable -> variable.Node = node.Node) with
            | Some input -> keep node (newSlot node.Type (Content.Input input)) (StridedLayout.contiguous node.Shape) 0
            | None -> ()
        | Node.Apply(primitive, arguments) -> this.AddApplication node primitive arguments

    /// The program that computes the roots from the variables.
    member this.Program(roots: Expr[]) : Program =
        for node in Graph.postorder roots do
            this.Add node

        let results =
            [| for root in roots ->
                   let storage, _ = this.Whole root

                   match storage.Slot.Content with
                   | Content.Scratch zeroed -> storage.Slot.Content <- Content.Result zeroed
                   | _ -> ()

                   storage.Slot, root.Shape |]

        let loops =
            groups
            |> Seq.map (fun group -> struct (group.Stage, Work.Loop(Loop.collapse (group.ToLoop()), List.ofSeq group.Nodes)))

        { Slots = slots.ToArray()
          Steps =
            Seq.append loops steps
            |> Seq.sortBy (fun struct (stage, _) -> stage)
            |> Seq.map (fun struct (_, work) -> work)
            |> Array.ofSeq
          Results = results }
