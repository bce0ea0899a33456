namespace Pare.Compression;

/// <summary>Options of magnitude pruning: the weights nearest to zero go. Unstructured, they are compared within a matrix.</summary>
public sealed record MagnitudeOptions : ScoredPruningOptions
{
    internal const string MethodName = "magnitude";

    /// <inheritdoc/>
    public override string Method => MethodName;

    internal static MagnitudeOptions Read(RecipeMap step) => ReadScored(step, new MagnitudeOptions { Target = SparsityTarget.Read(step) });
}
