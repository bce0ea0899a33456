using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of FineQuant (Kim et al. 2023, arXiv 2308.09723): weights are rounded in groups whose size is found for each matrix from its weights alone. The paper's text was not at hand:
/// the rule is a design by its abstract. A study of the grid: values are stored as <see cref="StoredAs"/>, and the file is not smaller.
/// </summary>
public sealed record FineQuantOptions : PassOptions
{
    internal const string MethodName = "finequant";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Bits of a value, 2 to 8, each group from its minimum to its maximum.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>Groups are halved as long as the mean range of the groups becomes at most this share of what it was; above 0, at most 1.</summary>
    public double Shrink { get; init; } = 0.9;

    /// <summary>The smallest group, at least 2.</summary>
    public int LeastGroup { get; init; } = 32;

    /// <summary>Type of the stored values: F32, F16 or BF16.</summary>
    public ElementType StoredAs { get; init; } = ElementType.BF16;

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal static FineQuantOptions Read(RecipeMap step)
    {
        var options = new FineQuantOptions
        {
            Bits = step.Integer("bits", 4),
            Shrink = step.Number("shrink") ?? 0.9,
            LeastGroup = step.Integer("leastGroup", 32),
            StoredAs = step.Format("storedAs") ?? ElementType.BF16,
            Sites = step.Texts("sites"),
        };
        options.Check(step.Problem);
        return options;
    }

    internal void Check(Func<string, string, RecipeException> problem)
    {
        if (Bits is < 2 or > 8) throw problem("bits", $"expected 2 to 8 bits, found {Bits}");
        if (Shrink is not (> 0 and <= 1)) throw problem("shrink", $"expected a share above 0 and at most 1, found {Shrink}");
        if (LeastGroup < 2) throw problem("leastGroup", $"expected at least 2 inputs, found {LeastGroup}");
        if (StoredAs is not (ElementType.F32 or ElementType.F16 or ElementType.BF16)) throw problem("storedAs", "values of a grid are stored as f32, f16 or bf16");
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["bits"] = Bits, ["shrink"] = Shrink, ["leastGroup"] = LeastGroup, ["storedAs"] = StoredAs.Label() };
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
