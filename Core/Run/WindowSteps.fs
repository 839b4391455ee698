namespace Fluxion

open System
open System.Numerics
open Fluxion.Kernels

/// The sizes of what slides over images, as the kernels take them.
module internal WindowShapes =
    /// A convolution, from the shapes of images and kernel.
    let convolution (options: Conv2dOptions) (x: Shape) (kernel: Shape) : ConvolutionShape =
        ConvolutionShape(
            x[0],
            x[1],
            x[2],
            x[3],
            kernel[0],
            kernel[2],
            kernel[3],
            StrideY = fst options.Stride,
            StrideX = snd options.Stride,
            PaddingY = fst options.Padding,
            PaddingX = snd options.Padding,
            DilationY = fst options.Dilation,
            DilationX = snd options.Dilation,
            Groups = options.Groups
        )

    /// A pooling, from the shape of the images that its windows lie on.
    let pooling (options: Pool2dOptions) (x: Shape) : PoolingShape =
        PoolingShape(
            x[0] * x[1],
            x[2],
            x[3],
            fst options.Window,
            snd options.Window,
            fst options.Stride,
            snd options.Stride,
            PaddingY = fst options.Padding,
            PaddingX = snd options.Padding
        )

    /// The convolution of a step, whose arguments and result are two and one of images, kernel and what they make.
    let ofRole (role: ConvolutionRole) (options: Conv2dOptions) (first: Shape) (second: Shape) (result: Shape) : ConvolutionShape =
        match role with
        | ConvolutionRole.Forward -> convolution options first second
        | ConvolutionRole.InputGradient -> convolution options result second
        | ConvolutionRole.KernelGradient -> convolution options first result

/// A convolution of images, or one of its gradients.
[<Sealed>]
type internal ConvolutionStep<'element
    when 'element: unmanaged
    and 'element: struct
    and 'element: (new: unit -> 'element)
    and 'element :> ValueType
    and 'element :> IBinaryFloatingPointIeee754<'element>>
    (role: ConvolutionRole, shape: ConvolutionShape, first: int, second: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[first], buffers[second], buffers[result] with
        | (:? ('element[]) as first), (:? ('element[]) as second), (:? ('element[]) as result) ->
            match role with
            | ConvolutionRole.Forward -> Convolution.Forward<'element>(&shape, first, second, result)
            | ConvolutionRole.InputGradient -> Convolution.GradientOfInput<'element>(&shape, first, second, result)
            | ConvolutionRole.KernelGradient -> Convolution.GradientOfKernel<'element>(&shape, first, second, result)
        | _ -> Errors.invalid "convolution" "buffers must be of the step's type" "they are not" "report this"

/// The largest number of each window, and where it stands.
[<Sealed>]
type internal MaximumStep<'element
    when 'element: unmanaged
    and 'element: struct
    and 'element: (new: unit -> 'element)
    and 'element :> ValueType
    and 'element :> IBinaryFloatingPointIeee754<'element>>(shape: PoolingShape, source: int, largest: int, winners: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[source], buffers[largest], buffers[winners] with
        | (:? ('element[]) as source), (:? ('element[]) as largest), (:? (int[]) as winners) ->
            Pooling.Max<'element>(&shape, source, largest, winners)
        | _ -> Errors.invalid "maxPool2d" "buffers must be of the step's types" "they are not" "report this"

/// Each number added, in zeros, to where its window's winner stands.
[<Sealed>]
type internal MaximumGradientStep<'element
    when 'element: unmanaged
    and 'element: struct
    and 'element: (new: unit -> 'element)
    and 'element :> ValueType
    and 'element :> IBinaryFloatingPointIeee754<'element>>(shape: PoolingShape, source: int, winners: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[source], buffers[winners], buffers[result] with
        | (:? ('element[]) as source), (:? (int[]) as winners), (:? ('element[]) as result) ->
            Pooling.MaxGradient<'element>(&shape, source, winners, result)
        | _ -> Errors.invalid "maxPool2dGradient" "buffers must be of the step's types" "they are not" "report this"

/// The mean of each window, or its transpose.
[<Sealed>]
type internal MeanStep<'element
    when 'element: unmanaged
    and 'element: struct
    and 'element: (new: unit -> 'element)
    and 'element :> ValueType
    and 'element :> IBinaryFloatingPointIeee754<'element>>(isGradient: bool, shape: PoolingShape, source: int, result: int) =
    inherit Step()

    override _.Run buffers =
        match buffers[source], buffers[result] with
        | (:? ('element[]) as source), (:? ('element[]) as result) ->
            if isGradient then
                Pooling.AverageGradient<'element>(&shape, source, result)
            else
                Pooling.Average<'element>(&shape, source, result)
        | _ -> Errors.invalid "avgPool2d" "buffers must be of the step's type" "they are not" "report this"

/// Steps for the element type at hand, which the rows of these ops have made sure is floating point.
module internal WindowSteps =
    let convolution (role: ConvolutionRole) (options: Conv2dOptions) (first: Storage) (second: Storage) (result: Storage) : Step =
        let shape = WindowShapes.ofRole role options first.Layout.Shape second.Layout.Shape result.Layout.Shape

        match result.Slot.DType with
        | DType.Float32 -> ConvolutionStep<float32>(role, shape, first.Slot.Number, second.Slot.Number, result.Slot.Number)
        | _ -> ConvolutionStep<float>(role, shape, first.Slot.Number, second.Slot.Number, result.Slot.Number)

    let maximum (options: Pool2dOptions) (source: Storage) (largest: Storage) (winners: Storage) : Step =
        let shape = WindowShapes.pooling options source.Layout.Shape

        match source.Slot.DType with
        | DType.Float32 -> MaximumStep<float32>(shape, source.Slot.Number, largest.Slot.Number, winners.Slot.Number)
        | _ -> MaximumStep<float>(shape, source.Slot.Number, largest.Slot.Number, winners.Slot.Number)

    let maximumGradient (options: Pool2dOptions) (source: Storage) (winners: Storage) (result: Storage) : Step =
        let shape = WindowShapes.pooling options result.Layout.Shape

        match source.Slot.DType with
        | DType.Float32 -> MaximumGradientStep<float32>(shape, source.Slot.Number, winners.Slot.Number, result.Slot.Number)
        | _ -> MaximumGradientStep<float>(shape, source.Slot.Number, winners.Slot.Number, result.Slot.Number)

    let mean (isGradient: bool) (options: Pool2dOptions) (source: Storage) (result: Storage) : Step =
        let images = if isGradient then result else source
        let shape = WindowShapes.pooling options images.Layout.Shape

        match source.Slot.DType with
        | DType.Float32 -> MeanStep<float32>(isGradient, shape, source.Slot.Number, result.Slot.Number)
        | _ -> MeanStep<float>(isGradient, shape, source.Slot.Number, result.Slot.Number)
