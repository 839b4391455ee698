namespace Fluxion.Testing

open System
open System.Collections.Generic
open Fluxion

/// An expression, the variables that it is differentiated by, each with its path and value, and how many times: once, or its gradient again.
type internal Subject = { Root: Expr; Variables: Expr[]; Paths: string[]; Values: NDArray[] }

/// What is checked, and how its derivatives are compared with numbers from values.
module internal Subject =
    let private placesOf (shape: Shape) : int list[] =
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

    // Columns of the Jacobian from values: for one number of one variable, every result's derivative, each with the method that found it.
    let private columns (options: GradientOptions) (subject: Subject) =
        let run = lazy (Compile.expressions [| subject.Root |] subject.Variables)
        let push = lazy (ComplexStep.along subject.Root subject.Variables subject.Values)

        let differences (ofNumber: float -> (float -> float[]) -> NumericDerivative[]) leaf position =
            let numbers = subject.Values[leaf].Floats

            let at step =
                let numbers = Array.updateAt position (numbers[position] + step) numbers
                let moved = NDArray.ofFloats DType.Float64 subject.Values[leaf].Shape numbers
                let results: NDArray[] = run.Value(Array.updateAt leaf moved subject.Values)
                results[0].Floats

            ofNumber (max 1.0 (abs numbers[position])) at

        let richardson leaf position =
            differences (fun scale -> Differences.extrapolated (options.FirstStep * scale)) leaf position
            |> Array.map (fun found -> found, NumericMethod.Richardson)

        let central leaf position =
            differences (fun scale -> Differences.ofStep (Math.Cbrt 2.2e-16 * scale)) leaf position
            |> Array.map (fun found -> found, NumericMethod.Central)

        let complexStep leaf position =
            let unit i (value: NDArray) = Array.init value.Length (fun k -> if i = leaf && k = position then 1.0 else 0.0)
            let struct (values, stoppedAt) = push.Value(Array.mapi unit subject.Values)

            values
            |> Array.map (fun value -> { Value = value; Uncertainty = 0.0; Step = 0.0 }, NumericMethod.ComplexStep),
            stoppedAt

        fun leaf position ->
            match options.Method with
            | NumericMethod.Richardson -> richardson leaf position, ""
            | NumericMethod.Central -> central leaf position, ""
            | NumericMethod.ComplexStep -> complexStep leaf position
            | NumericMethod.Automatic ->
                let found, stoppedAt = complexStep leaf position

                if found |> Array.exists (fun (derivative: NumericDerivative, _) -> Double.IsNaN derivative.Value) then
                    let others = richardson leaf position

                    Array.map2
                        (fun (one: NumericDerivative, method) other -> if Double.IsNaN one.Value then other else one, method)
                        found
                        others,
                    stoppedAt
                else
                    found, ""

    // How far apart two numbers are, beside a size under which they count as small.
    let private error (small: float) (analytic: float) (numeric: float) =
        if analytic = numeric then
            0.0
        else
            abs (analytic - numeric) / max small (max (abs analytic) (abs numeric))

    let private refuse (stoppedAt: string) =
        raise (
            NotDifferentiableException(
                Errors.sentence
                    "Gradient.check"
                    "for a complex step every op must have values at complex points, and a derivative at this one"
                    $"{stoppedAt} has not"
                    "let the method be NumericMethod.Automatic?"
            )
        )

    /// The report of a subject whose result's entries have these names.
    let report (options: GradientOptions) (names: string[]) (subject: Subject) : GradientReport =
        let analytic =
            derivatives options.Mode subject.Root subject.Variables
            |> evaluate subject
            |> Array.map (fun derivative -> derivative.Floats)

        let column = columns options subject
        let mutable stoppedAt = ""

        let entries =
            [ for leaf in 0 .. subject.Values.Length - 1 do
                  let places = placesOf subject.Values[leaf].Shape

                  for position in 0 .. places.Length - 1 do
                      let found, stopped = column leaf position
                      stoppedAt <- if stoppedAt = "" then stopped else stoppedAt

                      for k in 0 .. names.Length - 1 do
                          let derivative, method = found[k]

                          if Double.IsNaN derivative.Value && options.Method = NumericMethod.ComplexStep then
                              refuse stopped

                          { Path = subject.Paths[leaf]
                            Index = places[position]
                            Result = names[k]
                            Analytic = analytic[leaf][k * places.Length + position]
                            Numeric = derivative.Value
                            Method = method
                            NumericError = derivative.Uncertainty
                            Step = derivative.Step
                            Error = nan
                            Tolerance =
                              if method = NumericMethod.ComplexStep then
                                  options.ComplexTolerance
                              else
                                  options.Tolerance } ]

        let exact = entries |> List.filter (fun entry -> entry.Method = NumericMethod.ComplexStep)
        let largest = exact |> Seq.map (fun entry -> abs entry.Numeric) |> Seq.fold max 0.0

        let judged =
            entries
            |> List.map (fun entry ->
                let small =
                    if entry.Method = NumericMethod.ComplexStep then
                        min 1.0 largest
                    else
                        1.0

                { entry with Error = error small entry.Analytic entry.Numeric })

        // A NaN is worse than any number.
        let badness entry =
            if Double.IsNaN entry.Error then
                infinity
            else
                entry.Error / entry.Tolerance

        { Worst = List.maxBy badness judged
          Entries = judged.Length
          ComplexSteps = exact.Length
          StoppedAt = stoppedAt }

    /// A report that passes; of others GradientException is raised.
    let requirePassed (report: GradientReport) : GradientReport =
        if not report.Passed then
            raise (GradientException report)

        report
