namespace Fluxion

open System

/// The shape and type of a random tensor.
type Draw =
    { Shape: Shape
      DType: DType }

    override this.ToString() = $"{this.DType} {Shape.show this.Shape}"

/// A random tensor of standard normal numbers between bounds.
type internal TruncatedDraw =
    { Draw: Draw
      Low: float
      High: float }

    override this.ToString() = $"{this.Draw} in [{this.Low}, {this.High}]"

/// How many numbers are put in order.
type internal PermutationCount =
    { Count: int }

    override this.ToString() = $"count={this.Count}"

/// Random numbers as pure functions of a key (see Philox): a key of shape K and a draw of shape S give K @ S, one stream a key.
module internal Sampling =
    let private requireKey (name: string) (key: TensorType) =
        if key.DType <> DType.Int64 then
            Errors.dtype name "a key is needed" $"it is {key.DType}" "make one with Random.key 42?"

    // Elements that follow from the key and their number alone, of any attributes that hold a shape and a type.
    let private drawn
        name
        (drawOf: 'attr -> Draw)
        (stream: 'attr -> Stream)
        (element: 'attr -> int64 -> int64 -> float)
        (attributes: Draw -> 'attr)
        =
        let rec row: Row<'attr> =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape =
                fun attribute types ->
                    let draw = drawOf attribute
                    requireKey name types[0]

                    if not draw.DType.IsFloating then
                        Errors.dtype name "random numbers are float32 or float64" $"{draw.DType} was asked for" "cast the result?"

                    { TensorType.Shape = types[0].Shape @ Shape.check name draw.Shape; DType = draw.DType }
              Rule = fun _ -> Rule.Constant
              Batch = fun attribute -> BatchRule.Mapped(fun arguments -> Column.apply row attribute [ arguments[0].Value ])
              Eval =
                fun attribute arguments ->
                    let draw, element = drawOf attribute, element attribute
                    let count = Shape.size draw.Shape

                    let data =
                        [| for key in arguments[0].Ints do
                               for i in 0 .. count - 1 -> element key (int64 i) |]

                    NDArray.ofFloats draw.DType (arguments[0].Shape @ draw.Shape) data
              Kernel = stream >> Kernel.Generate
              Samples =
                [ for dtype in [ DType.Float64; DType.Float32 ] do
                      for keys, shape in [ [], []; [], [ 5 ]; [ 2 ], [ 3 ]; [], [ 0 ]; [], [ 2; 3 ] ] ->
                          { Attribute = attributes { Shape = shape; DType = dtype }; Arguments = [ keys, Domain.key ] } ] }

        row

    /// Uniform in [0, 1).
    let uniform =
        let element draw =
            if draw.DType = DType.Float32 then
                Philox.uniform24
            else
                Philox.uniform

        drawn "uniform" id (fun _ -> Stream.Uniform) element id

    /// Standard normal.
    let normal = drawn "normal" id (fun _ -> Stream.Normal) (fun _ -> Philox.normal) id

    /// Standard normal between bounds.
    let truncatedNormal =
        let element truncated =
            let truncate = Distribution.truncate truncated.Low truncated.High
            fun key i -> truncate (Philox.uniform key i)

        drawn
            "truncatedNormal"
            (fun truncated -> truncated.Draw)
            (fun truncated -> Stream.TruncatedNormal(truncated.Low, truncated.High))
            element
            (fun draw -> { Draw = draw; Low = -0.5; High = 2.0 })

    /// The standard normal numbers that make draws of the gamma distribution (see Distribution). An attempt that is accepted stays so when the
    /// parameter changes by little, so derivatives are zero where there are any.
    let gammaNormal: Row<unit> =
        let name = "gammaNormal"

        let rec row =
            { Name = name
              Notation = fun () -> Column.named name
              Shape =
                fun () types ->
                    requireKey name types[0]
                    Column.floating name [| types[1] |] |> ignore
                    let keys = types[0].Shape

                    if List.truncate keys.Length types[1].Shape <> keys then
                        Errors.shape
                            name
                            $"the concentration's first axes must be those of the keys, {Shape.show keys}"
                            $"it is {Shape.show types[1].Shape}"
                            "repeat it with Expr.broadcastTo?"

                    types[1]
              Rule = fun () -> Rule.Constant
              Batch =
                fun () ->
                    BatchRule.Mapped(fun arguments ->
                        let size = Column.batchSize arguments
                        Column.apply row () [ for argument in arguments -> Column.materialize size argument ])
              Eval =
                fun () arguments ->
                    let keys, concentrations = arguments[0].Ints, arguments[1].Floats
                    let count = concentrations.Length / max 1 keys.Length

                    concentrations
                    |> Array.mapi (fun i concentration -> Distribution.gammaNormal keys[i / count] (int64 (i % count)) concentration)
                    |> NDArray.ofFloats arguments[1].DType arguments[1].Shape
              Kernel = fun () -> Kernel.Generate Stream.GammaNormal
              Samples =
                Column.samples [ Domain.key; Domain.between 1.1 4.0 ] [ [ []; [] ]; [ []; [ 5 ] ]; [ [ 2 ]; [ 2; 3 ] ]; [ []; [ 0 ] ] ] }

        row

    /// The numbers below a count in random order.
    let permutation: Row<PermutationCount> =
        let name = "permutation"

        let rec row =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape =
                fun permutation types ->
                    requireKey name types[0]
                    { types[0] with Shape = types[0].Shape @ Shape.check name [ permutation.Count ] }
              Rule = fun _ -> Rule.Constant
              Batch = fun permutation -> BatchRule.Mapped(fun arguments -> Column.apply row permutation [ arguments[0].Value ])
              Eval =
                fun permutation arguments ->
                    let orders =
                        arguments[0].Ints
                        |> Array.collect (fun key ->
                            let order = Array.zeroCreate permutation.Count
                            Distribution.permute key (Span(Array.zeroCreate permutation.Count)) (Span order)
                            order)

                    NDArray.ofInts DType.Int64 (arguments[0].Shape @ [ permutation.Count ]) orders
              Kernel = fun _ -> Kernel.Generate Stream.Permutation
              Samples =
                [ for keys, count in [ [], 6; [ 2 ], 5; [], 0; [], 1 ] ->
                      { Attribute = { Count = count }; Arguments = [ keys, Domain.key ] } ] }

        row

    /// A new key from a key and a number, element by element.
    let foldIn: Row<unit> =
        { Name = "foldIn"
          Notation = fun _ -> Column.named "foldIn"
          Shape =
            fun () types ->
                if types |> Array.exists (fun t -> t.DType <> DType.Int64) then
                    Errors.dtype
                        "foldIn"
                        "key and number must be int64"
                        $"they are {types[0].DType} and {types[1].DType}"
                        "make keys with Random.key?"

                { TensorType.Shape = Column.broadcastShape "foldIn" types; DType = DType.Int64 }
          Rule = fun () -> Rule.Constant
          Batch = fun () -> BatchRule.Aligned
          Eval = fun () -> Column.evalBinary (fun _ _ -> nan) Philox.foldIn
          Kernel = fun () -> Kernel.Generate Stream.FoldIn
          Samples = Column.samples [ Domain.key; Domain.key ] [ [ []; [] ]; [ [ 3 ]; [] ]; [ [ 0 ]; [ 1 ] ] ] }

    /// Every row of this file.
    let rows: IRow list = [ uniform; normal; truncatedNormal; gammaNormal; permutation; foldIn ]
