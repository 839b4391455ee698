namespace Fluxion.Testing

open System
open System.Collections.Generic
open FsCheck
open FsCheck.FSharp
open Fluxion

/// A random well-typed expression over all rows: outputs of floating-point numbers, which share nodes, and its variables with a value for each.
[<StructuredFormatDisplay("{Text}")>]
type RandomExpression =
    { Outputs: Expr[]
      Variables: Expr[]
      Values: NDArray[] }

    /// One op a line, arguments first, numbered from 0, with the values of variables: what a failure shows. The same expression has the same text.
    member this.Text =
        let numbers = NodeMap<int>()
        let name (node: Expr) = $"#{numbers[node]}"

        let valueOf (variable: Expr) =
            match Array.tryFindIndex ((=) variable) this.Variables with
            | Some i -> $" = {this.Values[i]}"
            | None -> ""

        let line i (node: Expr) =
            numbers[node] <- i

            match node.Node with
            | Node.Apply primitive ->
                let arguments = node.Arguments
                let from = arguments |> Array.map name |> String.concat ", "
                $"{name node} = {primitive.Name}({primitive.AttributeText})({from}) : {node.Type}"
            | Node.Variable variable -> $"{name node} = {variable.Name} : {node.Type}{valueOf node}"
            | Node.Constant value -> $"{name node} = {value} : {node.Type}"

        let lines = Graph.postorder this.Outputs |> Array.mapi line
        let outputs = this.Outputs |> Array.map name |> String.concat ", "
        String.concat "\n" (Array.append lines [| $"outputs {outputs}" |])

    override this.ToString() = this.Text

/// Values of nodes, each worked out once.
type internal NodeValues() =
    let values = NodeMap<NDArray>()

    member _.Item
        with get (expr: Expr) =
            for node in Graph.postorderUntil values.Contains [ expr ] do
                if not (values.Contains node) then
                    values[node] <-
                        match node.Node with
                        | Node.Constant value -> value
                        | Node.Variable variable -> raise (UnboundInputException $"{variable.Name} has no value")
                        | Node.Apply primitive -> primitive.Eval(node.Arguments |> Array.map (fun argument -> values[argument]))

            values[expr]
        and set (expr: Expr) (value: NDArray) = values[expr] <- value

/// One step in the growth of a random expression: which sample of which row is applied, at which element type (where the sample
/// leaves that open), and what decides about each argument. Any list of steps grows something.
type private GrowthStep = { Sample: int; DType: DType; Picks: int list }

/// A graph while it grows. Each node's value is known, so that arguments can be brought into the domain that a sample asks for.
type private Plant() =
    let nodes = List<Expr>()
    let values = NodeValues()
    let variables = List<Expr>()

    // A bit beyond the domain is let through, so that ops meet one another bare.
    let isInside (domain: Domain) (expr: Expr) =
        let low, high = (if domain.Low < 0.0 then 5.0 * domain.Low else domain.Low), 5.0 * domain.High
        let low = if expr.DType.IsInteger then max 0.0 (ceil low) else low
        // A matrix with a diagonal that stands out has to be made.
        domain.Diagonal = 0.0 && values[expr].Floats |> Array.forall (fun x -> x >= low && x <= high)

    let leaf (pick: int) (domain: Domain) (tensorType: TensorType) : Expr =
        let value = Arrays.draw (int64 pick) domain tensorType

        match pick % 8 with
        | 0 -> Expr.constant value
        // What laws look for.
        | 1
        | 2
        | 3 when domain.DType.IsNone && domain.Diagonal = 0.0 && tensorType.DType.IsFloating && domain.Low < 0.0 ->
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
                let bounded = (domain.Low + domain.High) / 2.0 + (domain.High - domain.Low) / 2.0 * Expr.Tanh x

                if domain.Diagonal = 0.0 then
                    bounded
                else
                    let added = Array.init (Shape.size tensorType.Shape) (Arrays.diagonal domain tensorType.Shape)
                    bounded + Expr.constant (NDArray.ofFloats tensorType.DType tensorType.Shape added)

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

    member _.Grow(primitive: Primitive, arguments: (Shape * Domain) list, step: GrowthStep) =
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

        if values[node].Floats |> Array.forall Double.IsFinite then
            nodes.Add node

    /// The last three floating-point nodes, and the variables below them.
    member _.Harvest() : RandomExpression =
        let floating = nodes.FindAll(fun node -> node.DType.IsFloating)

        let outputs =
            if floating.Count = 0 then
                [| leaf 2 Domain.real { Shape = [ 2 ]; DType = DType.Float64 } |]
            else
                floating.GetRange(max 0 (floating.Count - 3), min 3 floating.Count).ToArray()

        let reached = Graph.variables outputs |> Array.ofList

        { Outputs = outputs
          Variables = reached
          Values = reached |> Array.map (fun variable -> values[variable]) }

/// Random expressions for properties.
module internal Growth =
    let private rows = Ops.all @ ControlFlow.rows @ CustomRule.rows
    let private cases = rows |> List.map (fun row -> row.Cases)
    let private samples = cases |> List.concat |> Array.ofList

    // The first and the last sample of each row, so that one with few of them comes as often as others.
    let private ranges =
        cases |> List.scan (fun (_, last) cases -> last + 1, last + cases.Length) (0, -1) |> List.tail

    // The same steps always grow the same.
    let private grow (steps: GrowthStep list) : RandomExpression =
        let plant = Plant()

        for step in steps do
            let primitive, arguments = samples[step.Sample]
            plant.Grow(primitive, arguments, step)

        plant.Harvest()

    // Mostly float64.
    let private dtypes =
        [ DType.Float64; DType.Float64; DType.Float64; DType.Float32; DType.Int64; DType.Int32; DType.Bool ]

    let private step: Gen<GrowthStep> =
        gen {
            let! range = Gen.elements ranges
            let! sample = Gen.choose range
            let! dtype = Gen.elements dtypes
            let! picks = Gen.choose (0, 10_000) |> Gen.listOfLength 3
            return { Sample = sample; DType = dtype; Picks = picks }
        }

    /// Expressions over all rows.
    let expressions: Gen<RandomExpression> =
        Gen.sized (fun size -> Gen.choose (1, 2 + size / 4))
        |> Gen.bind (fun count -> Gen.listOfLength count step)
        |> Gen.map grow
