namespace Fluxion

/// What the columns of many rows have in common.
module internal Column =

    let private describe (types: TensorType[]) =
        match types with
        | [| left; right |] -> $"left is {left} and right is {right}"
        | types -> types |> Array.mapi (fun i t -> $"argument {i} is {t}") |> String.concat " and "

    /// The element type that all arguments share, or a DTypeException.
    let sameDType (name: string) (types: TensorType[]) : DType =
        let dtype = types[0].DType

        for t in types do
            if t.DType <> dtype then
                Errors.dtype name "arguments must have one element type" (describe types) "convert one with Expr.cast?"

        dtype

    /// That type, when it is float32 or float64.
    let floating (name: string) (types: TensorType[]) : DType =
        let dtype = sameDType name types

        if not dtype.IsFloating then
            Errors.dtype name "a floating-point tensor is needed" $"it is {dtype}" "convert it with Expr.cast DType.Float64?"

        dtype

    /// That type, when it is not bool.
    let numeric (name: string) (types: TensorType[]) : DType =
        let dtype = sameDType name types

        if dtype = DType.Bool then
            Errors.dtype name "numbers are needed" "the tensor is bool" "convert it with Expr.cast DType.Float64?"

        dtype

    /// That type, when it is bool.
    let boolean (name: string) (types: TensorType[]) : DType =
        let dtype = sameDType name types

        if dtype <> DType.Bool then
            Errors.dtype name "a bool tensor is needed" $"it is {dtype}" "compare it, as in Expr.notEqual x y?"

        dtype

    /// The integer type of an argument that holds indices, or a DTypeException.
    let requireInteger (name: string) (role: string) (t: TensorType) : unit =
        if not t.DType.IsInteger then
            Errors.dtype name $"{role} must be int32 or int64" $"they are {t.DType}" "convert them with Expr.cast DType.Int64?"

    /// The shape that all arguments broadcast to.
    let broadcastShape (name: string) (types: TensorType[]) : Shape =
        let mutable shape = types[0].Shape

        for i in 1 .. types.Length - 1 do
            shape <- Shape.broadcast name shape types[i].Shape

        shape

    /// The op of a row applied to arguments.
    let apply (row: Row<'attr>) (attribute: 'attr) (arguments: Expr list) : Expr = Expr.Apply(Row.at row attribute, Array.ofList arguments)

    /// The size of the axis that is being mapped over.
    let batchSize (arguments: Batched[]) : int = (arguments |> Array.find (fun argument -> argument.IsBatched)).Value.Shape.Head

    /// An argument's rank without the axis that is being mapped over.
    let innerRank (argument: Batched) : int = argument.Value.Rank - (if argument.IsBatched then 1 else 0)

    /// An argument that has the mapped axis for sure: repeated along it when it did not vary.
    let materialize (size: int) (argument: Batched) : Expr =
        if argument.IsBatched then
            argument.Value
        else
            argument.Value.BroadcastTo(size :: argument.Value.Shape)

    /// Eval column of a function of one number. float32 is computed in float64 and rounded once.
    let evalUnary (f: float -> float) (arguments: NDArray[]) : NDArray =
        let x = arguments[0]
        NDArray.ofFloats x.DType x.Shape (Array.map f x.Floats)

    let private broadcastAll (arguments: NDArray[]) =
        let shape = arguments |> Array.fold (fun shape argument -> Shape.broadcast "broadcast" shape argument.Shape) []

        shape, arguments |> Array.map (NDArray.broadcast shape)

    /// Eval column of a function of two numbers: one reading for floats, one for integers (wrapping).
    let evalBinary (f: float -> float -> float) (g: int64 -> int64 -> int64) (arguments: NDArray[]) : NDArray =
        let shape, arguments = broadcastAll arguments
        let x, y = arguments[0], arguments[1]

        if x.DType.IsFloating then
            NDArray.ofFloats x.DType shape (Array.map2 f x.Floats y.Floats)
        else
            NDArray.ofInts x.DType shape (Array.map2 g x.Ints y.Ints)

    /// Eval column of a function of two floating-point numbers.
    let evalFloats (f: float -> float -> float) (arguments: NDArray[]) : NDArray =
        let shape, arguments = broadcastAll arguments
        NDArray.ofFloats arguments[0].DType shape (Array.map2 f arguments[0].Floats arguments[1].Floats)

    /// Eval column of a comparison.
    let evalCompare (f: float -> float -> bool) (g: int64 -> int64 -> bool) (arguments: NDArray[]) : NDArray =
        let shape, arguments = broadcastAll arguments
        let x, y = arguments[0], arguments[1]

        let data =
            if x.DType.IsFloating then
                Array.map2 f x.Floats y.Floats
            else
                Array.map2 g x.Ints y.Ints

        NDArray(shape, Buffer.Bool data)

    /// Eval column of a choice by a boolean first argument.
    let evalWhere (arguments: NDArray[]) : NDArray =
        let shape, arguments = broadcastAll arguments
        let condition, yes, no = arguments[0].Ints, arguments[1], arguments[2]

        if yes.DType.IsFloating then
            Array.map3 (fun c a b -> if c <> 0L then a else b) condition yes.Floats no.Floats
            |> NDArray.ofFloats yes.DType shape
        else
            Array.map3 (fun c a b -> if c <> 0L then a else b) condition yes.Ints no.Ints
            |> NDArray.ofInts yes.DType shape

    /// What arithmetic must get right anywhere: zeros of both signs, infinities, NaN.
    let edges: float list = [ 0.0; -0.0; infinity; -infinity; nan; 1.0; -1.0 ]

    /// A function that is defined everywhere, tried far out as well.
    let everywhere: Domain = Domain.real |> Domain.withEdges (edges @ [ 1e-300; 710.0; -710.0 ])

    /// A function that is singular at 0, or undefined below.
    let awayFromZero: Domain = Domain.between 0.2 3.0 |> Domain.withEdges edges

    /// Samples of an op without attributes, on these shapes.
    let samples (domains: Domain list) (shapes: Shape list list) : Sample<unit> list =
        [ for shapes in shapes -> { Attribute = (); Arguments = List.zip shapes domains } ]

    /// Samples of a function of one number: rank 0, size 1, size 0, and more.
    let samplesUnary (domain: Domain) : Sample<unit> list = samples [ domain ] [ [ [] ]; [ [ 1 ] ]; [ [ 0 ] ]; [ [ 5 ] ]; [ [ 2; 3 ] ] ]

    /// Samples of a function of two numbers: the same, and broadcast both ways.
    let samplesBinary (left: Domain) (right: Domain) : Sample<unit> list =
        samples
            [ left; right ]
            [ [ []; [] ]
              [ [ 1 ]; [ 3 ] ]
              [ [ 0 ]; [ 1 ] ]
              [ [ 4 ]; [ 4 ] ]
              [ [ 2; 3 ]; [] ]
              [ [ 2; 1 ]; [ 3 ] ]
              [ [ 3 ]; [ 2; 1; 3 ] ] ]

    /// A name and its call, in text and LaTeX.
    let call (name: string) (latex: string) : Notation = { Text = Form.Call name; Latex = Form.Call latex }

    /// A name whose LaTeX is `\operatorname`.
    let named (name: string) : Notation = call name $"\\operatorname{{{name}}}"

    /// The same operator between its arguments in text and LaTeX.
    let infix (text: string) (latex: string) (precedence: int) (associative: bool) : Notation =
        { Text = Form.Infix(text, precedence, associative)
          Latex = Form.Infix(latex, precedence, associative) }

    /// A superscript in text and LaTeX. One at a time, which is all that LaTeX takes.
    let superscript (text: string) (latex: string) : Notation =
        { Text = Form.Postfix(text, Precedence.superscript, Precedence.index)
          Latex = Form.Postfix($"^{{{latex}}}", Precedence.superscript, Precedence.index) }

    /// A name whose call is left out where broadcasting goes without saying.
    let implicit (name: string) : Notation = { Text = Form.Implicit name; Latex = Form.Implicit $"\\operatorname{{{name}}}" }
