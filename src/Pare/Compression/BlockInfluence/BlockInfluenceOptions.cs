using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>
/// Options of removing blocks by their influence (ShortGPT: Men et al. 2024, arXiv 2403.03853): those go whose output looks most like their input.
/// Attentions and feed-forward networks alone can go by the same measure, and perplexity after dropping can take its place.
/// </summary>
public sealed record BlockInfluenceOptions : PassOptions
{
    internal const string MethodName = "block-influence";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the candidates (blocks, attentions, networks, or both of these) that goes, above 0 and below 1; rounded to a whole number of them.</summary>
    public required double Sparsity { get; init; }

    /// <summary>What the candidates are.</summary>
    public DepthUnit Remove { get; init; }

    /// <summary>What they are ranked by.</summary>
    public DepthMeasure Measure { get; init; }

    /// <summary>Whether the rest is measured anew after every removal; otherwise all are ranked once, as published.</summary>
    public bool Greedy { get; init; }

    internal static BlockInfluenceOptions Read(RecipeMap step) => new()
    {
        Sparsity = step.Number("sparsity") ?? throw step.Problem("sparsity", "is missing"),
        Remove = step.Choice("remove", DepthUnit.Blocks),
        Measure = step.Choice("measure", DepthMeasure.Influence),
        Greedy = step.Flag("greedy", false),
    };

    internal override JsonObject ToJson() => new()
    {
        ["sparsity"] = Sparsity,
        ["remove"] = RecipeMap.NameOf(Remove),
        ["measure"] = RecipeMap.NameOf(Measure),
        ["greedy"] = Greedy,
    };
}
