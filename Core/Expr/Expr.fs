namespace Fluxion

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices
open System.Threading

/// What is taken along one axis.
[<RequireQualifiedAccess>]
type Slice =
    /// One entry; the axis disappears. Negative indices count from the back.
    | At of int
    /// From `start` until before `stop`, by `step`, by Python's rules: None takes all there is on that side, negative counts from the back.
    | Range of start: int option * stop: int option * step: int

    /// F#'s range, whose end is included.
    static member internal Between first last =
        Slice.Range(first, last |> Option.bind (fun last -> if last = -1 then None else Some(last + 1)), 1)

/// A node of an expression: a constant, a variable, or an op applied to arguments. Immutable, and a graph rather than a tree: sharing is by
/// reference, and `=` is reference equality (`Graph.same` compares what is computed).
[<Sealed; StructuredFormatDisplay("{Display}")>]
type Expr internal (head: obj, kind: Kind, first: Expr | null, second: obj | null) =
    // Graphs have millions of nodes, which the collector walks: so a node of up to two arguments, which is nearly every one, is one small object, and
    // what nodes have in common stands once. The head is the array of a constant, the Input of a variable, or the Op of an application, which alone has
    // arguments: the first, and the second, or in its place an array of all of them when there are more.
    static let mutable lastId = 0L
    static let none: Expr[] = [||]
    static let given (argument: objnull) : Expr = Unsafe.As<Expr> argument |> Unchecked.nonNull
    static let every (arguments: objnull) : Expr[] = Unsafe.As<Expr[]> arguments |> Unchecked.nonNull
    // Twice the id, and 1 for a node that is simple.
    let mutable mark = (Interlocked.Increment &lastId <<< 1) ||| (if isNull first then 1L else 0L)

    /// A number that no other node has; arguments have smaller ones than what is made from them on the same thread.
    member internal _.Id = mark >>> 1
    member internal _.Kind = kind
    member internal _.Language: Language = kind.Language

    /// The number of arguments of an application; 0 of a leaf.
    member internal _.Arity =
        match second with
        | null -> if isNull first then 0 else 1
        | :? Expr -> 2
        | all -> (every all).Length

    /// The argument of that number.
    member internal _.Argument(i: int) : Expr =
        if i = 0 then
            given first
        else
            match second with
            | :? Expr as second -> second
            | all -> (every all)[i]

    /// The arguments of an application, which nobody writes to; none for a leaf.
    member internal _.Arguments: Expr[] =
        match second with
        | null -> if isNull first then none else [| given first |]
        | :? Expr as second -> [| given first; second |]
        | all -> every all

    /// What stands at the head: an NDArray, an Input or an Op.
    member internal _.Head = head

    /// Whether the node is an application of an op, which alone has arguments.
    member internal _.IsApplication = not (isNull first)

    /// Whether the node is a leaf that holds a value.
    member internal _.IsConstant = head :? NDArray

    /// Whether the node is an application of the op of a row.
    member internal this.IsOf(row: obj) =
        this.IsApplication && obj.ReferenceEquals((Unsafe.As<Op> head |> Unchecked.nonNull).RowObject, row)

    /// What keeps a variable's value; null for a variable whose value is given when it is evaluated, and for everything else.
    member internal _.Source: Source | null =
        match head with
        | :? Input as input -> input.Source
        | _ -> null

    /// Whether no law applies here or below, as far as has been found out: what is so once stays so, and is not looked at again.
    member internal _.IsSimple = mark &&& 1L <> 0L
    member internal _.SetSimple() = mark <- mark ||| 1L

    /// Shape and element type.
    member _.Type: TensorType = kind.Type

    /// The sizes of the axes, outermost first.
    member _.Shape: Shape = kind.Type.Shape

    /// The type of the elements.
    member _.DType: DType = kind.Type.DType

    /// The number of axes.
    member _.Rank: int = kind.Type.Shape.Length

    /// Printed mathematics, cut short when long; a constant prints as an array.
    override this.ToString() = kind.Language.Print this

    /// What FSI shows: the printed form with the type.
    member this.Display = $"{this} : {kind.Type}"

    /// A leaf holding a value. Users call `tensor`, `scalar` or `Expr.constant`.
    static member internal Constant(language: Language, value: NDArray) = Expr(value, language.KindOf value.Type, null, null)

    /// A leaf whose value comes later. Users call `Expr.variable`.
    static member internal Variable(language: Language, variable: Variable, tensorType: TensorType) =
        Expr(Input(variable, null), language.KindOf tensorType, null, null)

    /// A variable with what keeps its value.
    static member internal VariableFrom(language: Language, variable: Variable, source: Source) =
        Expr(Input(variable, source), language.KindOf source.Value.Type, null, null)

    /// An op applied to one argument. Raises ShapeException or DTypeException when it does not fit, as the others do.
    static member internal Apply(op: Op, x: Expr) = Expr(op, op.KindOf x, x, null)

    /// An op applied to two arguments.
    static member internal Apply(op: Op, x: Expr, y: Expr) = Expr(op, op.KindOf(x, y), x, y)

    /// An op applied to arguments.
    static member internal Apply(op: Op, arguments: Expr[]) =
        match arguments with
        | [| x |] -> Expr.Apply(op, x)
        | [| x; y |] -> Expr.Apply(op, x, y)
        | _ -> Expr(op, op.KindOf arguments, arguments[0], arguments)

    /// A scalar constant of this expression's type: how a bare number joins an expression.
    member this.Literal(value: float) =
        if not this.DType.IsFloating && value <> Math.Floor value then
            Errors.dtype
                "literal"
                $"a number beside a tensor of {this.DType} must be whole"
                $"it is {value}"
                "cast the tensor with Expr.cast DType.Float64?"

        kind.Language.Numbers.Of(kind.Language, this.DType, value)

    /// This expression repeated to a larger shape; itself when it has that shape.
    member internal this.BroadcastTo(shape: Shape) =
        if Shape.same this.Shape shape then
            this
        else
            kind.Language.Broadcast shape this

    /// The same elements under another shape; itself when it has that shape.
    member internal this.ReshapeTo(shape: Shape) =
        if Shape.same this.Shape shape then
            this
        else
            kind.Language.Reshape shape this

    /// The sum over axes, which disappear; itself when there are none.
    member internal this.SumOver(axes: int list) = if axes.IsEmpty then this else kind.Language.Sum axes this

    /// The adjoint of broadcasting from `shape`: sums over what was repeated.
    member internal this.SumTo(shape: Shape) =
        if Shape.same this.Shape shape then
            this
        else
            this.SumOver(Shape.broadcastAxes shape this.Shape).ReshapeTo shape

    /// The axes in another order.
    member internal this.Permute(order: int list) =
        if order = [ 0 .. this.Rank - 1 ] then
            this
        else
            kind.Language.Permute order this

    /// Zeros of this expression's type.
    member internal this.ZerosLike = this.Literal(0.0).BroadcastTo this.Shape

    /// The opposite of each element.
    static member (~-)(x: Expr) = Expr.Apply(x.Language.Negate, x)

    /// The sum, element by element, with NumPy's broadcasting, as for all operators: raises ShapeException when shapes do not fit, and
    /// DTypeException when element types differ. A bare number takes the tensor's type.
    static member (+)(x: Expr, y: Expr) = Expr.Apply(x.Language.Add, x, y)
    static member (+)(x: Expr, y: float) = x + x.Literal y
    static member (+)(x: float, y: Expr) = y.Literal x + y

    /// The difference, element by element.
    static member (-)(x: Expr, y: Expr) = Expr.Apply(x.Language.Subtract, x, y)
    static member (-)(x: Expr, y: float) = x - x.Literal y
    static member (-)(x: float, y: Expr) = y.Literal x - y

    /// The product, element by element; `Expr.matmul` is that of matrices.
    static member (*)(x: Expr, y: Expr) = Expr.Apply(x.Language.Multiply, x, y)
    static member (*)(x: Expr, y: float) = x * x.Literal y
    static member (*)(x: float, y: Expr) = y.Literal x * y

    /// The quotient, element by element; integers are cut towards zero.
    static member (/)(x: Expr, y: Expr) = Expr.Apply(x.Language.Divide, x, y)
    static member (/)(x: Expr, y: float) = x / x.Literal y
    static member (/)(x: float, y: Expr) = y.Literal x / y

    /// `x ** y`, element by element.
    static member Pow(x: Expr, y: Expr) = Expr.Apply(x.Language.Power, x, y)
    static member Pow(x: Expr, y: float) = Expr.Pow(x, x.Literal y)
    static member Pow(x: float, y: Expr) = Expr.Pow(y.Literal x, y)
    /// `abs x`; its derivative at 0 is 0.
    static member Abs(x: Expr) = Expr.Apply(x.Language.Abs, x)
    /// `sqrt x`, NaN below 0.
    static member Sqrt(x: Expr) = Expr.Apply(x.Language.Sqrt, x)
    /// `exp x`.
    static member Exp(x: Expr) = Expr.Apply(x.Language.Exp, x)
    /// `log x`, the natural logarithm: -∞ at 0, NaN below.
    static member Log(x: Expr) = Expr.Apply(x.Language.Log, x)
    /// `sin x`, of radians.
    static member Sin(x: Expr) = Expr.Apply(x.Language.Sin, x)
    /// `cos x`, of radians.
    static member Cos(x: Expr) = Expr.Apply(x.Language.Cos, x)
    /// `tan x`, of radians.
    static member Tan(x: Expr) = Expr.Apply(x.Language.Tan, x)

    /// `tanh x`, the hyperbolic tangent.
    static member Tanh(x: Expr) = Expr.Apply(x.Language.Tanh, x)
    /// `sinh x`, the hyperbolic sine.
    static member Sinh(x: Expr) = Expr.Apply(x.Language.Sinh, x)
    /// `cosh x`, the hyperbolic cosine.
    static member Cosh(x: Expr) = Expr.Apply(x.Language.Cosh, x)
    /// `asin x`, in radians between -π/2 and π/2; NaN beyond ±1.
    static member Asin(x: Expr) = Expr.Apply(x.Language.Asin, x)
    /// `acos x`, in radians between 0 and π; NaN beyond ±1.
    static member Acos(x: Expr) = Expr.Apply(x.Language.Acos, x)
    /// `atan x`, in radians between -π/2 and π/2.
    static member Atan(x: Expr) = Expr.Apply(x.Language.Atan, x)
    /// `atan2 y x`, the angle of the point (x, y), in radians between -π and π.
    static member Atan2(y: Expr, x: Expr) = Expr.Apply(x.Language.Atan2, y, x)
    /// `log10 x`: -∞ at 0, NaN below.
    static member Log10(x: Expr) = Expr.Apply(x.Language.Log10, x)
    /// `floor x`; its derivative is 0.
    static member Floor(x: Expr) = Expr.Apply(x.Language.Floor, x)
    /// `ceil x`; its derivative is 0.
    static member Ceiling(x: Expr) = Expr.Apply(x.Language.Ceil, x)
    /// `round x`, of two neighbours to the even one; its derivative is 0.
    static member Round(x: Expr) = Expr.Apply(x.Language.Round, x)

    /// The entry, or the sub-tensor, at an index of the first axis; negative ones count from the back.
    member this.Item
        with get (index: int) = kind.Language.Slice [ Slice.At index ] this

    /// The sub-tensor at indices of the first two axes.
    member this.Item
        with get (row: int, column: int) = kind.Language.Slice [ Slice.At row; Slice.At column ] this

    /// Rows `first .. last`, both included, as F# slices are.
    member this.GetSlice(first: int option, last: int option) = kind.Language.Slice [ Slice.Between first last ] this

    /// A block of rows and columns: `x.[1..2, *]`.
    member this.GetSlice(firstRow, lastRow, firstColumn, lastColumn) =
        kind.Language.Slice [ Slice.Between firstRow lastRow; Slice.Between firstColumn lastColumn ] this

    /// A part of one column: `x.[*, 0]`.
    member this.GetSlice(firstRow, lastRow, column: int) = kind.Language.Slice [ Slice.Between firstRow lastRow; Slice.At column ] this

    /// A part of one row: `x.[0, 1..]`.
    member this.GetSlice(row: int, firstColumn, lastColumn) =
        kind.Language.Slice [ Slice.At row; Slice.Between firstColumn lastColumn ] this

