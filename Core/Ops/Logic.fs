namespace Fluxion

open System

/// What numbers are, and what follows from truths: bool tensors, with NumPy's broadcasting.
module internal Logic =
    let private x, y = Lane.Argument 0, Lane.Argument 1

    // A row that asks something of each number.
    let private question name (lane: Lane) (eval: float -> bool) : Row<unit> =
        { Name = name
          Notation = fun () -> Column.named name
          Shape =
            fun () types ->
                Column.floating name types |> ignore
                { Shape = types[0].Shape; DType = DType.Bool }
          Rule = fun () -> Rule.Constant
          Batch = fun () -> BatchRule.Aligned
          Eval = fun () arguments -> NDArray(arguments[0].Shape, Buffer.Bool(Array.map eval arguments[0].Floats))
          Kernel = fun () -> Kernel.Map lane
          Samples = Column.samplesUnary Column.everywhere }

    let private size = Lane.Unary(Unary.Abs, x)
    let isNaN = question "isNaN" (Lane.Compare(Comparison.NotEqual, x, x)) Double.IsNaN
    /// Of either sign.
    let isInf = question "isInf" (Lane.Compare(Comparison.Equal, size, Lane.Literal infinity)) Double.IsInfinity
    let isFinite = question "isFinite" (Lane.Compare(Comparison.Less, size, Lane.Literal infinity)) Double.IsFinite

    let private connective name notation lane eval samples : Row<unit> =
        { Name = name
          Notation = fun () -> notation
          Shape = fun () types -> { DType = Column.boolean name types; Shape = Column.broadcastShape name types }
          Rule = fun () -> Rule.Constant
          Batch = fun () -> BatchRule.Aligned
          Eval = fun () -> eval
          Kernel = fun () -> Kernel.Map lane
          Samples = samples }

    let private binary name symbol latex lane (eval: bool -> bool -> bool) =
        let between symbol =
            Form.Template($"{{0}} {symbol} {{1}}", Precedence.comparison, [ Precedence.sum; Precedence.sum ])

        let eval = Column.evalCompare (fun x y -> eval (x <> 0.0) (y <> 0.0)) (fun x y -> eval (x <> 0L) (y <> 0L))
        let notation = { Text = between symbol; Latex = between latex }
        connective name notation lane eval (Column.samplesBinary Domain.condition Domain.condition)

    let private negated lane = Lane.Compare(Comparison.Equal, lane, Lane.Literal 0.0)
    let logicalAnd = binary "logicalAnd" "&&" "\\land" (Lane.Select(x, y, x)) (&&)
    let logicalOr = binary "logicalOr" "||" "\\lor" (Lane.Select(x, x, y)) (||)
    let logicalXor = binary "logicalXor" "xor" "\\oplus" (Lane.Select(x, negated y, y)) (<>)

    let logicalNot =
        let notation = { Text = Form.Call "not"; Latex = Form.Prefix("\\lnot ", Precedence.sign) }

        let eval (arguments: NDArray[]) = NDArray(arguments[0].Shape, Buffer.Bool(Array.map (fun x -> x = 0L) arguments[0].Ints))
        connective "logicalNot" notation (negated x) eval (Column.samplesUnary Domain.condition)

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ isNaN; isInf; isFinite; logicalNot; logicalAnd; logicalOr; logicalXor ]

[<AutoOpen>]
module LogicFunctions =
    module Expr =
        /// Whether each element is NaN, as bool.
        let isNaN (x: Expr) : Expr = Column.apply Logic.isNaN () [ x ]
        /// Whether each element is ∞ or -∞, as bool.
        let isInf (x: Expr) : Expr = Column.apply Logic.isInf () [ x ]
        /// Whether each element is a number, as bool: neither infinite nor NaN.
        let isFinite (x: Expr) : Expr = Column.apply Logic.isFinite () [ x ]
        /// True where a bool is false. Raises DTypeException for numbers.
        let logicalNot (x: Expr) : Expr = Column.apply Logic.logicalNot () [ x ]
        /// True where both bools are. Raises DTypeException for numbers.
        let logicalAnd (x: Expr) (y: Expr) : Expr = Column.apply Logic.logicalAnd () [ x; y ]
        /// True where either bool is. Raises DTypeException for numbers.
        let logicalOr (x: Expr) (y: Expr) : Expr = Column.apply Logic.logicalOr () [ x; y ]
        /// True where just one of two bools is. Raises DTypeException for numbers.
        let logicalXor (x: Expr) (y: Expr) : Expr = Column.apply Logic.logicalXor () [ x; y ]
