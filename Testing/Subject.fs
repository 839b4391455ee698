namespace Fluxion.Testing

open System
open System.Collections.Generic
open Fluxion

/// An expression, the variables that it is differentiated by, each with its path and value, and how many times: once, or its gradient again.
type internal Subject = { Root: Expr; Variables: Expr[]; Paths: string[]; Values: NDArray[] }

/// What is checked.
module internal Subject =
    /// The index of each element, row-major.
    let placesOf (shape: Shape) : int list[] =
        List.foldBack (fun size places -> List.allPairs [ 0 .. size - 1 ] places |> List.map List.Cons) shape [ [] ]
        |> Array.ofList

    let private bracketed (index: int list) =
        let numbers = index |> List.map string |> String.concat ", "
        $"[{numbers}]"

    /// That of an expression; what it closes over with a value of its own stands for that value. Raises DTypeException where a value is not float64,
    /// ArgumentException where there is no number.
    let ofExpression (paths: string[]) (variables: Expr[]) (values: NDArray[]) (root: Expr) : Subject =
        for path, value in Array.zip paths values do
            if value.DType <> DType.Float64 then
                let name = if path = "" then "it" else $"'{path}'"

                let remedy =
                    if value.DType.IsFloating then
                        "cast inside the function?"
                    else
                        "close over it?"

                raise (
                    DTypeException(
                        Errors.sentence "Gradient.check" "the point must be float64, as differences are" $"{name} is {value.DType}" remedy
                    )
                )

        if values |> Array.sumBy (fun value -> value.Length) = 0 then
            raise (
                ArgumentException(
                    Errors.sentence "Gradient.check" "there must be a number to move" "the point holds none" "check at a tensor?"
                )
            )

        let closedOver =
            [ for leaf in Graph.variables [ root ] do
                  match leaf.Source with
                  | null -> ()
                  | source when not (Array.contains leaf variables) -> leaf, Expr.constant source.Value
                  | _ -> () ]

        { Root = Graph.substitute closedOver root; Variables = variables; Paths = paths; Values = values }

    /// That of a function at a point.
    let ofFunction (f: 'a -> Expr) (x: 'a) : Subject =
        let leaves, variables, y = Functions.trace f (eval x)
        let paths = Params.named x |> List.map fst |> Array.ofList
        ofExpression paths variables (leaves |> Array.map Expr.value) y

    /// The same of a number made of the result: itself, or a sum with weights, so that no entry of the result goes unseen.
    let weighted (subject: Subject) : Subject =
        let y = subject.Root

        if y.Shape.IsEmpty then
            subject
        else
            let weights = Random.uniform (0.5, 1.5) y.Shape (Random.key 1)
            { subject with Root = Expr.sum (y * Expr.cast y.DType weights) }

    // A user's gradient is of the simplified function, and simplified itself; so is this one.
    let private derivatives (mode: DifferentiationMode) (root: Expr) (variables: Expr[]) : Expr[] =
        let y = Rewrite.simplify root

        match mode with
        | DifferentiationMode.Forward -> Functions.jacobianForward y variables
        | DifferentiationMode.Reverse when y.Shape.IsEmpty -> Reverse.gradientAll y variables
        | DifferentiationMode.Reverse -> Functions.jacobianReverse y variables
        |> Rewrite.simplifyAll

    /// The same of all entries of the gradient, in one vector.
    let ofGradient (subject: Subject) : Subject =
        let gradient = derivatives DifferentiationMode.Reverse subject.Root subject.Variables
        { subject with Root = Packing.pack (List.ofArray gradient) }

    /// The names of a result's entries; one has none.
    let entriesOf (subject: Subject) : string[] =
        if subject.Root.Shape.IsEmpty then
            [| "" |]
        else
            placesOf subject.Root.Shape |> Array.map bracketed

    /// The names of the variables' entries.
    let namesOf (subject: Subject) : string[] =
        Array.map2
            (fun path (value: NDArray) -> placesOf value.Shape |> Array.map (fun place -> path + bracketed place))
            subject.Paths
            subject.Values
        |> Array.concat

    let private evaluate (subject: Subject) (roots: Expr[]) : NDArray[] =
        let inputs = Dictionary<Variable, NDArray>()

        Array.iter2
            (fun (variable: Expr) value ->
                match variable.Node with
                | Node.Variable key -> inputs[key] <- value
                | _ -> ())
            subject.Variables
            subject.Values

        Interpreter.run roots inputs

    /// The largest number of the result's value.
    let size (subject: Subject) : float =
        let value = evaluate subject [| subject.Root |] |> Array.exactlyOne
        value.Floats |> Seq.filter Double.IsFinite |> Seq.map abs |> Seq.fold max 0.0

    /// The derivative's numbers for each variable: of each entry of the result by each of the variable's.
    let analytic (mode: DifferentiationMode) (subject: Subject) : float[][] =
        derivatives mode subject.Root subject.Variables
        |> evaluate subject
        |> Array.map (fun derivative -> derivative.Floats)