/// The ops that expressions need to know before the rows can be written: F# wants operators inside the type, and rows want one another
/// (sum is the transpose of broadcast, and the reverse). A leaf is made with its language, and what is built on it inherits it.
and [<NoEquality; NoComparison>] Language =
    internal
        { Print: Expr -> string
          Numbers: Numbers
          Negate: Op
          Add: Op
          Subtract: Op
          Multiply: Op
          Divide: Op
          Power: Op
          Abs: Op
          Sqrt: Op
          Exp: Op
          Log: Op
          Sin: Op
          Cos: Op
          Tan: Op
          Tanh: Op
          Sinh: Op
          Cosh: Op
          Asin: Op
          Acos: Op
          Atan: Op
          Atan2: Op
          Log10: Op
          Floor: Op
          Ceil: Op
          Round: Op
          Slice: Slice list -> Expr -> Expr
          Sum: int list -> Expr -> Expr
          Broadcast: Shape -> Expr -> Expr
          Reshape: Shape -> Expr -> Expr
          Permute: int list -> Expr -> Expr }

    /// What nodes of a type have in common.
    member internal this.KindOf(tensorType: TensorType) : Kind =
        if tensorType.Shape.IsEmpty then
            this.Numbers.KindOf(this, tensorType.DType)
        else
            Kind(tensorType, this)

