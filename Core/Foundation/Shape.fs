namespace Fluxion

open System

/// The sizes of a tensor's axes, outermost first. `[]` is a scalar; an axis may have size 0.
type Shape = int list

/// What is known of a tensor before any of its numbers.
[<Struct>]
type TensorType =
    { Shape: Shape
      DType: DType }

    override this.ToString() =
        let sizes = this.Shape |> List.map string |> String.concat ", "
        $"{this.DType} [{sizes}]"

/// Types that should have been the same.
module TensorType =
    /// Raises DTypeException when the element types differ, else ShapeException.
    let internal mismatch (expected: TensorType) (actual: TensorType) place required given remedy : 'a =
        if expected.DType <> actual.DType then
            Errors.dtype place required given remedy
        else
            Errors.shape place required given remedy

/// Arithmetic on shapes. Layout is row-major: the last axis is contiguous.
module Shape =
    /// `[32, 784]`, as errors and signatures print it.
    let show (shape: Shape) : string =
        let sizes = shape |> List.map string |> String.concat ", "
        $"[{sizes}]"

    /// Whether two shapes are one, as `=` says, without allocating.
    let rec internal same (left: Shape) (right: Shape) : bool =
        match left, right with
        | [], [] -> true
        | a :: left, b :: right -> a = b && same left right
        | _ -> false

    /// The number of axes.
    let rank (shape: Shape) : int = List.length shape

    /// The number of elements. Raises ShapeException when it is more than one array can hold.
    let size (shape: Shape) : int =
        let rec product (count: int64) sizes =
            match sizes with
            | [] -> int count
            | axis :: rest ->
                let next = count * int64 axis

                if next > int64 Array.MaxLength then
                    Errors.shape "shape" $"at most {Array.MaxLength} elements fit in one tensor" $"{show shape} has more" "split it?"

                product next rest

        // A zero anywhere empties the tensor, however large the axes before it.
        if List.contains 0 shape then 0 else product 1L shape

    /// The shape itself, or a ShapeException naming `place` when an axis is negative.
    let check (place: string) (shape: Shape) : Shape =
        if List.exists (fun axis -> axis < 0) shape then
            Errors.shape place "every axis must have size 0 or more" $"the shape is {show shape}" "give the sizes in full?"

        shape

    /// How far apart in memory neighbours along each axis are.
    let strides (shape: Shape) : int list =
        List.foldBack (fun axis (strides, step) -> step :: strides, step * axis) shape ([], 1) |> fst

    /// An axis counted from the front; negative ones count from the back, as in NumPy.
    let axis (place: string) (rank: int) (axis: int) : int =
        if rank = 0 then
            Errors.shape place "an axis must be one of the tensor's" $"axis is {axis} and a scalar has none" "leave the axis out?"

        if axis < -rank || axis >= rank then
            Errors.shape
                place
                $"an axis must lie between {-rank} and {rank - 1}"
                $"axis is {axis}"
                "count axes from 0, or from the back with -1?"

        if axis < 0 then axis + rank else axis

    /// Several axes, sorted, each once.
    let axes (place: string) (rank: int) (axes: int list) : int list =
        let sorted = axes |> List.map (axis place rank) |> List.sort

        if List.distinct sorted <> sorted then
            Errors.shape place "each axis may stand once" $"axes are {show axes}" "drop the repeated one?"

        sorted

    /// The shape without the given (normalized) axes, or with size 1 in their place.
    let reduce (keepDims: bool) (axes: int list) (shape: Shape) : Shape =
        shape
        |> List.indexed
        |> List.choose (fun (i, size) ->
            if not (List.contains i axes) then Some size
            elif keepDims then Some 1
            else None)

    /// The shape with size 1 put in at an axis of the result.
    let insert (axis: int) (shape: Shape) : Shape = List.insertAt axis 1 shape

    /// NumPy's broadcasting: align at the last axis; sizes agree or one of them is 1.
    let tryBroadcast (left: Shape) (right: Shape) : Shape option =
        if same left right then
            Some left
        else
            let rank = max left.Length right.Length
            let pad (shape: Shape) = List.replicate (rank - shape.Length) 1 @ shape
            let sizes = List.zip (pad left) (pad right)

            if sizes |> List.forall (fun (a, b) -> a = b || a = 1 || b = 1) then
                Some(sizes |> List.map (fun (a, b) -> if a = 1 then b else a))
            else
                None

    /// The shape that two operands of `place` broadcast to, or a ShapeException.
    let broadcast (place: string) (left: Shape) (right: Shape) : Shape =
        // Nearly always they are the same, or one is a scalar's.
        if same left right || right.IsEmpty then
            left
        elif left.IsEmpty then
            right
        else
            match tryBroadcast left right with
            | Some shape -> shape
            | None ->
                Errors.shape
                    place
                    "sizes must agree, or be 1, counted from the last axis"
                    $"left is {show left} and right is {show right}"
                    "reshape or transpose one of them?"

    /// The axes along which a tensor of shape `small` was repeated to get shape `large`.
    let broadcastAxes (small: Shape) (large: Shape) : int list =
        let added = large.Length - small.Length

        [ for i, size in List.indexed large do
              if i < added || (small[i - added] = 1 && size <> 1) then
                  i ]

    /// Strides that read a tensor of shape `small` as if it had shape `large`: 0 where it repeats.
    let broadcastStrides (small: Shape) (large: Shape) : int list =
        let repeated = broadcastAxes small large
        let own = List.replicate (large.Length - small.Length) 0 @ strides small
        own |> List.mapi (fun i stride -> if List.contains i repeated then 0 else stride)

    /// For every element of a tensor of shape `shape`, in row-major order, where it stands in a buffer that is
    /// read from `offset` with the given strides. Views, broadcasts and slices are all read through this.
    let walk (shape: Shape) (strides: int list) (offset: int) : int[] =
        let sizes, strides = Array.ofList shape, Array.ofList strides
        let positions = Array.zeroCreate (size shape)
        let index = Array.zeroCreate sizes.Length
        let mutable position = offset

        for i in 0 .. positions.Length - 1 do
            positions[i] <- position
            // Step the odometer: the last axis turns fastest.
            let mutable axis = sizes.Length - 1
            let mutable carry = true

            while carry && axis >= 0 do
                index[axis] <- index[axis] + 1
                position <- position + strides[axis]

                if index[axis] < sizes[axis] then
                    carry <- false
                else
                    position <- position - sizes[axis] * strides[axis]
                    index[axis] <- 0
                    axis <- axis - 1

        positions
