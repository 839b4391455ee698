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
    sealed class Version(Parameter owner, NDArray value) : Source
    {
        public Parameter Owner => owner;

        public override NDArray Value => value;

        public override NDArray Current => owner.current;

        public override NDArray? Spare() => owner.TakeSpare();

        public override void Accumulate(NDArray gradient, bool isOwn) => owner.Accumulate(gradient, isOwn);
    }

    NDArray current;

    // Made when it is first asked for.
    Tensor? value;

    // The array belongs to the parameter until somebody asks for Grad, and is written over once it is forgotten.
    NDArray? gradient;
    bool isGradientOwn;
    NDArray? spare;
    Tensor? grad;

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
        current = value.Value;
    }

    /// <summary>What printed mathematics and errors call it; <see cref="Module.NamedParameters"/> has its path in a model.</summary>
    public string Name { get; }

    /// <summary>The value now, as a tensor whose gradient comes here; <see cref="Tensor.Detach"/> cuts that off.</summary>
    public Tensor Value => value ??= new(freshFrom(Name, new Version(this, current)), current);

    /// <summary>What <see cref="Tensor.Backward"/> has added up since the last <see cref="ZeroGrad"/>; null before.</summary>
    public Tensor? Grad
    {
        get
        {
            if (gradient is null)
                return null;
            isGradientOwn = false;
            return grad ??= new(constant(gradient), gradient);
        }
    }

    /// <summary>The sizes of the axes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape => current.Shape.ToArray();

    /// <summary>Forgets the gradient.</summary>
    public void ZeroGrad()
    {
        if (isGradientOwn)
            spare = gradient;
        (gradient, isGradientOwn, grad) = (null, false, null);
    }

    /// <summary>Another value, of the same shape and type. Tensors built before keep the old one.</summary>
    /// <exception cref="ShapeException">The shape differs.</exception>
    /// <exception cref="DTypeException">The element type differs.</exception>
    public void Update(Tensor value)
    {
        var (old, given) = (current.Type, value.Expression.Type);
        if (!old.Equals(given))
            TensorTypeModule.mismatch<object>(
                old,
                given,
                "Update",
                $"'{Name}' is {old} and its new value must be too",
                $"that is {given}",
                "reshape or cast it?"
            );
        Update(value.Value);
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

    /// <summary>The value now, without a variable for it.</summary>
    internal NDArray Current => current;

    /// <summary>The gradient, for reading before the next <see cref="ZeroGrad"/> only.</summary>
    internal NDArray? Gradient => gradient;

    /// <summary>Another value, of the same shape and type.</summary>
    internal void Update(NDArray next) => (current, value) = (next, null);

    /// <summary>The parameter that a variable is, or was, the value of.</summary>
    internal static Parameter? OwnerOf(Expr leaf) => (leaf.Source as Version)?.Owner;

    NDArray? TakeSpare()
    {
        var taken = spare;
        spare = null;
        return taken;
    }

    void Accumulate(NDArray added, bool isOwn)
    {
        (gradient, isGradientOwn) = gradient is null
            ? (added, isOwn)
            : (Interop.Evaluate([constant(gradient) + constant(added)])[0], true);
        grad = null;
    }
}
