namespace Fluxion

open System.Collections.Generic

/// Turns a graph into a program. Every node gets a stage: that of its arguments while it can join their loop, else one later. All nodes of one stage
/// over one iteration space are one loop, whether or not they follow from one another, so inputs are read once for all of them.
[<Sealed>]
type internal Fuser(variables: Expr[]) =
    inherit Placement()
    let steps = List<struct (int * Work)>()
    // Ops with bodies, by what they are and the nodes that they are applied to, with the stage at which they run.
    let nested = Dictionary<struct (Nest * int64 list), struct (NestedWork * int)>()
    let waiting = Waiting()
    // Maxima of windows and where they stand, which are found together, and the stage from which on they are there.
    let maxima = Dictionary<struct (Expr * Pool2dOptions), struct (Slot * Slot * int)>()
    let factored = Dictionary<Expr, struct (Storage * int)>()

    member private this.AddMap (node: Expr) (lane: Lane) (dtype: DType) (arguments: Expr[]) : unit =
        let isInMemory (leaf: Expr) = not (this.IsInRegister leaf) || this.IsStored leaf

        let sharesLoop (user: Expr) =
            match user.Node with
            | Node.Apply primitive ->
                match primitive.Kernel with
                | Kernel.Map lane -> user.Shape = node.Shape && LoopType.ofMap user lane user.Arguments = Some dtype
                | _ -> false
            | _ -> false

        if not (waiting.TryAdd(node, isInMemory, sharesLoop)) then
            let group = this.Join (StridedLayout.space node.Shape) dtype (waiting.Leaves arguments) (fun _ -> true)
            this.Place group node lane arguments

    // The instructions of a node, after those of the arguments that waited for it.
    member private this.Place (group: Group) (node: Expr) (lane: Lane) (arguments: Expr[]) : unit =
        for argument in arguments do
            match argument.Node with
            | Node.Apply primitive when waiting.Contains argument && not (this.IsInRegister argument) ->
                match primitive.Kernel with
                | Kernel.Map lane -> this.Place group argument lane argument.Arguments
                | _ -> ()
            | _ -> ()

        let registers = arguments |> Array.map (this.Register group node.Shape)
        let typed = Array.map2 (fun register (x: Expr) -> register, x.DType) registers arguments

        let register =
            if node.DType.IsInteger || typed |> Array.exists (fun (_, dtype) -> dtype.IsInteger) then
                IntegerLane.write group.Tape typed lane
            else
                VectorMath.lane group.Tape typed lane

        this.KeepRegister node group register
        group.Nodes.Add node

    member private this.AddReduce (node: Expr) (reducer: Reducer) (axes: int list) (x: Expr) : unit =
        let reduced =
            [| for axis, size in List.indexed x.Shape do
                   if size <> 1 then
                       List.contains axis axes |]

        let fits (group: Group) = group.Reduced |> Option.forall ((=) reduced)
        let group = this.Join (StridedLayout.space x.Shape) node.DType [| x |] fits
        let slot = this.NewSlot(node.Type, Content.Scratch false)
        this.Keep node slot (StridedLayout.contiguous node.Shape) (group.Stage + 1)
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

        let target = this.Operand { Slot = slot; Layout = { Shape = x.Shape; Offset = 0; Strides = held } } x.Shape
        group.Reduced <- Some reduced

        group.Totals.Add
            { Value = this.Register group x.Shape x
              Reducer = (if reducer = Reducer.Maximum then reducer else Reducer.Sum)
              Divisor = (if reducer = Reducer.Mean then float count else 1.0)
              Target = target }

        group.Nodes.Add node

    // Parts written side by side into one buffer.
    member private this.AddAssembly (node: Expr) (zeroed: bool) (parts: (Expr * StridedLayout) seq) : unit =
        let slot = this.NewSlot(node.Type, Content.Scratch zeroed)

        let ready = [ for part, layout in parts -> this.Write part { Slot = slot; Layout = layout } ] |> List.fold max 0

        this.Keep node slot (StridedLayout.contiguous node.Shape) ready

    member private this.AddStep (node: Expr) (ready: int) (content: Content) (work: Storage -> Work) : unit =
        let storage = { Slot = this.NewSlot(node.Type, content); Layout = StridedLayout.contiguous node.Shape }
        steps.Add(struct (ready, work storage))
        this.Keep node storage.Slot storage.Layout (ready + 1)

    member private this.AddEval (node: Expr) (primitive: Primitive) (arguments: Expr[]) : unit =
        let stored = arguments |> Array.map this.Whole
        let ready = stored |> Array.map snd |> Array.fold max 0
        this.AddStep node ready Content.Evaluated (fun result -> Work.Eval(primitive, Array.map fst stored, result, node))

    member private this.AddOperation (node: Expr) (operation: Operation) (arguments: Expr[]) : unit =
        let stored = arguments |> Array.map this.Whole
        let ready = stored |> Array.map snd |> Array.fold max 0
        this.AddStep node ready (Content.Scratch false) (fun result -> Work.Apply(operation, Array.map fst stored, result, node))

    // An argument of one element stands beside every element of the other; others are repeated.
    member private this.AddCombination (node: Expr) (combine: int64 -> int64 -> int64) (arguments: Expr[]) : unit =
        arguments
        |> Array.map (fun x -> if Shape.size x.Shape = 1 then x else x.BroadcastTo node.Shape)
        |> this.AddOperation node (Operation.Combine combine)

    // Rows are read where they lie together: the axes to be joined go last.
    member private this.AddRows (node: Expr) (reducer: Reducer) (axes: int list) (x: Expr) : unit =
        let kept = [ 0 .. x.Rank - 1 ] |> List.except axes
        this.AddOperation node (Operation.ReduceRows reducer) [| Expr.permute (kept @ axes) x |]

    member private this.AddIndexed (node: Expr) (arguments: Expr[]) (work: Storage -> Storage -> Storage -> Work) : unit =
        let x, readyX = this.Whole arguments[0]
        let indices, readyIndices = this.Whole arguments[1]
        this.AddStep node (max readyX readyIndices) (Content.Scratch false) (work x indices)

    member private this.AddConvolution (node: Expr) (role: ConvolutionRole) (options: Conv2dOptions) (arguments: Expr[]) : unit =
        let first, readyFirst = this.Whole arguments[0]
        let second, readySecond = this.Whole arguments[1]

        this.AddStep node (max readyFirst readySecond) (Content.Scratch false) (fun result ->
            Work.Convolve(role, options, first, second, result, node))

    // Matrices are factored by one step for all systems that they or their transposes stand in, in float64 whatever theirs is.
    member private this.Factored(matrices: Expr) : struct (Storage * int) =
        match factored.TryGetValue matrices with
        | true, found -> found
        | _ ->
            let source, ready = this.Whole matrices
            let size = Decomposition.sizeOf matrices.Shape
            let batch = List.take (matrices.Rank - 2) matrices.Shape
            let shape = batch @ [ (Decomposition.factoredSize size.Rows).Rows; size.Rows ]
            let slot = this.NewSlot({ Shape = shape; DType = DType.Float64 }, Content.Scratch false)
            let result = { Slot = slot; Layout = StridedLayout.contiguous shape }
            let operation = Operation.Matrix(MatrixOperation.Factor, [| size |], Shape.size batch)
            steps.Add(struct (ready, Work.Apply(operation, [| source |], result, matrices)))
            factored[matrices] <- struct (result, ready + 1)
            factored[matrices]

    member private this.AddSolution (node: Expr) (isTransposed: bool) (matrices: Expr) (sides: Expr) : unit =
        let struct (factors, readyFactors) = this.Factored matrices
        let sides, readySides = this.Whole sides
        let size = Decomposition.sizeOf node.Shape
        let count = Shape.size (List.take (node.Rank - 2) node.Shape)
        let sizes = [| Decomposition.factoredSize size.Rows; size |]
        let operation = Operation.Matrix(MatrixOperation.SolveFactored isTransposed, sizes, count)

        this.AddStep node (max readyFactors readySides) (Content.Scratch false) (fun result ->
            Work.Apply(operation, [| factors; sides |], result, node))

    // One step for the maxima and the winners of the same windows, whichever of them comes first.
    member private this.AddMaximum (node: Expr) (options: Pool2dOptions) (x: Expr) : unit =
        let struct (largest, winners, ready) =
            match maxima.TryGetValue(struct (x, options)) with
            | true, found -> found
            | _ ->
                let source, ready = this.Whole x
                let result dtype = this.NewSlot({ node.Type with DType = dtype }, Content.Scratch false)
                let largest, winners = result x.DType, result DType.Int32
                let stored slot = { Slot = slot; Layout = StridedLayout.contiguous node.Shape }
                steps.Add(struct (ready, Work.PoolMaximum(options, source, stored largest, stored winners)))
                maxima[struct (x, options)] <- struct (largest, winners, ready + 1)
                maxima[struct (x, options)]

        this.Keep node (if node.DType = DType.Int32 then winners else largest) (StridedLayout.contiguous node.Shape) ready

    member private this.AddMean (node: Expr) (isGradient: bool) (options: Pool2dOptions) (x: Expr) : unit =
        let source, ready = this.Whole x
        this.AddStep node ready (Content.Scratch false) (fun result -> Work.PoolMean(isGradient, options, source, result))
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
                          this.NewSlot({ Shape = []; DType = DType.Bool }, Content.State) ]
                  Arguments = Array.map fst stored
                  Results = List() }

            steps.Add(struct (ready, Work.Nested work))
            nested[key] <- struct (work, ready)

        let struct (work, ready) = nested[key]

        let storage =
            { Slot = this.NewSlot(node.Type, Content.Scratch false)
              Layout = StridedLayout.contiguous node.Shape }

        work.Results.Add(struct (results, storage))
        this.Keep node storage.Slot storage.Layout (ready + 1)

    member private this.AddProduct (node: Expr) (left: Expr) (right: Expr) : unit =
        let matrix (shape: Shape) (x: Expr) =
            let storage = this.Stored x

            match StridedLayout.tryView View.Reshape shape storage.Layout with
            | Some layout when layout.Strides |> List.forall (fun stride -> stride >= 0) ->
                { storage with Layout = layout }, this.ReadinessOf x
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
            match LoopType.ofMap node lane arguments with
            | Some dtype -> this.AddMap node lane dtype arguments
            | None ->
                match lane with
                | Lane.Convert(_, Lane.Argument 0) -> this.AddOperation node Operation.Convert arguments
                | Lane.Binary(Binary.Divide, Lane.Argument 0, Lane.Argument 1) -> this.AddCombination node Elementwise.quotient arguments
                | Lane.Binary(Binary.Power, Lane.Argument 0, Lane.Argument 1) -> this.AddCombination node Elementwise.integerPower arguments
                | _ -> this.AddEval node primitive arguments
        // Along axes of one element there is nothing to join, for integers neither, and the value stays where it is.
        | Kernel.Reduce _ when not (obj.ReferenceEquals(this.Behind node, node)) -> ()
        | Kernel.Reduce((Reducer.Sum | Reducer.Mean | Reducer.Maximum) as reducer, axes) when node.DType.IsFloating ->
            this.AddReduce node reducer (along axes arguments[0]) arguments[0]
        | Kernel.Reduce((Reducer.Sum | Reducer.Maximum | Reducer.ArgMax | Reducer.Product) as reducer, axes) ->
            this.AddRows node reducer (along axes arguments[0]) arguments[0]
        | Kernel.Rows operation -> this.AddOperation node (Operation.Rows operation) arguments
        | Kernel.Generate Stream.FoldIn -> this.AddCombination node Philox.foldIn arguments
        | Kernel.Generate stream -> this.AddOperation node (Operation.Draw stream) arguments
        | Kernel.View _ ->
            // A view of what is in memory is settled here, so that chains of views never go deep; one of a register, when memory is asked for.
            if not (this.IsInRegister node || this.IsInRegister arguments[0]) then
                this.Stored node |> ignore
        | Kernel.Matrix(MatrixOperation.Solve isTransposed) when Shape.size node.Shape > 0 ->
            this.AddSolution node isTransposed arguments[0] arguments[1]
        | Kernel.Matrix operation ->
            let shape = arguments[0].Shape
            let sizes = arguments |> Array.map (fun x -> Decomposition.sizeOf x.Shape)
            let count = Shape.size (List.take (shape.Length - 2) shape)
            this.AddOperation node (Operation.Matrix(operation, sizes, count)) arguments
        | Kernel.Each scalar -> this.AddOperation node (Operation.Each scalar) arguments
        | Kernel.MatMul -> this.AddProduct node arguments[0] arguments[1]
        | Kernel.Gather axis -> this.AddIndexed node arguments (fun x indices result -> Work.Gather(axis, x, indices, result, node))
        | Kernel.ScatterAdd axis -> this.AddIndexed node arguments (fun x indices result -> Work.Scatter(axis, x, indices, result, node))
        | Kernel.Convolve(role, options) -> this.AddConvolution node role options arguments
        | Kernel.Pool((PoolingRole.Maximum | PoolingRole.Winners), options) -> this.AddMaximum node options arguments[0]
        | Kernel.Pool(PoolingRole.MaximumGradient, options) ->
            this.AddIndexed node arguments (fun source winners result -> Work.PoolMaximumGradient(options, source, winners, result))
        | Kernel.Pool(role, options) -> this.AddMean node (role = PoolingRole.AverageGradient) options arguments[0]
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
        | Node.Constant value -> this.Keep node (this.NewSlot(node.Type, Content.Constant value)) (StridedLayout.contiguous node.Shape) 0
        | Node.Variable _ ->
            // Equal variables are one node after merging, but the caller's list holds its own.
            match variables |> Array.tryFindIndex (fun variable -> variable.Node = node.Node) with
            | Some input -> this.Keep node (this.NewSlot(node.Type, Content.Input input)) (StridedLayout.contiguous node.Shape) 0
            | None -> ()
        | Node.Apply primitive -> this.AddApplication node primitive node.Arguments

    /// The program that computes the roots from the variables.
    member this.Program(roots: Expr[]) : Program =
        let order = Graph.postorder roots
        waiting.Count(order, roots)

        for node in order do
            this.Add node

        let results =
            [| for root in roots ->
                   let storage, _ = this.Whole root

                   match storage.Slot.Content with
                   | Content.Scratch zeroed -> storage.Slot.Content <- Content.Result zeroed
                   | _ -> ()

                   storage.Slot, root.Shape |]

        let loops =
            this.Groups
            |> Seq.map (fun group -> struct (group.Stage, Work.Loop(Loop.collapse (group.ToLoop()), List.ofSeq group.Nodes)))

        { Slots = Array.ofSeq this.Slots
          Steps =
            Seq.append loops steps
            |> Seq.sortBy (fun struct (stage, _) -> stage)
            |> Seq.map (fun struct (_, work) -> work)
            |> Array.ofSeq
          Results = results }
