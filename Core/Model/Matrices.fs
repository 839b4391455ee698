namespace Fluxion

open MathNet.Numerics.LinearAlgebra

/// Between tensors and MathNet's matrices and vectors. MathNet keeps columns together and Fluxion rows, so every conversion copies.
[<AutoOpen>]
module MatrixFunctions =
    module Expr =
        /// A float64 constant [rows; columns] of a matrix's numbers.
        let ofMatrix (matrix: Matrix<float>) : Expr =
            Expr.constant (NDArray([ matrix.RowCount; matrix.ColumnCount ], Buffer.Float64(matrix.ToRowMajorArray())))

        /// A float64 constant [count] of a vector's numbers.
        let ofVector (vector: Vector<float>) : Expr = Expr.constant (NDArray([ vector.Count ], Buffer.Float64(vector.ToArray())))

        /// The value of a constant [rows; columns] as a dense matrix of float64. Raises ShapeException when it has not two axes, or one of them is empty
        /// (MathNet has no empty matrices), InvalidOperationException for an expression that is still to be evaluated.
        let toMatrix (x: Expr) : Matrix<float> =
            let value = Expr.value x

            match value.Shape with
            | [ rows; columns ] when value.Length > 0 -> Matrix<float>.Build.DenseOfRowMajor(rows, columns, value.Floats)
            | shape ->
                Errors.shape
                    "toMatrix"
                    "two axes with elements are needed"
                    $"the shape is {Shape.show shape}"
                    "reshape it, or use Expr.toVector?"

        /// The value of a constant [count] as a dense vector of float64. Raises ShapeException when it has not one axis, or that is empty,
        /// InvalidOperationException for an expression that is still to be evaluated.
        let toVector (x: Expr) : Vector<float> =
            let value = Expr.value x

            match value.Shape with
            | [ count ] when count > 0 -> Vector<float>.Build.DenseOfArray(Array.copy value.Floats)
            | shape ->
                Errors.shape
                    "toVector"
                    "one axis with elements is needed"
                    $"the shape is {Shape.show shape}"
                    "reshape it, or use Expr.toMatrix?"
