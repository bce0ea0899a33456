namespace Pare.Runtime;

/// <summary>Zeros that were seen among the activations of a site.</summary>
/// <param name="Site">Name of the site, such as <c>down-in</c>.</param>
/// <param name="Nominal">Share of zeros that the thresholds were made for, or null where the site has none of its own.</param>
/// <param name="Zeros">Share of zeros over all blocks.</param>
/// <param name="Blocks">Share of zeros of each block; null where the block has no such site.</param>
public sealed record SiteSparsity(string Site, double? Nominal, double Zeros, IReadOnlyList<double?> Blocks);
