namespace Fluxion

open System

/// Arithmetic, comparison and choice, element by element, with NumPy's broadcasting.
module internal Elementwise =
    let private x, y = Lane.Argument 0, Lane.Argument 1
    let private whole = Domain.real |> Domain.withEdges Column.edges

    /// The opposite number; integers wrap.
    let negate: Row<unit> =
        let sign = Form.Prefix("-", Precedence.sign)

        { Name = "negate"
          Notation = fun () -> { Text = sign; Latex = sign }
          Shape = fun () types -> { Shape = types[0].Shape; DType = Column.numeric "negate" types }
          Rule = fun () -> Rule.Elementwise(fun _ _ _ t -> -t)
          Batch = fun () -> BatchRule.Aligned
          Eval =
            fun () arguments ->
                let x = arguments[0]

                if x.DType.IsFloating then
                    Column.evalUnary (fun x -> -x) arguments
                else
                    NDArray.ofInts x.DType x.Shape (Array.map (fun x -> -x) x.Ints)
          Kernel = fun () -> Kernel.Map(Lane.Unary(Unary.Negate, x))
          Samples = Column.samplesUnary Column.everywhere }

    // A row for arithmetic of two numbers. `scale x y z i t` is t times the derivative of z = f(x, y) by argument i.
    let private binary name notation instruction evalFloat evalInt scale left right : Row<unit> =
        { Name = name
          Notation = fun _ -> notation
          Shape =
            fun () types ->
                let dtype = Column.numeric name types

                { Shape = Column.broadcastShape name types; DType = dtype }
          Rule = fun () -> Rule.Elementwise(fun arguments z i t -> scale arguments[0] arguments[1] z i t)
          Batch = fun () -> BatchRule.Aligned
          Eval = fun () -> Column.evalBinary evalFloat evalInt
          Kernel = fun () -> Kernel.Map(Lane.Binary(instruction, x, y))
          Samples = Column.samplesBinary left right }

    let add =
        binary "add" (Column.infix " + " " + " Precedence.sum true) Binary.Add (+) (+) (fun _ _ _ _ t -> t) whole whole

    let subtract =
        binary
            "subtract"
            (Column.infix " - " " - " Precedence.sum false)
            Binary.Subtract
            (-)
            (-)
            (fun _ _ _ i t -> if i = 0 then t else -t)
            whole
            whole

    let multiply =
        let notation = { Text = Form.Product("*", " * ", None); Latex = Form.Product(" \\cdot ", " \\cdot ", Some " ") }

        binary "multiply" notation Binary.Multiply (*) (*) (fun x y _ i t -> if i = 0 then t * y else x * t) whole whole

    /// Integers divide as C's do, cut towards zero; by zero is an error that names the op.
    let quotient (x: int64) (y: int64) : int64 =
        if y = 0L then
            Errors.argument "divide" "an integer divisor must not be 0" "it is 0" "cast to float64, where x/0 is infinite?"

        // The smallest number over -1 wraps, as its negation does; the processor would trap.
        if y = -1L then -x else x / y

    let divide =
        let notation =
            { Text = Form.Template("{0}/{1}", Precedence.quotient, [ Precedence.quotient; Precedence.power ])
              Latex = Form.Template("\\frac{{0}}{{1}}", Precedence.sign, [ 0; 0 ]) }

        binary
            "divide"
            notation
            Binary.Divide
            (/)
            quotient
            (fun _ y z i t -> if i = 0 then t / y else -(t * z / y))
            whole
            Column.awayFromZero

    let less, lessEqual, equal, notEqual =
        let compare name text latex comparison (f: float -> float -> bool) (g: int64 -> int64 -> bool) : Row<unit> =
            let between symbol =
                Form.Template($"{{0}} {symbol} {{1}}", Precedence.comparison, [ Precedence.sum; Precedence.sum ])

            { Name = name
              Notation = fun _ -> { Text = between text; Latex = between latex }
              Shape =
                fun () types ->
                    Column.sameDType name types |> ignore

                    { Shape = Column.broadcastShape name types; DType = DType.Bool }
              Rule = fun () -> Rule.Constant
              Batch = fun () -> BatchRule.Aligned
              Eval = fun () -> Column.evalCompare f g
              Kernel = fun () -> Kernel.Map(Lane.Compare(comparison, x, y))
              Samples = Column.samplesBinary whole whole }

        compare "less" "<" "<" Comparison.Less (<) (<),
        compare "lessEqual" "<=" "\\le" Comparison.LessEqual (<=) (<=),
        compare "equal" "==" "=" Comparison.Equal (=) (=),
        compare "notEqual" "!=" "\\ne" Comparison.NotEqual (<>) (<>)

    /// The second argument where the first is true, else the third. The branch not taken gives no derivative.
    let where: Row<unit> =
        let rec row =
            { Name = "where"
              Notation =
                fun _ ->
                    let cases = "\\begin{cases} {1} & {0} \\\\ {2} & \\text{otherwise} \\end{cases}"

                    { Text = Form.Call "where"; Latex = Form.Template(cases, Precedence.atom, [ 0; 0; 0 ]) }
              Shape =
                fun () types ->
                    if types[0].DType <> DType.Bool then
                        Errors.dtype "where" "the condition must be bool" $"it is {types[0].DType}" "compare it, as in Expr.less x y?"

                    { Shape = Column.broadcastShape "where" types; DType = Column.sameDType "where" types[1..] }
              Rule =
                fun () ->
                    Rule.Elementwise(fun arguments _ i t ->
                        let zero = t.Literal 0.0
                        Column.apply row () (if i = 1 then [ arguments[0]; t; zero ] else [ arguments[0]; zero; t ]))
              Batch = fun () -> BatchRule.Aligned
              Eval = fun () -> Column.evalWhere
              Kernel = fun () -> Kernel.Map(Lane.Select(x, y, Lane.Argument 2))
              Samples =
                Column.samples
                    [ Domain.condition; whole; whole ]
                    [ [ []; []; [] ]
                      [ [ 3 ]; [ 3 ]; [ 3 ] ]
                      [ [ 2; 1 ]; [ 3 ]; [] ]
                      [ [ 0 ]; [ 1 ]; [] ]
                      [ []; [ 2 ]; [ 2; 2 ] ] ] }

        row

    // Where two arguments tie, each gets half: the only choice that treats both alike, and the one that PyTorch and JAX make.
    let private extremum name instruction (pick: float -> float -> float) (pickInt: int64 -> int64 -> int64) : Row<unit> =
        let scale (x: Expr) (y: Expr) (z: Expr) i (t: Expr) =
            let mine, other = if i = 0 then x, y else y, x
            let won = Column.apply equal () [ mine; z ]
            let tied = Column.apply equal () [ mine; other ]
            let share = Column.apply where () [ tied; 0.5 * t; t ]
            Column.apply where () [ won; share; t.Literal 0.0 ]

        binary name (Column.call name $"\\{name.Substring(0, 3)}") instruction pick pickInt scale whole whole

    let maximum = extremum "maximum" Binary.Maximum (fun x y -> Math.Max(x, y)) max
    let minimum = extremum "minimum" Binary.Minimum (fun x y -> Math.Min(x, y)) min

    /// Powers of integers wrap; a negative exponent is an error.
    let integerPower (x: int64) (y: int64) : int64 =
        if y < 0L then
            Errors.argument "power" "an integer exponent must not be negative" $"it is {y}" "cast to float64?"

        let rec raise result x y =
            if y = 0L then
                result
            else
                raise (if y % 2L = 1L then result * x else result) (x * x) (y / 2L)

        raise 1L x y

    let power =
        // To the right as in F#: 2**-x needs no parentheses, and a**b**c is a**(b**c).
        let notation =
            { Text = Form.Template("{0}**{1}", Precedence.power, [ Precedence.index; Precedence.sign ])
              Latex = Form.Template("{0}^{{1}}", Precedence.superscript, [ Precedence.index; 0 ]) }

        // With a constant exponent, which is nearly every use, the derivative is the one from school. In general, 0 * 0^-1 where base and
        // exponent are both 0, and the logarithm of a base that is not positive, are kept away from the branch that does not take them.
        let isPositiveNumber (x: Expr) =
            match x.Node with
            | Node.Constant value -> value.Shape.IsEmpty && NDArray.first value > 0.0
            | _ -> false

        let scale (x: Expr) (y: Expr) (z: Expr) i (t: Expr) =
            match i, y.Node with
            | 0, Node.Constant value when value.Shape.IsEmpty ->
                match NDArray.first value with
                | 0.0 -> t.ZerosLike
                | 1.0 -> t
                | 2.0 -> 2.0 * x * t
                // By the result: the next power would need a logarithm, which this one does not.
                | -1.0 -> -(z * z) * t
                | exponent -> exponent * Expr.Pow(x, exponent - 1.0) * t
            | 0, _ ->
                let isZero (e: Expr) = Column.apply equal () [ e; e.Literal 0.0 ]
                let below = y - 1.0
                let atOrigin = Column.apply where () [ isZero y; y.Literal 1.0; below ]
                t * y * Expr.Pow(x, Column.apply where () [ isZero x; atOrigin; below ])
            | _ when isPositiveNumber x -> t * z * Expr.Log x
            | _ ->
                let positive = Column.apply less () [ x.Literal 0.0; x ]
                let ifPositive (value: Expr) (otherwise: float) = Column.apply where () [ positive; value; value.Literal otherwise ]
                t * ifPositive z 0.0 * Expr.Log(ifPositive x 1.0)

        binary "power" notation Binary.Power (fun x y -> Math.Pow(x, y)) integerPower scale Column.awayFromZero whole

    /// The elements as another type: integers cut towards zero, bool is 0 and 1, and not 0 is true.
    let cast: Row<DType> =
        let rec row =
            { Name = "cast"
              Notation = fun _ -> Column.named "cast"
              Shape = fun dtype types -> { Shape = types[0].Shape; DType = dtype }
              Rule = fun _ -> Rule.Linear(fun arguments i ct -> Column.apply row arguments[i].DType [ ct ])
              Batch = fun _ -> BatchRule.Aligned
              Eval = fun dtype arguments -> NDArray.cast dtype arguments[0]
              Kernel = fun dtype -> Kernel.Map(Lane.Convert(dtype, x))
              Samples =
                [ for dtype in [ DType.Float64; DType.Float32; DType.Int32; DType.Int64; DType.Bool ] do
                      for shape in [ []; [ 0 ]; [ 2; 3 ] ] -> { Attribute = dtype; Arguments = [ shape, Domain.real ] } ] }

        row

    /// Every row of this file, in the order of the docs.
    let rows: IRow list =
        [ negate
          add
          subtract
          multiply
          divide
          power
          maximum
          minimum
          less
          lessEqual
          equal
          notEqual
          where
          cast ]

