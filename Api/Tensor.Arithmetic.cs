namespace Fluxion.Api;

// Each operator beside its named twin. A bare number takes the tensor's element type.
public sealed partial class Tensor
{
    /// <summary>The sum, element by element, with NumPy's broadcasting.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The element types differ.</exception>
    public static Tensor operator +(Tensor left, Tensor right) => new(left.Expression + right.Expression);

    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(Tensor left, double right) => new(left.Expression + right);

    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(double left, Tensor right) => new(left + right.Expression);

    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public Tensor Add(Tensor other) => this + other;

    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public Tensor Add(double other) => this + other;

    /// <summary>The difference, element by element, with NumPy's broadcasting.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The element types differ.</exception>
    public static Tensor operator -(Tensor left, Tensor right) => new(left.Expression - right.Expression);

    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(Tensor left, double right) => new(left.Expression - right);

    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(double left, Tensor right) => new(left - right.Expression);

    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public Tensor Subtract(Tensor other) => this - other;

    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public Tensor Subtract(double other) => this - other;

    /// <summary>The product, element by element, with NumPy's broadcasting.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The element types differ.</exception>
    public static Tensor operator *(Tensor left, Tensor right) => new(left.Expression * right.Expression);

    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(Tensor left, double right) => new(left.Expression * right);

    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(double left, Tensor right) => new(left * right.Expression);

    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public Tensor Multiply(Tensor other) => this * other;

    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public Tensor Multiply(double other) => this * other;

    /// <summary>The quotient, element by element, with NumPy's broadcasting.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The element types differ.</exception>
    public static Tensor operator /(Tensor left, Tensor right) => new(left.Expression / right.Expression);

    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(Tensor left, double right) => new(left.Expression / right);

    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(double left, Tensor right) => new(left / right.Expression);

    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public Tensor Divide(Tensor other) => this / other;

    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public Tensor Divide(double other) => this / other;

    /// <summary>Every element with the other sign.</summary>
    public static Tensor operator -(Tensor value) => new(-value.Expression);

    /// <inheritdoc cref="operator -(Tensor)"/>
    public Tensor Negate() => -this;
}
