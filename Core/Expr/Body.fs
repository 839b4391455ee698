namespace Fluxion

open System.Collections.Generic

/// A function as an attribute of an op: expressions of inputs, and of nothing else. Two bodies are equal when they compute the same by the same
/// ops, whatever their variables are called.
[<Sealed>]
type internal Body(inputs: Expr[], outputs: Expr[]) =
    let nodes = lazy Graph.postorder outputs

    // Every node: its arguments' positions among the nodes, or its number among the inputs.
    let form =
        lazy
            (let positions = NodeMap<int>()
             let numbers = Dictionary<Variable, int>()

             inputs
             |> Array.iteri (fun i input ->
                 match input.Node with
                 | Node.Variable variable -> numbers[variable] <- i
                 | _ -> Errors.invalid "body" "inputs are variables" $"{input} is none" "report this")

             nodes.Value
             |> Array.mapi (fun i node ->
                 positions[node] <- i

                 match node.Node with
                 | Node.Variable variable ->
                     match numbers.TryGetValue variable with
                     | true, number -> [| number |]
                     | _ -> Errors.unbound "body" "every variable must be an input" $"'{node}' is none" "pass it as an argument?"
                 | _ -> node.Arguments |> Array.map (fun argument -> positions[argument])))

    let results =
        lazy
            (let positions = NodeMap<int>()
             nodes.Value |> Array.iteri (fun i node -> positions[node] <- i)
             outputs |> Array.map (fun output -> positions[output]))

    let types = inputs |> Array.map (fun input -> input.Type)

    let hashOf (node: Expr) =
        match node.Node with
        | Node.Apply primitive -> primitive.Name.GetHashCode() * 31 + primitive.AttributeHash
        | Node.Constant value -> NDArray.hashOf value
        | Node.Variable _ -> 1

    let hashCode =
        lazy
            (Array.fold2
                (fun state node (numbers: int[]) -> Array.fold (fun state number -> state * 31 + number) (state * 31 + hashOf node) numbers)
                inputs.Length
                nodes.Value
                form.Value)

    let sameNode (a: Expr) (b: Expr) =
        match a.Node, b.Node with
        | Node.Apply left, Node.Apply right -> left.Same right
        | Node.Constant left, Node.Constant right -> NDArray.identical left right
        | Node.Variable _, Node.Variable _ -> true
        | _ -> false

    member _.Inputs = inputs
    member _.Outputs = outputs
    /// Every node, arguments first.
    member _.Nodes = nodes.Value
    member private _.Types = types
    member private _.Form = form.Value
    member private _.Results = results.Value

    /// For each output, whether some of the inputs reach it through nodes that let them: `isSource` says which inputs.
    member _.Reached (passes: Expr -> bool) (isSource: bool[]) : bool[] =
        let reached = NodeMap<bool>()

        for i in 0 .. inputs.Length - 1 do
            reached[inputs[i]] <- isSource[i]

        for node in nodes.Value do
            if not (reached.Contains node) then
                reached[node] <- passes node && node.Arguments |> Array.exists (fun argument -> reached[argument])

        outputs |> Array.map (fun output -> reached[output])

    /// The outputs' values for values of the inputs, node by node.
    member _.Evaluate(arguments: NDArray[]) : NDArray[] =
        let nodes, form = nodes.Value, form.Value
        let values: NDArray[] = Array.zeroCreate nodes.Length

        for i in 0 .. nodes.Length - 1 do
            values[i] <-
                match nodes[i].Node with
                | Node.Constant value -> value
                | Node.Variable _ -> arguments[form[i][0]]
                | Node.Apply primitive -> primitive.Eval(Array.map (fun position -> values[position]) form[i])

        results.Value |> Array.map (fun position -> values[position])

    override _.GetHashCode() = hashCode.Value

    override this.Equals other =
        match other with
        | :? Body as other ->
            obj.ReferenceEquals(this, other)
            || this.GetHashCode() = other.GetHashCode()
               && types = other.Types
               && results.Value = other.Results
               && nodes.Value.Length = other.Nodes.Length
               && Array.forall2 sameNode nodes.Value other.Nodes
               && Array.forall2 (fun (a: int[]) b -> a = b) form.Value other.Form
        | _ -> false

    override _.ToString() =
        let list (parts: Expr[]) = parts |> Array.map string |> String.concat ", "
        $"({list inputs}) -> ({list outputs})"
