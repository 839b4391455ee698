namespace Fluxion

open Fluxion.Kernels

/// Making an expression ready to run many times.
module Compile =
    /// The plan of the roots, on registers of a given width.
    let internal planAt (width: SimdWidth) (roots: Expr[]) (variables: Expr[]) : CompiledPlan =
        for variable in variables do
            if not variable.Node.IsVariable then
                Errors.argument "compile" "inputs must be variables" $"one is {variable}" "make it with Expr.variable?"

        // Simplifying may rebuild nodes, but variables stay what they are.
        let program = Fuser(variables).Program(Lower.prepare roots)
        CompiledPlan(program, variables |> Array.map (fun variable -> variable.Type), int width)

    /// The plan of the roots.
    let internal plan (roots: Expr[]) (variables: Expr[]) : CompiledPlan = planAt Simd.Width roots variables

    /// A function from values of the variables to values of the roots.
    let internal expressions (roots: Expr[]) (variables: Expr[]) : NDArray[] -> NDArray[] = (plan roots variables).Run
