namespace Fluxion

/// All ops, and the leaves that expressions start from.
module Ops =
    /// Every row there is, by file.
    let all: IRow list =
        Elementwise.rows
        @ Univariate.rows
        @ Pairwise.rows
        @ Transcendental.rows
        @ Activation.rows
        @ Logic.rows
        @ Movement.rows
        @ Reduction.rows
        @ Extremes.rows
        @ Moments.rows
        @ Softmax.rows
        @ Contraction.rows
        @ Slicing.rows
        @ Indexing.rows
        @ AlongAxis.all
        @ Cumulative.rows
        @ Product.rows
        @ Ordering.rows
        @ Special.rows
        @ Linalg.rows
        @ Cholesky.rows
        @ Factorization.rows
        @ Convolution2d.rows
        @ Pooling2d.rows
        @ Sampling.rows
        @ StopGradient.rows

    let internal language: Language =
        { Print = Print.short
          Numbers = Numbers()
          Negate = Row.at Elementwise.negate ()
          Add = Row.at Elementwise.add ()
          Subtract = Row.at Elementwise.subtract ()
          Multiply = Row.at Elementwise.multiply ()
          Divide = Row.at Elementwise.divide ()
          Power = Row.at Elementwise.power ()
          Abs = Row.at Univariate.abs ()
          Sqrt = Row.at Univariate.sqrt ()
          Exp = Row.at Univariate.exp ()
          Log = Row.at Univariate.log ()
          Sin = Row.at Univariate.sin ()
          Cos = Row.at Univariate.cos ()
          Tan = Row.at Univariate.tan ()
          Tanh = Row.at Univariate.tanh ()
          Sinh = Row.at Transcendental.sinh ()
          Cosh = Row.at Transcendental.cosh ()
          Asin = Row.at Transcendental.asin ()
          Acos = Row.at Transcendental.acos ()
          Atan = Row.at Transcendental.atan ()
          Atan2 = Row.at Pairwise.atan2 ()
          Log10 = Row.at Transcendental.log10 ()
          Floor = Row.at Univariate.floor ()
          Ceil = Row.at Univariate.ceil ()
          Round = Row.at Univariate.round ()
          Slice = Expr.slice
          Sum = Expr.sumOver
          Broadcast = Expr.broadcastTo
          Reshape = fun shape x -> Column.apply Movement.reshape shape [ x ]
          Permute = Expr.permute }

[<AutoOpen>]
module LeafFunctions =
    module Expr =
        /// A leaf that holds a value.
        let constant (value: NDArray) : Expr = Expr.Constant(Ops.language, value)

        /// A named input, float64, whose value comes when the expression is evaluated. Two of the same name, shape and type are the same.
        let variable (name: string) (shape: Shape) : Expr =
            let shape = Shape.check name shape
            Expr.Variable(Ops.language, { Name = name; Serial = 0L }, { Shape = shape; DType = DType.Float64 })

        /// A named input of any element type.
        let variableOf (name: string) (dtype: DType) (shape: Shape) : Expr =
            let shape = Shape.check name shape
            Expr.Variable(Ops.language, { Name = name; Serial = 0L }, { Shape = shape; DType = dtype })

        let mutable private serial = 0L

        /// A variable that is the same as no other, for transforms: `name` is only how it prints.
        let internal fresh (name: string) (tensorType: TensorType) : Expr =
            let variable = { Name = name; Serial = System.Threading.Interlocked.Increment &serial }

            Expr.Variable(Ops.language, variable, tensorType)

        /// A variable that is the same as no other, with its value.
        let internal freshFrom (name: string) (source: Source) : Expr =
            let variable = { Name = name; Serial = System.Threading.Interlocked.Increment &serial }

            Expr.VariableFrom(Ops.language, variable, source)

        /// The value of a constant, or None for an expression that is still to be evaluated.
        let tryValue (x: Expr) : NDArray option =
            match x.Node with
            | Node.Constant value -> Some value
            | _ -> None

        /// The value of a constant. Raises InvalidOperationException for an expression that is still to be evaluated.
        let value (x: Expr) : NDArray =
            match tryValue x with
            | Some value -> value
            | None -> Errors.invalid "value" "a constant is needed" $"the expression is {x}" "call eval first?"

        /// The one number of a constant with one element, as float64. Raises ShapeException when there are more or none.
        let toScalar (x: Expr) : float =
            let value = value x

            if value.Length <> 1 then
                Errors.shape
                    "toScalar"
                    "there must be one element"
                    $"the shape is {Shape.show value.Shape}"
                    "index it, or use Expr.toArray?"

            value.Floats[0]

        /// A copy of the elements of a constant, row-major, as float64.
        let toArray (x: Expr) : float[] = Array.copy (value x).Floats
