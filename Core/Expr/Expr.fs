namespace Fluxion

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices
open System.Threading

/// A named input of an expression. Two variables are the same when name and serial are: the user's have serial 0 and are known by
/// name; those that transforms make have a serial of their own, so that they can never be mistaken for the user's.
[<Struct>]
type Variable = { Name: string; Serial: int64 }

/// A node of an expression: a constant, a variable, or an op applied to arguments. Immutable, and a graph rather than a tree: sharing is by
/// reference, and `=` is reference equality (`Graph.same` compares what is computed).
[<Sealed; StructuredFormatDisplay("{Display}")>]
type Expr internal (head: obj, arguments: Expr[], tensorType: TensorType, language: Language) =
    // Graphs have millions of nodes, which the collector walks: so a node is one object with its array of arguments. The head is what `Node` says:
    // the array of a constant, an Input, or the Primitive of an application, which alone has arguments.
    static let mutable lastId = 0L
    static let none: Expr[] = [||]
    static let asPrimitive (head: obj) : Primitive = Unsafe.As<Primitive> head |> Unchecked.nonNull
    // Twice the id, and 1 for a node that is simple.
    let mutable mark = (Interlocked.Increment &lastId <<< 1) ||| (if arguments.Length = 0 then 1L else 0L)

    /// A number that no other node has; arguments have smaller ones than what is made from them on the same thread.
    member internal _.Id = mark >>> 1
    member internal _.Language = language
    /// Those of an application; none for a leaf.
    member internal _.Arguments = arguments

    /// What the node is.
    member internal _.Node: Node =
        if arguments.Length > 0 then
            Node.Apply(asPrimitive head, arguments)
        else
            match head with
            | :? Input as input -> Node.Variable input.Variable
            | head -> Node.Constant(head :?> NDArray)

    /// Whether the node is an application of the op of a row.
    member internal _.IsOf(row: obj) = arguments.Length > 0 && obj.ReferenceEquals((asPrimitive head).RowObject, row)

    /// What keeps a variable's value; null for a variable whose value is given when it is evaluated, and for everything else.
    member internal _.Source: Source | null =
        match head with
        | :? Input as input -> input.Source
        | _ -> null

    /// Whether no law applies here or below, as far as has been found out: what is so once stays so, and is not looked at again.
    member internal _.IsSimple = mark &&& 1L <> 0L
    member internal _.SetSimple() = mark <- mark ||| 1L

    /// Shape and element type.
    member _.Type = tensorType

    /// The sizes of the axes, outermost first.
    member _.Shape = tensorType.Shape

    /// The type of the elements.
    member _.DType = tensorType.DType

    /// The number of axes.
    member _.Rank = tensorType.Shape.Length

    /// Printed mathematics, cut short when long; a constant prints as an array.
    override this.ToString() = language.Print this

    /// What FSI shows: the printed form with the type.
    member this.Display = $"{language.Print this} : {tensorType}"

    /// A leaf holding a value. Users call `tensor`, `scalar` or `Expr.constant`.
    static member internal Constant(language: Language, value: NDArray) = Expr(value, none, value.Type, language)

    /// A leaf whose value comes later. Users call `Expr.variable`.
    static member internal Variable(language: Language, variable: Variable, tensorType: TensorType) =
        Expr(Input(variable, null), none, tensorType, language)

    /// A variable with what keeps its value.
    static member internal VariableFrom(language: Language, variable: Variable, source: Source) =
        Expr(Input(variable, source), none, source.Value.Type, language)

    /// An op applied to arguments. Raises ShapeException or DTypeException when they do not fit.
    static member internal Apply(primitive: Primitive, arguments: Expr[]) =
        let types = Array.zeroCreate arguments.Length

        for i in 0 .. types.Length - 1 do
            types[i] <- arguments[i].Type

        Expr(primitive, arguments, primitive.Infer types, arguments[0].Language)

    /// A scalar constant of this expression's type: how a bare number joins an expression.
    member this.Literal(value: float) =
        if not this.DType.IsFloating && value <> Math.Floor value then
            Errors.dtype
                "literal"
                $"a number beside a tensor of {this.DType} must be whole"
                $"it is {value}"
                "cast the tensor with Expr.cast DType.Float64?"

        language.Numbers.Of(language, this.DType, value)

    /// This expression repeated to a larger shape; itself when it has that shape.
    member internal this.BroadcastTo(shape: Shape) =
        if Shape.same this.Shape shape then
            this
        else
            language.Broadcast shape this

    /// The same elements under another shape; itself when it has that shape.
    member internal this.ReshapeTo(shape: Shape) =
        if Shape.same this.Shape shape then
            this
        else
            language.Reshape shape this

    /// The sum over axes, which disappear; itself when there are none.
    member internal this.SumOver(axes: int list) = if axes.IsEmpty then this else language.Sum axes this

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
            language.Permute order this

    /// Zeros of this expression's type.
    member internal this.ZerosLike = this.Literal(0.0).BroadcastTo this.Shape

    /// The opposite of each element.
    static member (~-)(x: Expr) = Expr.Apply(x.Language.Negate, [| x |])

    /// The sum, element by element, with NumPy's broadcasting, as for all operators: raises ShapeException when shapes do not fit, and
    /// DTypeException when element types differ. A bare number takes the tensor's type.
    static member (+)(x: Expr, y: Expr) = Expr.Apply(x.Language.Add, [| x; y |])
    static member (+)(x: Expr, y: float) = x + x.Literal y
    static member (+)(x: float, y: Expr) = y.Literal x + y

    /// The difference, element by element.
    static member (-)(x: Expr, y: Expr) = Expr.Apply(x.Language.Subtract, [| x; y |])
    static member (-)(x: Expr, y: float) = x - x.Literal y
    static member (-)(x: float, y: Expr) = y.Literal x - y

    /// The product, element by element; `Expr.matmul` is that of matrices.
    static member (*)(x: Expr, y: Expr) = Expr.Apply(x.Language.Multiply, [| x; y |])
    static member (*)(x: Expr, y: float) = x * x.Literal y
    static member (*)(x: float, y: Expr) = y.Literal x * y

    /// The quotient, element by element; integers are cut towards zero.
    static member (/)(x: Expr, y: Expr) = Expr.Apply(x.Language.Divide, [| x; y |])
    static member (/)(x: Expr, y: float) = x / x.Literal y
    static member (/)(x: float, y: Expr) = y.Literal x / y

    /// `x ** y`, element by element.
    static member Pow(x: Expr, y: Expr) = Expr.Apply(x.Language.Power, [| x; y |])
    static member Pow(x: Expr, y: float) = Expr.Pow(x, x.Literal y)
    static member Pow(x: float, y: Expr) = Expr.Pow(y.Literal x, y)
    /// `abs x`; its derivative at 0 is 0.
    static member Abs(x: Expr) = Expr.Apply(x.Language.Abs, [| x |])
    /// `sqrt x`, NaN below 0.
    static member Sqrt(x: Expr) = Expr.Apply(x.Language.Sqrt, [| x |])
    /// `exp x`.
    static member Exp(x: Expr) = Expr.Apply(x.Language.Exp, [| x |])
    /// `log x`, the natural logarithm: -∞ at 0, NaN below.
    static member Log(x: Expr) = Expr.Apply(x.Language.Log, [| x |])
    /// `sin x`, of radians.
    static member Sin(x: Expr) = Expr.Apply(x.Language.Sin, [| x |])
    /// `cos x`, of radians.
    static member Cos(x: Expr) = Expr.Apply(x.Language.Cos, [| x |])
    /// `tan x`, of radians.
    static member Tan(x: Expr) = Expr.Apply(x.Language.Tan, [| x |])

    /// `tanh x`, the hyperbolic tangent.
    static member Tanh(x: Expr) = Expr.Apply(x.Language.Tanh, [| x |])
    /// `sinh x`, the hyperbolic sine.
    static member Sinh(x: Expr) = Expr.Apply(x.Language.Sinh, [| x |])
    /// `cosh x`, the hyperbolic cosine.
    static member Cosh(x: Expr) = Expr.Apply(x.Language.Cosh, [| x |])
    /// `asin x`, in radians between -π/2 and π/2; NaN beyond ±1.
    static member Asin(x: Expr) = Expr.Apply(x.Language.Asin, [| x |])
    /// `acos x`, in radians between 0 and π; NaN beyond ±1.
    static member Acos(x: Expr) = Expr.Apply(x.Language.Acos, [| x |])
    /// `atan x`, in radians between -π/2 and π/2.
    static member Atan(x: Expr) = Expr.Apply(x.Language.Atan, [| x |])
    /// `atan2 y x`, the angle of the point (x, y), in radians between -π and π.
    static member Atan2(y: Expr, x: Expr) = Expr.Apply(x.Language.Atan2, [| y; x |])
    /// `log10 x`: -∞ at 0, NaN below.
    static member Log10(x: Expr) = Expr.Apply(x.Language.Log10, [| x |])
    /// `floor x`; its derivative is 0.
    static member Floor(x: Expr) = Expr.Apply(x.Language.Floor, [| x |])
    /// `ceil x`; its derivative is 0.
    static member Ceiling(x: Expr) = Expr.Apply(x.Language.Ceil, [| x |])
    /// `round x`, of two neighbours to the even one; its derivative is 0.
    static member Round(x: Expr) = Expr.Apply(x.Language.Round, [| x |])

    /// The entry, or the sub-tensor, at an index of the first axis; negative ones count from the back.
    member this.Item
        with get (index: int) = language.Slice [ Slice.At index ] this

    /// The sub-tensor at indices of the first two axes.
    member this.Item
        with get (row: int, column: int) = language.Slice [ Slice.At row; Slice.At column ] this

    /// Rows `first .. last`, both included, as F# slices are.
    member this.GetSlice(first: int option, last: int option) = language.Slice [ Slice.Between first last ] this

    /// A block of rows and columns: `x.[1..2, *]`.
    member this.GetSlice(firstRow, lastRow, firstColumn, lastColumn) =
        language.Slice [ Slice.Between firstRow lastRow; Slice.Between firstColumn lastColumn ] this

    /// A part of one column: `x.[*, 0]`.
    member this.GetSlice(firstRow, lastRow, column: int) = language.Slice [ Slice.Between firstRow lastRow; Slice.At column ] this

    /// A part of one row: `x.[0, 1..]`.
    member this.GetSlice(row: int, firstColumn, lastColumn) = language.Slice [ Slice.At row; Slice.Between firstColumn lastColumn ] this

