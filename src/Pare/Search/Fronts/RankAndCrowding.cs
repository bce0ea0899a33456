namespace Pare.Search;

/// <summary>The best of several candidates as NSGA-II chooses them: front by front, and of the front that does not fit those with most room.</summary>
internal static class RankAndCrowding
{
    /// <summary>Up to <paramref name="count"/> survivors, best front first, with front and room of each.</summary>
    public static (List<EvaluatedCandidate> Survivors, int[] Ranks, double[] Room) Select(IReadOnlyList<EvaluatedCandidate> pool, int count)
    {
        var survivors = new List<EvaluatedCandidate>(count);
        var (ranks, room) = (new List<int>(), new List<double>());
        var rank = 0;
        foreach (var front in Dominance.Sort(pool))
        {
            var distances = CrowdingDistance.Of(pool, front);
            IEnumerable<int> chosen = Enumerable.Range(0, front.Count);
            var left = count - survivors.Count;
            if (front.Count > left) chosen = chosen.OrderByDescending(i => distances[i]).Take(left);
            foreach (var i in chosen)
            {
                survivors.Add(pool[front[i]]);
                ranks.Add(rank);
                room.Add(distances[i]);
            }

            if (survivors.Count == count) break;
            rank++;
        }

        return (survivors, [.. ranks], [.. room]);
    }
}
