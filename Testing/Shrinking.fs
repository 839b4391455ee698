namespace Fluxion.Testing

open System
open Fluxion

/// Smaller values from one that a property fails on, the smallest first: what FsCheck tries until none of them fails.
module internal Shrinking =
    /// Shapes without an axis, then with a smaller one.
    let shapes (shape: Shape) : Shape seq =
        seq {
            for axis in 0 .. shape.Length - 1 do
                yield List.removeAt axis shape

            for axis in 0 .. shape.Length - 1 do
                for size in List.distinct [ shape[axis] / 2; shape[axis] - 1 ] do
                    if size >= 0 && size < shape[axis] then
                        yield List.updateAt axis size shape
        }

    // The part of an array at some indices of an axis.
    let private atIndices (axis: int) (indices: int list) (array: NDArray) : NDArray =
        let inner = Shape.size (List.skip (axis + 1) array.Shape)
        let outer = Shape.size (List.take axis array.Shape)

        [| for block in 0 .. outer - 1 do
               for index in indices do
                   for i in 0 .. inner - 1 -> (block * array.Shape[axis] + index) * inner + i |]
        |> fun positions -> NDArray.take (List.updateAt axis indices.Length array.Shape) positions array

    /// Single entries of an axis, then halves of one, then all but one entry.
    let parts (array: NDArray) : NDArray seq =
        seq {
            for axis in 0 .. array.Shape.Length - 1 do
                for index in 0 .. array.Shape[axis] - 1 do
                    yield atIndices axis [ index ] array |> NDArray.reshape (List.removeAt axis array.Shape)

            for axis in 0 .. array.Shape.Length - 1 do
                let all = [ 0 .. array.Shape[axis] - 1 ]
                let half = all.Length / 2

                if all.Length > 0 then
                    for kept in List.distinct [ List.take half all; List.skip half all; List.tail all; List.take (all.Length - 1) all ] do
                        if kept.Length < all.Length then
                            yield atIndices axis kept array
        }

    /// One number after another as 0, as 1, or cut to its whole part or first decimal.
    let numbers (array: NDArray) : NDArray seq =
        let isPlainer (plain: float) (x: float) =
            if x = 0.0 then false
            elif plain = 0.0 then true
            elif x = 1.0 then false
            elif plain = 1.0 then true
            else plain <> x

        seq {
            for i in 0 .. array.Length - 1 do
                let x = array.Floats[i]

                for plain in List.distinct [ 0.0; 1.0; Math.Truncate x; Math.Truncate(10.0 * x) / 10.0 ] do
                    if Double.IsFinite plain && isPlainer plain x then
                        yield NDArray.ofFloats array.DType array.Shape (Array.updateAt i plain array.Floats)
        }

    let private isApplied (node: Expr) = node.IsApplication

    // An expression of other outputs, with the variables that are left and those that are new.
    let private withOutputs (grown: RandomExpression) (outputs: Expr[]) (added: (Expr * NDArray) list) : RandomExpression =
        let known = Seq.append added (Seq.zip grown.Variables grown.Values) |> Array.ofSeq

        let kept =
            Graph.variables outputs
            |> List.map (fun variable -> known |> Array.find (fun (other, _) -> other = variable))
            |> Array.ofList

        { Outputs = outputs; Variables = Array.map fst kept; Values = Array.map snd kept }

    // Nodes below as the only output, the smallest first.
    let private subexpressions (grown: RandomExpression) (nodes: Expr[]) =
        nodes
        |> Seq.filter (fun node -> isApplied node && node.DType.IsFloating && [| node |] <> grown.Outputs)
        |> Seq.map (fun node -> withOutputs grown [| node |] [])

    // A node below the outputs as a variable that has its value, the nearest to them first.
    let private cuts (grown: RandomExpression) (nodes: Expr[]) =
        let values = NodeValues()
        Array.iter2 (fun variable value -> values[variable] <- value) grown.Variables grown.Values
        let names = grown.Variables |> Array.map string
        let name = Seq.initInfinite (sprintf "v%d") |> Seq.find (fun name -> not (Array.contains name names))

        nodes
        |> Seq.rev
        |> Seq.filter (fun node -> isApplied node && not (Array.contains node grown.Outputs))
        |> Seq.map (fun node ->
            let variable = Expr.variableOf name node.DType node.Shape
            withOutputs grown (Graph.substituteAll [ node, variable ] grown.Outputs) [ variable, values[node] ])

    // Changed numbers may lead out of an op's domain.
    let private isFinite (candidate: RandomExpression) =
        let values = NodeValues()
        Array.iter2 (fun variable value -> values[variable] <- value) candidate.Variables candidate.Values

        try
            candidate.Outputs
            |> Array.forall (fun output -> values[output].Floats |> Array.forall Double.IsFinite)
        with :? ArgumentException ->
            // A matrix that is singular now, say.
            false

    // A node's place taken by an argument of its type.
    let private bypasses (grown: RandomExpression) (nodes: Expr[]) =
        seq {
            for node in Seq.rev nodes do
                if node.DType.IsFloating then
                    for argument in node.Arguments do
                        if argument.Type = node.Type then
                            yield withOutputs grown (Graph.substituteAll [ node, argument ] grown.Outputs) []
        }

    // Plain numbers for a variable.
    let private plainer (grown: RandomExpression) =
        seq {
            for i in 0 .. grown.Values.Length - 1 do
                let value = grown.Values[i]

                if value.DType.IsFloating then
                    let ones = Array.create value.Length 1.0
                    let rounded = value.Floats |> Array.map (fun x -> Math.Round(x, 1))

                    for plain in List.distinct [ ones; rounded ] do
                        if plain <> value.Floats && value.Floats <> ones then
                            let plain = NDArray.ofFloats value.DType value.Shape plain
                            yield { grown with Values = Array.updateAt i plain grown.Values }
        }

    /// Parts of an expression, and the expression without an op or with plainer numbers, where it still has a finite value.
    let expressions (grown: RandomExpression) : RandomExpression seq =
        let nodes = Graph.postorder grown.Outputs

        seq {
            yield! subexpressions grown nodes
            yield! cuts grown nodes
            yield! Seq.append (bypasses grown nodes) (plainer grown) |> Seq.filter isFinite
        }
