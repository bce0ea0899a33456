using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>Options of round-to-nearest: every weight takes the nearest value that its format has.</summary>
public sealed record RoundToNearestOptions : RoundingOptions
{
    internal const string MethodName = "round-to-nearest";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>
    /// Format of the embedding table and the head. Null: where <see cref="Sites"/> is null, Q8_0 for a <see cref="RoundingOptions.Format"/> of fewer than 8 bits and else
    /// <see cref="RoundingOptions.Format"/>; where it is not, they stay as they are.
    /// </summary>
    public ElementType? EmbeddingFormat { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    /// <summary>What <see cref="EmbeddingFormat"/> amounts to; null leaves them as they are.</summary>
    internal ElementType? EffectiveEmbeddingFormat => EmbeddingFormat
        ?? (Sites is not null || Format is not { } format ? null : format.IsBelow8Bits() ? ElementType.Q8_0 : format);

    internal static RoundToNearestOptions Read(RecipeMap step)
    {
        if (step.Text("bits") is null && step.Text("format") is null) throw step.Problem("format", "is missing");
        return Read(step, new RoundToNearestOptions { EmbeddingFormat = step.Format("embeddingFormat"), Sites = step.Texts("sites") });
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["embeddingFormat"] = EffectiveEmbeddingFormat?.Label() };
        Write(json);
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
