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
    /// A value that is given away: a new array each time, which must hold zeros when its steps leave them where they are.
    | Result of zeroed: bool
    /// A value that a step makes in an array of its own.
    | Evaluated
    /// What a step keeps from run to run: the stepper of a plan inside the plan.
    | State

/// A buffer: how many elements of which type.
[<NoEquality; NoComparison>]
type internal Slot = { Number: int; DType: DType; Length: int; mutable Content: Content }

/// Where an expression's elements stand.
[<NoEquality; NoComparison>]
type internal Storage = { Slot: Slot; Layout: StridedLayout }

/// An op with bodies, whatever it gives.
[<RequireQualifiedAccess>]
type internal Nest =
    | Scan of Scan
    | Branch of Branch

/// The results of an op with bodies that one node asks for.
[<RequireQualifiedAccess>]
type internal NestResults =
    | Scan of ScanResult list
    | Branch of int list

/// What a step of its own does to whole arrays of numbers.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Operation =
    /// Numbers of one width as numbers of the other.
    | Convert
    /// Two integers to one, element by element; an array of one element stands beside all of the other's.
    | Combine of (int64 -> int64 -> int64)
    /// What each row comes to, of as many rows as there are results.
    | ReduceRows of Reducer
    /// Each row along the last axis of the first argument by itself.
    | Rows of RowOperation
    /// Random numbers: as many for each key as there are results to a key.
    | Draw of Stream
    /// Each of `count` matrices by itself.
    | Matrix of MatrixOperation * sizes: Decomposition.Size[] * count: int
    /// Each number by itself.
    | Each of ScalarFunction

/// What a step of a plan does.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Work =
    | Loop of Loop * fused: Expr list
    /// A matrix product; layouts end in the two axes of the matrices, and those before them agree.
    | Product of left: Storage * right: Storage * result: Storage * Expr
    /// Rows picked by index along an axis.
    | Gather of axis: int * source: Storage * indices: Storage * result: Storage * Expr
    /// Rows added up by index along an axis.
    | Scatter of axis: int * updates: Storage * indices: Storage * result: Storage * Expr
    /// A convolution of images, or one of its gradients, from two arrays to the third.
    | Convolve of ConvolutionRole * Conv2dOptions * first: Storage * second: Storage * result: Storage * Expr
    /// The largest number of each window, and where in its plane it stands.
    | PoolMaximum of Pool2dOptions * source: Storage * largest: Storage * winners: Storage
    /// Each number added, in zeros, to where its window's winner stands.
    | PoolMaximumGradient of Pool2dOptions * source: Storage * winners: Storage * result: Storage
    /// The mean of each window, or its transpose.
    | PoolMean of isGradient: bool * Pool2dOptions * source: Storage * result: Storage
    /// What is neither a loop nor moves anything.
    | Apply of Operation * arguments: Storage[] * result: Storage * Expr
    /// The row's own evaluation.
    | Eval of Primitive * arguments: Storage[] * result: Storage * Expr
    /// Bodies, run for all nodes that ask for results on the same arguments.
    | Nested of NestedWork

/// Bodies as programs, each with the types of its inputs and a buffer for what its plan keeps.
and [<NoEquality; NoComparison>] internal NestedWork =
    { Nest: Nest
      Bodies: (Program * TensorType[] * Slot) list
      Arguments: Storage[]
      Results: System.Collections.Generic.List<struct (NestResults * Storage)> }

/// What graphs become: steps in order, over numbered buffers.
and [<NoEquality; NoComparison>] internal Program =
    {
        Slots: Slot[]
        Steps: Work[]
        /// Per root: its buffer, and its shape.
        Results: (Slot * Shape)[]
    }

/// The buffers of a step, and its op's name.
module internal Work =
    /// The name of the op that a node applies, as errors show it.
    let nameOf (node: Expr) : string =
        match node.Node with
        | Node.Apply primitive -> primitive.Name
        | _ -> node.ToString()

    let slots (work: Work) : int list =
        let numbers (storages: Storage list) = storages |> List.map (fun storage -> storage.Slot.Number)

        match work with
        | Work.Loop(loop, _) -> [ for operand in Loop.operands loop -> operand.Slot ]
        | Work.Product(left, right, result, _)
        | Work.Convolve(_, _, left, right, result, _) -> numbers [ left; right; result ]
        | Work.Gather(_, source, indices, result, _)
        | Work.Scatter(_, source, indices, result, _) -> numbers [ source; indices; result ]
        | Work.PoolMaximum(_, source, largest, winners) -> numbers [ source; largest; winners ]
        | Work.PoolMaximumGradient(_, source, winners, result) -> numbers [ source; winners; result ]
        | Work.PoolMean(_, _, source, result) -> numbers [ source; result ]
        | Work.Apply(_, arguments, result, _)
        | Work.Eval(_, arguments, result, _) -> numbers (result :: List.ofArray arguments)
        | Work.Nested work ->
            [ for _, _, state in work.Bodies -> state.Number ]
            @ [ for struct (_, result) in work.Results -> result.Slot.Number ]
            @ numbers (List.ofArray work.Arguments)
