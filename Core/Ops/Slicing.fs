namespace Fluxion

/// Slices, and their transpose: putting a tensor into zeros.
module internal Slicing =
    /// Elements put into zeros: per axis, zeros before, after, and between neighbours. The transpose of slicing.
    type Padding =
        { Before: int
          After: int
          Between: int }

        override this.ToString() = $"({this.Before}, {this.After}, {this.Between})"

    /// The part of one axis that a slice takes: `Count` elements from `First` on, `Step` apart (which may be negative).
    /// An axis that is not kept has one element, and disappears.
    type Cut =
        { First: int
          Count: int
          Step: int
          Keep: bool }

        /// Python's way: `2`, `0:3`, `4:1:-1`.
        override this.ToString() =
            let stop = this.First + this.Count * this.Step

            match this.Keep, this.Step with
            | false, _ -> $"{this.First}"
            | true, 1 -> $"{this.First}:{stop}"
            | true, step when stop < 0 -> $"{this.First}::{step}"
            | true, step -> $"{this.First}:{stop}:{step}"

    let private cut first count step = { First = first; Count = count; Step = step; Keep = true }

    let private padded (paddings: Padding list) (shape: Shape) =
        List.map2 (fun p size -> p.Before + p.After + size + p.Between * max 0 (size - 1)) paddings shape

    /// Where each element of a tensor lands in the padded one.
    let positions (paddings: Padding list) (shape: Shape) : int[] =
        let strides = Shape.strides (padded paddings shape)
        let offset = List.map2 (fun p stride -> p.Before * stride) paddings strides |> List.sum
        Shape.walk shape (List.map2 (fun p stride -> (p.Between + 1) * stride) paddings strides) offset

    let slice, pad =
        let fullShape (cuts: Cut list) = cuts |> List.map (fun cut -> cut.Count)
        let cutShape (cuts: Cut list) = cuts |> List.filter (fun cut -> cut.Keep) |> fullShape

        let rec slice: Row<Cut list> =
            { Name = "slice"
              Notation =
                fun cuts ->
                    let text = cuts |> List.map string |> String.concat ", "

                    // Brackets may follow brackets, but LaTeX takes only one subscript.
                    { Text = Form.Postfix($"[{text}]", Precedence.index, Precedence.index)
                      Latex = Form.Postfix($"_{{{text}}}", Precedence.index, Precedence.atom) }
              Shape =
                fun cuts types ->
                    // Cuts come from Expr.slice, which speaks the user's language; here only their number and bounds are held.
                    let fits cut size =
                        let last = cut.First + (cut.Count - 1) * cut.Step

                        (cut.Keep || cut.Count = 1)
                        && (cut.Count = 0 || cut.First >= 0 && cut.First < size && last >= 0 && last < size)

                    if cuts.Length <> types[0].Shape.Length || not (List.forall2 fits cuts types[0].Shape) then
                        Errors.shape
                            "slice"
                            $"each axis of {Shape.show types[0].Shape} needs one cut inside it"
                            $"cuts are {cuts}"
                            "use Expr.slice?"

                    { types[0] with Shape = cutShape cuts }
              Rule =
                fun cuts ->
                    Rule.Linear(fun arguments _ ct ->
                        // Padding walks upwards, so what was cut downwards is first turned round.
                        let turned = cuts |> List.map (fun c -> if c.Step < 0 then cut (c.Count - 1) c.Count -1 else cut 0 c.Count 1)

                        let full = ct.ReshapeTo(fullShape cuts)
                        let downward = cuts |> List.exists (fun cut -> cut.Step < 0 && cut.Count > 1)
                        let upward = if downward then Column.apply slice turned [ full ] else full

                        let paddings =
                            List.map2
                                (fun cut size ->
                                    let step = abs cut.Step

                                    let first =
                                        if cut.Step < 0 then
                                            cut.First + (cut.Count - 1) * cut.Step
                                        else
                                            cut.First

                                    let before = if cut.Count = 0 then 0 else first
                                    let covered = if cut.Count = 0 then 0 else before + (cut.Count - 1) * step + 1

                                    { Before = before; After = size - covered; Between = step - 1 })
                                cuts
                                arguments[0].Shape

                        Column.apply pad paddings [ upward ])
              Batch =
                fun cuts ->
                    BatchRule.Mapped(fun arguments ->
                        let all = cut 0 (Column.batchSize arguments) 1
                        Column.apply slice (all :: cuts) [ arguments[0].Value ])
              Eval =
                fun cuts arguments ->
                    let x = arguments[0]
                    let strides = Shape.strides x.Shape
                    let shape = cutShape cuts
                    let offset = List.map2 (fun cut stride -> cut.First * stride) cuts strides |> List.sum

                    x
                    |> NDArray.take
                        shape
                        (Shape.walk (fullShape cuts) (List.map2 (fun cut stride -> cut.Step * stride) cuts strides) offset)
              Kernel = fun cuts -> Kernel.View(View.Slice(cuts |> List.map (fun cut -> cut.First, cut.Count, cut.Step)))
              Samples =
                [ for shape, cuts in
                      [ [ 5 ], [ 1, 3, 1 ]
                        [ 5 ], [ 4, 3, -2 ]
                        [ 3; 4 ], [ 1, 2, 1; 0, 2, 2 ]
                        [ 4 ], [ 2, 0, 1 ]
                        [ 0; 2 ], [ 0, 0, 1; 1, 1, 1 ]
                        [], [] ] ->
                      { Attribute =
                          cuts
                          |> List.map (fun (first, count, step) -> { cut first count step with Keep = first <> 1 || count <> 1 })
                        Arguments = [ shape, Domain.real ] } ] }

        and pad: Row<Padding list> =
            { Name = "pad"
              Notation = fun _ -> Column.named "pad"
              Shape =
                fun paddings types ->
                    if
                        paddings.Length <> types[0].Shape.Length
                        || paddings |> List.exists (fun p -> min p.Before (min p.After p.Between) < 0)
                    then
                        Errors.shape
                            "pad"
                            $"each axis of {Shape.show types[0].Shape} needs paddings of 0 or more"
                            $"paddings are {paddings}"
                            "give (before, after) for every axis?"

                    { types[0] with Shape = padded paddings types[0].Shape }
              Rule =
                fun paddings ->
                    Rule.Linear(fun arguments _ ct ->
                        let cuts =
                            List.map2
                                (fun p size -> cut (if size = 0 then 0 else p.Before) size (p.Between + 1))
                                paddings
                                arguments[0].Shape

                        Column.apply slice cuts [ ct ])
              Batch =
                fun paddings ->
                    let none = { Before = 0; After = 0; Between = 0 }
                    BatchRule.Mapped(fun arguments -> Column.apply pad (none :: paddings) [ arguments[0].Value ])
              Eval =
                fun paddings arguments ->
                    let x = arguments[0]
                    let shape = padded paddings x.Shape
                    // Zeros first, then each element where it belongs: -1 marks a zero.
                    let sources = Array.create (Shape.size shape) -1
                    positions paddings x.Shape |> Array.iteri (fun i position -> sources[position] <- i)

                    if x.DType.IsFloating then
                        let data = x.Floats
                        NDArray.ofFloats x.DType shape (sources |> Array.map (fun i -> if i < 0 then 0.0 else data[i]))
                    else
                        let data = x.Ints
                        NDArray.ofInts x.DType shape (sources |> Array.map (fun i -> if i < 0 then 0L else data[i]))
              Kernel = fun paddings -> Kernel.Pad(paddings |> List.map (fun p -> p.Before, p.After, p.Between))
              Samples =
                [ for shape, paddings in
                      [ [ 3 ], [ 1, 2, 0 ]; [ 3 ], [ 0, 0, 2 ]; [ 2; 2 ], [ 1, 0, 1; 0, 1, 0 ]; [ 0 ], [ 1, 1, 3 ]; [], [] ] ->
                      { Attribute =
                          paddings
                          |> List.map (fun (before, after, between) -> { Before = before; After = after; Between = between })
                        Arguments = [ shape, Domain.real ] } ] }

        slice, pad

    /// Every row of this file.
    let rows: IRow list = [ slice; pad ]

