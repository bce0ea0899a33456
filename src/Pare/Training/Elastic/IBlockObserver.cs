namespace Pare.Training;

/// <summary>Sees what every block computes in a forward pass, without keeping it.</summary>
internal unsafe interface IBlockObserver
{
    /// <summary>Called after each block, on the caller's thread; the memory is valid during the call only.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="tape">What it computed, [tokens, …] each.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="input">[tokens, hidden]: what it read.</param>
    /// <param name="output">[tokens, hidden]: what it gave.</param>
    void Observe(int layer, BlockTape tape, int tokens, float* input, float* output);
}
