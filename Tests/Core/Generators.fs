namespace Fluxion.Tests

open System
open System.Collections.Generic
open FsCheck
open FsCheck.FSharp
open Fluxion

/// One step in the growth of a random expression: which sample of which row is applied, at which element type (where the sample
/// leaves that open), and what decides about each argument. Any list of steps grows something, so that shrinking may drop any of them.
type Step = { Sample: int; DType: DType; Picks: int list }

/// A random well-typed expression over all rows: outputs that share nodes, and its variables with a value for each.
[<StructuredFormatDisplay("{Text}")>]
type Grown =
    { Steps: Step list
      Outputs: Expr[]
      Variables: Expr[]
      Values: NDArray[] }

    /// The ops in order of growth, for a failure to show.
    member this.Text =
        Graph.postorder this.Outputs
        |> Seq.map (fun node ->
            match node.Node with
            | Node.Apply(primitive, arguments) ->
                let from = arguments |> Array.map (fun argument -> $"#{argument.Id}") |> String.concat ", "
                $"#{node.Id} = {primitive.Name}({primitive.AttributeText})({from}) : {node.Type}"
            | Node.Variable _ -> $"#{node.Id} = {node} : {node.Type}"
            | Node.Constant value -> $"#{node.Id} = {value} : {node.Type}")
        |> String.concat "\n"
        |> sprintf "%s\noutputs %A"
        <| [ for output in this.Outputs -> $"#{output.Id}" ]

/// A graph while it grows. Each node's value is known, so that arguments can be brought into the domain that a sample asks for.
type private Plant() =
    let nodes = List<Expr>()
    let values = NodeMap<NDArray>()
    let variables = List<Expr>()

    let valueOf (expr: Expr) =
        for node in Graph.postorderUntil values.Contains [ expr ] do
            if not (values.Contains node) then
                values[node] <-
                    match node.Node with
                    | Node.Constant value -> value
                    | Node.Variable variable -> raise (ExpectException $"{variable.Name} has no value")
                    | Node.Apply(primitive, arguments) -> primitive.Eval(arguments |> Array.map (fun argument -> values[argument]))

        values[expr]

    // A bit beyond the domain is let through, so that ops meet one another bare.
    let isInside (domain: Domain) (expr: Expr) =
        let low, high = (if domain.Low < 0.0 then 5.0 * domain.Low else domain.Low), 5.0 * domain.High
        let low = if expr.DType.IsInteger then max 0.0 (ceil low) else low
        (valueOf expr).Floats |> Array.forall (fun x -> x >= low && x <= high)

    let leaf (pick: int) (domain: Domain) (tensorType: TensorType) : Expr =
        let value = Values.draw (int64 pick) domain tensorType

        match pick % 8 with
        | 0 -> Expr.constant value
        // What laws look for.
        | 1
        | 2
        | 3 when domain.DType.IsNone && tensorType.DType.IsFloating && domain.Low < 0.0 ->
            let number = Expr.constant (NDArray.full tensorType.DType [] (float (pick / 8 % 4 - 1)))
            number.BroadcastTo tensorType.Shape
        | _ ->
            let variable = Expr.variableOf $"v{variables.Count}" tensorType.DType tensorType.Shape
            variables.Add variable
            values[variable] <- value
            variable

    let intoShape (shape: Shape) (x: Expr) =
        if Shape.size x.Shape = Shape.size shape then
            x.ReshapeTo shape
        elif Shape.tryBroadcast x.Shape shape = Some shape then
            x.BroadcastTo shape
        else
            (Expr.sum x).BroadcastTo shape

    // A node of any type, turned into one of this type and brought into the domain.
    let adapt (node: Expr) (domain: Domain) (tensorType: TensorType) : Expr =
        if tensorType.DType = DType.Bool then
            let x = Expr.cast DType.Float64 node |> intoShape tensorType.Shape
            Expr.less x (x.Literal 0.5)
        else
            let x = Expr.cast tensorType.DType node |> intoShape tensorType.Shape

            if isInside domain x then
                x
            else
                (domain.Low + domain.High) / 2.0 + (domain.High - domain.Low) / 2.0 * Expr.Tanh x

    let argument (pick: int) (domain: Domain) (tensorType: TensorType) : Expr =
        // Indices and keys have a meaning that numbers at large do not have.
        let isOpen = domain.DType.IsNone || domain.DType = Some DType.Bool
        let fitting = nodes.FindAll(fun node -> node.Type = tensorType && isInside domain node)

        // Recent ones sooner than old ones, so that graphs grow deep.
        let recent (from: List<Expr>) = from[from.Count - 1 - pick / 4 % min 5 from.Count]

        match pick % 4 with
        | 0 -> leaf (pick / 4) domain tensorType
        | _ when not isOpen || nodes.Count = 0 -> leaf (pick / 4) domain tensorType
        | 1
        | 2 when fitting.Count > 0 -> recent fitting
        | _ when not tensorType.DType.IsInteger -> adapt (recent nodes) domain tensorType
        | _ -> leaf (pick / 4) domain tensorType

    member _.Grow(primitive: Primitive, arguments: (Shape * Domain) list, step: Step) =
        let typesAt dtype =
            [ for shape, domain in arguments -> { TensorType.Shape = shape; DType = Option.defaultValue dtype domain.DType } ]

        let types =
            try
                let types = typesAt step.DType
                primitive.Infer(Array.ofList types) |> ignore
                types
            with :? DTypeException ->
                typesAt DType.Float64

        let picks = Seq.initInfinite (fun i -> step.Picks[i % step.Picks.Length] + 7 * (i / step.Picks.Length))

        let node =
            Seq.zip3 picks (List.map snd arguments) types
            |> Seq.map (fun (pick, domain, tensorType) -> argument pick domain tensorType)
            |> Array.ofSeq
            |> fun chosen -> Expr.Apply(primitive, chosen)

        if (valueOf node).Floats |> Array.forall Double.IsFinite then
            nodes.Add node

    /// The last three floating-point nodes, and the variables below them.
    member _.Harvest(steps: Step list) : Grown =
        let floating = nodes.FindAll(fun node -> node.DType.IsFloating)

        let outputs =
            if floating.Count = 0 then
                [| leaf 2 Domain.real { Shape = [ 2 ]; DType = DType.Float64 } |]
            else
                floating.GetRange(max 0 (floating.Count - 3), min 3 floating.Count).ToArray()

        let reached = Graph.variables outputs |> Array.ofList
        { Steps = steps; Outputs = outputs; Variables = reached; Values = reached |> Array.map valueOf }

