using System.Text.Json.Nodes;

namespace Pare.Compression;

/// <summary>Options of SparseGPT (Frantar and Alistarh 2023, arXiv 2301.00774): weights go by w² / [H⁻¹]ⱼⱼ, and those that stay make up for them.</summary>
public sealed record SparseGptOptions : PruningOptions
{
    internal const string MethodName = "sparsegpt";

    /// <inheritdoc/>
    public override string Method => MethodName;

    /// <summary>Share of the mean diagonal that is added to the second moments; ten times as much, and again, where they are not positive definite with it.</summary>
    public double Damping { get; init; } = 0.01;

    internal static SparseGptOptions Read(RecipeMap step) => Read(step, new SparseGptOptions { Target = SparsityTarget.Read(step), Damping = step.Number("damping") ?? 0.01 });

    internal override JsonObject ToJson()
    {
        var json = base.ToJson();
        json["damping"] = Damping;
        return json;
    }
}
