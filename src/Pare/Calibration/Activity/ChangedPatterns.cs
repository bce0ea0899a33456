namespace Pare.Calibration;

/// <summary>Patterns of a position before and after tokens of its window were changed; each kind is null where there is no such position.</summary>
/// <param name="Share">Share of the tokens that were changed.</param>
/// <param name="First">The first position, changed or not.</param>
/// <param name="Before">Positions before any change, which see nothing of it: the same by construction.</param>
/// <param name="Unchanged">Positions behind a change that keep their token.</param>
/// <param name="Changed">Positions with another token.</param>
/// <param name="All">All positions.</param>
public sealed record ChangedPatterns(double Share, PatternSimilarity? First, PatternSimilarity? Before, PatternSimilarity? Unchanged, PatternSimilarity? Changed, PatternSimilarity All);