/// What many nodes have in common, and hold by one reference: their type, and the ops that are built on them.
and [<Sealed>] internal Kind(tensorType: TensorType, language: Language) =
    member _.Type = tensorType
    member _.Language = language
    member _.IsOf(other: TensorType) = tensorType.DType = other.DType && Shape.same tensorType.Shape other.Shape

/// Scalars as nodes, and their kinds. Derivatives are full of 0, 1 and 2: all expressions share those.
and [<Sealed>] internal Numbers() =
    let kinds = ConcurrentDictionary<DType, Kind>()
    let shared = ConcurrentDictionary<struct (DType * float), Expr>()

    /// The kind of all scalars of a type.
    member _.KindOf(language: Language, dtype: DType) : Kind =
        match kinds.TryGetValue dtype with
        | true, kind -> kind
        | _ -> kinds.GetOrAdd(dtype, Kind({ Shape = []; DType = dtype }, language))

    member _.Of(language: Language, dtype: DType, value: float) : Expr =
        let make () = Expr.Constant(language, NDArray.ofFloats dtype [] [| value |])

        match value with
        | 0.0
        | 1.0
        | 2.0 when not (Double.IsNegative value) ->
            match shared.TryGetValue(struct (dtype, value)) with
            | true, number -> number
            | _ -> shared.GetOrAdd(struct (dtype, value), make ())
        | _ -> make ()

