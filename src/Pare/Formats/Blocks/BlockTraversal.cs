using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>Applies a block format to runs of blocks.</summary>
/// <typeparam name="TBlock">The format.</typeparam>
internal static class BlockTraversal<TBlock>
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    /// <summary>Decodes consecutive blocks, in vectors where the machine has them.</summary>
    /// <param name="source">Whole blocks.</param>
    /// <param name="destination">As many numbers as the blocks hold.</param>
    // Not inlined: the callers choose among all formats, and too much at one place is compiled badly.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Dequantize(ReadOnlySpan<byte> source, Span<float> destination)
    {
        if (!Vector128.IsHardwareAccelerated)
        {
            DequantizeScalar(source, destination);
            return;
        }

        ref readonly var block = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, TBlock>(source));
        ref var place = ref MemoryMarshal.GetReference(destination);
        var count = destination.Length / TBlock.Length;
        for (nint i = 0; i < count; i++)
        {
            TBlock.DequantizeVector(in Unsafe.Add(ref Unsafe.AsRef(in block), i), ref Unsafe.Add(ref place, i * TBlock.Length));
        }
    }

    /// <summary>Decodes consecutive blocks by the scalar definition.</summary>
    /// <param name="source">Whole blocks.</param>
    /// <param name="destination">As many numbers as the blocks hold.</param>
    public static void DequantizeScalar(ReadOnlySpan<byte> source, Span<float> destination)
    {
        foreach (ref readonly var block in MemoryMarshal.Cast<byte, TBlock>(source))
        {
            TBlock.Dequantize(in block, destination[..TBlock.Length]);
            destination = destination[TBlock.Length..];
        }
    }
}
