using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>Options of round-to-nearest: every weight takes the nearest value that its format has.</summary>
public sealed record RoundToNearestOptions : PassOptions
{
    internal const string MethodName = "round-to-nearest";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Format of the linear sites; or null with <see cref="Bits"/>.</summary>
    public ElementType? Format { get; init; }

    /// <summary>Bits of a value, 2 to 8, each group from its minimum to its maximum; or null with <see cref="Format"/>.</summary>
    public int? Bits { get; init; }

    /// <summary>Inputs of a row that share scale and minimum with <see cref="Bits"/>; 0 takes the whole row.</summary>
    public int Group { get; init; } = 64;

    /// <summary>Type of the stored values with <see cref="Bits"/>: F32, F16 or BF16. The file is not smaller: a study of the grid, not a product.</summary>
    public ElementType StoredAs { get; init; } = ElementType.BF16;

    /// <summary>
    /// Format of the embedding table and the head. Null: where <see cref="Sites"/> is null, Q8_0 for a <see cref="Format"/> of fewer than 8 bits and else
    /// <see cref="Format"/>; where it is not, they stay as they are.
    /// </summary>
    public ElementType? EmbeddingFormat { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    /// <summary>What <see cref="EmbeddingFormat"/> amounts to; null leaves them as they are.</summary>
    internal ElementType? EffectiveEmbeddingFormat => EmbeddingFormat
        ?? (Sites is not null || Format is not { } format ? null : format.IsBelow8Bits() ? ElementType.Q8_0 : format);

    internal static RoundToNearestOptions Read(RecipeMap step)
    {
        var options = new RoundToNearestOptions
        {
            Bits = step.Text("bits") is null ? null : step.Integer("bits", 0),
            Group = step.Integer("group", 64),
            StoredAs = step.Format("storedAs") ?? ElementType.BF16,
            Format = step.Format("format"),
            EmbeddingFormat = step.Format("embeddingFormat"),
            Sites = step.Texts("sites"),
        };
        if (options.Bits is null && options.Format is null) throw step.Problem("format", "is missing");
        GridChecks.Check(step.Problem, options.Format, options.Bits, options.Group, options.StoredAs);
        return options;
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["embeddingFormat"] = EffectiveEmbeddingFormat?.Label() };
        if (Format is { } format) json["format"] = format.Label();
        else (json["bits"], json["group"], json["storedAs"]) = (Bits, Group, StoredAs.Label());
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