/// An op at its attributes, as far as nodes must know it: what type it makes of types. All else about it is in Primitive.
and [<AbstractClass>] Op internal (row: obj, isShared: bool) =
    // The last result of arguments that were all of one kind: in a large graph the next ones are too. Kept by ops that are applied again and again.
    let mutable last: Inference | null = null

    /// The row that it is of, as it stands once in Ops/: rows are told apart by reference.
    member internal _.RowObject = row

    /// The result's type for arguments of these types, or a ShapeException or DTypeException.
    abstract Infer: TensorType[] -> TensorType

    // The kind of the result, which most often is that of the first or the last argument.
    member private this.Infer(types: TensorType[], first: Kind, last: Kind) : Kind =
        let inferred = this.Infer types

        if first.IsOf inferred then first
        elif last.IsOf inferred then last
        else first.Language.KindOf inferred

    member private this.InferAnew(arity: int, kind: Kind) : Kind =
        let result = this.Infer(Array.create arity kind.Type, kind, kind)

        if isShared then
            last <- Inference(arity, kind, result)

        result

    member private this.InferAlike(arity: int, kind: Kind) : Kind =
        match last with
        | null -> this.InferAnew(arity, kind)
        | known when known.Arity = arity && obj.ReferenceEquals(known.Argument, kind) -> known.Result
        | _ -> this.InferAnew(arity, kind)

    /// The kind of the result for arguments, or a ShapeException or DTypeException.
    member internal this.KindOf(x: Expr) : Kind = this.InferAlike(1, x.Kind)

    member internal this.KindOf(x: Expr, y: Expr) : Kind =
        if obj.ReferenceEquals(x.Kind, y.Kind) then
            this.InferAlike(2, x.Kind)
        else
            this.Infer([| x.Type; y.Type |], x.Kind, y.Kind)

    member internal this.KindOf(arguments: Expr[]) : Kind =
        let types = arguments |> Array.map (fun argument -> argument.Type)
        this.Infer(types, arguments[0].Kind, (Array.last arguments).Kind)

/// What the type of an op's result was for arguments of one kind.
and [<Sealed>] internal Inference(arity: int, argument: Kind, result: Kind) =
    member _.Arity = arity
    member _.Argument = argument
    member _.Result = result
