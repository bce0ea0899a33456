using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>Options of magnitude pruning: the weights nearest to zero go. Unstructured, they are compared within a matrix.</summary>
public sealed record MagnitudeOptions : PruningOptions
{
    internal const string MethodName = "magnitude";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Whether weights that were removed and weights that stay change places until the expected error of each output is small (DSnoT, Zhang et al. 2023, arXiv 2310.08915).</summary>
    public bool Dsnot { get; init; }

    internal static MagnitudeOptions Read(RecipeMap step) => Read(step, new MagnitudeOptions { Target = SparsityTarget.Read(step), Dsnot = step.Flag("dsnot", false) });

    internal override JsonObject ToJson()
    {
        var json = base.ToJson();
        if (Dsnot) json["dsnot"] = true;
        return json;
    }
}
