using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>32 numbers in 18 bytes: <c>x = Scale · table[index]</c>, indices stored as the levels of Q4_0. The table's steps widen away from zero.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockIQ4_NL : IWritableBlockFormat<BlockIQ4_NL>
{
    /// <summary>What the table's entries are multiplied by.</summary>
    public Half Scale;

    /// <summary>Two 4-bit indices a byte.</summary>
    public Bytes16 Indices;

    public static ElementType Type => ElementType.IQ4_NL;

    public static int Length => 32;

    /// <summary>The 16 values that the format can hold, before scaling.</summary>
    public static ReadOnlySpan<sbyte> Table => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    public static void Dequantize(in BlockIQ4_NL block, Span<float> destination)
    {
        var scale = (float)block.Scale;
        for (var j = 0; j < 16; j++)
        {
            destination[j] = scale * Table[block.Indices[j] & 15];
            destination[j + 16] = scale * Table[block.Indices[j] >> 4];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockIQ4_NL block, ref float destination)
    {
        var scale = F16Scale.Read(block.Scale);
        var table = Vector128.Create(Table);
        var packed = Vector128.LoadUnsafe(in block.Indices[0]);
        Spread.Scaled(Vector128.Shuffle(table, (packed & Vector128.Create((byte)15)).AsSByte()), scale, ref destination);
        Spread.Scaled(Vector128.Shuffle(table, (packed >>> 4).AsSByte()), scale, ref Unsafe.Add(ref destination, 16));
    }

    public static void Quantize(ReadOnlySpan<float> source, out BlockIQ4_NL block)
    {
        var scale = TableScaleSearch.Search(source);
        block.Scale = (Half)scale;
        block.Indices = default;
        var inverse = scale != 0 ? 1 / scale : 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (nuint j = 0; j < 16; j += 8)
            {
                ref var first = ref MemoryMarshal.GetReference(source);
                var low = TableScaleLanes.Nearest(Vector256.LoadUnsafe(ref first, j) * inverse);
                var high = TableScaleLanes.Nearest(Vector256.LoadUnsafe(ref first, j + 16) * inverse);
                var shorts = Vector256.Narrow(low | high << 4, Vector256<int>.Zero).GetLower();
                Unsafe.WriteUnaligned(ref block.Indices[(int)j], Vector128.Narrow(shorts, shorts).AsUInt64().ToScalar());
            }

            return;
        }

        for (var j = 0; j < 16; j++)
        {
            block.Indices[j] = (byte)(TableScaleSearch.Nearest(source[j] * inverse) | TableScaleSearch.Nearest(source[j + 16] * inverse) << 4);
        }
    }

    public static bool HasFiniteScales(in BlockIQ4_NL block) => Half.IsFinite(block.Scale);
}
