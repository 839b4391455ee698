namespace Fluxion

/// Convolution of images and its two gradients: three arrays x, kernel and y meet in one sum of products, and each is linear in the others,
/// so the transposes of each row are the other two and derivatives of any order stay among the three.
module internal Convolution2d =
    /// A gradient's options, and the height and width of what it makes, which the arguments alone do not tell.
    type Gradient =
        { Options: Conv2dOptions
          Size: int * int }

        override this.ToString() =
            match string this.Options with
            | "" -> $"size={this.Size}"
            | options -> $"size={this.Size}, {options}"

    let private images (name: string) (shape: Shape) = Window.sizes name "images" "[batch; channels; height; width]" shape

    let private kernelAxes = "[outChannels; inChannels / groups; height; width]"
    let private kernels (name: string) (shape: Shape) = Window.sizes name "the kernel" kernelAxes shape

    /// Raises ArgumentException when an option is out of range: numbers for stride, padding and dilation, or pairs of them.
    let requireOptions (name: string) (defaults: string) (numbers: 'size -> int list) (stride: 'size) padding dilation (groups: int) =
        let least = numbers stride @ numbers dilation |> List.fold min groups

        if least < 1 || List.min (numbers padding) < 0 then
            Errors.argument
                name
                "stride, dilation and groups must be 1 or more, and padding 0 or more"
                $"stride is {stride}, padding {padding}, dilation {dilation} and groups {groups}"
                $"start from {defaults}?"

    /// The two numbers of an option.
    let both (height: int, width: int) = [ height; width ]

    let private requireOwn (name: string) (options: Conv2dOptions) =
        requireOptions name "Conv2d.defaults" both options.Stride options.Padding options.Dilation options.Groups

    /// Raises ShapeException when channels do not fall into the groups, or the kernel is for others.
    let requireChannels (name: string) (kernelAxes: string) (groups: int) (inChannels: int) (outChannels: int) (kernelChannels: int) =
        if inChannels % groups <> 0 || outChannels % groups <> 0 then
            Errors.shape
                name
                $"channels must fall into {groups} groups"
                $"there are {inChannels} in and {outChannels} out"
                "change the groups?"

        if kernelChannels <> inChannels / groups then
            let share = if groups = 1 then "" else $"{inChannels} / {groups} = "

            Errors.shape
                name
                $"the kernel must have {share}{inChannels / groups} input channels"
                $"it has {kernelChannels}"
                $"order its axes {kernelAxes}?"

    /// The shape of y, or an exception that tells what does not fit.
    let private resultShape (name: string) (options: Conv2dOptions) (x: Shape) (kernel: Shape) : Shape =
        requireOwn name options
        let struct (batch, inChannels, height, width) = images name x
        let struct (outChannels, kernelChannels, kernelHeight, kernelWidth) = kernels name kernel
        requireChannels name kernelAxes options.Groups inChannels outChannels kernelChannels

        if min kernelHeight kernelWidth < 1 then
            Errors.shape
                name
                "the kernel must have at least one row and one column"
                $"it is {Shape.show kernel}"
                "give it a height and width?"

        let spanY, spanX = Window.span kernelHeight (fst options.Dilation), Window.span kernelWidth (snd options.Dilation)
        let paddingY, paddingX = options.Padding

        if spanY > height + 2 * paddingY || spanX > width + 2 * paddingX then
            Errors.shape
                name
                $"the kernel must fit into the padded image, which is {height + 2 * paddingY} by {width + 2 * paddingX}"
                $"with its dilation it spans {spanY} by {spanX}"
                "pad more, or take a smaller kernel?"

        [ batch
          outChannels
          Window.count height paddingY spanY (fst options.Stride)
          Window.count width paddingX spanX (snd options.Stride) ]

    let private requireCotangent (name: string) (expected: Shape) (given: Shape) =
        if given <> expected then
            Errors.shape
                name
                $"the cotangent must be {Shape.show expected}"
                $"it is {Shape.show given}"
                "give it the shape of conv2d's result?"

    /// The shape of x, of which y and the kernel leave the height and width open.
    let private inputShape (name: string) (gradient: Gradient) (y: Shape) (kernel: Shape) : Shape =
        let struct (batch, _, _, _) = images name y
        let struct (_, kernelChannels, _, _) = kernels name kernel
        let x = [ batch; kernelChannels * gradient.Options.Groups; fst gradient.Size; snd gradient.Size ]
        requireCotangent name (resultShape name gradient.Options x kernel) y
        x

    /// The shape of the kernel, of which x and y leave the height and width open.
    let private kernelShape (name: string) (gradient: Gradient) (x: Shape) (y: Shape) : Shape =
        requireOwn name gradient.Options
        let struct (_, inChannels, _, _) = images name x
        let struct (_, outChannels, _, _) = images name y
        let kernel = [ outChannels; inChannels / gradient.Options.Groups; fst gradient.Size; snd gradient.Size ]
        requireCotangent name (resultShape name gradient.Options x kernel) y
        kernel

    // Every product of the definition: which element of x meets which of the kernel for which of y. What meets padding is no product.
    let private eachProduct (options: Conv2dOptions) (x: Shape) (kernel: Shape) (y: Shape) (visit: int -> int -> int -> unit) : unit =
        let inChannels, height, width = x[1], x[2], x[3]
        let outChannels, inGroup, kernelHeight, kernelWidth = kernel[0], kernel[1], kernel[2], kernel[3]
        let outHeight, outWidth = y[2], y[3]
        let outGroup = outChannels / options.Groups

        let (strideY, strideX), (paddingY, paddingX), (dilationY, dilationX) =
            options.Stride, options.Padding, options.Dilation

        for image in 0 .. y[0] - 1 do
            for outChannel in 0 .. outChannels - 1 do
                for i in 0 .. outHeight - 1 do
                    for j in 0 .. outWidth - 1 do
                        let result = ((image * outChannels + outChannel) * outHeight + i) * outWidth + j

                        for c in 0 .. inGroup - 1 do
                            let plane = image * inChannels + outChannel / outGroup * inGroup + c

                            for p in 0 .. kernelHeight - 1 do
                                for q in 0 .. kernelWidth - 1 do
                                    let row = i * strideY + p * dilationY - paddingY
                                    let column = j * strideX + q * dilationX - paddingX

                                    if row >= 0 && row < height && column >= 0 && column < width then
                                        visit
                                            ((plane * height + row) * width + column)
                                            (((outChannel * inGroup + c) * kernelHeight + p) * kernelWidth + q)
                                            result

    let private sums (shape: Shape) (add: float[] -> unit) (dtype: DType) : NDArray =
        let sums = Array.zeroCreate (Shape.size shape)
        add sums
        NDArray.ofFloats dtype shape sums

    // Examples of images and of kernels, [v; b; c; ..] and [v; o; c; ..], and what they become where the op has no axis for them: more
    // images, or more groups of channels.
    let private asBatch (x: Expr) = x.ReshapeTo(x.Shape[0] * x.Shape[1] :: List.skip 2 x.Shape)
    let private fromBatch (size: int) (batch: int) (x: Expr) = x.ReshapeTo(size :: batch :: x.Shape.Tail)

    let private asChannels (x: Expr) =
        let swapped = x.Permute [ 1; 0; 2; 3; 4 ]
        swapped.ReshapeTo(x.Shape[1] :: x.Shape[0] * x.Shape[2] :: List.skip 3 x.Shape)

    let private fromChannels (size: int) (x: Expr) =
        let split = x.ReshapeTo(x.Shape[0] :: size :: x.Shape[1] / size :: List.skip 2 x.Shape)
        split.Permute [ 1; 0; 2; 3; 4 ]

    let private regroup (size: int) (options: Conv2dOptions) = { options with Groups = size * options.Groups }

    // conv2d and the input's gradient both take images and a kernel, and give images.
    let private batchImages (row: Row<'attr>) (attribute: 'attr) (grouped: int -> 'attr) (arguments: Batched[]) : Expr =
        let size = Column.batchSize arguments
        let kernel = arguments[1].Value
        let x = Column.materialize size arguments[0]

        if not arguments[1].IsBatched then
            Column.apply row attribute [ asBatch x; kernel ] |> fromBatch size x.Shape[1]
        elif size = 0 then
            // There is no kernel to take, nor an image to see it.
            let any = (kernel.Literal 0.0).BroadcastTo kernel.Shape.Tail
            Column.apply row attribute [ asBatch x; any ] |> fromBatch size x.Shape[1]
        else
            Column.apply row (grouped size) [ asChannels x; asBatch kernel ] |> fromChannels size

    let private samples: (Conv2dOptions * Shape * Shape) list =
        [ Conv2d.defaults, [ 1; 1; 3; 3 ], [ 1; 1; 2; 2 ]
          Conv2d.defaults, [ 0; 2; 3; 3 ], [ 1; 2; 2; 3 ]
          { Conv2d.defaults with Padding = 1, 0; Stride = 2, 1 }, [ 2; 2; 3; 4 ], [ 3; 2; 2; 3 ]
          // The last row of the image meets no kernel.
          { Conv2d.defaults with Stride = 2, 2 }, [ 1; 1; 4; 3 ], [ 2; 1; 1; 1 ]
          { Stride = 1, 2; Padding = 1, 2; Dilation = 2, 1; Groups = 2 }, [ 1; 4; 3; 2 ], [ 2; 2; 2; 3 ] ]

    let conv2d, conv2dInputGradient, conv2dKernelGradient =
        let rec conv2d: Row<Conv2dOptions> =
            { Name = "conv2d"
              Notation = fun _ -> Column.named "conv2d"
              Shape =
                fun options types ->
                    let dtype = Column.floating "conv2d" types
                    { Shape = resultShape "conv2d" options types[0].Shape types[1].Shape; DType = dtype }
              Rule =
                fun options ->
                    Rule.Multilinear(fun arguments i ct ->
                        let x, kernel = arguments[0], arguments[1]
                        let gradient (shape: Shape) = { Options = options; Size = shape[2], shape[3] }

                        if i = 0 then
                            Column.apply conv2dInputGradient (gradient x.Shape) [ ct; kernel ]
                        else
                            Column.apply conv2dKernelGradient (gradient kernel.Shape) [ x; ct ])
              Batch = fun options -> BatchRule.Mapped(batchImages conv2d options (fun size -> regroup size options))
              Eval =
                fun options arguments ->
                    let x, kernel = arguments[0], arguments[1]
                    let xs, ws = x.Floats, kernel.Floats
                    let y = resultShape "conv2d" options x.Shape kernel.Shape

                    x.DType
                    |> sums y (fun ys -> eachProduct options x.Shape kernel.Shape y (fun i k j -> ys[j] <- ys[j] + xs[i] * ws[k]))
              Kernel = fun options -> Kernel.Convolve(ConvolutionRole.Forward, options)
              Samples =
                [ for options, x, kernel in samples -> { Attribute = options; Arguments = [ x, Domain.real; kernel, Domain.real ] } ] }

        /// The cotangent of x from that of y and the kernel: the transposed, or "fractionally strided", convolution.
        and conv2dInputGradient: Row<Gradient> =
            { Name = "conv2dInputGradient"
              Notation = fun _ -> Column.named "conv2dInputGradient"
              Shape =
                fun gradient types ->
                    let dtype = Column.floating "conv2dInputGradient" types
                    { Shape = inputShape "conv2dInputGradient" gradient types[0].Shape types[1].Shape; DType = dtype }
              Rule =
                fun gradient ->
                    Rule.Multilinear(fun arguments i ct ->
                        let y, kernel = arguments[0], arguments[1]

                        if i = 0 then
                            Column.apply conv2d gradient.Options [ ct; kernel ]
                        else
                            let size = kernel.Shape[2], kernel.Shape[3]
                            Column.apply conv2dKernelGradient { gradient with Size = size } [ ct; y ])
              Batch =
                fun gradient ->
                    let grouped size = { gradient with Options = regroup size gradient.Options }
                    BatchRule.Mapped(batchImages conv2dInputGradient gradient grouped)
              Eval =
                fun gradient arguments ->
                    let y, kernel = arguments[0], arguments[1]
                    let ys, ws = y.Floats, kernel.Floats
                    let x = inputShape "conv2dInputGradient" gradient y.Shape kernel.Shape

                    y.DType
                    |> sums x (fun xs -> eachProduct gradient.Options x kernel.Shape y.Shape (fun i k j -> xs[i] <- xs[i] + ys[j] * ws[k]))
              Kernel = fun gradient -> Kernel.Convolve(ConvolutionRole.InputGradient, gradient.Options)
              Samples =
                [ for options, x, kernel in samples ->
                      { Attribute = { Options = options; Size = x[2], x[3] }
                        Arguments = [ resultShape "samples" options x kernel, Domain.real; kernel, Domain.real ] } ] }

        /// The cotangent of the kernel from x and the cotangent of y.
        and conv2dKernelGradient: Row<Gradient> =
            { Name = "conv2dKernelGradient"
              Notation = fun _ -> Column.named "conv2dKernelGradient"
              Shape =
                fun gradient types ->
                    let dtype = Column.floating "conv2dKernelGradient" types
                    { Shape = kernelShape "conv2dKernelGradient" gradient types[0].Shape types[1].Shape; DType = dtype }
              Rule =
                fun gradient ->
                    Rule.Multilinear(fun arguments i ct ->
                        let x, y = arguments[0], arguments[1]

                        if i = 0 then
                            let size = x.Shape[2], x.Shape[3]
                            Column.apply conv2dInputGradient { gradient with Size = size } [ y; ct ]
                        else
                            Column.apply conv2d gradient.Options [ x; ct ])
              Batch =
                fun gradient ->
                    BatchRule.Mapped(fun arguments ->
                        let size = Column.batchSize arguments
                        let x, y = Column.materialize size arguments[0], Column.materialize size arguments[1]
                        let shape = size :: kernelShape "conv2dKernelGradient" gradient x.Shape.Tail y.Shape.Tail

                        if size = 0 then
                            (x.Literal 0.0).BroadcastTo shape
                        else
                            let grouped = { gradient with Options = regroup size gradient.Options }
                            let result = Column.apply conv2dKernelGradient grouped [ asChannels x; asChannels y ]
                            result.ReshapeTo shape)
              Eval =
                fun gradient arguments ->
                    let x, y = arguments[0], arguments[1]
                    let xs, ys = x.Floats, y.Floats
                    let kernel = kernelShape "conv2dKernelGradient" gradient x.Shape y.Shape

                    x.DType
                    |> sums kernel (fun ws ->
                        eachProduct gradient.Options x.Shape kernel y.Shape (fun i k j -> ws[k] <- ws[k] + xs[i] * ys[j]))
              Kernel = fun gradient -> Kernel.Convolve(ConvolutionRole.KernelGradient, gradient.Options)
              Samples =
                [ for options, x, kernel in samples ->
                      { Attribute = { Options = options; Size = kernel[2], kernel[3] }
                        Arguments = [ x, Domain.real; resultShape "samples" options x kernel, Domain.real ] } ] }

        conv2d, conv2dInputGradient, conv2dKernelGradient

    /// Every row of this file.
    let rows: IRow list = [ conv2d; conv2dInputGradient; conv2dKernelGradient ]

[<AutoOpen>]
module Convolution2dFunctions =
    module Expr =
        /// Images [batch; inChannels; height; width] seen through a kernel [outChannels; inChannels / groups; kernelHeight; kernelWidth] that is
        /// moved over them: y[b, o, i, j] = Σ x[b, c, i·stride + p·dilation - padding, ..]·kernel[o, c, p, q] over c, p and q, a
        /// cross-correlation, as in all neural networks. The result is [batch; outChannels; outHeight; outWidth] with
        /// outHeight = ⌊(height + 2·padding - dilation·(kernelHeight - 1) - 1) / stride⌋ + 1. Raises ShapeException when the channels do not fit, or
        /// the kernel is larger than the padded image, ArgumentException for options out of range.
        /// (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.)
        let conv2d (options: Conv2dOptions) (kernel: Expr) (x: Expr) : Expr = Column.apply Convolution2d.conv2d options [ x; kernel ]
