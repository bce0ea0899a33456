using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>What the methods that remove weights by a score and leave the others as they are have in common.</summary>
public abstract record ScoredPruningOptions : PruningOptions
{
    private protected ScoredPruningOptions()
    {
    }

    /// <summary>Whether weights that were removed and weights that stay change places until the expected error of each output is small (DSnoT, Zhang et al. 2023, arXiv 2310.08915).</summary>
    public bool Dsnot { get; init; }

    private protected static TOptions ReadScored<TOptions>(RecipeMap step, TOptions options)
        where TOptions : ScoredPruningOptions => Read(step, options) with { Dsnot = step.Flag("dsnot", false) };

    internal override JsonObject ToJson()
    {
        var json = base.ToJson();
        if (Dsnot) json["dsnot"] = true;
        return json;
    }
}
