namespace Fluxion.Kernels;

/// <summary>What a step of a tape does, as Core's instructions say it.</summary>
internal enum TapeOperation
{
    Input,
    Add,
    Subtract,
    Multiply,
    Divide,
    MultiplyAdd,
    Sqrt,
    Minimum,
    Maximum,
    Less,
    LessEqual,
    Equal,
    Select,
    And,
    Or,
    Xor,
    AddInteger,
    SubtractInteger,
    MultiplyInteger,
    LessInteger,
    ToInteger,
    ToFloat,
    ShiftLeft,
    ShiftRight,
    CallScalar,
}

/// <summary>An instruction over registers of many elements.</summary>
/// <param name="operation">What it does.</param>
/// <param name="result">The register that it writes, which may be one that it reads.</param>
/// <param name="a">The first register that it reads.</param>
/// <param name="b">The second.</param>
/// <param name="c">The third.</param>
/// <param name="d">The fourth.</param>
/// <param name="number">A shift's bits, an input's number, or the number of a function to call.</param>
internal readonly struct TapeStep(TapeOperation operation, int result, int a, int b, int c, int d, int number)
{
    public readonly TapeOperation Operation = operation;
    public readonly int Result = result;
    public readonly int A = a;
    public readonly int B = b;
    public readonly int C = c;
    public readonly int D = d;
    public readonly int Number = number;
}
