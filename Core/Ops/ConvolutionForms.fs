namespace Fluxion

/// Convolutions that are conv2d in another form. What does not fit is told in the words of the function that was called.
[<AutoOpen>]
module ConvolutionFormsFunctions =
    module Expr =
        /// Sequences [batch; inChannels; length] seen through a kernel [outChannels; inChannels / groups; size] that is moved over them, as conv2d of
        /// images of one row. The result is [batch; outChannels; outLength] with outLength = ⌊(length + 2·padding - dilation·(size - 1) - 1) / stride⌋ + 1.
        /// Raises ShapeException when the channels do not fit, or the kernel is longer than the padded sequence, ArgumentException for options out of
        /// range. (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.)
        let conv1d (options: Conv1dOptions) (kernel: Expr) (x: Expr) : Expr =
            let name = "conv1d"
            let kernelAxes = "[outChannels; inChannels / groups; size]"

            let sizes (role: string) (axes: string) (value: Expr) =
                match value.Shape with
                | [ a; b; c ] -> struct (a, b, c)
                | shape -> Errors.shape name $"{role} must be {axes}" $"the shape is {Shape.show shape}" "reshape it with Expr.reshape?"

            Column.floating name [| x.Type; kernel.Type |] |> ignore
            let struct (_, inChannels, length) = sizes "sequences" "[batch; channels; length]" x
            let struct (outChannels, kernelChannels, size) = sizes "the kernel" kernelAxes kernel

            Convolution2d.requireOptions
                name
                "Conv1d.defaults"
                List.singleton
                options.Stride
                options.Padding
                options.Dilation
                options.Groups

            Convolution2d.requireChannels name kernelAxes options.Groups inChannels outChannels kernelChannels
            let span, padded = Window.span size options.Dilation, length + 2 * options.Padding

            if size < 1 || span > padded then
                Errors.shape
                    name
                    $"the kernel must have a number and fit into the padded sequence, which is {padded} long"
                    $"with its dilation it spans {max 0 span}"
                    "pad more, or take another kernel?"

            let asImages (value: Expr) = value.ReshapeTo [ value.Shape[0]; value.Shape[1]; 1; value.Shape[2] ]

            let wide: Conv2dOptions =
                { Stride = 1, options.Stride
                  Padding = 0, options.Padding
                  Dilation = 1, options.Dilation
                  Groups = options.Groups }

            let y = Expr.conv2d wide (asImages kernel) (asImages x)
            y.ReshapeTo [ y.Shape[0]; y.Shape[1]; y.Shape[3] ]

        /// A kernel [inChannels; outChannels / groups; kernelHeight; kernelWidth] laid over a larger image at each number of images
        /// [batch; inChannels; height; width], that number times; where kernels overlap they add up. It is the transpose of conv2d with the same
        /// options. The result is [batch; outChannels; outHeight; outWidth] with
        /// outHeight = (height - 1)·stride - 2·padding + dilation·(kernelHeight - 1) + outputPadding + 1. Raises ShapeException when the channels do not
        /// fit or nothing is left of the result, ArgumentException for options out of range.
        /// (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.)
        let convTranspose2d (options: ConvTranspose2dOptions) (kernel: Expr) (x: Expr) : Expr =
            let name = "convTranspose2d"
            let kernelAxes = "[inChannels; outChannels / groups; height; width]"
            Column.floating name [| x.Type; kernel.Type |] |> ignore
            let struct (_, channels, height, width) = Window.sizes name "images" "[batch; channels; height; width]" x.Shape
            let struct (inChannels, _, kernelHeight, kernelWidth) = Window.sizes name "the kernel" kernelAxes kernel.Shape

            Convolution2d.requireOptions
                name
                "ConvTranspose2d.defaults"
                Convolution2d.both
                options.Stride
                options.Padding
                options.Dilation
                options.Groups

            if inChannels <> channels || channels % options.Groups <> 0 then
                Errors.shape
                    name
                    $"the kernel must have the images' {channels} channels, in {options.Groups} groups"
                    $"it has {inChannels}"
                    $"order its axes {kernelAxes}?"

            if min (min height width) (min kernelHeight kernelWidth) < 1 then
                Errors.shape
                    name
                    "images and kernel must have at least one row and one column"
                    $"they are {height} by {width} and {kernelHeight} by {kernelWidth}"
                    "give them a height and width?"

            let (strideY, strideX), (addedY, addedX) = options.Stride, options.OutputPadding

            if min addedY addedX < 0 || addedY >= strideY || addedX >= strideX then
                Errors.argument
                    name
                    $"outputPadding must be 0 or more, and less than the stride, {options.Stride}"
                    $"it is {options.OutputPadding}"
                    "pad the result with Expr.pad?"

            let size count stride padding kernel dilation added = (count - 1) * stride - 2 * padding + Window.span kernel dilation + added

            let convolution: Conv2dOptions =
                { Stride = options.Stride
                  Padding = options.Padding
                  Dilation = options.Dilation
                  Groups = options.Groups }

            let size =
                size height strideY (fst options.Padding) kernelHeight (fst options.Dilation) addedY,
                size width strideX (snd options.Padding) kernelWidth (snd options.Dilation) addedX

            if min (fst size) (snd size) < 1 then
                Errors.shape
                    name
                    "something must be left of the result"
                    $"padding {options.Padding} leaves {fst size} by {snd size}"
                    "cut off less?"

            let gradient: Convolution2d.Gradient = { Options = convolution; Size = size }

            Column.apply Convolution2d.conv2dInputGradient gradient [ x; kernel ]
