namespace Fluxion

/// What a tensor can be written from: numbers, and lists and arrays of them, nested.
[<Struct>]
type Literal =
    static member private Of(dtype: DType, shape: Shape, data: float[]) = Expr.constant (NDArray.ofFloats dtype shape data)

    static member private Nested(rows: 'a seq, convert: 'a -> Expr) =
        let rows = rows |> Seq.map (convert >> Expr.value) |> List.ofSeq

        match rows with
        | [] -> Errors.shape "tensor" "a nested list needs a row" "it is empty" "use zeros [0; n]?"
        | first :: _ ->
            match rows |> List.tryFindIndex (fun row -> row.Shape <> first.Shape) with
            | Some i ->
                Errors.shape
                    "tensor"
                    "all rows must be equally long"
                    $"row 0 is {Shape.show first.Shape} and row {i} is {Shape.show rows[i].Shape}"
                    "fill up the short ones?"
            | None ->
                let shape = rows.Length :: first.Shape

                if first.DType.IsFloating then
                    Expr.constant (NDArray.ofFloats first.DType shape (rows |> Seq.collect (fun row -> row.Floats) |> Array.ofSeq))
                else
                    Expr.constant (NDArray.ofInts first.DType shape (rows |> Seq.collect (fun row -> row.Ints) |> Array.ofSeq))

    static member Make(_: Literal, x: float) = Literal.Of(DType.Float64, [], [| x |])
    static member Make(_: Literal, x: float32) = Literal.Of(DType.Float32, [], [| float x |])
    static member Make(_: Literal, x: int) = Literal.Of(DType.Int32, [], [| float x |])
    static member Make(_: Literal, x: int64) = Expr.constant (NDArray([], Buffer.Int64 [| x |]))
    static member Make(_: Literal, x: bool) = Expr.constant (NDArray([], Buffer.Bool [| x |]))
    static member Make(_: Literal, x: float[]) = Expr.constant (NDArray([ x.Length ], Buffer.Float64(Array.copy x)))
    static member Make(_: Literal, x: float32[]) = Expr.constant (NDArray([ x.Length ], Buffer.Float32(Array.copy x)))
    static member Make(_: Literal, x: int[]) = Expr.constant (NDArray([ x.Length ], Buffer.Int32(Array.copy x)))
    static member Make(_: Literal, x: int64[]) = Expr.constant (NDArray([ x.Length ], Buffer.Int64(Array.copy x)))
    static member Make(_: Literal, x: bool[]) = Expr.constant (NDArray([ x.Length ], Buffer.Bool(Array.copy x)))
    static member Make(witness: Literal, x: float list) = Literal.Make(witness, Array.ofList x)
    static member Make(witness: Literal, x: float32 list) = Literal.Make(witness, Array.ofList x)
    static member Make(witness: Literal, x: int list) = Literal.Make(witness, Array.ofList x)
    static member Make(witness: Literal, x: int64 list) = Literal.Make(witness, Array.ofList x)
    static member Make(witness: Literal, x: bool list) = Literal.Make(witness, Array.ofList x)
    static member Make(witness: Literal, x: float list list) = Literal.Nested(x, (fun row -> Literal.Make(witness, row)))
    static member Make(witness: Literal, x: float32 list list) = Literal.Nested(x, (fun row -> Literal.Make(witness, row)))
    static member Make(witness: Literal, x: int list list) = Literal.Nested(x, (fun row -> Literal.Make(witness, row)))
    static member Make(witness: Literal, x: float[][]) = Literal.Nested(x, (fun row -> Literal.Make(witness, row)))
    static member Make(witness: Literal, x: float32[][]) = Literal.Nested(x, (fun row -> Literal.Make(witness, row)))
    static member Make(witness: Literal, x: float list list list) = Literal.Nested(x, (fun row -> Literal.Make(witness, row)))

    static member Make(_: Literal, x: float[,]) =
        Literal.Of(DType.Float64, [ x.GetLength 0; x.GetLength 1 ], Seq.cast<float> x |> Array.ofSeq)

    static member Make(_: Literal, x: float32[,]) =
        Literal.Of(DType.Float32, [ x.GetLength 0; x.GetLength 1 ], Seq.cast<float32> x |> Seq.map float |> Array.ofSeq)

    /// The overload of Make for the type at hand, found where the call is compiled.
    static member inline From(witness: ^w, data: ^a) : Expr = ((^w or ^a): (static member Make: ^w * ^a -> Expr) (witness, data))
