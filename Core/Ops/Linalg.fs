namespace Fluxion

open MatrixParts

/// Systems of linear equations, and what comes with them. Matrices are the last two axes, those before them a batch. (Derivatives: Giles, "Collected
/// matrix derivative results for forward and reverse mode algorithmic differentiation", 2008.)
module internal Linalg =
    /// Raises ShapeException unless the last two axes are a square matrix.
    let requireSquare (name: string) (t: TensorType) : unit =
        match List.rev t.Shape with
        | columns :: rows :: _ when rows = columns -> ()
        | _ ->
            Errors.shape
                name
                "a square matrix is needed in the last two axes"
                $"it is {Shape.show t.Shape}"
                "for others there are Expr.qr and Expr.svd"

    /// Entries that are small beside a diagonal whose entries grow: far from singular, and with values that are far apart.
    let regular: Domain = Domain.between -0.5 0.5 |> Domain.withDiagonal 1.5

    /// A row for one function of matrices, which maps by itself, as all axes before the last two are a batch.
    let row name notation shape rule operation (shapes: Shape list) : Row<unit> =
        let rec row =
            { Name = name
              Notation = fun _ -> notation
              Shape = fun () types -> { Shape = shape types[0]; DType = Column.floating name types }
              Rule = fun () -> rule
              Batch = fun () -> BatchRule.Mapped(fun arguments -> Column.apply row () [ arguments[0].Value ])
              Eval =
                fun () arguments ->
                    let x = arguments[0]
                    Decomposition.evaluate operation { Shape = shape x.Type; DType = x.DType } arguments
              Kernel = fun () -> Kernel.Matrix operation
              Samples = Column.samples [ regular ] [ for shape in shapes -> [ shape ] ] }

        row

    /// Shapes of square matrices to be tried on.
    let squares: Shape list = [ [ 3; 3 ]; [ 1; 1 ]; [ 2; 2; 2 ]; [ 0; 0 ] ]

    /// Right-hand sides `[s; ..; n; k]` of matrices `[..; n; n]` that do not vary along s, side by side: each matrix is factored once.
    let acrossColumns (solve: Expr -> Expr -> Expr) (a: Expr) (b: Expr) : Expr =
        let rank = b.Rank
        let moved = b.Permute([ 1 .. rank - 2 ] @ [ 0; rank - 1 ])
        let rows = List.take (rank - 2) moved.Shape
        let together = solve a (moved.ReshapeTo(rows @ [ b.Shape.Head * List.last b.Shape ]))
        together.ReshapeTo(moved.Shape).Permute((rank - 2) :: [ 0 .. rank - 3 ] @ [ rank - 1 ])

    // What systems share, whose derivative by the matrix is that of op(A) X = B: op(A) dX = dB - d op(A) X.
    let private system name notation operation rule (attributes: 'attr list) : Row<'attr> =
        let rec row =
            { Name = name
              Notation = notation
              Shape =
                fun _ types ->
                    let dtype = Column.floating name types
                    let matrix, sides = types[0].Shape, types[1].Shape
                    requireSquare name types[0]

                    if
                        matrix.Length <> sides.Length
                        || List.take (matrix.Length - 1) matrix <> List.take (matrix.Length - 1) sides
                    then
                        Errors.shape
                            name
                            "right-hand sides must have as many rows as the matrix, and its axes before them"
                            $"the matrix is {Shape.show matrix} and they are {Shape.show sides}"
                            "transpose one of them?"

                    { Shape = sides; DType = dtype }
              Rule = fun attribute -> rule row attribute
              Batch =
                fun attribute ->
                    let solve a b = Column.apply row attribute [ a; b ]

                    BatchRule.Mapped(fun arguments ->
                        if arguments[0].IsBatched then
                            solve arguments[0].Value (Column.materialize (Column.batchSize arguments) arguments[1])
                        else
                            acrossColumns solve arguments[0].Value arguments[1].Value)
              Eval = fun attribute arguments -> Decomposition.evaluate (operation attribute) arguments[1].Type arguments
              Kernel = fun attribute -> Kernel.Matrix(operation attribute)
              Samples =
                [ for attribute in attributes do
                      for matrix, sides in [ [ 3; 3 ], [ 3; 2 ]; [ 2; 1; 1 ], [ 2; 1; 2 ]; [ 0; 0 ], [ 0; 2 ]; [ 2; 2 ], [ 2; 0 ] ] ->
                          { Attribute = attribute; Arguments = [ matrix, regular; sides, Domain.real ] } ] }

        row

    /// dB less what dA comes to, of what moves.
    let moved (by: Expr -> Expr) (x: Expr) (tangents: Expr voption[]) =
        match tangents[0], tangents[1] with
        | ValueSome a, ValueSome b -> b - by a
        | ValueSome a, ValueNone -> -(by a)
        | ValueNone, ValueSome b -> b
        | _ -> x.ZerosLike

    /// The cotangents of a matrix and what stands beside it, those that are wanted.
    let wanted (which: bool[]) (matrix: Expr) (sides: Expr) =
        [| (if which[0] then ValueSome matrix else ValueNone); (if which[1] then ValueSome sides else ValueNone) |]

    /// Whether what a matrix does, or what its transpose does. Both need the same factors.
    [<Struct>]
    type Orientation =
        { IsTransposed: bool }

        override this.ToString() = if this.IsTransposed then "transposed" else ""

    /// The X of A X = B, or of Aᵀ X = B. (Giles 2008, section 2.3.1.)
    let solve: Row<Orientation> =
        let rule row orientation =
            let solve orientation a b = Column.apply row orientation [ a; b ]
            let turn x = if orientation.IsTransposed then turned x else x

            Rule.Joint(
                (fun arguments x tangents -> solve orientation arguments[0] (moved (fun a -> turn a *@ x) x tangents)),
                (fun arguments x which cotangent ->
                    let sides = solve { IsTransposed = not orientation.IsTransposed } arguments[0] cotangent
                    wanted which (-(turn (sides *@ turned x))) sides)
            )

        let notation (orientation: Orientation) =
            if orientation.IsTransposed then
                { Text = Form.Template("solve({0}ᵀ, {1})", Precedence.atom, [ Precedence.superscript; 0 ])
                  Latex = Form.Template("\\operatorname{solve}({0}^{\\top}, {1})", Precedence.atom, [ Precedence.superscript; 0 ]) }
            else
                Column.named "solve"

        system
            "solve"
            notation
            (fun orientation -> MatrixOperation.Solve orientation.IsTransposed)
            rule
            [ { IsTransposed = false }; { IsTransposed = true } ]

    /// The X of T X = B for one triangle T of a matrix; the other is not read.
    let triangularSolve: Row<Triangle> =
        // The entries that are read.
        let part (triangle: Triangle) =
            match triangle.IsUpper, triangle.HasUnitDiagonal with
            | false, false -> Expr.tril 0
            | false, true -> Expr.tril -1
            | true, false -> Expr.triu 0
            | true, true -> Expr.triu 1

        let rule row (triangle: Triangle) =
            let solve triangle a b = Column.apply row triangle [ a; b ]
            let turn x = if triangle.IsTransposed then turned x else x

            Rule.Joint(
                (fun arguments x tangents -> solve triangle arguments[0] (moved (fun a -> turn (part triangle a) *@ x) x tangents)),
                (fun arguments x which cotangent ->
                    let sides = solve { triangle with IsTransposed = not triangle.IsTransposed } arguments[0] cotangent
                    wanted which (-(part triangle (turn (sides *@ turned x)))) sides)
            )

        let kinds =
            [ for isUpper, isTransposed, hasUnit in [ false, false, false; true, false, true; false, true, true; true, true, false ] ->
                  { IsUpper = isUpper; IsTransposed = isTransposed; HasUnitDiagonal = hasUnit } ]

        system "triangularSolve" (fun _ -> Column.named "triangularSolve") MatrixOperation.TriangularSolve rule kinds

    /// A⁻¹. (Giles 2008, section 2.2.3.)
    let inverse =
        let rule =
            Rule.Custom((fun _ y _ t -> -(y *@ t *@ y)), (fun _ y _ cotangent -> -(turned y *@ cotangent *@ turned y)))

        let shape (t: TensorType) =
            requireSquare "inverse" t
            t.Shape

        row "inverse" (Column.superscript "⁻¹" "-1") shape rule MatrixOperation.Inverse squares

    /// det A · A⁻ᵀ, which is the gradient of the determinant, of a singular matrix too; its own derivative is of regular ones.
    let cofactors =
        // With W = A⁻ᵀ: det A (W⟨W, t⟩ - W tᵀ W), which is its own adjoint.
        let times (arguments: Expr[]) (y: Expr) _ (t: Expr) =
            let w = turned (Column.apply inverse () [ arguments[0] ])
            y * total (w * t) - y *@ turned t *@ w

        let shape (t: TensorType) =
            requireSquare "cofactors" t
            t.Shape

        row "cofactors" (Column.named "cof") shape (Rule.Custom(times, times)) MatrixOperation.Cofactors squares

    // A number for each matrix, as one that multiplies the matrix.
    let private perMatrix (x: Expr) = x.ReshapeTo(x.Shape @ [ 1; 1 ])

    /// The determinant. (Giles 2008, section 2.2.4.)
    let determinant =
        let gradient (arguments: Expr[]) = Column.apply cofactors () [ arguments[0] ]

        let rule =
            Rule.Custom(
                (fun arguments _ _ t -> (gradient arguments * t).SumOver [ t.Rank - 2; t.Rank - 1 ]),
                (fun arguments _ _ cotangent -> gradient arguments * perMatrix cotangent)
            )

        let shape (t: TensorType) =
            requireSquare "determinant" t
            List.take (t.Shape.Length - 2) t.Shape

        row "determinant" (Column.call "det" "\\det") shape rule MatrixOperation.Determinant squares

    /// The sign of the determinant and the logarithm of its size, side by side. (Giles 2008, section 2.2.4.)
    let logDeterminant =
        let gradient (arguments: Expr[]) = turned (Column.apply inverse () [ arguments[0] ])

        let rule =
            Rule.Custom(
                (fun arguments _ _ t ->
                    let logarithm = (gradient arguments * t).SumOver [ t.Rank - 2; t.Rank - 1 ]
                    let batch = batchOf arguments[0]
                    pack batch [ logarithm.ZerosLike; logarithm ]),
                (fun arguments _ _ cotangent ->
                    match unpack [ []; [] ] cotangent with
                    | [ _; logarithm ] -> gradient arguments * perMatrix logarithm
                    | _ -> arguments[0].ZerosLike)
            )

        let shape (t: TensorType) =
            requireSquare "logDeterminant" t
            List.take (t.Shape.Length - 2) t.Shape @ [ 2 ]

        row "logDeterminant" (Column.named "logdet") shape rule MatrixOperation.LogDeterminant squares

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ solve; triangularSolve; inverse; determinant; cofactors; logDeterminant ]
