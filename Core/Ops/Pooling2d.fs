namespace Fluxion

open System

/// Windows of images made one number each: the largest, or the mean.
module internal Pooling2d =
    /// A pooling's options, and the height and width of the images that its transpose makes, which windows alone do not tell.
    type Gradient =
        { Options: Pool2dOptions
          Size: int * int }

        override this.ToString() = $"size={this.Size}, {this.Options}"

    let private requireOptions (name: string) (options: Pool2dOptions) =
        let (windowY, windowX), (strideY, strideX), (paddingY, paddingX) = options.Window, options.Stride, options.Padding

        if min (min windowY windowX) (min strideY strideX) < 1 then
            Errors.argument
                name
                "window and stride must be 1 or more"
                $"the window is {options.Window} and the stride {options.Stride}"
                "start from Pool2d.window?"

        // Else some window would lie wholly in the padding, and have no maximum.
        if min paddingY paddingX < 0 || 2 * paddingY > windowY || 2 * paddingX > windowX then
            Errors.argument
                name
                $"padding must be 0 or more, and at most half of the window, {options.Window}"
                $"it is {options.Padding}"
                "pad the images with Expr.pad?"

    let private images (name: string) (shape: Shape) = Window.sizes name "images" "[batch; channels; height; width]" shape

    let private resultShape (name: string) (options: Pool2dOptions) (x: Shape) : Shape =
        requireOptions name options
        let struct (batch, channels, height, width) = images name x
        let (windowY, windowX), (paddingY, paddingX) = options.Window, options.Padding

        if min height width < 1 || windowY > height + 2 * paddingY || windowX > width + 2 * paddingX then
            Errors.shape
                name
                $"images must hold a window of {windowY} by {windowX}, padding {options.Padding} included"
                $"they are {height} by {width}"
                "take a smaller window?"

        [ batch
          channels
          Window.count height paddingY windowY (fst options.Stride)
          Window.count width paddingX windowX (snd options.Stride) ]

    let private resultType (name: string) (options: Pool2dOptions) (types: TensorType[]) : TensorType =
        let dtype = Column.floating name types
        { Shape = resultShape name options types[0].Shape; DType = dtype }

    // Every element of x, row by row, that lies in the window of an element of y.
    let private eachElement (options: Pool2dOptions) (x: Shape) (y: Shape) (visit: int -> int -> unit) : unit =
        let height, width, outHeight, outWidth = x[2], x[3], y[2], y[3]
        let (windowY, windowX), (strideY, strideX), (paddingY, paddingX) = options.Window, options.Stride, options.Padding

        for plane in 0 .. x[0] * x[1] - 1 do
            for i in 0 .. outHeight - 1 do
                for j in 0 .. outWidth - 1 do
                    let top, left = i * strideY - paddingY, j * strideX - paddingX

                    for row in max top 0 .. min (top + windowY) height - 1 do
                        for column in max left 0 .. min (left + windowX) width - 1 do
                            visit ((plane * height + row) * width + column) ((plane * outHeight + i) * outWidth + j)

    /// For each window, where among all elements its largest stands: of equal ones the first; NaN is larger than any number.
    let private winners (options: Pool2dOptions) (x: NDArray) (y: Shape) : int[] =
        let data = x.Floats
        let winners = Array.create (Shape.size y) -1
        let beats (challenger: float) (holder: float) = challenger > holder || Double.IsNaN challenger && not (Double.IsNaN holder)

        eachElement options x.Shape y (fun i j ->
            if winners[j] < 0 || beats data[i] data[winners[j]] then
                winners[j] <- i)

        winners

    // Each example has its own images, so examples are more images.
    let private batchImages (row: Row<'attr>) (attribute: 'attr) : BatchRule =
        BatchRule.Mapped(fun arguments ->
            let x = arguments[0].Value
            let result = Column.apply row attribute [ x.ReshapeTo(x.Shape[0] * x.Shape[1] :: List.skip 2 x.Shape) ]
            result.ReshapeTo(x.Shape[0] :: x.Shape[1] :: result.Shape.Tail))

    let private samples: (Pool2dOptions * Shape) list =
        [ Pool2d.window (2, 2), [ 1; 2; 4; 5 ]
          Pool2d.window (1, 1), [ 0; 1; 2; 2 ]
          { Window = 2, 3; Stride = 1, 2; Padding = 1, 1 }, [ 2; 1; 3; 4 ]
          { Window = 1, 2; Stride = 2, 1; Padding = 0, 1 }, [ 1; 2; 3; 2 ] ]

    let private samplesOf (domain: Domain) : Sample<Pool2dOptions> list =
        [ for options, shape in samples -> { Attribute = options; Arguments = [ shape, domain ] } ]

    // Values at the edges of arithmetic decide who is largest.
    let private comparable = Domain.real |> Domain.withEdges [ 0.0; nan; infinity; -infinity ]

    /// Where in its plane each window's largest number stands: row · width + column.
    let poolWinners: Row<Pool2dOptions> =
        let rec row =
            { Name = "poolWinners"
              Notation = fun _ -> Column.named "poolWinners"
              Shape = fun options types -> { resultType "poolWinners" options types with DType = DType.Int32 }
              Rule = fun _ -> Rule.Constant
              Batch = fun options -> batchImages row options
              Eval =
                fun options arguments ->
                    let x = arguments[0]
                    let y = resultShape "poolWinners" options x.Shape
                    let plane = x.Shape[2] * x.Shape[3]
                    NDArray(y, Buffer.Int32(winners options x y |> Array.map (fun winner -> winner % plane)))
              Kernel = fun options -> Kernel.Pool(PoolingRole.Winners, options)
              Samples = samplesOf comparable }

        row

    // The type of x, which must be such that the cotangent fits the windows on it.
    let private gradientType (name: string) (op: string) (gradient: Gradient) (cotangent: TensorType) : TensorType =
        let struct (batch, channels, _, _) = images name cotangent.Shape
        let x = [ batch; channels; fst gradient.Size; snd gradient.Size ]
        let expected = resultShape name gradient.Options x

        if cotangent.Shape <> expected then
            Errors.shape
                name
                $"the cotangent must be {Shape.show expected}"
                $"it is {Shape.show cotangent.Shape}"
                $"give it the shape of {op}'s result?"

        { cotangent with Shape = x }

    // What stands at the winners' places in x's shape.
    let private atWinners (x: Expr) (winners: Expr) : Expr =
        let planes, plane = x.Shape[0] * x.Shape[1], x.Shape[2] * x.Shape[3]
        let starts = NDArray([ x.Shape[0]; x.Shape[1]; 1; 1 ], Buffer.Int32(Array.init planes (fun i -> i * plane)))
        Column.apply Indexing.gather 0 [ x.ReshapeTo [ Shape.size x.Shape ]; winners + Expr.Constant(x.Language, starts) ]

    /// Zeros of x's shape, to which each number of the first argument, one a window, is added where in its plane the window's winner stands.
    let maxPool2dGradient: Row<Gradient> =
        let name = "maxPool2dGradient"

        let eval (gradient: Gradient) (arguments: NDArray[]) =
            let y, winners = arguments[0], arguments[1].Ints
            let height, width = gradient.Size
            let x = [ y.Shape[0]; y.Shape[1]; height; width ]
            let data, sums = y.Floats, Array.zeroCreate (Shape.size x)

            for j in 0 .. data.Length - 1 do
                let winner = int winners[j]

                if winner < 0 || winner >= height * width then
                    Errors.argument name $"winners must lie in 0 .. {height * width - 1}" $"one is {winner}" "give those of poolWinners?"

                let i = j / (y.Shape[2] * y.Shape[3]) * height * width + winner
                sums[i] <- sums[i] + data[j]

            NDArray.ofFloats y.DType x sums

        let rec row =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape =
                fun gradient types ->
                    Column.floating name [| types[0] |] |> ignore

                    if types[1] <> { types[0] with DType = DType.Int32 } then
                        Errors.shape
                            name
                            "winners must be int32, one for each number of the cotangent"
                            $"they are {types[1]} and that is {types[0]}"
                            "give those of poolWinners?"

                    gradientType name "maxPool2d" gradient types[0]
              Rule = fun _ -> Rule.Linear(fun arguments _ ct -> atWinners ct arguments[1])
              Batch =
                fun gradient ->
                    BatchRule.Mapped(fun arguments ->
                        let size = Column.batchSize arguments
                        let all = arguments |> Array.map (Column.materialize size)
                        let asImages (x: Expr) = x.ReshapeTo(x.Shape[0] * x.Shape[1] :: List.skip 2 x.Shape)
                        let result = Column.apply row gradient [ asImages all[0]; asImages all[1] ]
                        result.ReshapeTo(size :: all[0].Shape[1] :: result.Shape.Tail))
              Eval = eval
              Kernel = fun gradient -> Kernel.Pool(PoolingRole.MaximumGradient, gradient.Options)
              Samples =
                [ for options, shape in samples ->
                      let y = resultShape "samples" options shape
                      let winner = { Domain.index (shape[2] * shape[3]) with DType = Some DType.Int32 }

                      { Attribute = { Options = options; Size = shape[2], shape[3] }
                        Arguments = [ y, Domain.real; y, winner ] } ] }

        row

    /// The largest number of each window. Its derivative picks the winners' tangents and sends cotangents back to the winners: both are linear,
    /// and the winners themselves have no derivative, so the second derivative is zero, as it should be.
    let maxPool2d: Row<Pool2dOptions> =
        let jvp options (arguments: Expr[]) (_: Expr) (_: int) (tangent: Expr) =
            atWinners tangent (Column.apply poolWinners options [ arguments[0] ])

        let vjp options (arguments: Expr[]) (_: Expr) (_: int) (ct: Expr) =
            let x = arguments[0]
            let gradient = { Options = options; Size = x.Shape[2], x.Shape[3] }
            Column.apply maxPool2dGradient gradient [ ct; Column.apply poolWinners options [ x ] ]

        let rec row =
            { Name = "maxPool2d"
              Notation = fun _ -> Column.named "maxPool2d"
              Shape = resultType "maxPool2d"
              Rule = fun options -> Rule.Custom(jvp options, vjp options)
              Batch = fun options -> batchImages row options
              Eval =
                fun options arguments ->
                    let y = resultShape "maxPool2d" options arguments[0].Shape
                    arguments[0] |> NDArray.take y (winners options arguments[0] y)
              Kernel = fun options -> Kernel.Pool(PoolingRole.Maximum, options)
              Samples = samplesOf comparable }

        row

    let avgPool2d, avgPool2dGradient =
        // Padding counts: every mean is over the whole window.
        let share (options: Pool2dOptions) = 1.0 / float (fst options.Window * snd options.Window)

        let rec avgPool2d: Row<Pool2dOptions> =
            { Name = "avgPool2d"
              Notation = fun _ -> Column.named "avgPool2d"
              Shape = resultType "avgPool2d"
              Rule =
                fun options ->
                    Rule.Linear(fun arguments _ ct ->
                        let shape = arguments[0].Shape
                        Column.apply avgPool2dGradient { Options = options; Size = shape[2], shape[3] } [ ct ])
              Batch = fun options -> batchImages avgPool2d options
              Eval =
                fun options arguments ->
                    let x = arguments[0]
                    let y = resultShape "avgPool2d" options x.Shape
                    let data, sums = x.Floats, Array.zeroCreate (Shape.size y)
                    eachElement options x.Shape y (fun i j -> sums[j] <- sums[j] + data[i])
                    sums |> Array.map (fun sum -> sum * share options) |> NDArray.ofFloats x.DType y
              Kernel = fun options -> Kernel.Pool(PoolingRole.Average, options)
              Samples = samplesOf Domain.real }

        /// Each number spread evenly over its window.
        and avgPool2dGradient: Row<Gradient> =
            { Name = "avgPool2dGradient"
              Notation = fun _ -> Column.named "avgPool2dGradient"
              Shape =
                fun gradient types ->
                    Column.floating "avgPool2dGradient" types |> ignore
                    gradientType "avgPool2dGradient" "avgPool2d" gradient types[0]
              Rule = fun gradient -> Rule.Linear(fun _ _ ct -> Column.apply avgPool2d gradient.Options [ ct ])
              Batch = fun gradient -> batchImages avgPool2dGradient gradient
              Eval =
                fun gradient arguments ->
                    let y = arguments[0]
                    let x = [ y.Shape[0]; y.Shape[1]; fst gradient.Size; snd gradient.Size ]
                    let data, sums = y.Floats, Array.zeroCreate (Shape.size x)
                    eachElement gradient.Options x y.Shape (fun i j -> sums[i] <- sums[i] + data[j])
                    sums |> Array.map (fun sum -> sum * share gradient.Options) |> NDArray.ofFloats y.DType x
              Kernel = fun gradient -> Kernel.Pool(PoolingRole.AverageGradient, gradient.Options)
              Samples =
                [ for options, shape in samples ->
                      { Attribute = { Options = options; Size = shape[2], shape[3] }
                        Arguments = [ resultShape "samples" options shape, Domain.real ] } ] }

        avgPool2d, avgPool2dGradient

    /// Every row of this file.
    let rows: IRow list = [ poolWinners; maxPool2dGradient; maxPool2d; avgPool2d; avgPool2dGradient ]

[<AutoOpen>]
module Pooling2dFunctions =
    module Expr =
        /// The largest number of each window of images [batch; channels; height; width], as [batch; channels; outHeight; outWidth] with
        /// outHeight = ⌊(height + 2·padding - window) / stride⌋ + 1. Padding never wins, and NaN always does. The gradient goes to the winner; of
        /// equal ones to the first, row by row, as in PyTorch. Raises ShapeException when no window fits, ArgumentException for options out of range.
        /// (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 3.)
        let maxPool2d (options: Pool2dOptions) (x: Expr) : Expr = Column.apply Pooling2d.maxPool2d options [ x ]

        /// The mean of each window of images [batch; channels; height; width], as [batch; channels; outHeight; outWidth] with
        /// outHeight = ⌊(height + 2·padding - window) / stride⌋ + 1. Padding counts as zeros. Raises ShapeException when no window fits,
        /// ArgumentException for options out of range.
        let avgPool2d (options: Pool2dOptions) (x: Expr) : Expr = Column.apply Pooling2d.avgPool2d options [ x ]
