namespace Fluxion

/// How a kernel moves over sequences.
type Conv1dOptions =
    {
        /// How far the kernel moves from one result to the next, 1 or more.
        Stride: int
        /// Zeros on each side of the sequence, 0 or more.
        Padding: int
        /// How far the kernel's neighbours lie apart in the sequence, 1 or more.
        Dilation: int
        /// Channels fall into so many groups, each convolved on its own.
        Groups: int
    }

/// A convolution's options, for sequences.
module Conv1d =
    /// One step at a time, no padding, a dense kernel, one group: `{ Conv1d.defaults with Padding = 1 }`.
    let defaults: Conv1dOptions = { Stride = 1; Padding = 0; Dilation = 1; Groups = 1 }

/// How a kernel is laid over larger images. Each pair is one number along the height and one along the width.
type ConvTranspose2dOptions =
    {
        /// How far the kernel moves from one number to the next, 1 or more.
        Stride: int * int
        /// How much is cut off on each side of the result, 0 or more.
        Padding: int * int
        /// How much the result is longer on one side than it had to be, 0 or more and less than the stride.
        OutputPadding: int * int
        /// How far the kernel's neighbours lie apart in the result, 1 or more.
        Dilation: int * int
        /// Channels fall into so many groups, each convolved on its own.
        Groups: int
    }

/// A transposed convolution's options.
module ConvTranspose2d =
    /// One step at a time, nothing cut off or added, a dense kernel, one group: `{ ConvTranspose2d.defaults with Stride = 2, 2 }`.
    let defaults: ConvTranspose2dOptions =
        { Stride = 1, 1; Padding = 0, 0; OutputPadding = 0, 0; Dilation = 1, 1; Groups = 1 }

/// How a kernel moves over images. Each pair is one number along the height and one along the width.
type Conv2dOptions =
    {
        /// How far the kernel moves from one result to the next, 1 or more.
        Stride: int * int
        /// Zeros on each side of the image, 0 or more.
        Padding: int * int
        /// How far the kernel's neighbours lie apart in the image, 1 or more.
        Dilation: int * int
        /// Channels fall into so many groups, each convolved on its own.
        Groups: int
    }

    /// What differs from the defaults.
    override this.ToString() =
        [ if this.Stride <> (1, 1) then
              $"stride={this.Stride}"
          if this.Padding <> (0, 0) then
              $"padding={this.Padding}"
          if this.Dilation <> (1, 1) then
              $"dilation={this.Dilation}"
          if this.Groups <> 1 then
              $"groups={this.Groups}" ]
        |> String.concat ", "

/// A convolution's options.
module Conv2d =
    /// One step at a time, no padding, a dense kernel, one group: `{ Conv2d.defaults with Padding = 1, 1 }`.
    let defaults: Conv2dOptions = { Stride = 1, 1; Padding = 0, 0; Dilation = 1, 1; Groups = 1 }

/// How a window moves over images. Each pair is one number along the height and one along the width.
type Pool2dOptions =
    {
        /// The window's size, 1 or more.
        Window: int * int
        /// How far the window moves from one result to the next, 1 or more.
        Stride: int * int
        /// What is added on each side of the image, at most half a window: nothing to a maximum, zeros to a mean.
        Padding: int * int
    }

    override this.ToString() = $"window={this.Window}, stride={this.Stride}, padding={this.Padding}"

/// A pooling's options.
module Pool2d =
    /// Windows side by side, no padding: `Pool2d.window (2, 2)` halves an image.
    let window (size: int * int) : Pool2dOptions = { Window = size; Stride = size; Padding = 0, 0 }

/// Where windows stand along one axis. (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.)
module internal Window =
    /// What a window of `size` elements, `dilation` apart, spans.
    let span (size: int) (dilation: int) : int = dilation * (size - 1) + 1

    /// How many windows of a span fit an axis of `size` elements: ⌊(size + 2·padding - span) / stride⌋ + 1, relation 6 of the guide.
    let count (size: int) (padding: int) (span: int) (stride: int) : int = (size + 2 * padding - span) / stride + 1

    /// The sizes of an array of four axes, or a ShapeException that tells what they must be.
    let sizes (name: string) (role: string) (axes: string) (shape: Shape) : struct (int * int * int * int) =
        match shape with
        | [ a; b; c; d ] -> struct (a, b, c, d)
        | _ -> Errors.shape name $"{role} must be {axes}" $"the shape is {Shape.show shape}" "reshape it with Expr.reshape?"
