using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Options of LaCo, layer collapse (Yang et al. 2024, arXiv 2402.11187): a block takes over the differences of those behind it, θ + Σ (θₖ − θ), and these go,
/// as long as what the head reads stays close to what it was.
/// </summary>
public sealed record LacoOptions : PassOptions
{
    internal const string MethodName = "laco";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the blocks that goes, above 0 and below 1; rounded to whole blocks. Null goes as far as <see cref="Threshold"/> lets it.</summary>
    public double? Sparsity { get; init; }

    /// <summary>
    /// T: a merge stays where the mean cosine between what the head reads with and without it is above this. Null begins with 0.95 and lowers it by 0.05
    /// whenever a sweep over the blocks is through, until <see cref="Sparsity"/> is reached.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary>C: blocks that become one in a merge, at least 2; fewer where fewer are to go.</summary>
    public int Merge { get; init; } = 4;

    /// <summary>I: blocks that the sweep goes down after a merge, at least 1.</summary>
    public int Interval { get; init; } = 2;

    /// <summary>L: the first block, from 0, that may take others over.</summary>
    public int From { get; init; } = 1;

    /// <summary>H: blocks from this one on are left alone; null takes all.</summary>
    public int? To { get; init; }

    /// <summary>Format of the matrices of merged blocks; null takes BF16.</summary>
    public ElementType? Format { get; init; }

    internal void Check(string path, int layers)
    {
        Require(Sparsity is not null || Threshold is not null, "sparsity", "is missing; give the share of the blocks that goes, or threshold, or both");
        Require(Threshold is null or (>= -1 and < 1), "threshold", $"expected a cosine from -1 to below 1, found {Threshold}");
        Require(Merge >= 2, "merge", $"expected at least 2 blocks, found {Merge}");
        Require(Interval >= 1, "interval", $"expected at least 1, found {Interval}");
        Require(From >= 0 && From < layers - 1, "from", $"expected a block from 0 to {layers - 2}, found {From}");
        Require(To is null || (To >= From + 2 && To <= layers), "to", $"expected a number from {From + 2} to the model's {layers} blocks, found {To}");

        void Require(bool holds, string key, string problem)
        {
            if (!holds) throw new RecipeException($"{path}.{key}", problem);
        }
    }

    internal static LacoOptions Read(RecipeMap step)
    {
        var defaults = new LacoOptions();
        return new LacoOptions
        {
            Sparsity = step.Number("sparsity"),
            Threshold = step.Number("threshold"),
            Merge = step.Integer("merge", defaults.Merge),
            Interval = step.Integer("interval", defaults.Interval),
            From = step.Integer("from", defaults.From),
            To = step.Number("to") is null ? null : step.Integer("to", 0),
            Format = step.Format("format"),
        };
    }

    internal override JsonObject ToJson()
    {
        var json = new JsonObject { ["merge"] = Merge, ["interval"] = Interval, ["from"] = From };
        if (Sparsity is { } sparsity) json["sparsity"] = sparsity;
        if (Threshold is { } threshold) json["threshold"] = threshold;
        if (To is { } to) json["to"] = to;
        if (Format is { } format) json["format"] = format.Label();
        return json;
    }
}
