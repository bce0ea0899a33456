using Pare.Models;

namespace Pare.Training;

/// <summary>What the activations of a batch take, without making room for them.</summary>
/// <param name="Bytes">Bytes, logits included.</param>
/// <param name="Recomputes">Whether only the inputs of the blocks are kept, and each block runs forward again in the backward pass.</param>
public readonly record struct ActivationMemory(long Bytes, bool Recomputes)
{
    /// <summary>Computes it.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="sequences">Sequences of a batch.</param>
    /// <param name="limit">Most bytes that blocks may leave for their backward pass.</param>
    /// <param name="teacher">Whether there is a teacher.</param>
    /// <returns>Bytes, and whether blocks run again.</returns>
    public static ActivationMemory Of(ModelGraph graph, int length, int sequences, long limit, bool teacher)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var config = graph.Config;
        var tokens = checked(length * sequences);
        long[] tapes = [.. Enumerable.Range(0, config.Layers.Count).Select(layer => sizeof(float) * BlockTape.Length(graph, layer, tokens))];
        var again = tapes.Sum() > limit;
        var streams = (config.Layers.Count + 3L) * tokens * config.HiddenSize * sizeof(float);
        return new ActivationMemory((again ? tapes.Max() : tapes.Sum()) + streams + BatchMemory.BytesFor(config, tokens) + HeadLoss.BytesFor(config, teacher), again);
    }
}