/// Random expressions for properties.
module Generators =
    let private samples =
        Ops.all @ ControlFlow.rows @ CustomRule.rows |> List.collect (fun row -> row.Cases) |> Array.ofList

    /// What a list of steps grows into; the same list always grows the same.
    let grow (steps: Step list) : Grown =
        let plant = Plant()

        for step in steps do
            let primitive, arguments = samples[step.Sample % samples.Length]
            plant.Grow(primitive, arguments, step)

        plant.Harvest steps

    let private step (dtypes: DType list) : Gen<Step> =
        gen {
            let! sample = Gen.choose (0, samples.Length - 1)
            let! dtype = Gen.elements dtypes
            let! picks = Gen.choose (0, 10_000) |> Gen.listOfLength 3
            return { Sample = sample; DType = dtype; Picks = picks }
        }

    // First without half of the steps, then without one, then with plainer steps.
    let private shrink (steps: Step list) : Step list seq =
        let first, second = List.splitAt (steps.Length / 2) steps
        let halves = if steps.Length > 3 then [ first; second ] else []

        let without =
            if steps.Length > 1 then
                [ for i in 0 .. steps.Length - 1 -> List.removeAt i steps ]
            else
                []

        let plainer =
            [ for i in 0 .. steps.Length - 1 do
                  for plain in [ { steps[i] with DType = DType.Float64 }; { steps[i] with Picks = [ 8; 8; 8 ] } ] do
                      if plain <> steps[i] then
                          yield List.updateAt i plain steps ]

        halves @ without @ plainer

    let private expressionsOf dtypes =
        let steps =
            Gen.sized (fun size -> Gen.choose (1, 2 + size / 4))
            |> Gen.bind (fun count -> Gen.listOfLength count (step dtypes))

        Arb.fromGenShrink (steps, shrink) |> Arb.convert grow (fun grown -> grown.Steps)

    /// Expressions over all rows, mostly float64.
    let expressions: Arbitrary<Grown> =
        expressionsOf [ DType.Float64; DType.Float64; DType.Float64; DType.Float32; DType.Int64; DType.Int32; DType.Bool ]
