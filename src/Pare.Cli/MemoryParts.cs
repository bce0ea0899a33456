using Pare.Formats;
using Pare.Models;

namespace Pare.Cli;

/// <summary>What running a model keeps in memory.</summary>
internal sealed class MemoryParts(ModelOutline model)
{
    private readonly ModelConfig _config = model.Config;

    /// <summary>The runtime itself, its buffers and the tokenizer, as measured.</summary>
    public const long Program = 60_000_000;

    /// <summary>Weights, once all of them were read.</summary>
    public long Weights => model.WeightBytes;

    /// <summary>Keys and values of a full cache.</summary>
    public long Cache(long tokens, ElementType type = ElementType.F32) => tokens * _config.Layers.Sum(layer => 2 * type.RowBytes(layer.KeyValueSize));

    /// <summary>Activations of tokens that run together, and one row of logits.</summary>
    public long Activations(long tokens)
    {
        var widest = _config.Layers.Max(layer => 2L * layer.FfnSize + 2L * layer.QuerySize + 2L * layer.KeyValueSize);
        return Program + 4 * (tokens * (3L * _config.HiddenSize + widest) + _config.VocabularySize);
    }
}
