namespace Fluxion

/// Random tensors, each a pure function of a key: the same key gives the same numbers everywhere, on any number of threads, and a longer draw begins with
/// the shorter. Parameters of a distribution are expressions that broadcast to the draw's shape; the draw has their element type, and derivatives by them
/// wherever it is continuous. Two draws from one key follow one another: give each a key of its own (`split`, `foldIn`).
module Random =
    /// A key: where every stream of random numbers starts.
    let key (seed: int) : Expr = Expr.constant (NDArray([], Buffer.Int64 [| int64 seed |]))

    /// A new key from a key and a number, which may be an expression (a step's count, say).
    let foldInTo (data: Expr) (key: Expr) : Expr = Column.apply Sampling.foldIn () [ key; data ]

    /// A new key from a key and a number. Different numbers give independent streams.
    let foldIn (data: int) (key: Expr) : Expr = foldInTo (Expr.constant (NDArray([], Buffer.Int64 [| int64 data |]))) key

    /// As many new keys as asked for.
    let split (count: int) (key: Expr) : Expr list = [ for i in 0 .. count - 1 -> foldIn i key ]

    let private unit (dtype: DType) (shape: Shape) (key: Expr) : Expr =
        Column.apply Sampling.uniform { Shape = shape; DType = dtype } [ key ]

    /// Uniform numbers in [low, high) of an element type.
    let uniformOf (dtype: DType) (low: float, high: float) (shape: Shape) (key: Expr) : Expr = low + (high - low) * unit dtype shape key

    /// Uniform float64 numbers in [low, high), of the given shape.
    let uniform (low: float, high: float) (shape: Shape) (key: Expr) : Expr = uniformOf DType.Float64 (low, high) shape key

    /// Standard normal numbers of an element type: `Random.normalOf DType.Float32 [ 3 ] key`.
    let normalOf (dtype: DType) (shape: Shape) (key: Expr) : Expr = Column.apply Sampling.normal { Shape = shape; DType = dtype } [ key ]

    /// Standard normal float64 numbers of the given shape.
    let normal (shape: Shape) (key: Expr) : Expr = normalOf DType.Float64 shape key

    // A parameter that fits the draw of a shape for each key, as it is.
    let private fitting (name: string) (role: string) (shape: Shape) (key: Expr) (parameter: Expr) : Expr =
        Column.floating name [| parameter.Type |] |> ignore

        if Shape.tryBroadcast parameter.Shape (key.Shape @ shape) <> Some(key.Shape @ shape) then
            Errors.shape
                name
                $"{role} must broadcast to the draw's shape, {Shape.show (key.Shape @ shape)}"
                $"it is {Shape.show parameter.Shape}"
                "ask for a larger draw?"

        parameter

    /// Uniform numbers between bounds that are expressions: low + (high - low) u, with that derivative. Raises ShapeException when a bound does not
    /// broadcast to the shape, DTypeException when it is not floating point, as all draws with parameters do.
    let uniformBetween (low: Expr) (high: Expr) (shape: Shape) (key: Expr) : Expr =
        let low, high =
            fitting "uniform" "the lower bound" shape key low, fitting "uniform" "the upper bound" shape key high

        low + (high - low) * unit low.DType shape key

    /// Normal numbers of a mean and a standard deviation: mean + deviation z, with that derivative.
    let normalWith (mean: Expr) (deviation: Expr) (shape: Shape) (key: Expr) : Expr =
        let mean, deviation =
            fitting "normal" "the mean" shape key mean, fitting "normal" "the deviation" shape key deviation

        mean + deviation * normalOf mean.DType shape key

    /// Standard normal numbers in [low, high] of an element type, by the inverse of the distribution function, right in the tails too, however far: one number of the
    /// uniform stream each, none rejected. Raises ArgumentException when low is not below high. The draw has no derivative.
    let truncatedNormalOf (dtype: DType) (low: float, high: float) (shape: Shape) (key: Expr) : Expr =
        // Written so that NaN is refused too.
        if not (low < high) then
            Errors.argument "truncatedNormal" "the lower bound must be below the upper one" $"they are {low} and {high}" "exchange them?"

        Column.apply Sampling.truncatedNormal { Draw = { Shape = shape; DType = dtype }; Low = low; High = high } [ key ]

    /// Standard normal float64 numbers in [low, high]; see `truncatedNormalOf`.
    let truncatedNormal (low: float, high: float) (shape: Shape) (key: Expr) : Expr = truncatedNormalOf DType.Float64 (low, high) shape key

    /// Exponential numbers of a rate λ: -log(1 - u) / λ, with that derivative.
    let exponential (rate: Expr) (shape: Shape) (key: Expr) : Expr =
        let rate = fitting "exponential" "the rate" shape key rate
        -(Expr.log1p (-(unit rate.DType shape key))) / rate

    /// True with these probabilities, as bool: below 0 never, above 1 always. `Expr.cast` makes numbers of it.
    let bernoulli (probability: Expr) (shape: Shape) (key: Expr) : Expr =
        let probability = fitting "bernoulli" "the probability" shape key probability
        Expr.less (unit DType.Float64 shape key) (Expr.cast DType.Float64 probability)

    /// Numbers of classes, int64, with probabilities softmax(logits) along the last axis: [..; classes] gives shape @ [..]. Each is the largest of
    /// logits + Gumbel noise. (Gumbel 1954; Maddison, Tarlow and Minka, "A* sampling", NIPS 2014.) Raises ShapeException for logits without axes.
    let categorical (logits: Expr) (shape: Shape) (key: Expr) : Expr =
        Column.floating "categorical" [| logits.Type |] |> ignore

        if logits.Shape.IsEmpty then
            Errors.shape "categorical" "logits need an axis of classes" "there is only one number" "use bernoulli?"

        let gumbel = -(log (-(log (unit DType.Float64 (shape @ logits.Shape) key))))
        Expr.argMax -1 (Expr.cast DType.Float64 logits + gumbel)

    /// The numbers 0 .. count - 1, int64, in an order that follows from the key; `Expr.gather 0` puts rows in that order.
    let permutation (count: int) (key: Expr) : Expr = Column.apply Sampling.permutation { Count = count } [ key ]

    /// Numbers of the gamma distribution with a concentration (shape) α and scale 1, by Marsaglia and Tsang's method ("A simple method for generating gamma
    /// variables", ACM TOMS 26, 2000); 0 where α is 0, NaN below. The derivative by α is that of the number below which the same part of the
    /// distribution lies, so means of draws have the derivatives of the distribution's means: exact up to α = 10⁴ and to a part in a million beyond.
    /// (Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018.)
    let gamma (concentration: Expr) (shape: Shape) (key: Expr) : Expr =
        (fitting "gamma" "the concentration" shape key concentration).BroadcastTo(key.Shape @ shape)
        |> GammaDraw.draw key

    /// Numbers of the beta distribution: x / (x + y) of gamma numbers x and y, with that derivative. NaN where both are 0, as happens for parameters
    /// below 0.01.
    let beta (first: Expr) (second: Expr) (shape: Shape) (key: Expr) : Expr =
        let x, y = gamma first shape (foldIn 0 key), gamma second shape (foldIn 1 key)
        x / (x + y)

    /// Probabilities of the Dirichlet distribution along the last axis: gamma numbers over their sum, with that derivative. Concentrations [..; classes]
    /// give shape @ [..; classes]. Raises ShapeException for concentrations without axes.
    let dirichlet (concentration: Expr) (shape: Shape) (key: Expr) : Expr =
        if concentration.Shape.IsEmpty then
            Errors.shape "dirichlet" "concentrations need an axis of classes" "there is only one number" "use beta?"

        let x = gamma concentration (shape @ concentration.Shape) key
        x / Expr.expandDims -1 (Expr.sumOver [ x.Rank - 1 ] x)
