namespace Fluxion

open MatrixParts
open Linalg

/// The Cholesky factor of a positive definite matrix, and how it moves with the matrix. Matrices are the last two axes, those before them a batch.
module internal Cholesky =
    /// The derivative D of L in A = L Lᵀ, from the lower triangle of L and a tangent of A, of which the mean with its transpose counts; or its transpose Dᵀ,
    /// from L and the lower triangle of a cotangent of L. (CholeskySweep.)
    let choleskyDerivative: Row<Orientation> =
        let name = "choleskyDerivative"

        // A' = L' Lᵀ + L L'ᵀ stays when L moves by H, so that D A', which is L', moves by -D(L' Hᵀ + H L'ᵀ), which is -2 D(L' Hᵀ). The transpose of that
        // moves Dᵀ C, which is S, by -2 Dᵀ(S H); and both send -2 S L' back to L.
        let rule row (orientation: Orientation) =
            let derivative orientation l x = Column.apply row orientation [ l; x ]

            let turning (y: Expr) (h: Expr) =
                let h = Expr.tril 0 h
                2.0 * (y *@ (if orientation.IsTransposed then h else turned h))

            Rule.Joint(
                (fun arguments y tangents -> derivative orientation arguments[0] (moved (turning y) y tangents)),
                (fun arguments y which cotangent ->
                    let other = derivative { IsTransposed = not orientation.IsTransposed } arguments[0] cotangent
                    let product = if orientation.IsTransposed then y *@ other else other *@ y
                    wanted which (Expr.tril 0 (-2.0 * product)) other)
            )

        let shape (types: TensorType[]) =
            let dtype = Column.floating name types
            requireSquare name types[0]

            if types[0].Shape <> types[1].Shape then
                Errors.shape
                    name
                    "what moves must have the shape of the factor"
                    $"the factor is {Shape.show types[0].Shape} and it is {Shape.show types[1].Shape}"
                    "broadcast one of them?"

            { Shape = types[0].Shape; DType = dtype }

        let operation (orientation: Orientation) = MatrixOperation.CholeskyDerivative orientation.IsTransposed

        let rec row =
            { Name = name
              Notation = fun _ -> Column.named name
              Shape = fun _ types -> shape types
              Rule = fun orientation -> rule row orientation
              Batch =
                fun orientation ->
                    BatchRule.Mapped(fun arguments ->
                        let size = Column.batchSize arguments
                        Column.apply row orientation [ for argument in arguments -> Column.materialize size argument ])
              Eval = fun orientation arguments -> Decomposition.evaluate (operation orientation) arguments[0].Type arguments
              Kernel = fun orientation -> Kernel.Matrix(operation orientation)
              Samples =
                [ for isTransposed in [ false; true ] do
                      for shape in squares ->
                          { Attribute = { IsTransposed = isTransposed }; Arguments = [ shape, regular; shape, Domain.real ] } ] }

        row

    /// The lower triangular L of A = L Lᵀ, where A is the mean of the matrix and its transpose.
    let cholesky =
        let derivative isTransposed l x = Column.apply choleskyDerivative { IsTransposed = isTransposed } [ l; x ]

        let rule =
            Rule.Custom((fun _ l _ t -> derivative false l t), (fun _ l _ cotangent -> derivative true l cotangent))

        let shape (t: TensorType) =
            requireSquare "cholesky" t
            t.Shape

        row "cholesky" (Column.named "cholesky") shape rule MatrixOperation.Cholesky squares

    /// Every row of this file, in the order of the docs.
    let rows: IRow list = [ cholesky; choleskyDerivative ]
