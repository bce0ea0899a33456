using Pare.Formats;
using Pare.Models;

namespace Pare.Evaluation;

/// <summary>Which model a figure belongs to.</summary>
public sealed record ModelIdentity
{
    /// <summary>Path as it was given.</summary>
    public required string Path { get; init; }

    /// <summary>Fingerprint of configuration, weights and tokenizer, see <see cref="ModelFingerprint"/>; null for a model that lies in memory only.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Family.</summary>
    public required string Architecture { get; init; }

    /// <summary>Number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of all tensors.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Bits stored per weight, scales included, over all tensors.</summary>
    public required double BitsPerWeight { get; init; }

    /// <summary>Bytes by how they are written, largest first.</summary>
    public required IReadOnlyDictionary<string, long> BytesByType { get; init; }

    /// <summary>The kind of tokenizer in words; null where none was used.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Entries of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Describes a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="withTokenizer">Whether its tokenizer took part.</param>
    /// <returns>The description.</returns>
    public static ModelIdentity Of(Model model, bool withTokenizer = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        var types = model.BytesByType();
        var parameters = types.Sum(type => type.Elements);
        return new ModelIdentity
        {
            Path = model.Path,
            Fingerprint = ModelFingerprint.Of(model.Path),
            Architecture = model.Config.Architecture.ModelType,
            Parameters = parameters,
            WeightBytes = model.WeightBytes,
            BitsPerWeight = 8.0 * model.WeightBytes / parameters,
            BytesByType = types.ToDictionary(type => type.Type.Name(), type => type.Bytes),
            Tokenizer = withTokenizer ? model.Tokenizer.Description : null,
            VocabularySize = model.Config.VocabularySize,
        };
    }
}
