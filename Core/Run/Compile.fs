namespace Fluxion

open System.Collections.Generic

/// Making an expression ready to run many times.
module Compile =
    /// A function from values of the variables to values of the roots.
    let internal expressions (roots: Expr[]) (variables: Expr[]) : NDArray[] -> NDArray[] =
        let keys =
            variables
            |> Array.map (fun variable ->
                match variable.Node with
                | Node.Variable key -> key
                | _ -> Errors.argument "compile" "inputs must be variables" $"one is {variable}" "make it with Expr.variable?")

        fun values ->
            let inputs = Dictionary<Variable, NDArray>()
            Array.iter2 (fun key value -> inputs[key] <- value) keys values
            Interpreter.run roots inputs
