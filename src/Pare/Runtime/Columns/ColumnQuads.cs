using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>The columns of a block whose activations are not zero, four at a time: where they lie, and the activations as the kernels multiply them.</summary>
internal unsafe struct ColumnQuads
{
    /// <summary>Most quads of a block of 32 columns.</summary>
    public const int Most = 8;

    private fixed int _columns[4 * Most];
    private fixed uint _values[Most];
    private fixed uint _magnitudes[Most];
    private fixed uint _signs[Most];

    /// <summary>Quads; the last is filled up with its own columns and activations of zero.</summary>
    public int Count;

    /// <summary>The four columns of a quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int* Columns(ColumnQuads* quads, int quad) => quads->_columns + 4 * quad;

    /// <summary>q of a quad, four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Values(ColumnQuads* quads, int quad) => (byte*)(quads->_values + quad);

    /// <summary>|q| of a quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Magnitudes(ColumnQuads* quads, int quad) => (byte*)(quads->_magnitudes + quad);

    /// <summary>Signs of a quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Signs(ColumnQuads* quads, int quad) => (byte*)(quads->_signs + quad);

    /// <summary>Bit j: whether activation j of a block is not zero.</summary>
    /// <param name="block">A block of <see cref="Int8Rows"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Active(byte* block)
    {
        if (Vector128.IsHardwareAccelerated)
            return ~(Vector128.Equals(Vector128.Load(block), Vector128<byte>.Zero).ExtractMostSignificantBits() | Vector128.Equals(Vector128.Load(block + 16), Vector128<byte>.Zero).ExtractMostSignificantBits() << 16);
        uint active = 0;
        for (var i = 0; i < 32; i++) active |= (block[i] != 0 ? 1u : 0) << i;
        return active;
    }

    /// <summary>Reads a block.</summary>
    /// <param name="quads">Filled.</param>
    /// <param name="block">A block of <see cref="Int8Rows"/>.</param>
    public static void Read(ColumnQuads* quads, byte* block)
    {
        var count = 0;
        for (var active = Active(block); active != 0; count++)
        {
            uint values = 0, magnitudes = 0, signs = 0;
            var columns = quads->_columns + 4 * count;
            for (var i = 0; i < 4; i++)
            {
                if (active == 0)
                {
                    columns[i] = columns[i - 1];
                    continue;
                }

                var column = BitOperations.TrailingZeroCount(active);
                active &= active - 1;
                columns[i] = column;
                values |= (uint)block[column] << 8 * i;
                magnitudes |= (uint)block[Int8Block.Magnitudes + column] << 8 * i;
                signs |= (uint)block[Int8Block.Signs + column] << 8 * i;
            }

            quads->_values[count] = values;
            quads->_magnitudes[count] = magnitudes;
            quads->_signs[count] = signs;
        }

        quads->Count = count;
    }
}
