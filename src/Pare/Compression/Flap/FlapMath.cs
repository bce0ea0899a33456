using Pare.Calibration;

namespace Pare.Compression;

/// <summary>The measure of FLAP and its choice.</summary>
internal static class FlapMath
{
    /// <summary>Fluctuation of every input, Var(xⱼ) · ‖W[:, j]‖²: how much the outputs lose by its mean in its place.</summary>
    /// <param name="weights">W, [rows, columns].</param>
    /// <param name="inputs">What was seen of the inputs.</param>
    public static double[] Fluctuations(ReadOnlySpan<float> weights, InputStatistics inputs)
    {
        var result = new double[inputs.Columns];
        for (var i = 0; i < weights.Length; i++) result[i % result.Length] += (double)weights[i] * weights[i];
        for (var j = 0; j < result.Length; j++)
        {
            var mean = inputs.Sums[j] / inputs.Tokens;
            result[j] *= Math.Max(0, inputs.SquareSums[j] / inputs.Tokens - mean * mean);
        }

        return result;
    }

    /// <summary>(x − mean) / deviation: what makes the units of different blocks comparable. Equal values are all 0.</summary>
    public static double[] Standardized(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return [.. values.Select(value => deviation > 0 ? (value - mean) / deviation : 0)];
    }

    /// <summary>Takes units of all sets by rising score until weights are gone; every set keeps its best one.</summary>
    /// <param name="scores">Scores of the units of each set.</param>
    /// <param name="costs">Weights of a unit of each set.</param>
    /// <param name="target">Weights that are to go.</param>
    /// <returns>The units of each set that stay, ascending.</returns>
    public static int[][] Keep(IReadOnlyList<double[]> scores, IReadOnlyList<long> costs, double target)
    {
        var order = scores.Index().SelectMany(set => set.Item.Index().Select(unit => (Set: set.Index, Unit: unit.Index, Score: unit.Item))).OrderBy(unit => unit.Score).ThenBy(unit => unit.Set).ThenBy(unit => unit.Unit);
        var gone = scores.Select(_ => new HashSet<int>()).ToArray();
        double removed = 0;
        foreach (var (set, unit, _) in order)
        {
            // The unit that comes closest to the target is the last one.
            if (removed + costs[set] / 2.0 > target) break;
            if (gone[set].Count == scores[set].Length - 1) continue;
            gone[set].Add(unit);
            removed += costs[set];
        }

        return [.. scores.Select((set, i) => Enumerable.Range(0, set.Length).Where(unit => !gone[i].Contains(unit)).ToArray())];
    }

    /// <summary>Σ W[:, j] · E[xⱼ] over inputs that go: what the outputs lose on average.</summary>
    /// <param name="weights">W, [rows, columns].</param>
    /// <param name="means">E[x], [columns].</param>
    /// <param name="kept">Whether an input stays.</param>
    /// <returns>[rows].</returns>
    public static double[] LostMeans(ReadOnlySpan<float> weights, ReadOnlySpan<double> means, ReadOnlySpan<bool> kept)
    {
        var result = new double[weights.Length / means.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var column = i % means.Length;
            if (!kept[column]) result[i / means.Length] += weights[i] * means[column];
        }

        return result;
    }
}
