namespace Pare.Compression;

/// <summary>The units of all coupled dimensions that cost least for each weight that they hold, as many as are wanted.</summary>
/// <remarks>Within a dimension units go in the order of their costs; one threshold holds for all. What then is missing by more than the tolerance is made up by units that fit.</remarks>
internal sealed class CoupledSelection
{
    /// <summary>Chooses.</summary>
    /// <param name="dimensions">The dimensions.</param>
    /// <param name="costs">Cost of each of their units.</param>
    /// <param name="target">Weights to remove.</param>
    /// <param name="total">Weights of all pruned sites.</param>
    /// <param name="minimum">Units that stay.</param>
    public CoupledSelection(IReadOnlyList<CoupledDimension> dimensions, IReadOnlyList<double[]> costs, long target, long total, Func<CoupledDimension, int> minimum)
    {
        Units = [.. costs.Select(cost => new bool[cost.Length])];
        var entries = new List<(double Level, int Dimension, int Position, int Unit)>();
        for (var i = 0; i < dimensions.Count; i++)
        {
            var (level, position, weights) = (0.0, 0, dimensions[i].WeightsPerUnit);
            foreach (var unit in Enumerable.Range(0, costs[i].Length).OrderBy(unit => costs[i][unit]).Take(Math.Max(0, costs[i].Length - minimum(dimensions[i]))))
            {
                level = Math.Max(level, costs[i][unit] / weights);
                entries.Add((level, i, position++, unit));
            }
        }

        entries.Sort((a, b) => (a.Level, a.Dimension, a.Position).CompareTo((b.Level, b.Dimension, b.Position)));
        var fills = false;
        foreach (var entry in entries)
        {
            var gain = dimensions[entry.Dimension].WeightsPerUnit;
            if (Removed + gain > target)
            {
                fills = true;
                continue;
            }

            if (fills && target - Removed <= StructureSelection.Tolerance * total) break;
            Units[entry.Dimension][entry.Unit] = true;
            Removed += gain;
            Threshold = Math.Max(Threshold, entry.Level);
        }
    }

    /// <summary>Whether each unit of each dimension goes.</summary>
    public IReadOnlyList<bool[]> Units { get; }

    /// <summary>Weights in what goes.</summary>
    public long Removed { get; private set; }

    /// <summary>The largest cost of a weight at which a unit went.</summary>
    public double Threshold { get; private set; }
}
