namespace Fluxion

/// What a buffer of a plan holds.
[<RequireQualifiedAccess>]
type internal Content =
    /// The value of an input, by its number.
    | Input of int
    /// A value that never changes.
    | Constant of NDArray
    /// A value between steps. Zeroed buffers hold zeros wherever no step writes, and are never shared.
    | Scratch of zeroed: bool
    /// A value that is given away: a new array each time.
    | Result
    /// A value that a step makes in an array of its own.
    | Evaluated

/// A buffer: how many elements of which type.
[<NoEquality; NoComparison>]
type internal Slot = { Number: int; DType: DType; Length: int; mutable Content: Content }

/// Where an expression's elements stand.
[<NoEquality; NoComparison>]
type internal Storage = { Slot: Slot; Layout: Layout }

/// What a step of a plan does.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Work =
    | Loop of Loop * fused: Expr list
    /// A matrix product; layouts end in the two axes of the matrices, and those before them agree.
    | Product of left: Storage * right: Storage * result: Storage * Expr
    /// The row's own evaluation.
    | Eval of Primitive * arguments: Storage[] * result: Storage * Expr

/// What graphs become: steps in order, over numbered buffers.
[<NoEquality; NoComparison>]
type internal Program =
    {
        Slots: Slot[]
        Steps: Work[]
        /// Per root: its buffer, and its shape.
        Results: (Slot * Shape)[]
    }
