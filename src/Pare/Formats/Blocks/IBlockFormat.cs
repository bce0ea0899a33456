namespace Pare.Formats.Blocks;

/// <summary>A block format: the bytes of one block as a struct without padding, and how they become numbers.</summary>
/// <typeparam name="TSelf">The struct; its size is <see cref="ElementTypes.BlockBytes"/> of <see cref="Type"/>.</typeparam>
internal interface IBlockFormat<TSelf>
    where TSelf : unmanaged, IBlockFormat<TSelf>
{
    /// <summary>The element type whose blocks these are.</summary>
    static abstract ElementType Type { get; }

    /// <summary>Elements per block: 32 or 256.</summary>
    static abstract int Length { get; }

    /// <summary>The scalar definition: each operation a float32 rounding, in the order written, none fused.</summary>
    /// <param name="block">The block.</param>
    /// <param name="destination">[<see cref="Length"/>] numbers.</param>
    static abstract void Dequantize(in TSelf block, Span<float> destination);

    /// <summary>The same numbers to the bit, 16 at a time; only where <c>Vector128</c> is accelerated.</summary>
    /// <param name="block">The block.</param>
    /// <param name="destination">First of [<see cref="Length"/>] numbers.</param>
    static abstract void DequantizeVector(in TSelf block, ref float destination);
}
