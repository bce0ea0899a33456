namespace Pare.Formats.Blocks;

/// <summary>A block format that Pare writes, with the levels that llama.cpp's quantizer chooses without an importance matrix.</summary>
/// <typeparam name="TSelf">The struct of one block.</typeparam>
internal interface IWritableBlockFormat<TSelf> : IBlockFormat<TSelf>
    where TSelf : unmanaged, IWritableBlockFormat<TSelf>
{
    /// <summary>Chooses scales and levels for one block.</summary>
    /// <param name="source">[<see cref="IBlockFormat{TSelf}.Length"/>] finite numbers.</param>
    /// <param name="block">Receives every byte of the block.</param>
    static abstract void Quantize(ReadOnlySpan<float> source, out TSelf block);

    /// <summary>Whether the scales fit in F16; false after <see cref="Quantize"/> says that the numbers were too large for the format.</summary>
    /// <param name="block">The block.</param>
    /// <returns>True where every scale of the block is finite.</returns>
    static abstract bool HasFiniteScales(in TSelf block);
}
