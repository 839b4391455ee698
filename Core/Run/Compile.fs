namespace Fluxion

open System.Collections.Generic
open Fluxion.Kernels

/// Making an expression ready to run many times.
module Compile =
    // Compiling takes some 25 µs a node, and a hundred times that for a node whose vector code is long. A graph beyond this is hardly run often
    // enough to earn that back: it is evaluated node by node, always, so that its results never change between calls.
    let private mostWork = 50_000

    let rec private isLong (lane: Lane) =
        match lane with
        | Lane.Unary((Unary.Negate | Unary.Abs | Unary.Sign | Unary.Sqrt), x)
        | Lane.Convert(_, x) -> isLong x
        | Lane.Unary _
        | Lane.Binary(Binary.Power, _, _) -> true
        | Lane.Binary(_, x, y)
        | Lane.Compare(_, x, y) -> isLong x || isLong y
        | Lane.Select(condition, x, y) -> isLong condition || isLong x || isLong y
        | Lane.Argument _
        | Lane.Literal _ -> false

    let private workOf (node: Expr) =
        match node.Node with
        | Node.Apply(primitive, _) ->
            match primitive.Kernel with
            | Kernel.Map lane when isLong lane -> 100
            | _ -> 1
        | _ -> 1

    /// Whether a graph is too large to compile.
    let internal isTooLarge (roots: Expr[]) : bool = (Graph.postorder roots |> Array.sumBy workOf) > mostWork

    let private keyOf (variable: Expr) : Variable =
        match variable.Node with
        | Node.Variable key -> key
        | _ -> Errors.argument "compile" "inputs must be variables" $"one is {variable}" "make it with Expr.variable?"

    /// The plan of the roots, on registers of a given width, with loops that run in a given way.
    let internal planAt (tier: Tier) (width: SimdWidth) (roots: Expr[]) (variables: Expr[]) : CompiledPlan =
        variables |> Array.iter (keyOf >> ignore)
        let program = Fuser(variables).Program(Lower.prepare roots)
        CompiledPlan(program, variables |> Array.map (fun variable -> variable.Type), int width, tier)

    /// The plan of the roots.
    let internal plan (roots: Expr[]) (variables: Expr[]) : CompiledPlan = planAt Tier.WhenHot Simd.Width roots variables

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
