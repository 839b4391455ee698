using NUnit.Framework;
using static Fluxion.Api.Tests.Numbers;

namespace Fluxion.Api.Tests;

public sealed class TensorElementwiseTests
{
    static readonly double[] Numbers = [0.3, 1.2, 2.5];

    static IEnumerable<TestCaseData> Functions()
    {
        static TestCaseData Case(string name, Func<Tensor, Tensor> actual, Func<double, double> expected) =>
            new TestCaseData(actual, expected).SetArgDisplayNames(name);

        yield return Case("Exp", x => x.Exp(), Math.Exp);
        yield return Case("Log", x => x.Log(), Math.Log);
        yield return Case("Log1p", x => x.Log1p(), x => Math.Log(1 + x));
        yield return Case("Expm1", x => x.Expm1(), x => Math.Exp(x) - 1);
        yield return Case("Sin", x => x.Sin(), Math.Sin);
        yield return Case("Cos", x => x.Cos(), Math.Cos);
        yield return Case("Tan", x => x.Tan(), Math.Tan);
        yield return Case("Tanh", x => x.Tanh(), Math.Tanh);
        yield return Case("Sqrt", x => x.Sqrt(), Math.Sqrt);
        yield return Case("Abs", x => (x - 1).Abs(), x => Math.Abs(x - 1));
        yield return Case("Sign", x => (x - 1).Sign(), x => Math.Sign(x - 1));
        yield return Case("Square", x => x.Square(), x => x * x);
        yield return Case("Pow by a number", x => x.Pow(2.5), x => Math.Pow(x, 2.5));
        yield return Case("Pow by a tensor", x => x.Pow(x), x => Math.Pow(x, x));
        yield return Case("Sigmoid", x => x.Sigmoid(), x => 1 / (1 + Math.Exp(-x)));
        yield return Case("LogSigmoid", x => x.LogSigmoid(), x => -Math.Log(1 + Math.Exp(-x)));
        yield return Case("Softplus", x => x.Softplus(), x => Math.Log(1 + Math.Exp(x)));
        yield return Case("Exp2", x => x.Exp2(), x => Math.Pow(2, x));
        yield return Case("Log2", x => x.Log2(), Math.Log2);
        yield return Case("Log10", x => x.Log10(), Math.Log10);
        yield return Case("Cbrt", x => x.Cbrt(), Math.Cbrt);
        yield return Case("Reciprocal", x => x.Reciprocal(), x => 1 / x);
        yield return Case("Rsqrt", x => x.Rsqrt(), x => 1 / Math.Sqrt(x));
        yield return Case("Asin", x => (x / 3).Asin(), x => Math.Asin(x / 3));
        yield return Case("Acos", x => (x / 3).Acos(), x => Math.Acos(x / 3));
        yield return Case("Atan", x => x.Atan(), Math.Atan);
        yield return Case("Sinh", x => x.Sinh(), Math.Sinh);
        yield return Case("Cosh", x => x.Cosh(), Math.Cosh);
        yield return Case("Asinh", x => x.Asinh(), Math.Asinh);
        yield return Case("Acosh", x => (x + 1).Acosh(), x => Math.Acosh(x + 1));
        yield return Case("Atanh", x => (x / 3).Atanh(), x => Math.Atanh(x / 3));
        yield return Case("Erf and Erfc", x => x.Erf() + x.Erfc() * 2 - x.Erfc(), _ => 1);
        yield return Case("Floor", x => x.Floor(), Math.Floor);
        yield return Case("Ceil", x => x.Ceil(), Math.Ceiling);
        yield return Case("Round", x => (x + 0.1).Round(), x => Math.Round(x + 0.1));
        yield return Case("Clamp", x => x.Clamp(0.5, 2), x => Math.Clamp(x, 0.5, 2));
        yield return Case("Atan2 of a number", x => x.Atan2(2), x => Math.Atan2(x, 2));
        yield return Case("Atan2 of a tensor", x => x.Atan2(2 - x), x => Math.Atan2(x, 2 - x));
        yield return Case("Hypot of a number", x => x.Hypot(2), x => double.Hypot(x, 2));
        yield return Case("Hypot of a tensor", x => x.Hypot(2 - x), x => double.Hypot(x, 2 - x));
        yield return Case("Remainder of a number", x => x.Remainder(0.7), x => x % 0.7);
        yield return Case("Remainder of a tensor", x => x.Remainder(x + 1), x => x);
        yield return Case("CopySign of a number", x => x.CopySign(-1), x => -x);
        yield return Case("CopySign of a tensor", x => x.CopySign(x - 1), x => Math.CopySign(x, x - 1));
        yield return Case("LogAddExp of a number", x => x.LogAddExp(2), x => Math.Log(Math.Exp(x) + Math.Exp(2)));
        yield return Case(
            "LogAddExp of a tensor",
            x => x.LogAddExp(2 - x),
            x => Math.Log(Math.Exp(x) + Math.Exp(2 - x))
        );
        yield return Case("SquaredDifference of a number", x => x.SquaredDifference(2), x => (x - 2) * (x - 2));
        yield return Case(
            "SquaredDifference of a tensor",
            x => x.SquaredDifference(2 - x),
            x => (2 * x - 2) * (2 * x - 2)
        );
        yield return Case("LeakyRelu", x => (x - 1).LeakyRelu(), x => Math.Max(x - 1, 0.01 * (x - 1)));
        yield return Case("Elu", x => (x - 1).Elu(2), x => x > 1 ? x - 1 : 2 * Math.Exp(x - 1) - 2);
        yield return Case("Silu", x => x.Silu(), x => x / (1 + Math.Exp(-x)));
        yield return Case("Relu", x => (x - 1).Relu(), x => Math.Max(x - 1, 0));
        yield return Case("Maximum of a number", x => x.Maximum(1), x => Math.Max(x, 1));
        yield return Case("Maximum of a tensor", x => x.Maximum(2 - x), x => Math.Max(x, 2 - x));
        yield return Case("Minimum of a number", x => x.Minimum(1), x => Math.Min(x, 1));
        yield return Case("Minimum of a tensor", x => x.Minimum(2 - x), x => Math.Min(x, 2 - x));
    }

