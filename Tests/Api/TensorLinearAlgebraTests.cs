using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorLinearAlgebraTests
{
    static readonly Tensor A = Tensor.Of(
        new double[,]
        {
            { 4, 1 },
            { 2, 3 },
        }
    );

    static readonly Tensor Symmetric = Tensor.Of(
        new double[,]
        {
            { 4, 2 },
            { 2, 5 },
        }
    );

    [Test]
    public void SolvesSystems()
    {
        A.Solve(Tensor.Of(6.0, 8.0)).Holds([2], 1, 2);
        A.Inverse().Holds([2, 2], 0.3, -0.1, -0.2, 0.4);
        A.TriangularSolve(Tensor.Of(4.0, 8.0)).Holds([2], 1, 2);
        A.TriangularSolve(Tensor.Of(6.0, 6.0), isUpper: true).Holds([2], 1, 2);
        A.TriangularSolve(Tensor.Of(8.0, 6.0), isTransposed: true).Holds([2], 1, 2);
        A.TriangularSolve(Tensor.Of(1.0, 4.0), hasUnitDiagonal: true).Holds([2], 1, 2);
    }

    [Test]
    public void Determinants()
    {
        A.Determinant().Holds([], 10);
        A.LogDeterminant().Holds([], Math.Log(10));
        var (sign, logarithm) = (-A[0..1, 0..1]).SignAndLogDeterminant();
        sign.Holds([], -1);
        logarithm.Holds([], Math.Log(4));
    }

    [Test]
    public void Factorizations()
    {
        Symmetric.Cholesky().Holds([2, 2], 2, 0, 1, 2);

        var (q, r) = A.QR();
        q.MatMul(r).Holds([2, 2], 4, 1, 2, 3);
        q.Transpose().MatMul(q).Holds([2, 2], 1, 0, 0, 1);

        var (values, vectors) = Symmetric.Eigh();
        values.Holds([2], (9 - Math.Sqrt(17)) / 2, (9 + Math.Sqrt(17)) / 2);
        (vectors * values).MatMul(vectors.Transpose()).Holds([2, 2], 4, 2, 2, 5);

        var (u, singular, vTransposed) = Tensor
            .Of(
                new double[,]
                {
                    { 3, 0, 4 },
                }
            )
            .Svd();
        singular.Holds([1], 5);
        u.Holds([1, 1], 1);
        vTransposed.Holds([1, 3], 0.6, 0, 0.8);
    }

    [Test]
    public void Contractions()
    {
        Tensor.Einsum("ij,j->i", A, Tensor.Of(1.0, 2.0)).Holds([2], 6, 8);
        Tensor.Einsum("ii", A).Holds([], 7);
        Tensor.Of(1.0, 2.0).Dot(Tensor.Of(3.0, 4.0)).Holds([], 11);
        Tensor.Of(1.0, 2.0).Outer(Tensor.Of(3.0, 4.0)).Holds([2, 2], 3, 4, 6, 8);
        A.TensorDot(Symmetric, [0], [1]).Holds([2, 2], 20, 18, 10, 17);
    }

    [Test]
    public void GradientsGoThrough()
    {
        var w = new Parameter(A);
        w.Value.LogDeterminant().Backward();
        w.Grad!.Holds([2, 2], 0.3, -0.2, -0.1, 0.4);
    }

    [Test]
    public void ErrorsSayWhatIsWrong()
    {
        Assert.That(
            MessageOf<ShapeException>(() => Tensor.Einsum("ij,jk->ik", A, Tensor.Ones(3, 2))),
            Does.StartWith(
                "einsum: the letter 'j' must stand for one size, but it is 2 in operand 0 and 3 in operand 1"
            )
        );
        Assert.That(
            MessageOf<ArgumentException>(() => Tensor.Ones(2, 2).Inverse().ToArray()),
            Does.StartWith("inverse: the matrix must have an inverse, but it is singular")
        );
    }
}