[<AutoOpen>]
module ElementwiseFunctions =
    // The rows know < and <= alone; errors name what was called, and its sides as they were given.
    let private turned (name: string) (row: Row<unit>) (x: Expr) (y: Expr) : Expr =
        let types = [| x.Type; y.Type |]
        Column.sameDType name types |> ignore
        Column.broadcastShape name types |> ignore
        Column.apply row () [ y; x ]

    module Expr =
        /// The larger of two elements; NaN when either is. Where they tie, each gets half the derivative.
        let maximum (x: Expr) (y: Expr) : Expr = Column.apply Elementwise.maximum () [ x; y ]
        /// The smaller of two elements; NaN when either is. Where they tie, each gets half the derivative.
        let minimum (x: Expr) (y: Expr) : Expr = Column.apply Elementwise.minimum () [ x; y ]
        /// x < y, as bool.
        let less (x: Expr) (y: Expr) : Expr = Column.apply Elementwise.less () [ x; y ]
        /// x <= y, as bool.
        let lessEqual (x: Expr) (y: Expr) : Expr = Column.apply Elementwise.lessEqual () [ x; y ]
        /// x > y, as bool.
        let greater (x: Expr) (y: Expr) : Expr = turned "greater" Elementwise.less x y
        /// x >= y, as bool.
        let greaterEqual (x: Expr) (y: Expr) : Expr = turned "greaterEqual" Elementwise.lessEqual x y
        /// x = y, element by element, as bool.
        let equal (x: Expr) (y: Expr) : Expr = Column.apply Elementwise.equal () [ x; y ]
        /// x <> y, element by element, as bool.
        let notEqual (x: Expr) (y: Expr) : Expr = Column.apply Elementwise.notEqual () [ x; y ]
        /// `ifTrue` where the bool condition holds, else `ifFalse`.
        let where (condition: Expr) (ifTrue: Expr) (ifFalse: Expr) : Expr = Column.apply Elementwise.where () [ condition; ifTrue; ifFalse ]

        /// The elements as another type; itself when it has that type.
        let cast (dtype: DType) (x: Expr) : Expr =
            if x.DType = dtype then
                x
            else
                Column.apply Elementwise.cast dtype [ x ]
