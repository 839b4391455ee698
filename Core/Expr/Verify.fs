namespace Fluxion

/// A type checker for whole graphs: it trusts no node's word for its own type. The tests run it after every transform.
module Verify =
    /// What is wrong with the roots, a sentence each; empty when all is well.
    let problems (roots: Expr seq) : string list =
        let variables = System.Collections.Generic.Dictionary<Variable, TensorType>()

        [ for node in Graph.postorder roots do
              match node.Node with
              | Node.Constant value ->
                  if value.Shape <> node.Shape || value.DType <> node.DType then
                      $"constant: its type is {node.Type}, but its array is {value.DType} {Shape.show value.Shape}"
              | Node.Variable variable ->
                  match variables.TryGetValue variable with
                  | true, known when known <> node.Type -> $"variable {variable.Name}: it stands with two types, {known} and {node.Type}"
                  | _ -> variables[variable] <- node.Type
              | Node.Apply primitive ->
                  let inferred =
                      try
                          Ok(primitive.Infer(node.Arguments |> Array.map (fun argument -> argument.Type)))
                      with :? System.ArgumentException as error ->
                          Error error.Message

                  match inferred with
                  | Ok inferred when inferred = node.Type -> ()
                  | Ok inferred -> $"{primitive.Name}: its type is {node.Type}, but its arguments make {inferred}"
                  | Error message -> message ]
