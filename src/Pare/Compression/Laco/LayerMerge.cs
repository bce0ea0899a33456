namespace Pare.Compression;

/// <summary>A merge that was kept.</summary>
/// <param name="Layer">The block that took others over, counted in the whole model.</param>
/// <param name="Taken">Those that it took over.</param>
/// <param name="Similarity">Mean cosine between what the head reads before any merge and now.</param>
internal sealed record LayerMerge(int Layer, IReadOnlyList<int> Taken, double Similarity);
