namespace Fluxion.Tests

open System.Collections.Generic
open Fluxion
open Fluxion.Testing

/// A row at one of its samples and one element type, with numbers drawn from the sample's domains.
type Trial =
    { Primitive: Primitive
      Domains: Domain[]
      Types: TensorType[]
      Values: NDArray[] }

    override this.ToString() =
        let types = this.Types |> Array.map string |> String.concat ", "
        $"{this.Primitive.Name}({this.Primitive.AttributeText}) of {types}"

    /// The type that the row says its result has.
    member this.Result = this.Primitive.Infer this.Types

/// Numbers for tests, and what is done with them: drawing, comparing, evaluating.
module Values =
    /// Numbers of a domain, the same for the same key on every machine. Integers are drawn from the domain's whole numbers.
    let draw (key: int64) (domain: Domain) (tensorType: TensorType) : NDArray = Arrays.draw key domain tensorType

    /// Directions to differentiate along: between -1 and 1.
    let direction (key: int64) (tensorType: TensorType) : NDArray = draw key (Domain.between -1.0 1.0) tensorType

    /// The same type, and every element close (see Expect.close).
    let close (tolerance: float) (actual: NDArray) (expected: NDArray) (message: string) =
        Expect.equal actual.DType expected.DType $"{message}: element type"
        Expect.equal actual.Shape expected.Shape $"{message}: shape"
        Array.iter2 (fun a b -> Expect.close tolerance a b message) actual.Floats expected.Floats

    /// A tolerance for two computations of one number in a type's precision.
    let precision (dtype: DType) : float =
        match dtype with
        | DType.Float32 -> 1e-5
        | DType.Float64 -> 1e-12
        | _ -> 0.0

    /// Σ left · right, and Σ |left · right|, which says how much of it rounding may have touched.
    let inner (left: NDArray) (right: NDArray) : struct (float * float) =
        let products = Array.map2 (*) left.Floats right.Floats
        struct (Array.sum products, Array.sumBy abs products)

    /// value + step · direction, in float64.
    let move (value: NDArray) (step: float) (direction: NDArray) : NDArray =
        NDArray.ofFloats value.DType value.Shape (Array.map2 (fun x v -> x + step * v) value.Floats direction.Floats)

    /// Arrays of one type along a new first axis.
    let stack (inner: TensorType) (arrays: NDArray list) : NDArray =
        let shape = arrays.Length :: inner.Shape

        if inner.DType.IsFloating then
            NDArray.ofFloats inner.DType shape (arrays |> Seq.collect (fun array -> array.Floats) |> Array.ofSeq)
        else
            NDArray.ofInts inner.DType shape (arrays |> Seq.collect (fun array -> array.Ints) |> Array.ofSeq)

    /// A variable for each type.
    let variables (name: string) (types: TensorType[]) : Expr[] =
        types |> Array.mapi (fun i t -> Expr.variableOf $"{name}{i}" t.DType t.Shape)

    /// The roots where the variables have these values, by the interpreter.
    let interpret (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) : NDArray[] =
        let inputs = Dictionary<Variable, NDArray>()

        for variable, value in Array.zip variables values do
            match variable.Node with
            | Node.Variable key -> inputs[key] <- value
            | _ -> raise (ExpectException $"{variable} is not a variable")

        Interpreter.run roots inputs

    /// The same, compiled.
    let compiled (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) : NDArray[] = Compile.expressions roots variables values

    /// A function has this value, interpreted and compiled alike.
    let holds (f: Expr -> Expr) (x: Expr) (shape: Shape) (expected: float list) (message: string) : unit =
        for result in [ eval (f x); compile f x ] do
            Expect.equal result.Shape shape $"{message}: shape"
            Expect.equal (result |> Expr.toArray |> List.ofArray) expected message

    /// The derivative at 0 of a function of one number that gives many: central differences at four steps, extrapolated to
    /// step 0. (Richardson, "The deferred approach to the limit", 1927.) The error is of order h⁸.
    let derivative (f: float -> float[]) : float[] =
        let central step = Array.map2 (fun above below -> (above - below) / (2.0 * step)) (f step) (f -step)
        let first = [ for k in 0..3 -> central (1.0 / 128.0 / float (1 <<< k)) ]

        let extrapolate (factor: float) (estimates: float[] list) =
            estimates
            |> List.pairwise
            |> List.map (fun (coarse, fine) -> Array.map2 (fun c f -> (factor * f - c) / (factor - 1.0)) coarse fine)

        first |> extrapolate 4.0 |> extrapolate 16.0 |> extrapolate 64.0 |> List.head

module Trial =
    let private dtypes = [ DType.Float64; DType.Float32; DType.Int64; DType.Int32; DType.Bool ]

    let private fits (primitive: Primitive) types =
        try
            primitive.Infer types |> ignore
            true
        with :? DTypeException ->
            false

    /// Every sample of a row, at every element type that its Shape column takes where the domain leaves it open.
    let all (row: IRow) : Trial list =
        [ for i, (primitive, arguments) in List.indexed row.Cases do
              let domains = arguments |> List.map snd |> Array.ofList
              let isOpen = domains |> Array.exists (fun domain -> domain.DType.IsNone)

              for dtype in (if isOpen then dtypes else [ DType.Float64 ]) do
                  let types =
                      [| for shape, domain in arguments -> { TensorType.Shape = shape; DType = Option.defaultValue dtype domain.DType } |]

                  if fits primitive types then
                      { Primitive = primitive
                        Domains = domains
                        Types = types
                        Values = Array.mapi2 (fun k domain t -> Values.draw (int64 (100 * i + k)) domain t) domains types } ]

    /// The variables that stand for the arguments, and the op applied to them.
    let expression (trial: Trial) : Expr[] * Expr =
        let variables = Values.variables "x" trial.Types
        variables, Expr.Apply(trial.Primitive, variables)

    /// The positions of the arguments that have derivatives.
    let floating (trial: Trial) : int list =
        [ for i in 0 .. trial.Types.Length - 1 do
              if trial.Types[i].DType.IsFloating then
                  i ]

    /// Whether the result has derivatives by some argument.
    let isDifferentiable (trial: Trial) : bool = trial.Result.DType.IsFloating && not (floating trial).IsEmpty

    /// Whether differences of its values are as good as float64 is.
    let isFloat64 (trial: Trial) : bool =
        isDifferentiable trial
        && trial.Result.DType = DType.Float64
        && floating trial |> List.forall (fun i -> trial.Types[i].DType = DType.Float64)

    /// All differentiable arguments together, and each by itself.
    let selections (trial: Trial) : int list list =
        let all = floating trial

        if all.Length > 1 then all :: List.map List.singleton all else [ all ]

    /// Every choice of at least one argument.
    let subsets (trial: Trial) : int list list =
        let rec choose items =
            match items with
            | [] -> [ [] ]
            | first :: rest -> choose rest |> List.collect (fun chosen -> [ chosen; first :: chosen ])

        choose [ 0 .. trial.Types.Length - 1 ] |> List.filter (List.isEmpty >> not)
