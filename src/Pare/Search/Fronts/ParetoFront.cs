namespace Pare.Search;

/// <summary>The candidates that no other one dominates.</summary>
public static class ParetoFront
{
    /// <summary>The feasible candidates that none dominates, by rising first objective; of several with the same objectives the earliest.</summary>
    /// <param name="evaluated">Measured candidates.</param>
    /// <returns>The front; empty where nothing is feasible.</returns>
    public static IReadOnlyList<EvaluatedCandidate> Of(IEnumerable<EvaluatedCandidate> evaluated)
    {
        ArgumentNullException.ThrowIfNull(evaluated);
        var front = new List<EvaluatedCandidate>();
        foreach (var one in evaluated)
        {
            if (!one.IsFeasible || front.Any(other => Dominance.Dominates(other.Objectives, one.Objectives) || other.Objectives.SequenceEqual(one.Objectives))) continue;
            front.RemoveAll(other => Dominance.Dominates(one.Objectives, other.Objectives));
            front.Add(one);
        }

        front.Sort(Compare);
        return front;
    }

    private static int Compare(EvaluatedCandidate first, EvaluatedCandidate second)
    {
        for (var i = 0; i < first.Objectives.Count; i++)
        {
            var order = first.Objectives[i].CompareTo(second.Objectives[i]);
            if (order != 0) return order;
        }

        return 0;
    }
}
