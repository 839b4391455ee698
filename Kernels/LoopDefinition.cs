namespace Fluxion.Kernels;

/// <summary>A loop as data, ready to be run without code of its own. It has two axes or more.</summary>
internal sealed class LoopDefinition
{
    /// <summary>Sizes of the axes, outermost first.</summary>
    public required int[] Sizes { get; init; }

    /// <summary>Which of them the totals run over.</summary>
    public required bool[] Reduced { get; init; }

    /// <summary>What is done to each element, in order.</summary>
    public required TapeStep[] Steps { get; init; }

    /// <summary>Registers in all; those of constants come first.</summary>
    public required int Registers { get; init; }

    /// <summary>The bits of the constants.</summary>
    public required long[] Constants { get; init; }
    public required LoopOperand[] Inputs { get; init; }

    /// <summary>The registers that are written out.</summary>
    public required int[] OutputRegisters { get; init; }

    /// <summary>Where to.</summary>
    public required LoopOperand[] Outputs { get; init; }
    public required LoopTotal[] Totals { get; init; }

    /// <summary>Blocks of a total that go through the tree; 0 where it is short enough to be joined without one.</summary>
    public required int Blocks { get; init; }

    /// <summary>Steps that are joined before they go into the tree.</summary>
    public required int BlockSteps { get; init; }

    /// <summary>The functions that are called for single elements, by number: all take two arguments.</summary>
    public required Func<int, double, double, double> Far { get; init; }
}
