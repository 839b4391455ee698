namespace Fluxion

open System.Runtime.CompilerServices

/// An op's derivative, from which forward and reverse mode are both made. Functions take the arguments first, then the result.
/// Only floating-point arguments have tangents and cotangents; integers and booleans ride along.
type Rule =
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
and [<AbstractClass>] Primitive internal (row: obj, name: string, isShared: bool) =
    inherit Op(row, isShared)

    /// The field's word for the op.
    member _.Name = name

    abstract Notation: Notation
    /// The attributes as text; empty when there are none.
    abstract AttributeText: string
    abstract Rule: Rule
    abstract Batch: BatchRule
    abstract Eval: NDArray[] -> NDArray
    abstract Kernel: Kernel
    /// Same op, same attributes.
    abstract Same: Primitive -> bool
    abstract AttributeHash: int

/// What a node is.
[<Struct; RequireQualifiedAccess>]
type internal Node =
    | Constant of value: NDArray
    | Variable of variable: Variable
    | Apply of primitive: Primitive

[<AutoOpen>]
module internal PrimitiveExtensions =
    type Expr with

        /// The op of an application.
        member this.Primitive: Primitive = Unsafe.As<Primitive> this.Head |> Unchecked.nonNull

        /// What the node is.
        member this.Node: Node =
            if this.IsApplication then
                Node.Apply this.Primitive
            else
                match this.Head with
                | :? Input as input -> Node.Variable input.Variable
                | head -> Node.Constant(head :?> NDArray)

        /// The node with what becomes of its arguments in their place; the node itself when they stay the very same.
        member inline this.WithArguments([<InlineIfLambda>] change: Expr -> Expr) : Expr =
            match this.Arity with
            | 1 ->
                let x = change (this.Argument 0)

                if obj.ReferenceEquals(x, this.Argument 0) then
                    this
                else
                    Expr.Apply(this.Primitive, x)
            | 2 ->
                let x, y = change (this.Argument 0), change (this.Argument 1)

                if obj.ReferenceEquals(x, this.Argument 0) && obj.ReferenceEquals(y, this.Argument 1) then
                    this
                else
                    Expr.Apply(this.Primitive, x, y)
            | _ ->
                let changed = Array.map change this.Arguments

                if Array.forall2 (fun x y -> obj.ReferenceEquals(x, y)) changed this.Arguments then
                    this
                else
                    Expr.Apply(this.Primitive, changed)
