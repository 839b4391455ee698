namespace Fluxion

open System
open System.Collections.Generic
open Fluxion.Kernels

/// Expressions that are ready to run many times. `Run` takes values of the variables, and arrays that roots may be written over: none, or one for
/// each root, null where a new one is wanted. `IsOwn` says of which roots: those whose arrays are nobody else's.
[<NoEquality; NoComparison>]
type internal Runnable = { Run: NDArray[] -> (NDArray | null)[] -> NDArray[]; IsOwn: bool[] }

/// Making an expression ready to run many times.
module internal Compile =
    // Compiling takes some 25 µs a node, and a hundred times that for a node whose vector code is long. A graph beyond this is hardly run often
    // enough to earn that back: it is evaluated node by node, always, so that its results never change between calls.
    let private mostWork = 50_000

    let rec private isLong (lane: Lane) =
        match lane with
        | Lane.Unary((Unary.Negate | Unary.Abs | Unary.Sign | Unary.Sqrt | Unary.Floor | Unary.Ceiling | Unary.Round), x)
        | Lane.Convert(_, x) -> isLong x
        | Lane.Unary _
        | Lane.Binary((Binary.Power | Binary.Hypot | Binary.Atan2 | Binary.LogAddExp), _, _) -> true
        | Lane.Binary(_, x, y)
        | Lane.Compare(_, x, y) -> isLong x || isLong y
        | Lane.Select(condition, x, y) -> isLong condition || isLong x || isLong y
        | Lane.Argument _
        | Lane.Literal _ -> false

    // Recursion here is as deep as bodies stand in bodies.
    let rec private workOf (node: Expr) =
        match node.Node with
        | Node.Apply primitive ->
            match primitive.Kernel with
            | Kernel.Map lane when isLong lane -> 100
            | Kernel.Nested -> ControlFlow.bodies node |> List.sumBy (fun body -> Array.sumBy workOf body.Nodes)
            | _ -> 1
        | _ -> 1

    /// Whether a graph is too large to compile.
    let internal isTooLarge (roots: Expr[]) : bool = (Graph.postorder roots |> Array.sumBy workOf) > mostWork

    let private keyOf (variable: Expr) : Variable =
        match variable.Node with
        | Node.Variable key -> key
        | _ -> Errors.argument "compile" "inputs must be variables" $"one is {variable}" "make it with Expr.variable?"

    /// The steps that the roots become, and their buffers.
    let internal program (roots: Expr[]) (variables: Expr[]) : Program = Fuser(variables).Program(Lower.prepare roots)

    /// The plan of the roots, on registers of a given width, with loops that run in a given way and are cut for several threads as `cut` says.
    let internal planCut
        (cut: Loop -> Partition option)
        (tier: Tier)
        (width: SimdWidth)
        (roots: Expr[])
        (variables: Expr[])
        : CompiledPlan =
        variables |> Array.iter (keyOf >> ignore)
        let rec build program types = CompiledPlan(program, types, int width, cut, tier, NestedSteps.make build)
        build (program roots variables) (variables |> Array.map (fun variable -> variable.Type))

    /// The plan of the roots, on registers of a given width, with loops that run in a given way.
    let internal planAt (tier: Tier) (width: SimdWidth) (roots: Expr[]) (variables: Expr[]) : CompiledPlan =
        planCut Partition.tryOf tier width roots variables

    /// The plan of the roots.
    let internal plan (roots: Expr[]) (variables: Expr[]) : CompiledPlan = planAt Tier.WhenHot Simd.Width roots variables

    let private interpreted (roots: Expr[]) (variables: Expr[]) : NDArray[] -> NDArray[] =
        let keys = Array.map keyOf variables

        fun values ->
            let inputs = Dictionary<Variable, NDArray>()
            Array.iter2 (fun key value -> inputs[key] <- value) keys values
            Interpreter.run roots inputs

    /// The roots as functions of the variables, written over arrays that are no longer needed.
    let internal runnable (roots: Expr[]) (variables: Expr[]) : Runnable =
        if isTooLarge roots then
            let run = interpreted roots variables
            { Run = (fun values _ -> run values); IsOwn = Array.create roots.Length false }
        else
            let plan = plan roots variables
            { Run = (fun values offered -> plan.Run(values, offered)); IsOwn = plan.IsOwn }

    /// A function from values of the variables to values of the roots.
    let internal expressions (roots: Expr[]) (variables: Expr[]) : NDArray[] -> NDArray[] =
        let runnable = runnable roots variables
        fun values -> runnable.Run values (Array.Empty())

    /// Steps of the roots on a state that they update, from these values; see Stepper.
    let internal stepper
        (keepsEarlier: bool)
        (roots: Expr[])
        (variables: Expr[])
        (values: NDArray[])
        (updates: (int * int) list)
        : Stepper =
        if isTooLarge roots then
            InterpretedStepper(interpreted roots variables, values, updates)
        else
            CompiledStepper(plan roots variables, values, updates, keepsEarlier)
