namespace Pare.Runtime;

/// <summary>What decoding under a memory limit has fetched, in parts of bundles of 32 neurons (their rows of gate or of up, or their columns of down).</summary>
/// <param name="Hits">Parts that were needed and lay in memory since an earlier token.</param>
/// <param name="Foreseen">Parts that were needed and had been asked for before, by prediction.</param>
/// <param name="Misses">Parts that were needed and had to be asked for then.</param>
/// <param name="Unneeded">Parts that were foreseen and not needed.</param>
/// <param name="BytesRead">Bytes read from disk.</param>
/// <param name="CacheBytes">Bytes of memory for neurons.</param>
/// <param name="IsDirect">Whether they were read past the system's page cache.</param>
public sealed record FetchCounts(long Hits, long Foreseen, long Misses, long Unneeded, long BytesRead, long CacheBytes, bool IsDirect)
{
    /// <summary>What came since earlier counts.</summary>
    internal FetchCounts Since(FetchCounts earlier) => Plus(earlier, -1);

    /// <summary>Both together.</summary>
    internal FetchCounts And(FetchCounts more) => Plus(more, 1);

    private FetchCounts Plus(FetchCounts other, int sign) => this with
    {
        Hits = Hits + sign * other.Hits,
        Foreseen = Foreseen + sign * other.Foreseen,
        Misses = Misses + sign * other.Misses,
        Unneeded = Unneeded + sign * other.Unneeded,
        BytesRead = BytesRead + sign * other.BytesRead,
    };
}
