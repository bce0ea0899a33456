using System.Text.Json.Nodes;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;

namespace Pare.Compression;

/// <summary>
/// Options of SDQ, sparse decomposed quantization (Jeong et al. 2024, arXiv 2406.13868): of every M inputs N are kept, of which the most important are outliers in 8 bits
/// and the others inliers in 4, each with two-level scales. The paper's text was not at hand: this is a design by its abstract.
/// </summary>
public sealed record SdqOptions : PassOptions
{
    internal const string MethodName = "sdq";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>How the weights are stored: block, counts and numbers of both parts.</summary>
    public required SparseFormat Format { get; init; }

    /// <summary>What is kept: the weights that are the most important by this.</summary>
    public SdqMetric Metric { get; init; }

    /// <summary>Which of the kept are outliers.</summary>
    public SdqMetric OutlierMetric { get; init; }

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal static SdqOptions Read(RecipeMap step)
    {
        var (kept, block) = Pattern(step, "pattern", "7:8")!.Value;
        var inlierNumbers = Numbers(step, "inlierFormat", NumberFormat.Fp4);
        var outlierNumbers = Numbers(step, "outlierFormat", NumberFormat.Int8);
        SparsePart? outliers = null;
        if (Pattern(step, "outliers", null) is { } of)
        {
            if (of.Block != block) throw step.Problem("outliers", $"blocks of {of.Block}, but the pattern has blocks of {block}; write N:{block}");
            if (of.Kept >= kept) throw step.Problem("outliers", $"{of.Kept} outliers of {kept} kept weights leave no inliers; use {kept - 1} at most");
            outliers = new SparsePart(of.Kept, outlierNumbers);
        }

        var metric = ReadMetric(step, "metric", SdqMetric.Magnitude);
        if (metric == SdqMetric.Error) throw step.Problem("metric", "'error' only chooses outliers; expected magnitude or wanda");
        return new SdqOptions
        {
            Format = new SparseFormat(block, new SparsePart(kept - (outliers?.Kept ?? 0), inlierNumbers), outliers),
            Metric = metric,
            OutlierMetric = ReadMetric(step, "outlierMetric", metric),
            Sites = step.Texts("sites"),
        };
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["pattern"] = $"{Format.Kept}:{Format.Block}",
            ["inlierFormat"] = Format.Inliers.Numbers.Name(),
        };
        if (Format.Outliers is { } outliers)
        {
            json["outliers"] = $"{outliers.Kept}:{Format.Block}";
            json["outlierFormat"] = outliers.Numbers.Name();
        }

        json["metric"] = Name(Metric);
        json["outlierMetric"] = Name(OutlierMetric);
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }

    private static string Name(SdqMetric metric) => metric.ToString().ToLowerInvariant();

    private static (int Kept, int Block)? Pattern(RecipeMap step, string key, string? otherwise)
    {
        if ((step.Text(key) ?? otherwise) is not { } text) return null;
        if (PatternText.TryParse(text, out var kept, out var block)
            && block is >= 2 and <= SparseFormat.LargestBlock && kept >= 1 && kept <= block) return (kept, block);
        throw step.Problem(key, $"expected N:M with M from 2 to {SparseFormat.LargestBlock} and N from 1 to M, such as 7:8, found '{text}'");
    }

    private static NumberFormat Numbers(RecipeMap step, string key, NumberFormat otherwise)
    {
        if (step.Text(key) is not { } text) return otherwise;
        return NumberFormats.TryParse(text, out var format) && NumberGrid.Of(format).IsSigned ? format
            : throw step.Problem(key, $"'{text}' is no number format for weights; expected int8, int4, int3, int2, fp8 or fp4");
    }

    private static SdqMetric ReadMetric(RecipeMap step, string key, SdqMetric otherwise)
    {
        if (step.Text(key) is not { } text) return otherwise;
        foreach (var metric in Enum.GetValues<SdqMetric>())
        {
            if (Name(metric) == text) return metric;
        }

        throw step.Problem(key, $"'{text}' is no metric; expected magnitude, wanda or (for outliers) error");
    }
}
