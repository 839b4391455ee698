namespace Fluxion.Tests

open System
open MathNet.Numerics
open Fluxion

/// What the Kernel column says, carried out one element at a time: a second opinion on every Eval.
module KernelReference =
    let private unary (instruction: Unary) (x: float) =
        match instruction with
        | Unary.Negate -> -x
        | Unary.Abs -> Math.Abs x
        | Unary.Sign -> if Double.IsNaN x then x else float (Math.Sign x)
        | Unary.Floor -> Math.Floor x
        | Unary.Ceiling -> Math.Ceiling x
        | Unary.Round -> Math.Round x
        | Unary.Sqrt -> Math.Sqrt x
        | Unary.Cbrt -> Math.Cbrt x
        | Unary.Exp -> Math.Exp x
        | Unary.Exp2 -> Math.Pow(2.0, x)
        | Unary.Expm1 -> if abs x < 1e-5 then x + x * x / 2.0 else Math.Exp x - 1.0
        | Unary.Log -> Math.Log x
        | Unary.Log2 -> Math.Log2 x
        | Unary.Log10 -> Math.Log10 x
        // Kahan's formula: exact where 1 + x rounds, by the error of that rounding.
        | Unary.Log1p ->
            let u = 1.0 + x

            if u = 1.0 then x
            elif Double.IsPositiveInfinity u then u
            else Math.Log u * x / (u - 1.0)
        | Unary.Sin -> Math.Sin x
        | Unary.Cos -> Math.Cos x
        | Unary.Tan -> Math.Tan x
        | Unary.Asin -> Math.Asin x
        | Unary.Acos -> Math.Acos x
        | Unary.Atan -> Math.Atan x
        | Unary.Sinh -> Math.Sinh x
        | Unary.Cosh -> Math.Cosh x
        | Unary.Tanh -> Math.Tanh x
        | Unary.Asinh -> Math.Asinh x
        | Unary.Acosh -> Math.Acosh x
        | Unary.Atanh -> Math.Atanh x
        // MathNet's are rational approximations, which share nothing with the series of the rows.
        | Unary.Erf -> if x = 0.0 then x else SpecialFunctions.Erf x
        | Unary.Erfc -> SpecialFunctions.Erfc x
        | Unary.InverseErf when abs x > 1.0 -> nan
        | Unary.InverseErf when abs x = 1.0 -> Math.CopySign(infinity, x)
        | Unary.InverseErf -> SpecialFunctions.ErfInv x
        | Unary.LogGamma when x <= 0.0 && x = floor x || Double.IsInfinity x -> infinity
        | Unary.LogGamma -> if Double.IsNaN x then x else GammaReference.logGamma x
        | Unary.Digamma when x = 0.0 -> Math.CopySign(infinity, -x)
        | Unary.Digamma when x < 0.0 && x = floor x -> nan
        | Unary.Digamma -> if Double.IsFinite x then GammaReference.digamma x else x
        | Unary.Sigmoid -> 1.0 / (1.0 + Math.Exp -x)
        | Unary.Silu ->
            if Double.IsNegativeInfinity x then
                -0.0
            else
                x * Math.Exp(Math.Min(x, 0.0)) / (1.0 + Math.Exp -(Math.Abs x))
        | Unary.GeluTanh ->
            // As published; the sum of 1 and a tangent near -1 has lost no more digits than the battery allows where its samples lie.
            if Double.IsNegativeInfinity x then
                -0.0
            else
                0.5 * x * (1.0 + Math.Tanh(Math.Sqrt(2.0 / Math.PI) * (x + 0.044715 * x * x * x)))

    // log(exp x + exp y) in 256 bits, by the exponential's series alone, for the sum may be nearly 1.
    let private logOfSum (x: float) (y: float) =
        let bits = 256
        let one = Numerics.BigInteger.One <<< bits

        let exp x =
            Seq.unfold (fun struct (k, term) -> Some(term, struct (k + 1, FixedPoint.times bits term x / bigint k))) (struct (1, one))
            |> Seq.take 500
            |> Seq.sum

        let sum = exp (FixedPoint.ofFloat bits x) + exp (FixedPoint.ofFloat bits y)
        Math.ScaleB(float (FixedPoint.log bits (FixedPoint.ln2 bits) sum), -bits)

    let private binary (isInteger: bool) (instruction: Binary) (x: float) (y: float) =
        match instruction with
        | Binary.Add -> x + y
        | Binary.Subtract -> x - y
        | Binary.Multiply -> x * y
        | Binary.Divide -> if isInteger then Math.Truncate(x / y) else x / y
        | Binary.Power -> Math.Pow(x, y)
        | Binary.Maximum -> Math.Max(x, y)
        | Binary.Minimum -> Math.Min(x, y)
        | Binary.CopySign -> Math.CopySign(x, y)
        | Binary.Hypot -> Double.Hypot(x, y)
        | Binary.Atan2 -> Math.Atan2(x, y)
        | Binary.Remainder ->
            let nearest = Math.IEEERemainder(x, y)
            let isOther = nearest <> 0.0 && (nearest < 0.0) <> (y < 0.0)
            Math.CopySign((if isOther then nearest + y else nearest), y)
        | Binary.LogAddExp ->
            let larger, smaller = Math.Max(x, y), Math.Min(x, y)

            if Double.IsInfinity larger then larger
            elif abs larger < 1.0 && smaller > -100.0 then logOfSum larger smaller
            else larger + Math.Log(1.0 + Math.Exp(smaller - larger))

    let private compare (comparison: Comparison) (x: float) (y: float) =
        match comparison with
        | Comparison.Less -> x < y
        | Comparison.LessEqual -> x <= y
        | Comparison.Equal -> x = y
        | Comparison.NotEqual -> x <> y

    /// One element of a fused loop. Booleans are 0 and 1; recursion is as deep as the lane.
    let rec lane (isInteger: bool) (body: Lane) (arguments: float list) : float =
        let value part = lane isInteger part arguments

        match body with
        | Lane.Argument i -> arguments[i]
        | Lane.Literal number -> number
        | Lane.Unary(instruction, x) -> unary instruction (value x)
        | Lane.Binary(instruction, x, y) -> binary isInteger instruction (value x) (value y)
        | Lane.Compare(comparison, x, y) -> if compare comparison (value x) (value y) then 1.0 else 0.0
        | Lane.Select(condition, yes, no) -> if value condition <> 0.0 then value yes else value no
        | Lane.Convert(dtype, x) -> (NDArray.ofFloats dtype [] [| value x |]).Floats[0]

    let private reduce (reducer: Reducer) (group: float list) : float =
        let largest () = group |> List.reduce (fun a b -> Math.Max(a, b))

        match reducer with
        | Reducer.Sum -> List.sum group
        | Reducer.Mean -> List.sum group / float group.Length
        | Reducer.Product -> List.fold (*) 1.0 group
        | Reducer.Maximum -> largest ()
        | Reducer.LogSumExp -> group |> List.sumBy Math.Exp |> Math.Log
        | Reducer.ArgMax ->
            let largest = largest ()
            group |> List.findIndex (fun x -> x = largest || Double.IsNaN x && Double.IsNaN largest) |> float

    let private reduced (reducer: Reducer) (axes: int list option) (x: NDArray) =
        let axes = axes |> Option.defaultValue [ 0 .. x.Shape.Length - 1 ]
        let isReduced axis = List.contains axis axes

        let pick keep values =
            values |> List.indexed |> List.filter (fun (axis, _) -> isReduced axis <> keep) |> List.map snd

        let groups = Reference.indices x.Shape |> List.groupBy (pick true) |> Map

        [ for index in Reference.indices (pick true x.Shape) ->
              groups |> Map.tryFind index |> Option.defaultValue [] |> List.map (Reference.at x) |> reduce reducer ]

    let private viewed (view: View) (x: NDArray) (shape: Shape) =
        match view with
        | View.Reshape -> List.ofArray x.Floats
        | View.Broadcast -> Reference.indices shape |> List.map (Reference.broadcastAt x)
        | View.Permute order ->
            [ for index in Reference.indices shape ->
                  Reference.at x [ for axis in 0 .. order.Length - 1 -> index[List.findIndex ((=) axis) order] ] ]
        | View.Slice cuts ->
            // Axes that the slice drops have one element, so the order stands without the result's shape.
            [ for index in Reference.indices (cuts |> List.map (fun (_, count, _) -> count)) ->
                  Reference.at x (List.map2 (fun (first, _, step) i -> first + step * i) cuts index) ]

    let private padded (paddings: (int * int * int) list) (x: NDArray) (shape: Shape) =
        let source (i, (before, _, between), size) =
            let offset = i - before

            if offset >= 0 && offset % (between + 1) = 0 && offset / (between + 1) < size then
                Some(offset / (between + 1))
            else
                None

        [ for index in Reference.indices shape ->
              let sources = List.zip3 index paddings x.Shape |> List.map source

              if List.forall Option.isSome sources then
                  Reference.at x (List.choose id sources)
              else
                  0.0 ]

    let private softmaxed axis (x: NDArray) =
        let totals = reduced Reducer.LogSumExp (Some [ axis ]) x
        let kept = Shape.reduce false [ axis ] x.Shape
        [ for index in Reference.indices x.Shape -> Reference.at x index - totals[Reference.position kept (List.removeAt axis index)] ]

    let private joined (axis: int) (arguments: NDArray list) (shape: Shape) =
        [ for index in Reference.indices shape ->
              let rec find (arguments: NDArray list) i =
                  let first = arguments.Head

                  if i < first.Shape[axis] then
                      Reference.at first (List.updateAt axis i index)
                  else
                      find arguments.Tail (i - first.Shape[axis])

              find arguments index[axis] ]

    let private stacked (axis: int) (arguments: NDArray list) (shape: Shape) =
        [ for index in Reference.indices shape -> Reference.at arguments[index[axis]] (List.removeAt axis index) ]

    // Something done backwards: to the row turned round, and the result turned round.
    let private turned backwards (f: float list -> float list) row = if backwards then List.rev (f (List.rev row)) else f row

    let private precedes (x: float) (y: float) = x < y || Double.IsNaN y && not (Double.IsNaN x)

    // Each result as a sum over all terms, every one times the factors behind it.
    let private recurrence (factors: float list) (terms: float list) =
        [ for i in 0 .. terms.Length - 1 -> Seq.sum [ for j in 0..i -> terms[j] * (factors[j + 1 .. i] |> List.fold (*) 1.0) ] ]

    let private position (order: float -> float -> bool) (row: float list) (place: int) =
        let before i j = order row[i] row[j] || (not (order row[j] row[i]) && i < j)

        // How many come before says where one stands.
        [ 0 .. row.Length - 1 ]
        |> List.find (fun i -> place = (Seq.filter (fun j -> before j i) [ 0 .. row.Length - 1 ] |> Seq.length))
        |> float

    let private row (operation: RowOperation) (first: float list) (second: float list) : float list =
        match operation with
        | RowOperation.RunningSum backwards -> first |> turned backwards (fun row -> [ for i in 0 .. row.Length - 1 -> Seq.sum row[..i] ])
        | RowOperation.RunningProduct backwards ->
            first
            |> turned backwards (fun row -> [ for i in 0 .. row.Length - 1 -> List.fold (*) 1.0 row[..i] ])
        | RowOperation.RunningArgMax -> [ for i in 0 .. first.Length - 1 -> position (fun x y -> precedes y x) first[..i] 0 ]
        | RowOperation.Recurrence false -> recurrence first second
        | RowOperation.Recurrence true -> List.rev (recurrence (List.rev first) (List.rev second))
        | RowOperation.ArgSort descending ->
            let order = if descending then (fun x y -> precedes y x) else precedes
            [ for place in 0 .. first.Length - 1 -> position order first place ]
        | RowOperation.Take -> [ for index in second -> first[int index] ]
        | RowOperation.Scatter size ->
            [ for i in 0 .. size - 1 -> List.zip first second |> List.sumBy (fun (value, index) -> if int index = i then value else 0.0) ]

    let private rowwise (operation: RowOperation) (arguments: NDArray[]) =
        let rowsOf (x: NDArray) =
            let length = List.last x.Shape
            x.Floats |> List.ofArray |> (if length = 0 then (fun _ -> []) else List.chunkBySize length)

        let count = arguments[0].Shape |> List.take (arguments[0].Shape.Length - 1) |> Shape.size
        let pad rows = if List.isEmpty rows then List.replicate count [] else rows
        let first = pad (rowsOf arguments[0])

        let second =
            if arguments.Length > 1 then
                pad (rowsOf arguments[1])
            else
                List.replicate count []

        List.map2 (row operation) first second |> List.concat

    let private gathered (axis: int) (x: NDArray) (rows: NDArray) (shape: Shape) =
        let rank = rows.Shape.Length

        [ for index in Reference.indices shape ->
              let row = Reference.at rows (index |> List.skip axis |> List.take rank)
              Reference.at x (List.take axis index @ int row :: List.skip (axis + rank) index) ]

    let private scattered (axis: int) (updates: NDArray) (rows: NDArray) (shape: Shape) =
        let rank = rows.Shape.Length
        let sums = Array.zeroCreate (Shape.size shape)

        for index in Reference.indices updates.Shape do
            let row = Reference.at rows (index |> List.skip axis |> List.take rank)
            let position = Reference.position shape (List.take axis index @ int row :: List.skip (axis + rank) index)
            sums[position] <- sums[position] + Reference.at updates index

        List.ofArray sums

    let private mapped (body: Lane) (arguments: NDArray[]) (shape: Shape) =
        let isInteger = arguments[arguments.Length - 1].DType.IsInteger

        [ for index in Reference.indices shape ->
              arguments
              |> Seq.map (fun argument -> Reference.broadcastAt argument index)
              |> List.ofSeq
              |> lane isInteger body ]

    let private generated (stream: Stream) (arguments: NDArray[]) (result: TensorType) =
        match stream with
        | Stream.FoldIn ->
            let at (array: NDArray) index = int64 (Reference.broadcastAt array index)
            [ for index in Reference.indices result.Shape -> float (Philox.foldIn (at arguments[0] index) (at arguments[1] index)) ]
        | Stream.Permutation ->
            [ for key in arguments[0].Ints do
                  yield! [ 0 .. List.last result.Shape - 1 ] |> List.sortBy (int64 >> Philox.uniform key) |> List.map float ]
        | stream ->
            let keys = arguments[0]
            let rank = keys.Shape.Length
            let drawn = List.skip rank result.Shape

            let element =
                match stream, result.DType with
                | Stream.Normal, _ -> Philox.normal
                | Stream.TruncatedNormal(low, high), _ ->
                    // By the probabilities of the lower tail alone, which have few digits far above.
                    let distribution = Distributions.Normal()
                    let below, beyond = distribution.CumulativeDistribution low, distribution.CumulativeDistribution high
                    fun key i -> distribution.InverseCumulativeDistribution(below + Philox.uniform key i * (beyond - below))
                | Stream.GammaNormal, _ ->
                    let count = int64 (Shape.size drawn)

                    fun key i ->
                        let block = Array.IndexOf(keys.Ints, key)
                        Distribution.gammaNormal key i (arguments[1].Floats[block * int count + int i])
                | _, DType.Float32 -> Philox.uniform24
                | _ -> Philox.uniform

            [ for index in Reference.indices result.Shape ->
                  element (int64 (Reference.at keys (List.take rank index))) (int64 (Reference.position drawn (List.skip rank index))) ]

    // Σ 1/(x + k)ⁿ⁺¹ with the rest by Euler and Maclaurin, after as many steps up as it takes, for polygamma of an order above 0.
    let private polygamma (order: int) (x: float) =
        let n, steps = float order, 60
        let rest = x + float steps
        let factorial = List.fold (*) 1.0 [ for i in 1..order -> float i ]
        let near = List.sum [ for k in steps - 1 .. -1 .. 0 -> (x + float k) ** -(n + 1.0) ]
        let far = rest ** -n / n + rest ** -(n + 1.0) / 2.0 + (n + 1.0) * rest ** -(n + 2.0) / 12.0
        let last = (n + 1.0) * (n + 2.0) * (n + 3.0) * rest ** -(n + 4.0) / 720.0
        (if order % 2 = 0 then -1.0 else 1.0) * factorial * (near + far - last)

    let private scalarOf (scalar: ScalarFunction) (x: float) =
        let isPole = x <= 0.0 && x = floor x

        match scalar with
        | _ when Double.IsNaN x -> nan
        | ScalarFunction.Polygamma order when x = 0.0 && order % 2 = 0 -> Math.CopySign(infinity, -x)
        | ScalarFunction.Polygamma order when isPole -> if order % 2 = 1 then infinity else nan
        | ScalarFunction.Polygamma _ when Double.IsInfinity x -> 0.0
        | ScalarFunction.Polygamma order -> polygamma order x

    /// The elements of the result, in float64 before they are rounded to its type.
    let elements (kernel: Kernel) (arguments: NDArray[]) (result: TensorType) : float list =
        let x = arguments[0]

        match kernel with
        | Kernel.Map body -> mapped body arguments result.Shape
        | Kernel.Reduce(reducer, axes) -> reduced reducer axes x
        | Kernel.View view -> viewed view x result.Shape
        | Kernel.MatMul -> Reference.matmul x arguments[1] |> snd
        | Kernel.LogSoftmax axis -> softmaxed axis x
        | Kernel.Softmax axis -> softmaxed axis x |> List.map Math.Exp
        | Kernel.Concat axis -> joined axis (List.ofArray arguments) result.Shape
        | Kernel.Stack axis -> stacked axis (List.ofArray arguments) result.Shape
        | Kernel.Pad paddings -> padded paddings x result.Shape
        | Kernel.Rows operation -> rowwise operation arguments
        | Kernel.Gather axis -> gathered axis x arguments[1] result.Shape
        | Kernel.ScatterAdd axis -> scattered axis x arguments[1] result.Shape
        | Kernel.Convolve(role, options) -> WindowReference.convolved role options arguments result.Shape
        | Kernel.Pool(role, options) -> WindowReference.pooled role options arguments result.Shape
        | Kernel.Generate stream -> generated stream arguments result
        | Kernel.Nested -> raise (ExpectException "Bodies are the attribute of their op, and not known here.")
        | Kernel.Matrix operation -> MatrixReference.all operation arguments
        | Kernel.Each scalar -> x.Floats |> Seq.map (scalarOf scalar) |> List.ofSeq
        | Kernel.Composed composition ->
            let written = composition.Apply(Array.map Expr.constant arguments)
            (eval written |> Expr.value).Floats |> List.ofArray
