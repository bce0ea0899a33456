namespace Pare.Compression;

/// <summary>Options of Wanda (Sun et al. 2023, arXiv 2306.11695): in each row the weights of least |w| · ‖x‖ go, x being the inputs of the weight's column.</summary>
public sealed record WandaOptions : ScoredPruningOptions
{
    internal const string MethodName = "wanda";

    /// <inheritdoc/>
    public override string Method => MethodName;

    internal static WandaOptions Read(RecipeMap step) => ReadScored(step, new WandaOptions { Target = SparsityTarget.Read(step) });
}
