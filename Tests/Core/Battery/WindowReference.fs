namespace Fluxion.Tests

open System
open Fluxion

/// Convolutions and poolings of images, each element by itself, from where it says that it looks.
module WindowReference =
    // Lists of indices: of x, the kernel and y in every product of a convolution, from where each element of y says that it looks.
    let private products (options: Conv2dOptions) (x: Shape) (kernel: Shape) (y: Shape) =
        let look i p stride dilation padding = i * stride + p * dilation - padding

        [ for result in Reference.indices y do
              for tap in Reference.indices kernel do
                  if result[1] = tap[0] then
                      let group = tap[0] * options.Groups / kernel[0]
                      let row = look result[2] tap[2] (fst options.Stride) (fst options.Dilation) (fst options.Padding)
                      let column = look result[3] tap[3] (snd options.Stride) (snd options.Dilation) (snd options.Padding)

                      if List.contains row [ 0 .. x[2] - 1 ] && List.contains column [ 0 .. x[3] - 1 ] then
                          [ result[0]; group * kernel[1] + tap[1]; row; column ], tap, result ]

    let convolved (role: ConvolutionRole) (options: Conv2dOptions) (arguments: NDArray[]) (shape: Shape) =
        let left, right = arguments[0], arguments[1]

        let terms =
            match role with
            | ConvolutionRole.Forward ->
                [ for i, k, j in products options left.Shape right.Shape shape -> j, Reference.at left i * Reference.at right k ]
            | ConvolutionRole.InputGradient ->
                [ for i, k, j in products options shape right.Shape left.Shape -> i, Reference.at left j * Reference.at right k ]
            | ConvolutionRole.KernelGradient ->
                [ for i, k, j in products options left.Shape shape right.Shape -> k, Reference.at left i * Reference.at right j ]

        let sums = terms |> List.groupBy fst |> List.map (fun (index, group) -> index, List.sumBy snd group) |> Map
        [ for index in Reference.indices shape -> sums |> Map.tryFind index |> Option.defaultValue 0.0 ]

    // The rows and columns of a plane that the window of an element of y covers.
    let private covered (options: Pool2dOptions) (height: int) (width: int) (index: int list) =
        let along i window stride padding size =
            [ for k in 0 .. window - 1 -> i * stride + k - padding ]
            |> List.filter (fun at -> at >= 0 && at < size)

        let rows = along index[2] (fst options.Window) (fst options.Stride) (fst options.Padding) height
        let columns = along index[3] (snd options.Window) (snd options.Stride) (snd options.Padding) width
        List.allPairs rows columns

    let pooled (role: PoolingRole) (options: Pool2dOptions) (arguments: NDArray[]) (shape: Shape) =
        let x, winners = arguments[0], arguments[arguments.Length - 1]
        let area = float (fst options.Window * snd options.Window)
        let height, width = x.Shape[2], x.Shape[3]

        let window index =
            [ for row, column in covered options height width index ->
                  row * width + column, Reference.at x [ index[0]; index[1]; row; column ] ]

        let winner index =
            let candidates = window index
            let largest = candidates |> List.map snd |> List.reduce (fun a b -> Math.Max(a, b))

            candidates
            |> List.find (fun (_, value) -> value = largest || Double.IsNaN value && Double.IsNaN largest)

        match role with
        | PoolingRole.Maximum -> [ for index in Reference.indices shape -> snd (winner index) ]
        | PoolingRole.Winners -> [ for index in Reference.indices shape -> float (fst (winner index)) ]
        | PoolingRole.MaximumGradient ->
            [ for target in Reference.indices shape ->
                  Reference.indices x.Shape
                  |> List.filter (fun index ->
                      List.take 2 index = List.take 2 target
                      && int (Reference.at winners index) = target[2] * shape[3] + target[3])
                  |> List.sumBy (Reference.at x) ]
        | PoolingRole.Average -> [ for index in Reference.indices shape -> List.sumBy snd (window index) / area ]
        | PoolingRole.AverageGradient ->
            [ for target in Reference.indices shape ->
                  Reference.indices x.Shape
                  |> List.filter (fun index ->
                      List.take 2 index = List.take 2 target
                      && List.contains (target[2], target[3]) (covered options shape[2] shape[3] index))
                  |> List.sumBy (fun index -> Reference.at x index / area) ]