    [TestCaseSource(nameof(Functions))]
    public void IsTheFunctionOfEachElement(Func<Tensor, Tensor> actual, Func<double, double> expected) =>
        actual(Tensor.Of(Numbers)).Holds([3], [.. Numbers.Select(expected)]);

    [TestCaseSource(nameof(Functions))]
    public void HasTheDerivativeThatDifferencesGive(Func<Tensor, Tensor> actual, Func<double, double> expected)
    {
        var w = new Parameter(Tensor.Of(Numbers));
        Tensor Loss() => actual(w).Sum();
        Loss().Backward();
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(NumericGradient(w, Loss)).Within(1e-7));
        Assert.That(Loss().ToScalar(), Is.EqualTo(Numbers.Sum(expected)).Within(1e-12));
    }

    [Test]
    public void Comparisons()
    {
        var (x, y) = (Tensor.Of(1.0, 2.0, 3.0), Tensor.Of(2.0, 2.0, 2.0));
        x.Less(y).Holds([3], 1, 0, 0);
        x.LessEqual(y).Holds([3], 1, 1, 0);
        x.Greater(y).Holds([3], 0, 0, 1);
        x.GreaterEqual(y).Holds([3], 0, 1, 1);
        x.Equal(y).Holds([3], 0, 1, 0);
        x.NotEqual(y).Holds([3], 1, 0, 1);
        x.Less(2).Holds([3], 1, 0, 0);
        x.LessEqual(2).Holds([3], 1, 1, 0);
        x.Greater(2).Holds([3], 0, 0, 1);
        x.GreaterEqual(2).Holds([3], 0, 1, 1);
        x.Equal(2).Holds([3], 0, 1, 0);
        x.NotEqual(2).Holds([3], 1, 0, 1);
        Assert.That(x.Less(y).DType, Is.EqualTo(DType.Bool));
    }

    [Test]
    public void WhatNumbersAre()
    {
        var x = Tensor.Of(1.0, double.PositiveInfinity, double.NaN);
        x.IsNaN().Holds([3], 0, 0, 1);
        x.IsInf().Holds([3], 0, 1, 0);
        x.IsFinite().Holds([3], 1, 0, 0);
    }

    [Test]
    public void LogicOfTruths()
    {
        var (x, y) = (Tensor.Of(1.0, 1.0, 0.0, 0.0).Greater(0), Tensor.Of(1.0, 0.0, 1.0, 0.0).Greater(0));
        (x & y).Holds([4], 1, 0, 0, 0);
        (x | y).Holds([4], 1, 1, 1, 0);
        (x ^ y).Holds([4], 0, 1, 1, 0);
        (!x).Holds([4], 0, 0, 1, 1);
        Assert.Throws<DTypeException>(() => Tensor.Of(1.0).LogicalNot());
    }

    [Test]
    public void WhereTakesOneBranchAndItsGradient()
    {
        var w = new Parameter(Tensor.Of(-1.0, 4.0));
        // The logarithm of -1 is NaN, and so would be its gradient: neither may leak from the branch not taken.
        var chosen = Tensor.Where(w.Value.Greater(0), w.Value.Log(), w * 3);
        chosen.Holds([2], -3, Math.Log(4));
        chosen.Sum().Backward();
        w.Grad!.Holds([2], 3, 0.25);
    }

    [Test]
    public void WhereWantsACondition() =>
        Assert.That(
            MessageOf<DTypeException>(() => Tensor.Where(Tensor.Of(1.0), Tensor.Of(1.0), Tensor.Of(1.0))),
            Does.StartWith("where: the condition must be bool, but it is float64")
        );

    [Test]
    public void CastConvertsAndBack()
    {
        var x = Tensor.Of(1.7, -1.7, 0.0);
        foreach (var dtype in Enum.GetValues<DType>())
            Assert.That(x.Cast(dtype).DType, Is.EqualTo(dtype));
        x.Cast(DType.Int64).Holds([3], 1, -1, 0);
        x.Cast(DType.Bool).Holds([3], 1, 1, 0);
    }
}
