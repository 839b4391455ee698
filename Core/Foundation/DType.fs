namespace Fluxion

/// The type of a tensor's elements. Types never mix by themselves: `Expr.cast` converts.
[<RequireQualifiedAccess>]
type DType =
    | Float32
    | Float64
    | Int32
    | Int64
    | Bool

    /// The field's word: `float32`, `float64`, `int32`, `int64`, `bool`.
    override this.ToString() =
        match this with
        | Float32 -> "float32"
        | Float64 -> "float64"
        | Int32 -> "int32"
        | Int64 -> "int64"
        | Bool -> "bool"

    /// True for float32 and float64, the types that have derivatives.
    member this.IsFloating =
        match this with
        | Float32
        | Float64 -> true
        | _ -> false

    /// True for int32 and int64.
    member this.IsInteger =
        match this with
        | Int32
        | Int64 -> true
        | _ -> false
