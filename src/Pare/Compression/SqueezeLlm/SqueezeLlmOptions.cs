using System.Text.Json.Nodes;
using Pare.Formats.Tables;

namespace Pare.Compression;

/// <summary>
/// Options of SqueezeLLM (Kim et al. 2023, arXiv 2306.07629): every row has a table of its own, found by k-means whose errors count as much as the column's inputs are large, and a few weights are stored as they are.
/// The paper weights by the diagonal of the Fisher information; here Σ x² of the column's calibration inputs stands for it, which is that diagonal up to a factor of the row where outputs' gradients and inputs are independent.
/// </summary>
public sealed record SqueezeLlmOptions : PassOptions
{
    internal const string MethodName = "squeezellm";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Bits of an index, 3 or 4, and the share of weights beside the table.</summary>
    public TableFormat Format { get; init; } = new(4, 45);

    /// <summary>Whether errors count by Σ x² of their column; where not, all count the same and no text is needed.</summary>
    public bool Weighted { get; init; } = true;

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal static SqueezeLlmOptions Read(RecipeMap step)
    {
        var (bits, share) = (step.Integer("bits", 4), (decimal)(step.Number("outlierShare") ?? 0.0045) * 10000);
        if (bits is not (3 or 4)) throw step.Problem("bits", $"expected 3 or 4, found {bits}");
        if (share is < 0 or > TableFormat.LargestShare || share != decimal.Floor(share))
            throw step.Problem("outlierShare", $"expected 0 to {TableFormat.LargestShare / 10000.0} in steps of 0.0001, found {step.Text("outlierShare")}");
        return new SqueezeLlmOptions { Format = new TableFormat(bits, (int)share), Weighted = step.Flag("weighted", true), Sites = step.Texts("sites") };
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["bits"] = Format.Bits, ["outlierShare"] = Format.Share / 10000m, ["weighted"] = Weighted };
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
