namespace Pare.Search;

/// <summary>How much room a point of a front has around it (Deb et al. 2002): the sum over objectives of the gap between its neighbours, over the range of the front; infinite at the ends.</summary>
internal static class CrowdingDistance
{
    /// <summary>Distances of the members of a front, in their order.</summary>
    public static double[] Of(IReadOnlyList<EvaluatedCandidate> evaluated, IReadOnlyList<int> front)
    {
        var distances = new double[front.Count];
        if (front.Count == 0) return distances;
        var objectives = evaluated[front[0]].Objectives.Count;
        for (var m = 0; m < objectives; m++)
        {
            var values = front.Select(index => evaluated[index].Objectives[m]).ToArray();
            int[] order = [.. Enumerable.Range(0, front.Count)];
            Array.Sort(values.ToArray(), order);
            distances[order[0]] = distances[order[^1]] = double.PositiveInfinity;
            var range = values[order[^1]] - values[order[0]];
            if (!(range > 0) || !double.IsFinite(range)) continue;
            for (var i = 1; i < order.Length - 1; i++) distances[order[i]] += (values[order[i + 1]] - values[order[i - 1]]) / range;
        }

        return distances;
    }
}
