using System.Text.Json.Nodes;
using Pare.Formats.Tables;

namespace Pare.Compression;

/// <summary>
/// Options of SqueezeLLM (Kim et al. 2023, arXiv 2306.07629): every row has a table of its own, found by k-means whose errors count by what they do to the model, and a few weights are stored as they are.
/// The paper counts errors by the diagonal of the Fisher information; Σ x² of the column's calibration inputs, which needs no gradients, is that diagonal up to a factor of the row where outputs' gradients and inputs are independent.
/// </summary>
public sealed record SqueezeLlmOptions : PassOptions
{
    internal const string MethodName = "squeezellm";
    private static readonly string[] s_importances = ["inputs", "fisher", "none"];

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Bits of an index, 3 or 4, and the share of weights beside the table.</summary>
    public TableFormat Format { get; init; } = new(4, 45);

    /// <summary>By what errors count.</summary>
    public ErrorImportance Importance { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal static SqueezeLlmOptions Read(RecipeMap step)
    {
        var (bits, share) = (step.Integer("bits", 4), (decimal)(step.Number("outlierShare") ?? 0.0045) * 10000);
        if (bits is not (3 or 4)) throw step.Problem("bits", $"expected 3 or 4, found {bits}");
        if (share is < 0 or > TableFormat.LargestShare || share != decimal.Floor(share))
            throw step.Problem("outlierShare", $"expected 0 to {TableFormat.LargestShare / 10000.0} in steps of 0.0001, found {step.Text("outlierShare")}");
        var importance = step.Text("importance") ?? s_importances[0];
        var index = Array.IndexOf(s_importances, importance);
        if (index < 0) throw step.Problem("importance", $"expected {string.Join(", ", s_importances)}, found {importance}");
        return new SqueezeLlmOptions { Format = new TableFormat(bits, (int)share), Importance = (ErrorImportance)index, Sites = step.Texts("sites") };
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["bits"] = Format.Bits, ["outlierShare"] = Format.Share / 10000m, ["importance"] = s_importances[(int)Importance] };
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }
}
