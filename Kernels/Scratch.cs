using System.Runtime.InteropServices;

namespace Fluxion.Kernels;

/// <summary>
/// A thread's own workspace, outside the garbage-collected heap: it grows to the largest request and is kept, so that
/// kernels allocate nothing once warm, and is aligned to a cache line, which a managed array is not.
/// </summary>
/// <remarks>
/// Several regions live at once (a convolution's columns while the product packs its panels), so each kind of use has
/// its own slot. Renting from <c>ArrayPool</c> was rejected: its arrays are not aligned and must be pinned and
/// returned.
/// </remarks>
internal sealed unsafe class Scratch
{
    [ThreadStatic]
    static Scratch[]? slots;

    const nuint Alignment = 64;

    void* memory;
    nuint capacity;

    /// <summary>
    /// Uninitialised memory for <paramref name="count"/> numbers, valid until this thread asks for that
    /// slot again.
    /// </summary>
    public static T* Rent<T>(ScratchSlot slot, nint count)
        where T : unmanaged
    {
        var mine = slots ??= Create();
        return (T*)mine[(int)slot].Grow((nuint)count * (nuint)sizeof(T));
    }

    /// <summary>A copy of numbers, valid until this thread asks for that slot again.</summary>
    public static ReadOnlySpan<T> CopyOf<T>(ScratchSlot slot, ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        var copy = new Span<T>(Rent<T>(slot, numbers.Length), numbers.Length);
        numbers.CopyTo(copy);
        return copy;
    }

    static Scratch[] Create()
    {
        var all = new Scratch[(int)ScratchSlot.Count];
        for (var i = 0; i < all.Length; i++)
            all[i] = new Scratch();
        return all;
    }

    void* Grow(nuint bytes)
    {
        if (bytes > capacity)
        {
            NativeMemory.AlignedFree(memory);
            memory = null;
            capacity = 0;
            // Half as much again: a run of slowly growing requests then costs a logarithmic number of allocations.
            var wanted = bytes + bytes / 2 + Alignment;
            memory = NativeMemory.AlignedAlloc(wanted, Alignment);
            capacity = wanted;
        }
        return memory;
    }

    // Runs when the thread that owned the slots is gone.
    ~Scratch() => NativeMemory.AlignedFree(memory);
}

/// <summary>The uses of <see cref="Scratch"/> that may be live at the same time on one thread.</summary>
internal enum ScratchSlot
{
    BlockA,
    Panels,
    Tile,
    Columns,
    Frame,
    Spread,
    Partials,
    Offsets,
    DotSums,
    GatheredRow,
    GatheredColumn,
    Lanes,
    Parts,
    LeftOperand,
    RightOperand,
    Loop,
    Order,
    Count,
}
