namespace Pare.Compression;

/// <summary>Options of magnitude pruning: the weights nearest to zero go. Unstructured, they are compared within a matrix.</summary>
public sealed record MagnitudeOptions : PruningOptions
{
    internal const string MethodName = "magnitude";

    /// <inheritdoc/>
    public override string Method => MethodName;

    internal static MagnitudeOptions Read(RecipeMap step) => new() { Target = SparsityTarget.Read(step), Format = step.Format("format"), Sites = step.Texts("sites") };
}
