namespace Fluxion

open System.Collections.Generic

/// Evaluation by the rows' Eval columns, node by node: slow, plain, and the judge of everything faster.
module internal Interpreter =
    let private lookUp (inputs: Dictionary<Variable, NDArray>) (node: Expr) (variable: Variable) : NDArray =
        match inputs.TryGetValue variable with
        | true, value ->
            if value.Shape <> node.Shape || value.DType <> node.DType then
                let given = value.Type

                TensorType.mismatch
                    node.Type
                    given
                    "eval"
                    $"variable '{variable.Name}' is {node.Type}"
                    $"its value is {given}"
                    "give a value of that shape and type?"

            value
        | _ ->
            let known = inputs.Keys |> Seq.map (fun known -> $"'{known.Name}'") |> String.concat ", "
            let given = if known = "" then "no variable has one" else $"only {known} have"
            Errors.unbound "eval" $"variable '{variable.Name}' needs a value" given "give it one with evalWith, or with compile?"

    /// The values of the roots, where each variable has the value that `inputs` gives it. A value is dropped after its last use, so
    /// memory follows the widest point of the graph and not its length.
    let internal run (roots: Expr[]) (inputs: Dictionary<Variable, NDArray>) : NDArray[] =
        let order = Graph.postorder roots
        let values = NodeMap<NDArray voption>()
        let uses = Graph.uses order roots

        for node in order do
            let value =
                match node.Node with
                | Node.Constant value -> value
                | Node.Variable variable -> lookUp inputs node variable
                | Node.Apply primitive ->
                    let arguments = node.Arguments
                    let value = primitive.Eval(arguments |> Array.map (fun argument -> values[argument].Value))

                    for argument in arguments do
                        uses[argument] <- uses[argument] - 1

                        if uses[argument] = 0 then
                            values[argument] <- ValueNone

                    value

            values[node] <- ValueSome value

        roots |> Array.map (fun root -> values[root].Value)
