namespace Fluxion

open MathNet.Numerics.LinearAlgebra

module internal Objective =
    /// Parameters of the form of others around all their numbers, in order.
    let rebuild (like: 'parameters) (numbers: float[]) : 'parameters =
        Functions.eval (Functions.unravel like (Expr.constant (NDArray([ numbers.Length ], Buffer.Float64(Array.copy numbers)))))

    /// How steep a function is, whatever units it and its parameters have: max |gᵢ| max(|xᵢ|, 1) / max(|f|, 1). (Dennis and Schnabel, "Numerical
    /// Methods for Unconstrained Optimization and Nonlinear Equations", 1983, section 7.2.)
    let relativeGradient (point: Vector<float>) (value: float) (gradient: Vector<float>) : float =
        (gradient, point) ||> Seq.map2 (fun g x -> abs g * max (abs x) 1.0 / max (abs value) 1.0) |> Seq.max

    /// How long a step is, whatever units the parameters have: max |Δxᵢ| / max(|xᵢ|, 1).
    let relativeStep (point: Vector<float>) (step: Vector<float>) : float =
        Seq.map2 (fun change x -> abs change / max (abs x) 1.0) step point |> Seq.max

    let isFinite (numbers: float seq) : bool = Seq.forall System.Double.IsFinite numbers

/// Parameters of any form as the one vector of float64 that solvers move, and functions of them as functions of that vector, compiled once.
/// Raises, at `place`, DTypeException for parameters that are not float64, ArgumentException when there are none, and UnboundInputException when
/// they, or a function, hold a variable.
[<Sealed>]
type internal Objective<'parameters>(place: string, start: 'parameters) =
    let start = Functions.eval start
    let count = Params.count start

    do
        for path, leaf in Params.named start do
            if leaf.DType <> DType.Float64 then
                let name = if path = "" then "it" else $"'{path}'"
                Errors.dtype place "what is minimized over must be float64" $"{name} is {leaf.DType}" "cast it?"

        if count = 0 then
            Errors.argument place "there must be numbers to minimize over" "the start holds none" "start from a tensor?"

    let like = Expr.constant (NDArray.full DType.Float64 [ count ] 0.0)

    // The compiled function, and whether its inputs make no difference.
    let compileKnowing (f: Expr list -> Expr list) (inputs: int) : (Vector<float> list -> NDArray[]) * bool =
        let _, variables, results = Functions.trace f (List.replicate inputs like)
        let results = results |> Array.ofList |> Rewrite.simplifyAll

        match Functions.outerVariable results variables with
        | Some outer ->
            Errors.unbound
                place
                "the function may use only its argument and constants"
                $"it uses variable '{outer}'"
                "give that a value, or make it a parameter?"
        | None -> ()

        let run = Compile.expressions results variables

        (fun points -> run [| for point in points -> NDArray([ count ], Buffer.Float64(point.ToArray())) |]),
        (Graph.variables results).IsEmpty

    let compile f inputs = fst (compileKnowing f inputs)

    let vector (value: NDArray) = Vector<float>.Build.DenseOfArray value.Floats
    let matrix (value: NDArray) = Matrix<float>.Build.DenseOfRowMajor(value.Shape[0], value.Shape[1], value.Floats)

    let scalar (f: 'parameters -> Expr) (x: Expr) =
        let y = f (Functions.unravel start x)
        Reverse.requireScalar place y
        y

    let flat (f: 'parameters -> Expr) (x: Expr) = Expr.reshape [ -1 ] (f (Functions.unravel start x))

    /// Where to begin.
    member _.Start: Vector<float> = vector (Expr.value (Functions.eval (Functions.ravel start)))

    /// A vector in the form of the parameters.
    member _.Rebuild(point: Vector<float>) : 'parameters = Objective.rebuild start (point.ToArray())

    /// A function that gives a scalar, and its gradient. Raises ShapeException when it does not.
    member _.ValueAndGradient(f: 'parameters -> Expr) : Vector<float> -> struct (float * Vector<float>) =
        let run =
            compile
                (fun x ->
                    let value, gradient = Functions.valueAndGrad (scalar f) x.Head
                    [ value; gradient ])
                1

        fun point ->
            let results = run [ point ]
            struct (results[0].Floats[0], vector results[1])

    /// The matrix of second derivatives.
    member _.Hessian(f: 'parameters -> Expr) : Vector<float> -> Matrix<float> =
        let run = compile (fun x -> [ Functions.hessian (scalar f) x.Head ]) 1
        fun point -> run [ point ] |> Array.head |> matrix

    /// The second derivatives times a vector, without forming their matrix: the derivative of the gradient along it.
    member _.HessianProduct(f: 'parameters -> Expr) : Vector<float> -> Vector<float> -> Vector<float> =
        let gradient = Functions.valueAndGrad (scalar f) >> snd
        let run = compile (fun inputs -> [ snd (Functions.jvp gradient inputs[0] inputs[1]) ]) 2
        fun point direction -> run [ point; direction ] |> Array.head |> vector

    /// All entries of a function's result, in order.
    member _.Residuals(f: 'parameters -> Expr) : Vector<float> -> Vector<float> =
        let run = compile (fun x -> [ flat f x.Head ]) 1
        fun point -> run [ point ] |> Array.head |> vector

    /// The Jacobian of all entries of a function's result, a row each; and whether it is the same everywhere, by its form: then the function is linear.
    member _.Jacobian(f: 'parameters -> Expr) : (Vector<float> -> Matrix<float>) * bool =
        let run, isConstant = compileKnowing (fun x -> [ Functions.jacobian (flat f) x.Head ]) 1
        (fun point -> run [ point ] |> Array.head |> matrix), isConstant
