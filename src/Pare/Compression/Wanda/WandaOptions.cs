using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>Options of Wanda (Sun et al. 2023, arXiv 2306.11695): in each row the weights of least |w| · ‖x‖ go, x being the inputs of the weight's column.</summary>
public sealed record WandaOptions : PruningOptions
{
    internal const string MethodName = "wanda";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Whether weights that were removed and weights that stay change places until the expected error of each output is small (DSnoT, Zhang et al. 2023, arXiv 2310.08915).</summary>
    public bool Dsnot { get; init; }

    internal static WandaOptions Read(RecipeMap step) => Read(step, new WandaOptions { Target = SparsityTarget.Read(step), Dsnot = step.Flag("dsnot", false) });

    internal override JsonObject ToJson()
    {
        var json = base.ToJson();
        if (Dsnot) json["dsnot"] = true;
        return json;
    }
}
