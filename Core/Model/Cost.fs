namespace Fluxion

open System.Collections.Generic

/// What expressions cost, worked out from their ops and shapes before anything is compiled. A node that several share counts once, and so do nodes
/// that compute the same, as the compiler makes them one.
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

    // Series and fractions of some twenty terms, of which each is a product and a sum.
    let private seriesTerms = 40L

    // A maximum, a shift, an exponential and a sum.
    let private ofLogSumExp (x: Expr) = size x * (3L + flopsOfUnary x.DType Unary.Exp)

    // The leading terms of factorizations, values and vectors. (Golub and Van Loan, "Matrix Computations", 4th ed., sections 3.2, 4.2, 5.2, 8.3 and 8.6.)
    let private ofFactorization (operation: MatrixOperation) (rows: int64) (columns: int64) : int64 =
        let small = min rows columns

        match operation with
        | MatrixOperation.TriangularSolve _
        | MatrixOperation.SolveFactored _ -> 0L
        | MatrixOperation.Cholesky -> rows * rows * rows / 3L
        | MatrixOperation.CholeskyDerivative _
        | MatrixOperation.Solve _
        | MatrixOperation.Factor
        | MatrixOperation.Determinant
        | MatrixOperation.LogDeterminant -> 2L * rows * rows * rows / 3L
        // Cofactors are those of a regular matrix.
        | MatrixOperation.Inverse
        | MatrixOperation.Cofactors -> 2L * rows * rows * rows
        // Q is written out as well.
        | MatrixOperation.QR -> 4L * rows * columns * small - 4L * small * small * small / 3L
        | MatrixOperation.Eigh -> 9L * rows * rows * rows
        | MatrixOperation.Svd -> 6L * rows * columns * small + 20L * small * small * small

    // Solving with triangles that are there: one, or the two of a factorization.
    let private ofSides (operation: MatrixOperation) (rows: int64) (sides: Expr) : int64 =
        match operation with
        | MatrixOperation.CholeskyDerivative _ -> 0L
        | MatrixOperation.TriangularSolve _ -> rows * size sides
        | _ -> 2L * rows * size sides

    // As many comparisons as a sort by merging takes.
    let private ofSort (rows: Expr) : int64 =
        size rows * int64 (System.Math.Ceiling(System.Math.Log2(float (max 2 (List.last rows.Shape)))))

    // Ten rounds of two products, four exclusive ors and four halves each make the words of a number. (Salmon, Moraes, Dror and Shaw, "Parallel random
    // numbers: as easy as 1, 2, 3", SC11.) Five more instructions make it a float; Box and Muller take two of them.
    let private ofDraw (stream: Stream) (result: Expr) : int64 =
        let words, unit = 100L, 5L
        let each instructions = instructions |> List.sumBy (flopsOfUnary DType.Float64)
        let normal = words + 2L * unit + each [ Unary.Log; Unary.Cos; Unary.Sqrt ] + 5L

        match stream with
        | Stream.FoldIn -> words * size result
        | Stream.Uniform -> (words + unit) * size result
        | Stream.Normal -> normal * size result
        | Stream.TruncatedNormal _ -> (words + unit + seriesTerms + 5L) * size result
        // One attempt: most are accepted.
        | Stream.GammaNormal -> (normal + words + unit + each [ Unary.Log; Unary.Log ] + 15L) * size result
        | Stream.Permutation -> (words + unit) * size result + ofSort result

    // What the matrices themselves take, whatever stands beside them.
    let private ofMatrices (operation: MatrixOperation) (matrices: Expr) : int64 =
        let rows, columns = int64 matrices.Shape[matrices.Rank - 2], int64 (List.last matrices.Shape)
        let count = size matrices / max 1L (rows * columns)
        count * ofFactorization operation rows columns

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
        | Kernel.Softmax _ -> ofLogSumExp node + size node
        | Kernel.MatMul ->
            let inner = List.last arguments[0].Shape
            2L * size node * int64 inner
        | Kernel.ScatterAdd _ -> size arguments[0]
        | Kernel.Convolve(role, options) ->
            let shape = WindowShapes.ofRole role options arguments[0].Shape arguments[1].Shape node.Shape
            2L * shape.OutLength * (shape.KernelLength / int64 (max 1 shape.OutChannels))
        | Kernel.Pool(role, options) ->
            let windows =
                match role with
                | PoolingRole.AverageGradient
                | PoolingRole.MaximumGradient -> arguments[0]
                | _ -> node

            size windows * int64 (fst options.Window * snd options.Window)
        | Kernel.Generate stream -> ofDraw stream node
        | Kernel.Rows operation ->
            match operation with
            | RowOperation.Take -> 0L
            | RowOperation.Scatter _ -> size arguments[0]
            | RowOperation.Recurrence _ -> 2L * size node
            | RowOperation.ArgSort _ -> ofSort node
            | RowOperation.RunningSum _
            | RowOperation.RunningProduct _
            | RowOperation.RunningArgMax -> size node
        | Kernel.Matrix operation ->
            ofMatrices operation arguments[0]
            + (if arguments.Length > 1 then
                   ofSides operation (int64 (List.last arguments[0].Shape)) arguments[1]
               else
                   0L)
        | Kernel.Each _ -> seriesTerms * size node
        | Kernel.Composed composition -> written (composition.Apply arguments)
        | Kernel.Nested -> ofNested node written
        | Kernel.View _
        | Kernel.Concat _
        | Kernel.Stack _
        | Kernel.Pad _
        | Kernel.Gather _ -> 0L

    and private ofNested (node: Expr) (written: Expr -> int64) : int64 =
        let ofBody (body: Body) = ofAll body.Outputs |> Array.sumBy snd

        match Row.tryApplication ControlFlow.scan node, ControlFlow.tryBranch node, CustomRule.tryInline node with
        | ValueSome(scan, _), _, _ -> int64 scan.Length * ofBody scan.Body
        | _, ValueSome branch, _ -> branch.Bodies |> List.map ofBody |> List.max
        | _, _, ValueSome inner -> written inner
        // A solution of an equation is found by its argument, a loop.
        | _ -> 0L

    and private ofNode (node: Expr) : int64 =
        match node.Node with
        | Node.Apply primitive -> ofApplication node primitive node.Arguments
        | _ -> 0L

    // One node for each value, arguments before what is made from them, with what it takes beyond those before it: a matrix is factored once for all
    // systems that it and its transpose stand in.
    and private ofAll (roots: Expr seq) : (Expr * int64)[] =
        let canonical = Graph.canonical roots
        let factored = HashSet<Expr>()

        let ofNext (node: Expr) =
            match node.Node with
            | Node.Apply primitive ->
                match primitive.Kernel with
                | Kernel.Matrix(MatrixOperation.Solve _) when not (factored.Add canonical[node.Argument 0]) ->
                    ofNode node - ofMatrices MatrixOperation.Factor (node.Argument 0)
                | _ -> ofNode node
            | _ -> 0L

        Graph.postorder roots
        |> Array.distinctBy (fun node -> canonical[node])
        |> Array.map (fun node -> node, ofNext node)

    /// The number of arithmetic operations of an expression, or of several in any form: elementwise ops count the instructions that one element takes (a sum 1, an exponential
    /// about 20), a matrix product twice its multiplications, and what moves elements nothing. Of a choice the costlier side counts, of a loop all steps that it may take.
    let flops (x: 'a) : int64 = ofAll (Params.toList x) |> Array.sumBy snd

    // Evaluated node by node, each value has an array of its own until its last use.
    let private widest (roots: Expr[]) : int64 =
        let order = Graph.postorder roots
        let uses = Graph.uses order roots

        let bytesOf (node: Expr) =
            if node.IsApplication then
                Memory.sizeOf node.DType * size node
            else
                0L

        let mutable live, peak = 0L, 0L

        for node in order do
            live <- live + bytesOf node
            peak <- max peak live

            for argument in node.Arguments do
                uses[argument] <- uses[argument] - 1

                if uses[argument] = 0 then
                    live <- live - bytesOf argument

        peak

    /// The bytes of the arrays that are there together when an expression runs, or several in any form: its results, and what stands between steps, inside loops, choices and
    /// checkpoints too. They are those of the compiler's own plan, made without its code. Leaves do not count, nor what is made of constants alone, which is worked out before, nor the room that a factorization or a convolution
    /// takes for itself. A graph that is too large to compile is counted node by node, as it is evaluated.
    let peakMemory (x: 'a) : int64 =
        let roots = Params.toList x |> Array.ofList

        if Compile.isTooLarge roots then
            widest roots
        else
            let program = Compile.program roots (Graph.variables roots |> Array.ofList)
            let struct (between, _) = Memory.needed program
            between + Memory.ofResults program

    let private shareOf (total: int64) (part: int64) : string =
        let share = if total = 0L then 0.0 else 100.0 * float part / float total
        $"{part} flops, {share:F1} %%"

    // What each result needs beyond those before it, by its path in the record, tuple or list.
    let private byResult (x: 'a) : (string * int64) list =
        let counted = NodeMap<bool>()
        let results = Params.named x
        let roots = results |> List.map snd
        let canonical = Graph.canonical roots
        let costs = Dictionary<Expr, int64>()
        let seen = HashSet<Expr>()

        for node, cost in ofAll roots do
            costs[canonical[node]] <- cost

        [ for path, result in results do
              let fresh = Graph.postorderUntil counted.Contains [ result ] |> Array.filter (counted.Contains >> not)

              let cost =
                  fresh
                  |> Array.filter (fun node -> seen.Add canonical[node])
                  |> Array.sumBy (fun node -> costs[canonical[node]])

              for node in fresh do
                  counted[node] <- true

              path, cost ]

    // Ops under the names of errors and docs, the costliest first: how often, how much, and where most of it is, as the user wrote it.
    let private byOp (total: int64) (costs: (Expr * int64)[]) : string[] =
        let line (name: string, applications: (Expr * int64)[]) =
            let costliest, _ = applications |> Array.maxBy snd
            let sum = applications |> Array.sumBy snd

            let times =
                if applications.Length = 1 then
                    "once:"
                else
                    $"{applications.Length} times, most of it:"

            $"{name}: {shareOf total sum}, {times} {costliest}, {Shape.show costliest.Shape}"

        costs
        |> Array.choose (fun (node, cost) ->
            match node.Node with
            | Node.Apply primitive -> Some(primitive.Name, (node, cost))
            | _ -> None)
        |> Array.groupBy fst
        |> Array.map (fun (name, group) -> name, Array.map snd group)
        |> Array.sortBy (fun (name, applications) -> -(Array.sumBy snd applications), name)
        |> Array.map line

    /// The cost in the names of the user: the total; for a record, tuple or list of several results what each needs beyond those before it, by its path; and by op, the costliest
    /// first, with its arithmetic, its share, how often it stands there, and the application that costs most as mathematics with its shape.
    let explain (x: 'a) : string =
        let costs = ofAll (Params.toList x)
        let total = costs |> Array.sumBy snd

        let results =
            match byResult x with
            | [ _ ] -> []
            | results -> [ for path, cost in results -> $"to {path}: {shareOf total cost}" ]

        String.concat "\n" [ $"{total} flops, {peakMemory x} bytes at a time"; yield! results; yield! byOp total costs ]
