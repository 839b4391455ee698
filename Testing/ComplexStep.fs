namespace Fluxion.Testing

open System
open System.Collections.Generic
open Fluxion

/// The derivative of an expression from its value at a point that is moved a little into the complex plane: f(x + ih) = f(x) + ih f'(x) + O(h²), so nothing is
/// subtracted, and h may be so small that nothing is left of h². No derivative rule of an op is asked for. (Squire and Trapp, "Using complex variables to
/// estimate derivatives of real functions", SIAM Review 40, 1998.)
module internal ComplexStep =
    /// h: its square is no number that counts.
    let size = 1e-100

    // The first op that has no derivative at the point, or none that is known here.
    type private Breaks() =
        member val First = "" with get, set

    let private isBroken (imaginary: float[]) = Array.exists Double.IsNaN imaginary

    let private moved (x: ComplexArray) = x.Imaginary.IsSome
    let private unknown (length: int) : float[] = Array.create length nan

    // Real and imaginary parts by themselves.
    let private linear (primitive: Primitive) (arguments: ComplexArray[]) : float[] =
        let imaginary (argument: ComplexArray) =
            if ComplexArray.isFloating argument then
                ComplexArray.imaginaryArray argument
            else
                argument.Real

        (primitive.Eval(Array.map imaginary arguments)).Floats

    // (A + iB)(C + iD): B beside C, and A beside D. Three imaginary parts beside one another are nothing.
    let private multilinear (primitive: Primitive) (arguments: ComplexArray[]) : float[] =
        let real = arguments |> Array.map ComplexArray.realArray

        [| for i in 0 .. arguments.Length - 1 do
               if moved arguments[i] then
                   (primitive.Eval(Array.updateAt i (ComplexArray.imaginaryArray arguments[i]) real)).Floats |]
        |> Array.reduce (Array.map2 (+))

    let private elementwise (lane: Lane) (arguments: ComplexArray[]) (shape: Shape) : float[] =
        let repeated = arguments |> Array.map (ComplexArray.broadcast shape)

        Array.init (Shape.size shape) (fun i -> (ComplexLane.evaluate (repeated |> Array.map (fun elements -> elements[i])) lane).Imaginary)

    // Row t of rows.
    let private row (t: int) (rows: ComplexArray) : ComplexArray =
        let shape = rows.Real.Shape.Tail
        let size = Shape.size shape

        { Real = NDArray.take shape (Array.init size (fun i -> t * size + i)) rows.Real
          Imaginary = rows.Imaginary |> ValueOption.map (fun imaginary -> Array.sub imaginary (t * size) size) }

    let private keyOf (input: Expr) =
        match input.Node with
        | Node.Variable variable -> variable
        | _ -> Errors.invalid "complex step" "inputs are variables" $"{input} is none" "report this"

    // Values of nodes that are known stand in `reals`; others are added. Bodies of loops and branches are evaluated from here again, as deep as they are nested.
    let rec private evaluate (breaks: Breaks) (reals: NodeMap<NDArray>) (inputs: Expr[]) (values: ComplexArray[]) (roots: Expr[]) =
        let given = Dictionary<Variable, ComplexArray>()
        Array.iter2 (fun input value -> given[keyOf input] <- value) inputs values
        let imaginary = NodeMap<float[]>()
        let at (node: Expr) = { Real = reals[node]; Imaginary = imaginary.TryFind node }

        for node in Graph.postorder roots do
            match node.Node with
            | Node.Constant value -> reals[node] <- value
            | Node.Variable variable ->
                match given.TryGetValue variable with
                | true, value ->
                    reals[node] <- value.Real
                    value.Imaginary |> ValueOption.iter (fun parts -> imaginary[node] <- parts)
                | _ -> Errors.unbound "complex step" $"variable '{variable.Name}' needs a value" "it has none" "pass it in the point?"
            | Node.Apply primitive ->
                let arguments = node.Arguments |> Array.map at

                if not (reals.Contains node) then
                    reals[node] <- primitive.Eval(arguments |> Array.map (fun argument -> argument.Real))

                if Array.exists moved arguments then
                    let parts = apply breaks primitive arguments reals[node]

                    if parts |> Array.exists (fun part -> part <> 0.0) then
                        imaginary[node] <- parts

        roots |> Array.map at

    // The imaginary part of an op's result.
    and private apply (breaks: Breaks) (primitive: Primitive) (arguments: ComplexArray[]) (value: NDArray) : float[] =
        let isUnsure (argument: ComplexArray) = not (ComplexArray.isFloating argument) && moved argument

        let parts =
            match primitive.Kernel, primitive.Rule with
            | Kernel.Map lane, _ -> elementwise lane arguments value.Shape
            | _ when Array.exists isUnsure arguments -> unknown value.Length
            | Kernel.Nested, _ -> nested breaks primitive arguments value.Length
            | _ when not value.DType.IsFloating -> ComplexRows.choices primitive.Eval arguments
            | _, Rule.Linear _ -> linear primitive arguments
            | _, Rule.Multilinear _ -> multilinear primitive arguments
            | Kernel.Composed composition, _ ->
                let inputs = arguments |> Array.map (fun argument -> Expr.fresh "x" argument.Real.Type)
                let results = evaluate breaks (NodeMap()) inputs arguments [| composition.Apply inputs |]
                ComplexArray.imaginary results[0]
            | kernel, _ ->
                ComplexRows.imaginary kernel arguments value.Length
                |> ValueOption.defaultWith (fun () -> unknown value.Length)

        if
            breaks.First = ""
            && isBroken parts
            && not (arguments |> Array.exists (ComplexArray.imaginary >> isBroken))
        then
            breaks.First <- primitive.Name

        parts

    // Bodies of functions with a rule of their own, of branches and of loops; of the first, the rule is not looked at.
    and private nested breaks (primitive: Primitive) (arguments: ComplexArray[]) (length: int) : float[] =
        let inside (body: Body) (results: int list) arguments =
            let outputs = evaluate breaks (NodeMap()) body.Inputs arguments body.Outputs
            results |> Seq.map (fun i -> ComplexArray.imaginary outputs[i]) |> Array.concat

        match box primitive with
        | :? RowPrimitive<CustomFunction> as custom -> inside custom.Attribute.Body custom.Attribute.Results arguments
        | :? RowPrimitive<Branch> as branch ->
            let lead = Branch.leadCount branch.Attribute
            let taken = if lead > 0 && arguments[0].Real.Ints[0] = 0L then 1 else 0
            inside branch.Attribute.Bodies[taken] branch.Attribute.Results arguments[lead..]
        | :? RowPrimitive<Scan> as scan -> looped breaks scan.Attribute arguments
        | _ -> unknown length

    // As Scan.evaluate goes, step by step.
    and private looped breaks (scan: Scan) (arguments: ComplexArray[]) : float[] =
        let given = Scan.split scan arguments
        let lead = if scan.End.IsFull then 0L else given.Lead[0].Real.Ints[0]

        let steps =
            if scan.End.IsCounted then
                int (max 0L (min lead (int64 scan.Length)))
            else
                scan.Length

        let empty result =
            Array.create scan.Length (Array.zeroCreate<float>(Shape.size (Scan.typeOf scan result).Shape.Tail))

        let rows =
            dict
                [ for result in List.distinct scan.Results do
                      if result.IsStacked || result.IsHistory then
                          result, empty result ]

        let mutable carries = given.Carries
        let mutable step = 0
        let mutable isSure = true
        let mutable goesOn = step < steps && not (scan.End.IsConditional && lead = 0L)

        while goesOn do
            let t = if scan.IsReversed then steps - 1 - step else step
            let inputs = Array.concat [ carries; given.Inputs |> Array.map (row t); given.Constants ]
            let outputs = evaluate breaks (NodeMap()) scan.Body.Inputs inputs scan.Body.Outputs

            for pair in rows do
                match pair.Key with
                | ScanResult.History c -> pair.Value[t] <- ComplexArray.imaginary carries[c]
                | ScanResult.Stacked j -> pair.Value[t] <- ComplexArray.imaginary outputs[scan.Carries + j]
                | _ -> ()

            carries <- outputs[.. scan.Carries - 1]
            step <- step + 1

            if scan.End.IsConditional then
                isSure <- isSure && not (moved (Array.last outputs))

            goesOn <- step < steps && not (scan.End.IsConditional && (Array.last outputs).Real.Ints[0] = 0L)

        let parts =
            scan.Results
            |> Seq.map (fun result ->
                match result with
                | ScanResult.Final c -> ComplexArray.imaginary carries[c]
                | ScanResult.Count -> [| 0.0 |]
                | result -> Array.concat rows[result])
            |> Array.concat

        if isSure then parts else unknown parts.Length

    /// How an expression's value moves when values of its variables do: the value is found once, and the function takes directions of the variables and gives
    /// the derivatives of the elements along them, NaN where there is none or this method does not know it, with the name of the op that it stopped at.
    let along (root: Expr) (variables: Expr[]) (values: NDArray[]) : float[][] -> struct (float[] * string) =
        let reals = NodeMap<NDArray>()
        evaluate (Breaks()) reals variables (Array.map ComplexArray.still values) [| root |] |> ignore

        fun directions ->
            let breaks = Breaks()

            let moving =
                Array.map2
                    (fun value direction ->
                        if direction |> Array.forall ((=) 0.0) then
                            ComplexArray.still value
                        else
                            { Real = value; Imaginary = ValueSome(direction |> Array.map ((*) size)) })
                    values
                    directions

            let result = (evaluate breaks reals variables moving [| root |])[0]
            struct (ComplexArray.imaginary result |> Array.map (fun part -> part / size), breaks.First)
