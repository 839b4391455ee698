namespace Fluxion

open System.Collections.Generic
open Fluxion.Kernels

/// Making an expression ready to run many times.
module Compile =
    // Compiling takes some 25 µs a node, and such a graph is hardly run often enough to earn that back: it is evaluated node by node, always, so
    // that its results never change between calls.
    let private mostNodes = 50_000

    /// Whether a graph is too large to compile.
    let internal isTooLarge (roots: Expr[]) : bool = (Graph.postorder roots).Length > mostNodes

    let private keyOf (variable: Expr) : Variable =
        match variable.Node with
        | Node.Variable key -> key
        | _ -> Errors.argument "compile" "inputs must be variables" $"one is {variable}" "make it with Expr.variable?"

    /// The plan of the roots, on registers of a given width.
    let internal planAt (width: SimdWidth) (roots: Expr[]) (variables: Expr[]) : CompiledPlan =
        variables |> Array.iter (keyOf >> ignore)
        let program = Fuser(variables).Program(Lower.prepare roots)
        CompiledPlan(program, variables |> Array.map (fun variable -> variable.Type), int width)

    /// The plan of the roots.
    let internal plan (roots: Expr[]) (variables: Expr[]) : CompiledPlan = planAt Simd.Width roots variables

    let private interpreted (roots: Expr[]) (variables: Expr[]) : NDArray[] -> NDArray[] =
        let keys = Array.map keyOf variables

        fun values ->
            let inputs = Dictionary<Variable, NDArray>()
            Array.iter2 (fun key value -> inputs[key] <- value) keys values
            Interpreter.run roots inputs

    /// A function from values of the variables to values of the roots.
    let internal expressions (roots: Expr[]) (variables: Expr[]) : NDArray[] -> NDArray[] =
        if isTooLarge roots then
            interpreted roots variables
        else
            (plan roots variables).Run
