using System.Runtime.InteropServices;

namespace Pare.Formats.Blocks;

/// <summary>Applies a writable block format to runs of numbers.</summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal static class WritableBlockTraversal<TBlock>
    where TBlock : unmanaged, IWritableBlockFormat<TBlock>
{
    /// <summary>Encodes numbers into consecutive blocks.</summary>
    /// <param name="source">Finite numbers, whole blocks of them.</param>
    /// <param name="destination">Bytes of the blocks.</param>
    /// <returns>Index of the first number of the first block whose scales do not fit in F16; −1 where all do.</returns>
    public static int Quantize(ReadOnlySpan<float> source, Span<byte> destination)
    {
        var overflow = -1;
        var blocks = MemoryMarshal.Cast<byte, TBlock>(destination);
        for (var i = 0; i < blocks.Length; i++)
        {
            TBlock.Quantize(source.Slice(i * TBlock.Length, TBlock.Length), out blocks[i]);
            if (overflow < 0 && !TBlock.HasFiniteScales(in blocks[i])) overflow = i * TBlock.Length;
        }

        return overflow;
    }
}