/// What is taken along one axis.
and [<RequireQualifiedAccess>] Slice =
    /// One entry; the axis disappears. Negative indices count from the back.
    | At of int
    /// From `start` until before `stop`, by `step`, by Python's rules: None takes all there is on that side, negative counts from the back.
    | Range of start: int option * stop: int option * step: int

    /// F#'s range, whose end is included.
    static member internal Between first last =
        Slice.Range(first, last |> Option.bind (fun last -> if last = -1 then None else Some(last + 1)), 1)

/// What keeps the value of a variable and takes its gradients: a parameter of C#, at one moment.
and [<AbstractClass>] internal Source() =
    /// The variable's value, which never changes.
    abstract Value: NDArray
    /// What the parameter is worth now.
    abstract Current: NDArray
    /// An array of the value's shape and type that nobody reads any more, for a gradient to be written over; null when there is none.
    abstract Spare: unit -> NDArray | null
    /// Takes a gradient. `isOwn` says that nobody else holds its array.
    abstract Accumulate: gradient: NDArray * isOwn: bool -> unit

/// What a node is.
and [<Struct; RequireQualifiedAccess>] internal Node =
    | Constant of value: NDArray
    | Variable of variable: Variable
    | Apply of primitive: Primitive * arguments: Expr[]

/// A variable, and what keeps its value, if anything does.
and [<Sealed>] internal Input(variable: Variable, source: Source | null) =
    member _.Variable = variable
    member _.Source = source

