namespace Pare.Search;

/// <summary>The partial order of measured candidates: fewer missed constraints first, then Pareto dominance of the objectives (all minimised).</summary>
public static class Dominance
{
    /// <summary>Whether a point is nowhere worse than another and somewhere better.</summary>
    /// <param name="first">Objectives of the one.</param>
    /// <param name="second">Objectives of the other, as many.</param>
    /// <returns>True where the first dominates the second.</returns>
    public static bool Dominates(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var better = false;
        for (var i = 0; i < first.Count; i++)
        {
            if (!(first[i] <= second[i])) return false;
            better |= first[i] < second[i];
        }

        return better;
    }

    /// <summary>Whether a candidate dominates another under constraints (Deb et al. 2002): a feasible one every infeasible one, of two infeasible ones the one that misses less, of two feasible ones by the objectives.</summary>
    /// <param name="first">The one.</param>
    /// <param name="second">The other.</param>
    /// <returns>True where the first dominates the second.</returns>
    public static bool Dominates(EvaluatedCandidate first, EvaluatedCandidate second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Violation > 0 || second.Violation > 0) return first.Violation < second.Violation;
        return Dominates(first.Objectives, second.Objectives);
    }

    /// <summary>Fast non-dominated sorting (Deb et al. 2002): the front, then the front of the rest, and so on.</summary>
    /// <param name="evaluated">The candidates.</param>
    /// <returns>Indices of each front, ascending within a front.</returns>
    internal static List<List<int>> Sort(IReadOnlyList<EvaluatedCandidate> evaluated)
    {
        var count = evaluated.Count;
        var dominated = new List<int>[count];
        var dominators = new int[count];
        for (var i = 0; i < count; i++) dominated[i] = [];
        for (var i = 0; i < count; i++)
        {
            for (var j = i + 1; j < count; j++)
            {
                var (better, worse) = Dominates(evaluated[i], evaluated[j]) ? (i, j) : Dominates(evaluated[j], evaluated[i]) ? (j, i) : (-1, -1);
                if (better < 0) continue;
                dominated[better].Add(worse);
                dominators[worse]++;
            }
        }

        var fronts = new List<List<int>>();
        var front = Enumerable.Range(0, count).Where(i => dominators[i] == 0).ToList();
        while (front.Count > 0)
        {
            fronts.Add(front);
            var next = new List<int>();
            foreach (var i in front)
            {
                foreach (var j in dominated[i])
                {
                    if (--dominators[j] == 0) next.Add(j);
                }
            }

            next.Sort();
            front = next;
        }

        return fronts;
    }
}
