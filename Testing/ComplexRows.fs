namespace Fluxion.Testing

open System
open System.Numerics
open Fluxion

/// The imaginary part of what ops give that are neither elementwise nor linear, nor written in other ops. None is for ops without a complex twin.
module internal ComplexRows =
    let private parts (elements: Complex[]) = elements |> Array.map (fun z -> z.Imaginary)

    // Of several that are largest, the one that moves as all of them do.
    let private largest (group: Complex[]) =
        let largest = group |> Array.fold (fun best z -> Math.Max(best, z.Real)) -infinity
        let holders = group |> Array.filter (fun z -> z.Real = largest) |> Array.distinct

        match holders with
        | [| holder |] -> holder
        | _ -> ComplexFunctions.broken largest

    let private product (group: Complex[]) = Array.fold ComplexFunctions.multiply Complex.One group

    let private reduce (reducer: Reducer) : (Complex[] -> Complex) voption =
        match reducer with
        | Reducer.Maximum -> ValueSome largest
        | Reducer.LogSumExp -> ValueSome ComplexFunctions.logSumExp
        | Reducer.Product -> ValueSome product
        // Sums and means are linear, and positions are no numbers that move.
        | Reducer.Sum
        | Reducer.Mean
        | Reducer.ArgMax -> ValueNone

    let private reduced (f: Complex[] -> Complex) (axes: Axes) (x: ComplexArray) =
        let elements = ComplexArray.elements x
        let _, groups = Reduction.groups axes x.Real
        groups |> Array.map (fun group -> f (group |> Array.map (fun i -> elements[i])))

    let private logSoftmax (axis: int) (x: ComplexArray) =
        let elements = ComplexArray.elements x
        let result = Array.copy elements

        for group in Reduction.groups (Axes.Along [ axis ]) x.Real |> snd do
            let total = group |> Array.map (fun i -> elements[i]) |> ComplexFunctions.logSumExp

            for i in group do
                result[i] <- elements[i] - total

        result

    // Along each row, what `next` makes of what came before and the position.
    let private running (isBackwards: bool) (start: Complex) (next: Complex -> int -> Complex) (shape: NDArray) =
        let result = Array.create shape.Length Complex.Zero

        for row in AlongAxis.rows -1 shape do
            let mutable total = start

            for i in (if isBackwards then Array.rev row else row) do
                total <- next total i
                result[i] <- total

        result

    let private alongRows (operation: RowOperation) (arguments: ComplexArray[]) =
        let x = ComplexArray.elements arguments[0]

        match operation with
        | RowOperation.RunningProduct isBackwards ->
            running isBackwards Complex.One (fun total i -> ComplexFunctions.multiply total x[i]) arguments[0].Real
            |> ValueSome
        | RowOperation.Recurrence isBackwards ->
            let terms = ComplexArray.elements arguments[1]

            running isBackwards Complex.Zero (fun y i -> ComplexFunctions.multiply x[i] y + terms[i]) arguments[0].Real
            |> ValueSome
        | _ -> ValueNone

    /// Truths and integers that depend on what moves: NaN where they are not the same a little before and behind the point.
    let choices (evaluate: NDArray[] -> NDArray) (arguments: ComplexArray[]) : float[] =
        let at sign = (arguments |> Array.map (ComplexArray.nudged sign) |> evaluate).Floats
        Array.map2 (fun before behind -> if before = behind then 0.0 else nan) (at -1.0) (at 1.0)

    // Windows' largest numbers are where the winners stand.
    let private maxPool (options: Pool2dOptions) (x: ComplexArray) =
        let winners = (Row.at Pooling2d.poolWinners options).Eval
        let places = winners [| x.Real |]
        let changes = choices winners [| x |]
        let plane (shape: Shape) = Shape.size (List.skip 2 shape)
        let size, count = plane x.Real.Shape, plane places.Shape
        let imaginary = ComplexArray.imaginary x
        places.Ints |> Array.mapi (fun i place -> changes[i] + imaginary[i / count * size + int place])

    let private onMatrices (operation: MatrixOperation) (arguments: ComplexArray[]) (length: int) =
        let elements = arguments |> Array.map ComplexArray.elements
        let sizes = arguments |> Array.map (fun argument -> Decomposition.sizeOf argument.Real.Shape)
        let columns = sizes |> Array.map (fun size -> size.Columns)
        let shape = arguments[0].Real.Shape
        let count = Shape.size (List.take (shape.Length - 2) shape)

        if length = 0 then
            [||]
        else
            Array.init count (fun i ->
                let matrices =
                    Array.map2
                        (fun (size: Decomposition.Size) data -> Array.sub data (i * size.Rows * size.Columns) (size.Rows * size.Columns))
                        sizes
                        elements

                if matrices |> Array.exists (Array.exists (fun z -> Double.IsNaN z.Imaginary)) then
                    Array.create (length / count) (ComplexFunctions.broken nan)
                else
                    ComplexMatrix.evaluate operation columns matrices)
            |> Array.concat

    /// The imaginary part of an op's result, of as many elements.
    let imaginary (kernel: Kernel) (arguments: ComplexArray[]) (length: int) : float[] voption =
        let x = arguments[0]

        match kernel with
        | Kernel.Reduce(reducer, axes) ->
            let axes = axes |> Option.map Axes.Along |> Option.defaultValue Axes.All
            reduce reducer |> ValueOption.map (fun f -> parts (reduced f axes x))
        | Kernel.LogSoftmax axis -> ValueSome(parts (logSoftmax axis x))
        | Kernel.Softmax axis ->
            logSoftmax axis x
            |> Array.map (ComplexFunctions.analytic ComplexFunctions.exp)
            |> parts
            |> ValueSome
        | Kernel.Rows operation -> alongRows operation arguments |> ValueOption.map parts
        | Kernel.Pool(PoolingRole.Maximum, options) -> ValueSome(maxPool options x)
        | Kernel.Each scalar ->
            ComplexArray.elements x
            |> Array.map (ComplexFunctions.analytic (ComplexSpecial.evaluate scalar))
            |> parts
            |> ValueSome
        | Kernel.Matrix operation -> ValueSome(parts (onMatrices operation arguments length))
        | _ -> ValueNone