[<AutoOpen>]
module SlicingFunctions =
    // Python's rules for one axis: negative counts from the back, bounds are cut to the axis.
    let private cutOf (shape: Shape) (axis: int) (slice: Slice) : Slicing.Cut =
        let size = shape[axis]

        match slice with
        | Slice.At index ->
            if index < -size || index >= size then
                Errors.shape
                    "slice"
                    $"an index along axis {axis} of {Shape.show shape} must lie between {-size} and {size - 1}"
                    $"it is {index}"
                    "check the axis?"

            { First = (if index < 0 then index + size else index); Count = 1; Step = 1; Keep = false }
        | Slice.Range(_, _, 0) -> Errors.argument "slice" "the step must not be 0" "it is 0" "use -1 to go backwards?"
        | Slice.Range(start, stop, step) ->
            let low, high = if step > 0 then 0, size else -1, size - 1
            let bound value = max low (min high (if value < 0 then value + size else value))
            let first = start |> Option.map bound |> Option.defaultValue (if step > 0 then 0 else size - 1)
            let stop = stop |> Option.map bound |> Option.defaultValue (if step > 0 then size else -1)
            // In 64 bits, for a step may be as large as it likes; where it is not taken, it is 1.
            let count = int (max 0L ((int64 stop - int64 first + int64 step - int64 (sign step)) / int64 step))

            { First = (if count = 0 then 0 else first)
              Count = count
              Step = (if count > 1 then step else 1)
              Keep = true }

    module Expr =
        /// The part of each axis that its slice names; axes without one are taken whole. Raises ShapeException for an
        /// index outside its axis, or more slices than axes.
        let slice (slices: Slice list) (x: Expr) : Expr =
            if slices.Length > x.Rank then
                Errors.shape
                    "slice"
                    $"there must be no more indices than axes of {Shape.show x.Shape}"
                    $"{slices.Length} were given"
                    "leave the others out?"

            let all = List.replicate (x.Rank - slices.Length) (Slice.Range(None, None, 1))
            Column.apply Slicing.slice (List.mapi (cutOf x.Shape) (slices @ all)) [ x ]

        /// Zeros put around: `before` and `after` for each axis.
        let pad (paddings: (int * int) list) (x: Expr) : Expr =
            let paddings =
                paddings
                |> List.map (fun (before, after) -> { Slicing.Before = before; Slicing.After = after; Slicing.Between = 0 })

            Column.apply Slicing.pad paddings [ x ]