/// The ops that expressions need to know before the rows can be written: F# wants operators inside the type, and rows want one another
/// (sum is the transpose of broadcast, and the reverse). A leaf is made with its language, and what is built on it inherits it.
and [<NoEquality; NoComparison>] Language =
    internal
        { Print: Expr -> string
          Numbers: Numbers
          Negate: Primitive
          Add: Primitive
          Subtract: Primitive
          Multiply: Primitive
          Divide: Primitive
          Power: Primitive
          Abs: Primitive
          Sqrt: Primitive
          Exp: Primitive
          Log: Primitive
          Sin: Primitive
          Cos: Primitive
          Tan: Primitive
          Tanh: Primitive
          Sinh: Primitive
          Cosh: Primitive
          Asin: Primitive
          Acos: Primitive
          Atan: Primitive
          Atan2: Primitive
          Log10: Primitive
          Floor: Primitive
          Ceil: Primitive
          Round: Primitive
          Slice: Slice list -> Expr -> Expr
          Sum: int list -> Expr -> Expr
          Broadcast: Shape -> Expr -> Expr
          Reshape: Shape -> Expr -> Expr
          Permute: int list -> Expr -> Expr }

/// Scalars as nodes. Derivatives are full of 0, 1 and 2: all expressions share those.
and [<Sealed>] internal Numbers() =
    let shared = ConcurrentDictionary<struct (DType * float), Expr>()

    member _.Of(language: Language, dtype: DType, value: float) : Expr =
        let make _ = Expr.Constant(language, NDArray.ofFloats dtype [] [| value |])

        match value with
        | 0.0
        | 1.0
        | 2.0 when not (Double.IsNegative value) -> shared.GetOrAdd(struct (dtype, value), make)
        | _ -> make ()

