using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fluxion.Kernels;

/// <summary>Runs the steps of a tape one by one, each over a whole register of elements in memory.</summary>
/// <remarks>
/// Every operation is the one that emitted code uses, on .NET's 256-bit vectors, and each is exactly rounded: the results
/// are the same bits. Wider vectors would gain little where every operand goes through memory. A method an operation,
/// so that a process compiles only those that it meets. Counts are whole vectors.
/// </remarks>
internal static unsafe class TapeMachine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static bool IsSingle => typeof(T) == typeof(float);

    /// <summary>Runs one step, other than an input, over <paramref name="count"/> elements.</summary>
    /// <param name="step">What to do.</param>
    /// <param name="registers">The first register.</param>
    /// <param name="pitch">Elements from one register to the next.</param>
    /// <param name="count">Elements, a multiple of a vector's.</param>
    /// <param name="far">The functions that are called for single elements.</param>
    public static void Run(in TapeStep step, T* registers, nint pitch, int count, Func<int, double, double, double> far)
    {
        var result = registers + step.Result * pitch;
        var a = registers + step.A * pitch;
        var b = registers + step.B * pitch;
        var c = registers + step.C * pitch;
        switch (step.Operation)
        {
            case TapeOperation.Add:
                Add(result, a, b, count);
                break;
            case TapeOperation.Subtract:
                Subtract(result, a, b, count);
                break;
            case TapeOperation.Multiply:
                Multiply(result, a, b, count);
                break;
            case TapeOperation.Divide:
                Divide(result, a, b, count);
                break;
            case TapeOperation.MultiplyAdd:
                MultiplyAdd(result, a, b, c, count);
                break;
            case TapeOperation.Sqrt:
                Sqrt(result, a, count);
                break;
            case TapeOperation.Minimum:
                Minimum(result, a, b, count);
                break;
            case TapeOperation.Maximum:
                Maximum(result, a, b, count);
                break;
            case TapeOperation.Less:
                Less(result, a, b, count);
                break;
            case TapeOperation.LessEqual:
                LessEqual(result, a, b, count);
                break;
            case TapeOperation.Equal:
                Equal(result, a, b, count);
                break;
            case TapeOperation.Select:
                Select(result, a, b, c, count);
                break;
            case TapeOperation.And:
                And(result, a, b, count);
                break;
            case TapeOperation.Or:
                Or(result, a, b, count);
                break;
            case TapeOperation.Xor:
                Xor(result, a, b, count);
                break;
            case TapeOperation.AddInteger:
                TapeIntegers<T>.Add(result, a, b, count);
                break;
            case TapeOperation.SubtractInteger:
                TapeIntegers<T>.Subtract(result, a, b, count);
                break;
            case TapeOperation.MultiplyInteger:
                TapeIntegers<T>.Multiply(result, a, b, count);
                break;
            case TapeOperation.LessInteger:
                TapeIntegers<T>.Less(result, a, b, count);
                break;
            case TapeOperation.ToInteger:
                TapeIntegers<T>.FromNumber(result, a, count);
                break;
            case TapeOperation.ToFloat:
                TapeIntegers<T>.ToNumber(result, a, count);
                break;
            case TapeOperation.ShiftLeft:
                TapeIntegers<T>.ShiftLeft(result, a, step.Number, count);
                break;
            case TapeOperation.ShiftRight:
                TapeIntegers<T>.ShiftRight(result, a, step.Number, count);
                break;
            case TapeOperation.CallScalar:
                CallScalar(result, step.Number, a, b, c, registers + step.D * pitch, count, far);
                break;
        }
    }

    static int Lanes => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> At(T* from) => Vector256.Load(from);

    static void Add(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            (At(a + i) + At(b + i)).Store(result + i);
    }

    static void Subtract(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            (At(a + i) - At(b + i)).Store(result + i);
    }

    static void Multiply(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            (At(a + i) * At(b + i)).Store(result + i);
    }

    static void Divide(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            (At(a + i) / At(b + i)).Store(result + i);
    }

    static void MultiplyAdd(T* result, T* a, T* b, T* c, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var value = IsSingle
                ? Vector256
                    .FusedMultiplyAdd(At(a + i).AsSingle(), At(b + i).AsSingle(), At(c + i).AsSingle())
                    .As<float, T>()
                : Vector256
                    .FusedMultiplyAdd(At(a + i).AsDouble(), At(b + i).AsDouble(), At(c + i).AsDouble())
                    .As<double, T>();
            value.Store(result + i);
        }
    }

    static void Sqrt(T* result, T* a, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            Vector256.Sqrt(At(a + i)).Store(result + i);
    }

    static void Minimum(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var (x, y) = (At(a + i), At(b + i));
            Vector256.ConditionalSelect(Vector256.LessThan(x, y), x, y).Store(result + i);
        }
    }

    static void Maximum(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var (x, y) = (At(a + i), At(b + i));
            Vector256.ConditionalSelect(Vector256.GreaterThan(x, y), x, y).Store(result + i);
        }
    }

    static void Less(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            Vector256.LessThan(At(a + i), At(b + i)).Store(result + i);
    }

    static void LessEqual(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            Vector256.LessThanOrEqual(At(a + i), At(b + i)).Store(result + i);
    }

    static void Equal(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            Vector256.Equals(At(a + i), At(b + i)).Store(result + i);
    }

    static void Select(T* result, T* mask, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            Vector256.ConditionalSelect(At(mask + i), At(a + i), At(b + i)).Store(result + i);
    }

    static void And(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            (At(a + i) & At(b + i)).Store(result + i);
    }

    static void Or(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            (At(a + i) | At(b + i)).Store(result + i);
    }

    static void Xor(T* result, T* a, T* b, int count)
    {
        for (var i = 0; i < count; i += Lanes)
            (At(a + i) ^ At(b + i)).Store(result + i);
    }

    static void CallScalar(
        T* result,
        int function,
        T* mask,
        T* x,
        T* y,
        T* otherwise,
        int count,
        Func<int, double, double, double> far
    )
    {
        for (var i = 0; i < count; i += Lanes)
        {
            if (At(mask + i).AsByte() == Vector256<byte>.Zero)
            {
                At(otherwise + i).Store(result + i);
                continue;
            }
            for (var lane = i; lane < i + Lanes; lane++)
                result[lane] = IsSet(mask + lane)
                    ? T.CreateTruncating(
                        far(function, double.CreateTruncating(x[lane]), double.CreateTruncating(y[lane]))
                    )
                    : otherwise[lane];
        }
    }

    static bool IsSet(T* mask) => IsSingle ? *(int*)mask != 0 : *(long*)mask != 0;
}
