using System.Text.Json.Nodes;

namespace Pare.Models;

/// <summary>What Pare's methods make of a family that the family's own configuration cannot say: a section of config.json.</summary>
/// <remarks>Such a folder names its family with "pare_" in front, so that a program that does not know the section refuses it instead of computing something else.</remarks>
internal static class ConfigStructure
{
    /// <summary>Key of the section.</summary>
    public const string Key = "pare_structure";

    /// <summary>What stands before the family's name.</summary>
    public const string Prefix = "pare_";

    /// <summary>Key, inside the section, of the size of a whole head, whose rotary pairs the heads have some of.</summary>
    public const string RotaryHeadSizeKey = "rotary_head_dim";

    private const string RotaryPairsKey = "rotary_pairs";
    private const string NormKey = "norm";
    private const string ShortcutsKey = "shortcuts";
    private const string HeadBiasKey = "head_bias";
    private const string RmsNormName = "rms_norm";

    /// <summary>Key, inside the section, of the size of a head where the family derives it from other sizes.</summary>
    public const string HeadSizeKey = "head_dim";

    /// <summary>Whether a configuration needs the section.</summary>
    public static bool IsNeeded(ModelConfig config) => config.HasShortcuts || config.HeadBias || HasOwnPairs(config) || HasOwnHeadSize(config);

    /// <summary>Why only Pare can run a model, or null where others can.</summary>
    public static string? Peculiarity(ModelConfig config) => config.HasShortcuts || config.HeadBias ? "a model whose residual stream changes its basis between blocks (SliceGPT)"
        : HasOwnPairs(config) ? "a model whose heads have rotary pairs of their own (MoDeGPT)" : null;

    private static bool HasOwnPairs(ModelConfig config) => config.Layers.Any(layer => layer.RotaryPairs is not null);

    // Where the family takes the size from the width and the most heads of a layer.
    private static bool HasOwnHeadSize(ModelConfig config)
    {
        if (config.Architecture.Keys.HeadSize is not null) return false;
        var heads = config.Layers.Max(layer => layer.Heads);
        return config.Layers.Any(layer => layer.HasAttention && layer.HeadSize * heads != config.HiddenSize);
    }

    /// <summary>The family's name in model_type: "pare_llama" is a llama with the section.</summary>
    /// <exception cref="Pare.Formats.ModelFormatException">There is only the prefix or only the section.</exception>
    public static string FamilyOf(ConfigReader config, string type)
    {
        var has = type.StartsWith(Prefix, StringComparison.Ordinal);
        if (has == config.Has(Key)) return has ? type[Prefix.Length..] : type;
        throw config.Problem("model_type", has ? $"'{type}' needs the section {Key}, which is missing" : $"the section {Key} belongs to '{Prefix}{type}', found '{type}'");
    }

    /// <summary>Adds what the section says to what the family read.</summary>
    public static ModelConfig Apply(ConfigReader config, ModelConfig read)
    {
        if (config.Section(Key) is not { } section) return read;
        var norm = section.Text(NormKey);
        if (norm is not (null or RmsNormName)) throw section.Problem(NormKey, $"expected {RmsNormName}, found '{norm}'");
        var result = read with
        {
            Norm = norm is null ? read.Norm : NormKind.RmsNorm,
            HasShortcuts = section.Flag(ShortcutsKey, false),
            HeadBias = section.Flag(HeadBiasKey, false),
        };
        if (section.Has(RotaryPairsKey)) result = result with { Layers = ReadPairs(section, result.Layers) };
        if (result.HeadBias && result.TieWordEmbeddings) throw section.Problem(HeadBiasKey, "a head that is the embedding table has no bias");
        if (result.HasShortcuts && result.NormPlacement != NormPlacement.Before) throw section.Problem(ShortcutsKey, "belong to families whose norms stand before the sub-layers only");
        return result;
    }

    /// <summary>Writes the section, or takes it away where nothing needs it.</summary>
    public static void Write(ModelConfig config, JsonObject json, int? rotaryHeadSize)
    {
        json.Remove(Key);
        if (!IsNeeded(config)) return;
        var section = new JsonObject { [ShortcutsKey] = config.HasShortcuts, [HeadBiasKey] = config.HeadBias };
        if (config.Norm == NormKind.RmsNorm) section[NormKey] = RmsNormName;
        if (config.Architecture.Keys.HeadSize is null) section[HeadSizeKey] = new JsonArray([.. config.Layers.Select(layer => (JsonNode)layer.HeadSize)]);
        if (HasOwnPairs(config)) section[RotaryPairsKey] = new JsonArray([.. config.Layers.Select(layer => layer.RotaryPairs is { } pairs ? new JsonArray([.. pairs.Select(pair => (JsonNode)pair)]) : null)]);
        if ((rotaryHeadSize ?? (config.Source[Key] as JsonObject)?[RotaryHeadSizeKey]?.GetValue<int>()) is { } size) section[RotaryHeadSizeKey] = size;
        json[Key] = section;
        json["model_type"] = Prefix + config.Architecture.ModelType;
        json["architectures"] = new JsonArray("Pare" + config.Architecture.ClassName);
    }

    /// <summary>Takes the section away: what is left is the family's own.</summary>
    public static void Remove(ModelConfig config, JsonObject json)
    {
        json.Remove(Key);
        json["model_type"] = config.Architecture.ModelType;
        json["architectures"] = new JsonArray(config.Architecture.ClassName);
    }

    private static LayerConfig[] ReadPairs(ConfigReader section, IReadOnlyList<LayerConfig> layers)
    {
        if (section.Json[RotaryPairsKey] is not JsonArray list || list.Count != layers.Count) throw section.Problem(RotaryPairsKey, $"expected a list with an entry for each of {layers.Count} layers");
        return [.. layers.Select((layer, i) =>
        {
            if (list[i] is null) return layer;
            var pairs = new ConfigReader(section.File, new JsonObject { [RotaryPairsKey] = list[i]!.DeepClone() }).TokenIds(RotaryPairsKey);
            var fits = layer is { HasAttention: true, Rope: not null } && pairs.Length > 0 && pairs.Length % layer.KeyValueHeads == 0 && 2 * (pairs.Length / layer.KeyValueHeads) <= layer.HeadSize
                && pairs.All(pair => pair < layer.Rope.Dimensions / 2);
            return fits ? layer with { RotaryPairs = pairs } : throw section.Problem($"{RotaryPairsKey}[{i}]", "does not fit the heads of the layer: expected as many pairs for each key-value head, at most half of a head's channels, each below half of the rotated channels");
        })];
    }
}