/// An op's derivative, from which forward and reverse mode are both made. Functions take the arguments first, then the result.
/// Only floating-point arguments have tangents and cotangents; integers and booleans ride along.
and Rule =
    /// The result does not follow the arguments: every derivative is zero.
    | Constant
    /// Element i of the result depends on element i of each broadcast argument, so the Jacobian is diagonal and serves both modes: the
    /// partial derivative by argument i, times a tangent or cotangent. (Taking the factor too lets division divide instead of multiplying by 1/y.)
    | Elementwise of scale: (Expr[] -> Expr -> int -> Expr -> Expr)
    /// Linear in all floating-point arguments together. The transpose takes arguments, index i and a cotangent of the result to one of argument i.
    | Linear of transpose: (Expr[] -> int -> Expr -> Expr)
    /// Linear in each floating-point argument while the others stand still, with a transpose for each.
    | Multilinear of transpose: (Expr[] -> int -> Expr -> Expr)
    /// Neither: the tangent that argument i's tangent causes, and the cotangent that goes to argument i.
    | Custom of jvp: (Expr[] -> Expr -> int -> Expr -> Expr) * vjp: (Expr[] -> Expr -> int -> Expr -> Expr)
    /// The same for all arguments at once, where one pass serves them all: the tangent that these tangents (None where an argument stands still) cause
    /// together, and the cotangents that go to the arguments that are wanted.
    | Joint of jvp: (Expr[] -> Expr -> Expr voption[] -> Expr) * vjp: (Expr[] -> Expr -> bool[] -> Expr -> Expr voption[])

/// An argument of an op that is being mapped over a new leading axis: the tensor, and whether it has that axis.
and [<Struct>] Batched = { Value: Expr; IsBatched: bool }

/// How an op maps over a new leading axis.
and BatchRule =
    /// The same op, once the arguments' ranks are aligned behind the new axis: all elementwise ops.
    | Aligned
    /// An expression of the arguments whose leading axis is the new one.
    | Mapped of (Batched[] -> Expr)

/// How an op runs, as data: all that the compiler knows of it.
and [<RequireQualifiedAccess>] Kernel =
    /// One fused loop over broadcast arguments.
    | Map of Lane
    /// A reduction over axes (None is all of them), at the end of a fused loop.
    | Reduce of Reducer * axes: int list option
    /// No work: other strides over the same buffer.
    | View of View
    /// A matrix product of the last two axes, batched over the others.
    | MatMul
    /// Row-wise x - logsumexp x along an axis.
    | LogSoftmax of axis: int
    /// Row-wise exp x / Σ exp x along an axis.
    | Softmax of axis: int
    /// The arguments laid one after another along an axis.
    | Concat of axis: int
    /// The arguments laid beside one another along a new axis.
    | Stack of axis: int
    /// The argument inside zeros: per axis, zeros before, zeros after, zeros between neighbours.
    | Pad of (int * int * int) list
    /// Each row along the last axis by itself.
    | Rows of RowOperation
    /// Rows picked by index along an axis.
    | Gather of axis: int
    /// Rows added up by index along an axis.
    | ScatterAdd of axis: int
    /// A convolution of images or one of its gradients; sizes are those of the arguments and the result.
    | Convolve of ConvolutionRole * Conv2dOptions
    /// A pooling of images.
    | Pool of PoolingRole * Pool2dOptions
    /// Random numbers from a key.
    | Generate of Stream
    /// Each matrix by itself, by scalar code.
    | Matrix of MatrixOperation
    /// Each number by itself, by scalar code.
    | Each of ScalarFunction
    /// A loop over a body, or a choice between bodies: plans inside the plan. The bodies are the op's attribute.
    | Nested
    /// As other ops do: the op written in them.
    | Composed of Composition

/// An op written in other ops, as an expression of its arguments. Two are equal when they are the very same.
and [<Sealed>] Composition(build: Expr[] -> Expr) =
    /// The expression for arguments.
    member _.Apply(arguments: Expr[]) : Expr = build arguments

/// An op at its attributes: what an application holds. Made from a Row; see `Row.at`.
and [<AbstractClass>] Primitive internal (row: obj, name: string) =
    /// The row that it is of, as it stands once in Ops/: rows are told apart by reference.
    member internal _.RowObject = row

    /// The field's word for the op.
    member _.Name = name

    abstract Notation: Notation
    /// The attributes as text; empty when there are none.
    abstract AttributeText: string
    /// The result's type for arguments of these types, or a ShapeException or DTypeException.
    abstract Infer: TensorType[] -> TensorType
    abstract Rule: Rule
    abstract Batch: BatchRule
    abstract Eval: NDArray[] -> NDArray
    abstract Kernel: Kernel
    /// Same op, same attributes.
    abstract Same: Primitive -> bool
    abstract AttributeHash: int
