using System.Runtime.CompilerServices;
using static Fluxion.LeafFunctions.Expr;

namespace Fluxion.Api;

/// <summary>
/// A value that training changes. Stands wherever a <see cref="Tensor"/> does; what is built from it keeps the value of that moment, and
/// sends its gradient here by <see cref="Tensor.Backward"/>.
/// </summary>
public sealed class Parameter
{
    // Each value is a variable of its own in the expressions built from it, so no rewriting rule takes it for a number, and old expressions
    // keep old values. What a variable stands for is dropped with the last expression that holds it.
    sealed record Version(Parameter Owner, NDArray Value);

    static readonly ConditionalWeakTable<Expr, Version> Versions = [];

    /// <summary>A float64 parameter without axes.</summary>
    public Parameter(double value, string name = "parameter")
        : this(Tensor.Scalar(value), name) { }

    /// <summary>A parameter that starts as a tensor's value, of its shape and element type.</summary>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Parameter(Tensor value, string name = "parameter")
    {
        if (value.DType is not (DType.Float32 or DType.Float64))
            throw new DTypeException(
                Errors.sentence(
                    "Parameter",
                    $"'{name}' must be float32 or float64 to have a gradient",
                    $"it is {value.Expression.DType}",
                    "keep what is not trained as a Tensor?"
                )
            );

        Name = name;
        Value = NewVersion(value.Value);
    }

    /// <summary>What printed mathematics and errors call it; <see cref="Module.NamedParameters"/> has its path in a model.</summary>
    public string Name { get; }

    /// <summary>The value now, as a tensor whose gradient comes here; <see cref="Tensor.Detach"/> cuts that off.</summary>
    public Tensor Value { get; private set; }

    /// <summary>What <see cref="Tensor.Backward"/> has added up since the last <see cref="ZeroGrad"/>; null before.</summary>
    public Tensor? Grad { get; private set; }

    /// <summary>The sizes of the axes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape => Value.Shape;

    /// <summary>Forgets the gradient.</summary>
    public void ZeroGrad() => Grad = null;

    /// <summary>Another value, of the same shape and type. Tensors built before keep the old one.</summary>
    /// <exception cref="ShapeException">Shape or element type differ.</exception>
    public void Update(Tensor value)
    {
        var (old, given) = (Value.Expression.Type, value.Expression.Type);
        if (!old.Equals(given))
            throw new ShapeException(
                Errors.sentence(
                    "Update",
                    $"'{Name}' is {old} and its new value must be too",
                    $"that is {given}",
                    "reshape or cast it?"
                )
            );
        Value = NewVersion(value.Value);
    }

    /// <summary>Another value for a parameter without axes.</summary>
    /// <exception cref="ShapeException">The parameter has axes.</exception>
    public void Update(double value) => Update(new Tensor(Value.Expression.Literal(value)));

    /// <summary>The number or array, as a tensor prints it.</summary>
    public override string ToString() => Value.ToString();

    /// <summary>A parameter is its value in any formula.</summary>
    public static implicit operator Tensor(Parameter parameter) => parameter.Value;

    /// <inheritdoc cref="Tensor.operator +(Tensor, Tensor)"/>
    public static Tensor operator +(Parameter left, Tensor right) => left.Value + right;

    /// <inheritdoc cref="Tensor.operator +(Tensor, Tensor)"/>
    public static Tensor operator +(Parameter left, double right) => left.Value + right;

    /// <inheritdoc cref="Tensor.operator +(Tensor, Tensor)"/>
    public static Tensor operator +(double left, Parameter right) => left + right.Value;

    /// <inheritdoc cref="Tensor.operator -(Tensor, Tensor)"/>
    public static Tensor operator -(Parameter left, Tensor right) => left.Value - right;

    /// <inheritdoc cref="Tensor.operator -(Tensor, Tensor)"/>
    public static Tensor operator -(Parameter left, double right) => left.Value - right;

    /// <inheritdoc cref="Tensor.operator -(Tensor, Tensor)"/>
    public static Tensor operator -(double left, Parameter right) => left - right.Value;

    /// <inheritdoc cref="Tensor.operator *(Tensor, Tensor)"/>
    public static Tensor operator *(Parameter left, Tensor right) => left.Value * right;

    /// <inheritdoc cref="Tensor.operator *(Tensor, Tensor)"/>
    public static Tensor operator *(Parameter left, double right) => left.Value * right;

    /// <inheritdoc cref="Tensor.operator *(Tensor, Tensor)"/>
    public static Tensor operator *(double left, Parameter right) => left * right.Value;

    /// <inheritdoc cref="Tensor.operator /(Tensor, Tensor)"/>
    public static Tensor operator /(Parameter left, Tensor right) => left.Value / right;

    /// <inheritdoc cref="Tensor.operator /(Tensor, Tensor)"/>
    public static Tensor operator /(Parameter left, double right) => left.Value / right;

    /// <inheritdoc cref="Tensor.operator /(Tensor, Tensor)"/>
    public static Tensor operator /(double left, Parameter right) => left / right.Value;

    /// <inheritdoc cref="Tensor.operator -(Tensor)"/>
    public static Tensor operator -(Parameter parameter) => -parameter.Value;

    /// <summary>Another value, of the same shape and type.</summary>
    internal void Update(NDArray value) => Value = NewVersion(value);

    /// <summary>What a variable stands for; null when it is not a parameter's.</summary>
    internal static NDArray? ValueOf(Expr leaf) => Versions.TryGetValue(leaf, out var version) ? version.Value : null;

    /// <summary>The parameter that a variable is, or was, the value of.</summary>
    internal static Parameter? OwnerOf(Expr leaf) => Versions.TryGetValue(leaf, out var version) ? version.Owner : null;

    /// <summary>Adds a gradient to what is there already.</summary>
    internal void Accumulate(NDArray gradient)
    {
        var added = new Tensor(constant(gradient), gradient);
        Grad = Grad is null ? added : (Grad + added).Detach();
    }

    Tensor NewVersion(NDArray value)
    {
        var leaf = fresh(Name, new(value.Shape, value.DType));
        Versions.Add(leaf, new(this, value));
        return new(leaf, value);
    }
}
