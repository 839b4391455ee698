using static Fluxion.LeafFunctions.Expr;
using static Fluxion.StopGradientFunctions.Expr;

namespace Fluxion.Api;

/// <summary>
/// Numbers with a shape, and how they came about. A tensor never changes: what it was built from fixes its value, which is worked out
/// when first asked for and kept, so a loss still says what it was after the optimizer has moved on. <see cref="Backward"/> sends its
/// gradient to the <see cref="Parameter"/>s that it was built from.
/// </summary>
public sealed partial class Tensor : ILeaf
{
    // Worked out at most once for each thread that asks at the same time, always to the same numbers.
    NDArray? value;

    /// <summary>A tensor around an expression, for programs in both languages.</summary>
    public Tensor(Expr expression) => Expression = expression;

    internal Tensor(Expr expression, NDArray value)
        : this(expression) => this.value = value;

    /// <summary>The expression behind the tensor: what F# sees. Parameters are variables in it.</summary>
    public Expr Expression { get; }

    /// <summary>The sizes of the axes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape => Expression.Shape.ToArray();

    /// <summary>The number of axes.</summary>
    public int Rank => Expression.Rank;

    /// <summary>The type of the elements.</summary>
    public DType DType => Interop.ToApi(Expression.DType);

    Expr ILeaf.Expression => Expression;

    ILeaf ILeaf.Around(Expr expression) => new Tensor(expression);

    internal NDArray Value => value ??= Interop.Evaluate([Expression])[0];

    /// <summary>The value as a constant: the expression itself when it is one.</summary>
    internal Expr Constant => Expression.IsConstant ? Expression : constant(Value);

    /// <summary>The one number of a tensor with one element.</summary>
    /// <exception cref="ShapeException">There are more, or none.</exception>
    public double ToScalar() => toScalar(constant(Value));

    /// <summary>A copy of the elements, row-major; false is 0 and true is 1.</summary>
    public double[] ToArray() => toArray(constant(Value));

    /// <summary>The numbers: <c>[[1; 2]; [3; 4]]</c>, six digits, long ones cut short.</summary>
    public override string ToString() => Value.ToString();

    /// <summary>
    /// The same numbers as a constant: no gradient flows through it. It needs the value, which arguments of a function that is being
    /// differentiated do not have; <see cref="StopGradient"/> does not.
    /// </summary>
    public Tensor Detach() => new(constant(Value), Value);

    /// <summary>The same tensor, through which no derivative flows, in either mode.</summary>
    public Tensor StopGradient() => new(stopGradient(Expression));

    /// <summary>
    /// Adds the gradient of this scalar to <see cref="Parameter.Grad"/> of every parameter that it was built from; value and gradients are
    /// worked out together. Call <see cref="Parameter.ZeroGrad"/>, or the optimizer's, before it.
    /// </summary>
    /// <exception cref="ShapeException">The tensor is not a scalar.</exception>
    /// <exception cref="InvalidOperationException">It was not built from any parameter.</exception>
    public void Backward()
    {
        RequireScalar(nameof(Backward));
        var result = Interop.Backward(Expression);
        // A value that was seen stays, to the last bit; simplified arithmetic may round otherwise.
        value ??= result;
    }

    /// <summary>
    /// The gradient of this scalar by a parameter: a tensor of the parameter's shape that can be differentiated again, zeros when the
    /// parameter is not in it. Nothing is added to <see cref="Parameter.Grad"/>.
    /// </summary>
    /// <exception cref="ShapeException">The tensor is not a scalar.</exception>
    public Tensor Gradient(Parameter parameter)
    {
        RequireScalar(nameof(Gradient));
        var leaves = LeavesOf(parameter);
        // Several where the parameter was updated between one use and the next.
        return Interop
            .ValueAndGradients(Expression, leaves.Length == 0 ? [parameter.Value.Expression] : leaves)
            .Skip(1)
            .Select(gradient => new Tensor(gradient))
            .Aggregate((left, right) => left + right);
    }

    /// <summary>
    /// The gradient of this scalar by a part that it was built from, of that part's shape; zeros when it was not. It can be differentiated
    /// again.
    /// </summary>
    /// <exception cref="ShapeException">The tensor is not a scalar.</exception>
    /// <exception cref="NotDifferentiableException">The part is not floating point.</exception>
    public Tensor Gradient(Tensor part)
    {
        RequireScalar(nameof(Gradient));
        return new(Reverse.gradient(Expression, Interop.List([part.Expression])).Head);
    }

    void RequireScalar(string place)
    {
        if (Rank > 0)
            throw new ShapeException(
                Errors.sentence(
                    place,
                    "the tensor must be a scalar, as a loss is",
                    $"it is {Expression.Type}",
                    "take its Sum() or Mean() first?"
                )
            );
    }

    Expr[] LeavesOf(Parameter parameter) =>
        [.. Interop.Variables(Expression).Where(leaf => Parameter.OwnerOf(leaf) == parameter)];
}
