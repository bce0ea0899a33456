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

    /// <summary>
    /// Whether weights are removed and rounded column by column in one sweep, in which the columns not yet reached make up for what both take (as SparseGPT does for what it removes).
    /// Where it is false, <see cref="SdqMetric.SparseGpt"/> makes up for what was removed, and the rounding comes behind that.
    /// </summary>
    public bool Joint { get; init; }

    /// <summary>Share of the mean diagonal that is then added to the second moments; ten times as much, and again, where they are not positive definite with it.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Whether errors are spread over later columns.</summary>
    internal bool IsCompensated => Joint || Metric == SdqMetric.SparseGpt;

    /// <summary>Patterns over the sites' names, or null for all of them.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    internal static SdqOptions Read(RecipeMap step)
    {
        var (kept, block) = PatternText.Read(step, "pattern", "7:8")!.Value;
        var inlierNumbers = Numbers(step, "inlierFormat", NumberFormat.Fp4);
        var outlierNumbers = Numbers(step, "outlierFormat", NumberFormat.Int8);
        SparsePart? outliers = null;
        if (PatternText.Read(step, "outliers") is { } of)
        {
            if (of.Block != block) throw step.Problem("outliers", $"blocks of {of.Block}, but the pattern has blocks of {block}; write N:{block}");
            if (of.Kept >= kept) throw step.Problem("outliers", $"{of.Kept} outliers of {kept} kept weights leave no inliers; use {kept - 1} at most");
            outliers = new SparsePart(of.Kept, outlierNumbers);
        }

        var metric = ReadMetric(step, "metric", SdqMetric.Magnitude);
        var options = new SdqOptions
        {
            Format = new SparseFormat(block, new SparsePart(kept - (outliers?.Kept ?? 0), inlierNumbers), outliers),
            Metric = metric,
            OutlierMetric = ReadMetric(step, "outlierMetric", metric),
            Joint = step.Flag("joint", false),
            Damping = step.Number("damping") ?? 0.01,
            Sites = step.Texts("sites"),
        };
        options.Check(step.Problem);
        return options;
    }

    /// <summary>Whether the options go together.</summary>
    /// <param name="problem">Makes the exception for a key.</param>
    /// <exception cref="RecipeException">They do not.</exception>
    internal void Check(Func<string, string, RecipeException> problem)
    {
        if (Metric == SdqMetric.Error) throw problem("metric", "'error' only chooses outliers; expected magnitude, wanda or sparsegpt");
        if (OutlierMetric == SdqMetric.SparseGpt && !IsCompensated) throw problem("outlierMetric", "sparsegpt is known where errors are spread: use it with metric: sparsegpt, or with joint: true");
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
        if (IsCompensated) (json["joint"], json["damping"]) = (Joint, Damping);
        if (Sites is not null) json["sites"] = new JsonArray([.. Sites.Select(site => (JsonNode)site)]);
        return json;
    }

    /// <summary>The word of a metric.</summary>
    internal static string Name(SdqMetric metric) => metric.ToString().ToLowerInvariant();

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

        throw step.Problem(key, $"'{text}' is no metric; expected magnitude, wanda, sparsegpt or (for outliers) error");
    }
}
