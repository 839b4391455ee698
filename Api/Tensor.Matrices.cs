using MathNet.Numerics.LinearAlgebra;
using static Fluxion.MatrixFunctions.Expr;

namespace Fluxion.Api;

// Between tensors and MathNet's matrices and vectors of float64. MathNet keeps columns together and Fluxion rows, so every conversion copies.
public sealed partial class Tensor
{
    /// <summary>A matrix's numbers, <c>[rows, columns]</c>.</summary>
    public static Tensor Of(Matrix<double> matrix) => new(ofMatrix(matrix));

    /// <summary>A vector's numbers, <c>[count]</c>.</summary>
    public static Tensor Of(Vector<double> vector) => new(ofVector(vector));

    /// <summary>The value of <c>[rows, columns]</c> as a dense matrix.</summary>
    /// <exception cref="ShapeException">There are not two axes, or one is empty: MathNet has no empty matrices.</exception>
    public Matrix<double> ToMatrix() => toMatrix(Constant);

    /// <summary>The value of <c>[count]</c> as a dense vector.</summary>
    /// <exception cref="ShapeException">There is not one axis, or it is empty: MathNet has no empty vectors.</exception>
    public Vector<double> ToVector() => toVector(Constant);
}
