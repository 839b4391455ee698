namespace Fluxion

open System.Collections.Generic

/// What the compiler makes of an expression.
module Plan =
    // Elements that a loop touches through an operand, each once.
    let private touched (loop: Loop) (operand: Operand) =
        let sizes = Array.map2 (fun size stride -> if stride = 0 then 1L else int64 size) loop.Sizes operand.Strides
        Array.fold (*) (Memory.sizeOf operand.DType) sizes

    let private describeLoop (loop: Loop) (fused: Expr list) =
        let space = loop.Sizes |> List.ofArray |> Shape.show
        let elements = loop.Sizes |> Array.fold (fun product size -> product * int64 size) 1L
        let ops = fused |> List.map Work.nameOf |> String.concat ", "
        let work = if ops = "" then "copy" else ops
        let arithmetic = loop.Tape.Instructions |> Seq.filter Instruction.isArithmetic |> Seq.length
        let moved = Loop.operands loop |> Seq.sumBy (touched loop)
        let threads = if (Partition.tryOf loop).IsSome then ", on several threads" else ""
        $"loop over {space}: {work}; {int64 arithmetic * elements} flops, {moved} bytes{threads}"

    let private describeConvolution role options (first: Storage) (second: Storage) (node: Expr) =
        let shape = WindowShapes.ofRole role options first.Layout.Shape second.Layout.Shape node.Shape
        let taps = shape.KernelLength / int64 (max 1 shape.OutChannels)
        let moved = shape.InLength + shape.KernelLength + shape.OutLength

        $"{Work.nameOf node} of {Shape.show first.Layout.Shape} and {Shape.show second.Layout.Shape}; "
        + $"{2L * shape.OutLength * taps} flops, {Memory.sizeOf node.DType * moved} bytes"

    // The images and the numbers of their windows, one operation for each element of each window, and all that is moved.
    let private describePooling (name: string) (options: Pool2dOptions) (images: Storage) (windows: Storage) (results: Storage list) =
        let size (storage: Storage) = int64 (Shape.size storage.Layout.Shape)
        let visited = size windows * int64 (fst options.Window * snd options.Window)
        let moved = images :: results |> List.sumBy (fun storage -> Memory.sizeOf storage.Slot.DType * size storage)
        $"{name} of {Shape.show images.Layout.Shape} by {options.Window}; {visited} flops, {moved} bytes"

    // Recursion here is as deep as bodies stand in bodies.
    let rec private describe (work: Work) : string =
        match work with
        | Work.Loop(loop, fused) -> describeLoop loop fused
        | Work.Product(left, right, _, node) ->
            let inner = List.last left.Layout.Shape
            let elements = Shape.size node.Shape
            let moved = Shape.size left.Layout.Shape + Shape.size right.Layout.Shape + elements

            $"matrix product {Shape.show left.Layout.Shape} by {Shape.show right.Layout.Shape}; "
            + $"{2L * int64 elements * int64 inner} flops, {Memory.sizeOf node.DType * int64 moved} bytes"
        | Work.Gather(axis, source, indices, result, node) ->
            let rows = $"{Shape.show source.Layout.Shape} by {Shape.show indices.Layout.Shape}"
            $"gather along axis {axis} of {rows}; {2L * Memory.sizeOf node.DType * int64 result.Slot.Length} bytes"
        | Work.Scatter(axis, updates, _, result, node) ->
            let moved = int64 (Shape.size updates.Layout.Shape) + int64 result.Slot.Length
            $"scatterAdd along axis {axis} to {Shape.show node.Shape}; {Memory.sizeOf node.DType * moved} bytes"
        | Work.Convolve(role, options, first, second, _, node) -> describeConvolution role options first second node
        | Work.PoolMaximum(options, source, largest, winners) -> describePooling "maxPool2d" options source largest [ largest; winners ]
        | Work.PoolMaximumGradient(options, source, winners, result) ->
            describePooling "maxPool2dGradient" options result source [ source; winners ]
        | Work.PoolMean(false, options, source, result) -> describePooling "avgPool2d" options source result [ result ]
        | Work.PoolMean(true, options, source, result) -> describePooling "avgPool2dGradient" options result source [ source ]
        | Work.Apply(operation, arguments, result, node) ->
            let moved =
                arguments
                |> Array.sumBy (fun argument -> Memory.sizeOf argument.Slot.DType * int64 argument.Slot.Length)

            let how =
                match operation with
                | Operation.Matrix _ -> ", matrix by matrix, which allocates"
                | Operation.Each _ -> ", number by number"
                | _ -> ""

            let name =
                match operation with
                | Operation.Matrix(MatrixOperation.Factor, _, _) -> "factors"
                | _ -> Work.nameOf node

            $"{name} to {Shape.show node.Shape}{how}; {moved + Memory.sizeOf node.DType * int64 result.Slot.Length} bytes"
        | Work.Eval(primitive, _, _, node) -> $"{primitive.Name} to {Shape.show node.Shape}: by its plain evaluation, which allocates"
        | Work.Nested work ->
            let inner =
                [ for program, _, _ in work.Bodies -> program.Steps |> Array.map (describe >> (+) "\n      ") |> String.concat "" ]

            match work.Nest with
            | Nest.Scan scan -> $"loop of {scan.Length} steps:{inner.Head}"
            | Nest.Branch _ -> inner |> List.mapi (fun i steps -> $"branch {i}:{steps}") |> String.concat "\n   "

    let internal explainPlan (plan: CompiledPlan) : string =
        let program = plan.Program
        let struct (memory, buffers) = Memory.needed program
        let steps = program.Steps |> Array.mapi (fun i work -> $"{i + 1}. {describe work}")

        let summary =
            $"{program.Steps.Length} steps in {plan.StepCount} calls; {memory} bytes in {buffers} buffers between steps"

        String.concat "\n" (Array.append [| summary |] steps)

    /// What is run for an expression, step by step: which ops became one loop, how much each step computes and moves, what memory there is
    /// between steps, and which ops have no compiled form and run by their plain evaluation.
    let explain (expr: Expr) : string =
        if Compile.isTooLarge [| expr |] then
            $"{Graph.count expr} nodes, too many to compile: each by its plain evaluation"
        else
            explainPlan (Compile.plan [| expr |] (Array.ofList (Graph.variables [ expr ])))
