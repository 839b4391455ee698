namespace Fluxion

/// The shape and type of a random tensor.
type Draw =
    { Shape: Shape
      DType: DType }

    override this.ToString() = $"{this.DType} {Shape.show this.Shape}"

/// Random numbers as pure functions of a key (see Philox): a key of shape K and a draw of shape S give K @ S, one stream a key.
module internal Sampling =
    let private draw name kernel (element: DType -> int64 -> int64 -> float) : Row<Draw> =
        let rec row =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape =
                fun draw types ->
                    if types[0].DType <> DType.Int64 then
                        Errors.dtype name "a key is needed" $"it is {types[0].DType}" "make one with Random.key 42?"

                    if not draw.DType.IsFloating then
                        Errors.dtype name "random numbers are float32 or float64" $"{draw.DType} was asked for" "cast the result?"

                    { TensorType.Shape = types[0].Shape @ Shape.check name draw.Shape; DType = draw.DType }
              Rule = fun _ -> Rule.Constant
              Batch = fun draw -> BatchRule.Mapped(fun arguments -> Column.apply row draw [ arguments[0].Value ])
              Eval =
                fun draw arguments ->
                    let count = Shape.size draw.Shape

                    let data =
                        [| for key in arguments[0].Ints do
                               for i in 0 .. count - 1 -> element draw.DType key (int64 i) |]

                    NDArray.ofFloats draw.DType (arguments[0].Shape @ draw.Shape) data
              Kernel = fun _ -> Kernel.Generate kernel
              Samples =
                [ for dtype in [ DType.Float64; DType.Float32 ] do
                      for keys, shape in [ [], []; [], [ 5 ]; [ 2 ], [ 3 ]; [], [ 0 ]; [], [ 2; 3 ] ] ->
                          { Attribute = { Shape = shape; DType = dtype }; Arguments = [ keys, Domain.key ] } ] }

        row

    /// Uniform in [0, 1).
    let uniform =
        draw "uniform" Stream.Uniform (fun dtype key i ->
            if dtype = DType.Float32 then
                Philox.uniform24 key i
            else
                Philox.uniform key i)

    /// Standard normal.
    let normal = draw "normal" Stream.Normal (fun _ key i -> Philox.normal key i)

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
    let rows: IRow list = [ uniform; normal; foldIn ]
