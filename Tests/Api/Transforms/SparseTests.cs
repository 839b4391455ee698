using Fluxion.Tests;
using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class SparseTests
{
    static readonly Tensor Point = Tensor.Of(0.4, -0.9, 1.3, 0.2, 2);

    static Tensor Chain(Tensor x) => (x[1..] - x[..^1].Square()).Square().Sum();

    static Tensor Products(Tensor x) => x[1..] * x[..^1];

    [Test]
    public void IsTheMatrixThatFSharpBuilds()
    {
        var hessian = Sparse.Hessian(Chain, Point);
        var (values, colours) = Transforms.sparseHessian(Point.Expression);
        Assert.That(Graph.same(hessian.Values.Expression, values));
        Assert.That((hessian.Colours, colours), Is.EqualTo((3, 3)));
        hessian.ToDense().Holds([5, 5], Derivative.Hessian(Chain, Point).ToArray());

        var jacobian = Sparse.Jacobian(Products, Point);
        (values, colours) = Transforms.sparseJacobian(Point.Expression);
        Assert.That(Graph.same(jacobian.Values.Expression, values));
        Assert.That((jacobian.Colours, colours), Is.EqualTo((2, 2)));
        jacobian.ToDense().Holds([4, 5], Derivative.Jacobian(Products, Point).ToArray());
    }

    [Test]
    public void SaysWhereEntriesAre()
    {
        var pattern = Sparse.Jacobian(Products, Tensor.Of(1.0, 2, 3)).Pattern;
        Assert.That((pattern.RowCount, pattern.ColumnCount, pattern.Count), Is.EqualTo((2, 3, 4)));
        Assert.That(pattern.Rows, Is.EqualTo(new[] { 0, 0, 1, 1 }));
        Assert.That(pattern.Columns, Is.EqualTo(new[] { 0, 1, 1, 2 }));
    }

    [Test]
    public void BecomesMathNetsMatrix()
    {
        var matrix = Sparse.Jacobian(Products, Tensor.Of(1.0, 2, 3)).ToMatrix();
        Assert.That(matrix.ToRowMajorArray(), Is.EqualTo(new[] { 2.0, 1, 0, 0, 3, 2 }));
        Assert.That(
            MessageOf<ShapeException>(() => Sparse.Jacobian(x => x[..0], Point).ToMatrix()),
            Does.StartWith("toMatrix: there must be rows and columns")
        );
    }

    [Test]
    public void IsCompiledAndTakesForms()
    {
        var newton = Function.Compile(((Tensor A, Tensor B) p) => Sparse.Hessian(p => Chain(p.A) + p.B.Square(), p));
        var hessian = newton((Point, Tensor.Scalar(1)));
        Assert.That((hessian.Pattern.RowCount, hessian.Colours), Is.EqualTo((6, 3)));
        Assert.That(hessian.ToDense()[5, 5].ToScalar(), Is.EqualTo(2));
        hessian.ToDense()[..5, ..5].Holds([5, 5], Derivative.Hessian(Chain, Point).ToArray());
    }
}
