namespace Fluxion

/// What expressions cost, worked out from their ops and shapes before anything is compiled. A node that several share counts once.
module Cost =
    // An op of a lane is as many instructions as the vector maths write for it, so that an exponential counts for what it is. Integers and conversions count the ops.
    let rec private countOps (lane: Lane) : int =
        match lane with
        | Lane.Argument _
        | Lane.Literal _ -> 0
        | Lane.Unary(_, x)
        | Lane.Convert(_, x) -> 1 + countOps x
        | Lane.Binary(_, x, y)
        | Lane.Compare(_, x, y) -> 1 + countOps x + countOps y
        | Lane.Select(condition, x, y) -> 1 + countOps condition + countOps x + countOps y

    let private perElement (node: Expr) (arguments: Expr[]) (lane: Lane) : int =
        let types = node.DType :: [ for argument in arguments -> argument.DType ]
        let floating = types |> List.filter (fun dtype -> dtype.IsFloating) |> List.distinct

        if floating.Length <> 1 || types |> List.exists (fun dtype -> dtype.IsInteger) then
            countOps lane
        else
            let tape = Tape floating.Head

            let inputs =
                arguments
                |> Array.mapi (fun i argument ->
                    match argument.Node with
                    | Node.Constant value when value.Length = 1 && argument.DType.IsFloating ->
                        tape.Constant(NDArray.first value), argument.DType
                    | _ -> tape.Add(Instruction.Input i), argument.DType)

            VectorMath.lane tape inputs lane |> ignore
            tape.Instructions |> Seq.filter Instruction.isArithmetic |> Seq.length

    let private size (x: Expr) = int64 (Shape.size x.Shape)

    let private flopsOfUnary (dtype: DType) (instruction: Unary) =
        let x = Expr.fresh "x" { Shape = []; DType = dtype }
        int64 (perElement x [| x |] (Lane.Unary(instruction, Lane.Argument 0)))

    // A maximum, a shift, an exponential and a sum.
    let private ofLogSumExp (x: Expr) = size x * (3L + flopsOfUnary x.DType Unary.Exp)

    // The leading terms. (Golub and Van Loan, "Matrix Computations", 4th ed., sections 3.2, 4.2, 5.2, 8.3 and 8.6.)
    let private ofFactorization (operation: MatrixOperation) (rows: int64) (columns: int64) : int64 =
        let small = min rows columns

        match operation with
        | MatrixOperation.TriangularSolve _
        | MatrixOperation.SolveFactored _ -> 0L
        | MatrixOperation.Cholesky -> rows * rows * rows / 3L
        | MatrixOperation.Solve _
        | MatrixOperation.Factor
        | MatrixOperation.Determinant
        | MatrixOperation.LogDeterminant -> 2L * rows * rows * rows / 3L
        | MatrixOperation.Inverse -> 2L * rows * rows * rows
        // Q is written out as well.
        | MatrixOperation.QR -> 4L * rows * columns * small
        | MatrixOperation.Eigh -> 9L * rows * rows * rows
        | MatrixOperation.Svd
        | MatrixOperation.Cofactors -> 6L * rows * columns * small + 20L * small * small * small

    // Recursion here is as deep as bodies stand in bodies, and ops in the ops that they are written in.
    let rec private ofApplication (node: Expr) (primitive: Primitive) (arguments: Expr[]) : int64 =
        let written (inner: Expr) =
            let isArgument (part: Expr) = arguments |> Array.exists (fun argument -> obj.ReferenceEquals(argument, part))
            Graph.postorderUntil isArgument [ inner ] |> Seq.filter (isArgument >> not) |> Seq.sumBy ofNode

        match primitive.Kernel with
        | Kernel.Map lane -> size node * int64 (perElement node arguments lane)
        | Kernel.Reduce(Reducer.LogSumExp, _) -> ofLogSumExp arguments[0] + size node * (1L + flopsOfUnary node.DType Unary.Log)
        | Kernel.Reduce(Reducer.Mean, _) -> size arguments[0] + size node
        | Kernel.Reduce _ -> size arguments[0]
        | Kernel.LogSoftmax _ -> ofLogSumExp node + 2L * size node
        | Kernel.MatMul ->
            let inner = List.last arguments[0].Shape
            2L * size node * int64 inner
        | Kernel.ScatterAdd _ -> size arguments[0]
        | Kernel.Convolve(role, options) ->
            let shape = WindowShapes.ofRole role options arguments[0].Shape arguments[1].Shape node.Shape
            2L * shape.OutLength * (shape.KernelLength / int64 (max 1 shape.OutChannels))
        | Kernel.Pool(role, options) ->
            let windows = if role = PoolingRole.AverageGradient then arguments[0] else node
            size windows * int64 (fst options.Window * snd options.Window)
        | Kernel.Generate _ -> size node
        | Kernel.Rows operation ->
            match operation with
            | RowOperation.Take -> 0L
            | RowOperation.Scatter _ -> size arguments[0]
            | RowOperation.Recurrence _ -> 2L * size node
            // As many comparisons as a sort by merging takes.
            | RowOperation.ArgSort _ -> size node * int64 (System.Math.Ceiling(System.Math.Log2(float (max 2 (List.last node.Shape)))))
            | RowOperation.RunningSum _
            | RowOperation.RunningProduct _
            | RowOperation.RunningArgMax -> size node
        | Kernel.Matrix operation ->
            let matrices = arguments[0]
            let rows, columns = int64 matrices.Shape[matrices.Rank - 2], int64 (List.last matrices.Shape)
            let count = size matrices / max 1L (rows * columns)

            count * ofFactorization operation rows columns
            + (if arguments.Length > 1 then 2L * rows * size arguments[1] else 0L)
        // Series and fractions of some twenty terms.
        | Kernel.Each _ -> 40L * size node
        | Kernel.Composed composition -> written (composition.Apply arguments)
        | Kernel.Nested -> ofNested node written
        | Kernel.View _
        | Kernel.Concat _
        | Kernel.Stack _
        | Kernel.Pad _
        | Kernel.Gather _ -> 0L

    and private ofNested (node: Expr) (written: Expr -> int64) : int64 =
        let ofBody (body: Body) = body.Nodes |> Array.sumBy ofNode

        match Row.tryApplication ControlFlow.scan node, ControlFlow.tryBranch node, CustomRule.tryInline node with
        | ValueSome(scan, _), _, _ -> int64 scan.Length * ofBody scan.Body
        | _, ValueSome branch, _ -> branch.Bodies |> List.map ofBody |> List.max
        | _, _, ValueSome inner -> written inner
        // A solution of an equation is found by its argument, a loop.
        | _ -> 0L

    and private ofNode (node: Expr) : int64 =
        match node.Node with
        | Node.Apply(primitive, arguments) -> ofApplication node primitive arguments
        | _ -> 0L

    let private nodesOf (x: 'a) : Expr[] = Graph.postorder (Params.toList x)

    /// The number of arithmetic operations of an expression, or of several in any form: elementwise ops count the instructions that one element takes (a sum 1, an exponential
    /// about 20), a matrix product twice its multiplications, and what moves elements nothing. Of a choice the costlier side counts, of a loop all steps that it may take.
    let flops (x: 'a) : int64 = nodesOf x |> Array.sumBy ofNode

    let private isView (node: Expr) =
        match node.Node with
        | Node.Apply(primitive, _) -> primitive.Kernel.IsView
        | _ -> false

    /// The largest number of bytes that intermediate results and results take together, when nodes are worked out one by one in the order in which they are needed, each in
    /// memory of its own until its last use: what the compiler does not exceed, which joins nodes into loops and keeps most of them in registers. Leaves do not count, nor does what
    /// only reads another in a different order, nor what is inside a loop or a choice.
    let peakMemory (x: 'a) : int64 =
        let roots = Params.toList x
        let order = Graph.postorder roots
        // The node whose memory a node is in.
        let owners = NodeMap<Expr>()
        let uses = NodeMap<int>()

        for node in order do
            owners[node] <- if isView node then owners[(Graph.argumentsOf node)[0]] else node

        for node in order do
            for argument in Graph.argumentsOf node do
                uses[owners[argument]] <- uses[owners[argument]] + 1

        for root in roots do
            uses[owners[root]] <- uses[owners[root]] + 1

        let bytesOf (node: Expr) = if node.Node.IsApply then Memory.sizeOf node.DType * size node else 0L

        let mutable live, peak = 0L, 0L

        for node in order do
            if not (isView node) then
                live <- live + bytesOf node
                peak <- max peak live

            for argument in Graph.argumentsOf node do
                let owner = owners[argument]
                uses[owner] <- uses[owner] - 1

                // A view is alive as long as what it reads.
                if uses[owner] = 0 then
                    live <- live - bytesOf owner

        peak

    /// The cost by op, under the names of errors and docs, the costliest first: how often it stands there, its arithmetic, and its share.
    let explain (x: 'a) : string =
        let nodes = nodesOf x
        let total = nodes |> Array.sumBy ofNode

        let line (name: string, costs: int64[]) =
            let sum = Array.sum costs
            let share = if total = 0L then 0.0 else 100.0 * float sum / float total
            $"{name}: {costs.Length} times, {sum} flops, {share:F1} %%"

        let lines =
            nodes
            |> Array.choose (fun node ->
                match node.Node with
                | Node.Apply(primitive, _) -> Some(primitive.Name, ofNode node)
                | _ -> None)
            |> Array.groupBy fst
            |> Array.map (fun (name, costs) -> name, Array.map snd costs)
            |> Array.sortBy (fun (name, costs) -> -(Array.sum costs), name)
            |> Array.map line

        String.concat "\n" (Array.append [| $"{total} flops, at most {peakMemory x} bytes at a time" |] lines)
