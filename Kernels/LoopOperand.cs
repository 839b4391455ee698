using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fluxion.Kernels;

/// <summary>Where an interpreted loop reads or writes: a buffer, and how far apart neighbours along each axis stand in it.</summary>
/// <param name="slot">The number of the buffer.</param>
/// <param name="isMask">True for bools, which are whole masks in registers.</param>
/// <param name="offset">Where the first element stands.</param>
/// <param name="strides">Along each axis of the loop.</param>
internal sealed unsafe class LoopOperand(int slot, bool isMask, int offset, int[] strides)
{
    readonly int lastStride = strides[^1];

    nint PositionOf(int* index)
    {
        nint position = offset;
        for (var axis = 0; axis < strides.Length; axis++)
            position += (nint)strides[axis] * index[axis];
        return position;
    }

    /// <summary>Reads a tile, rows along an axis and columns along the last, into neighbours.</summary>
    public void Load<T>(Array[] buffers, int* index, int rowAxis, int rows, int columns, T* to)
        where T : unmanaged
    {
        var rowStride = strides[rowAxis];
        fixed (byte* data = &MemoryMarshal.GetArrayDataReference(buffers[slot]))
        {
            if (isMask)
            {
                var from = data + PositionOf(index);
                for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++)
                    to[row * columns + column] = Mask<T>(from[row * (nint)rowStride + column * (nint)lastStride]);
                return;
            }
            var start = (T*)data + PositionOf(index);
            if (lastStride == 1 && (rows == 1 || rowStride == columns))
                Copy(start, to, rows * columns);
            else if (lastStride == 0 && rowStride == 0)
                Fill(to, *start, rows * columns);
            else
                for (var row = 0; row < rows; row++)
                    LoadRow(start + row * (nint)rowStride, to + row * columns, columns);
        }
    }

    void LoadRow<T>(T* from, T* to, int columns)
        where T : unmanaged
    {
        if (lastStride == 1)
            Copy(from, to, columns);
        else if (lastStride == 0)
            Fill(to, *from, columns);
        else
            for (var column = 0; column < columns; column++)
                to[column] = from[column * (nint)lastStride];
    }

    /// <summary>Writes a tile of neighbours to where it belongs.</summary>
    public void Store<T>(Array[] buffers, int* index, int rowAxis, int rows, int columns, T* from)
        where T : unmanaged
    {
        var rowStride = strides[rowAxis];
        fixed (byte* data = &MemoryMarshal.GetArrayDataReference(buffers[slot]))
        {
            if (isMask)
            {
                var to = data + PositionOf(index);
                for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++)
                    to[row * (nint)rowStride + column * (nint)lastStride] =
                        *(byte*)(from + row * columns + column) != 0 ? (byte)1 : (byte)0;
                return;
            }
            var start = (T*)data + PositionOf(index);
            if (lastStride == 1 && (rows == 1 || rowStride == columns))
                Copy(from, start, rows * columns);
            else
                for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++)
                    start[row * (nint)rowStride + column * (nint)lastStride] = from[row * columns + column];
        }
    }

    static void Copy<T>(T* from, T* to, int count)
        where T : unmanaged => new ReadOnlySpan<T>(from, count).CopyTo(new Span<T>(to, count));

    static void Fill<T>(T* to, T value, int count)
        where T : unmanaged => new Span<T>(to, count).Fill(value);

    static T Mask<T>(byte condition)
        where T : unmanaged
    {
        var bits = condition != 0 ? -1L : 0L;
        return sizeof(T) == 4 ? Unsafe.BitCast<int, T>((int)bits) : Unsafe.BitCast<long, T>(bits);
    }
}
