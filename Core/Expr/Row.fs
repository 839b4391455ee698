namespace Fluxion

open System.Runtime.CompilerServices

/// Where the battery draws an argument's elements from: an interval, and the edges that must be tried as well. To row i of the last two axes, the matrix,
/// (i + 1) · Diagonal is added on the diagonal.
type Domain = { Low: float; High: float; Edges: float list; DType: DType option; Diagonal: float }

/// Domains of arguments.
module Domain =
    /// A floating-point argument (float32 or float64, the battery tries both) in an interval.
    let between (low: float) (high: float) : Domain = { Low = low; High = high; Edges = []; DType = None; Diagonal = 0.0 }

    /// The whole line, near 0, where most ops live.
    let real: Domain = between -3.0 3.0

    /// Positive numbers, clear of 0.
    let positive: Domain = between 0.1 4.0

    /// Indices below `count`.
    let index (count: int) : Domain = { between 0.0 (float count - 1.0) with DType = Some DType.Int64 }

    /// True and false.
    let condition: Domain = { between 0.0 1.0 with DType = Some DType.Bool }

    /// Keys of the random generator.
    let key: Domain = { between 0.0 1e6 with DType = Some DType.Int64 }

    /// The same domain for matrices whose diagonal stands out.
    let withDiagonal (diagonal: float) (domain: Domain) : Domain = { domain with Diagonal = diagonal }

    /// The same domain with points at which values (not derivatives) are tried too: 0, infinities, NaN.
    let withEdges (edges: float list) (domain: Domain) : Domain = { domain with Edges = edges }

/// One way to try an op: attributes, and a shape and a domain for each argument.
type Sample<'attr> = { Attribute: 'attr; Arguments: (Shape * Domain) list }

/// What the battery sees of a row.
type IRow =
    /// The field's word for the op.
    abstract Name: string
    /// The row's samples: the op at its attributes, and a shape and a domain for each argument.
    abstract Cases: (Primitive * (Shape * Domain) list) list

/// An op: every column must be filled, so that a hole does not compile. `'attr` is the type of its attributes (unit when it has none).
/// docs/adding-an-op.md walks through one.
[<NoEquality; NoComparison>]
type Row<'attr when 'attr: equality> =
    {
        /// The field's word for the op, as errors and printed code show it.
        Name: string
        /// How it stands in printed mathematics.
        Notation: 'attr -> Notation
        /// The result's type, or a ShapeException or DTypeException.
        Shape: 'attr -> TensorType[] -> TensorType
        /// Its derivative, for forward and reverse mode.
        Rule: 'attr -> Rule
        /// How it maps over a new leading axis.
        Batch: 'attr -> BatchRule
        /// The plain, slow, obviously right evaluation.
        Eval: 'attr -> NDArray[] -> NDArray
        /// How it runs when compiled.
        Kernel: 'attr -> Kernel
        /// What the battery tries it on.
        Samples: Sample<'attr> list
    }

    interface IRow with
        member this.Name = this.Name

        member this.Cases =
            [ for sample in this.Samples -> RowPrimitive(this, sample.Attribute) :> Primitive, sample.Arguments ]

/// A row at one value of its attributes.
and [<Sealed>] internal RowPrimitive<'attr when 'attr: equality>(row: Row<'attr>, attribute: 'attr) =
    // Without attributes there is one, which `Row.at` gives out each time.
    inherit Primitive(row, row.Name, isNull (box attribute))
    // Asked for again and again, by laws and derivatives.
    let mutable rule: Rule | null = null
    member _.Row = row
    member _.Attribute = attribute

    override _.AttributeText =
        match box attribute with
        | null -> ""
        // In every row a lone number is an axis, and a list of them a shape or an order of axes.
        | :? int as axis -> $"axis={axis}"
        | :? (int list) as sizes -> Shape.show sizes
        | boxed -> $"{boxed}"

    override _.Notation = row.Notation attribute
    override _.Infer types = row.Shape attribute types

    override _.Rule =
        match rule with
        | null ->
            let made = row.Rule attribute
            rule <- made
            made
        | known -> known

    override _.Batch = row.Batch attribute
    override _.Eval arguments = row.Eval attribute arguments
    override _.Kernel = row.Kernel attribute

    override this.Same other =
        obj.ReferenceEquals(this, other)
        || obj.ReferenceEquals(row, other.RowObject) && attribute = (other :?> RowPrimitive<'attr>).Attribute

    override _.AttributeHash = hash attribute

/// Using rows.
module Row =
    // Ops without attributes are one primitive each, however often they are applied.
    let private plain = ConditionalWeakTable<obj, Primitive>()

    /// The op at its attributes.
    let at (row: Row<'attr>) (attribute: 'attr) : Primitive =
        let make () : Primitive = RowPrimitive(row, attribute)

        match box attribute with
        | null ->
            match plain.TryGetValue row with
            | true, known -> known
            | _ -> plain.GetValue(row, (fun _ -> make ()))
        | _ -> make ()

    /// The arguments when `expr` is an application of `row`, with the attributes: what the active patterns of Ops/ are made of.
    let internal tryApplication (row: Row<'attr>) (expr: Expr) : ('attr * Expr[]) voption =
        if expr.IsOf row then
            match expr.Primitive with
            | :? RowPrimitive<'attr> as primitive -> ValueSome(primitive.Attribute, expr.Arguments)
            | _ -> ValueNone
        else
            ValueNone

    /// As `tryApplication`, for an op of one argument without attributes.
    [<return: Struct>]
    let inline internal (|Unary|_|) (row: Row<unit>) (expr: Expr) : Expr voption =
        if expr.IsOf row then ValueSome(expr.Argument 0) else ValueNone

    /// As `tryApplication`, for an op of two arguments without attributes.
    [<return: Struct>]
    let inline internal (|Binary|_|) (row: Row<unit>) (expr: Expr) : (Expr * Expr) voption =
        if expr.IsOf row then
            ValueSome(expr.Argument 0, expr.Argument 1)
        else
            ValueNone
