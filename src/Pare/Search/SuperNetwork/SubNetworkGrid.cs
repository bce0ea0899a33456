using Pare.Models;
using Pare.Numerics;

namespace Pare.Search;

/// <summary>A handful of sub-networks from the smallest to the largest, for super-network training and as a fixed set to choose from (arXiv 2410.06479).</summary>
public static class SubNetworkGrid
{
    private const int Tries = 1000;

    /// <summary>All dimensions scaled together, from the smallest candidate to the largest.</summary>
    /// <param name="space">The sub-networks.</param>
    /// <param name="count">Steps, at least 2; fewer candidates where steps fall together.</param>
    /// <returns>The candidates, smallest first.</returns>
    public static IReadOnlyList<Candidate> Linear(SubNetworkSpace space, int count)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        double[] low = [.. space.Smallest.Genes], high = [.. space.Largest.Genes];
        return [.. Enumerable.Range(0, count).Select(i => space.Space.Create([.. low.Zip(high, (a, b) => a + (b - a) * i / (count - 1))])).Distinct()];
    }

    /// <summary>For each of equal ranges of the number of parameters the best of some random candidates, with the smallest and the largest candidate.</summary>
    /// <param name="space">The sub-networks.</param>
    /// <param name="config">The model.</param>
    /// <param name="bins">Ranges, at least 1.</param>
    /// <param name="perBin">Candidates that are scored in a range, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="score">Lower is better; null takes the first candidate of a range.</param>
    /// <param name="progress">Told the ranges that are done.</param>
    /// <returns>The candidates, smallest first; a range in which no draw fell has none.</returns>
    public static IReadOnlyList<Candidate> Bins(SubNetworkSpace space, ModelConfig config, int bins, int perBin, ulong seed, Func<Candidate, double>? score = null, Action<int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(perBin, 1);
        var random = new SeededRandom(seed);
        long Count(Candidate candidate) => new ModelGraph(space.ToSubNetwork(candidate).ToConfig(config)).ParameterCount;
        long low = Count(space.Smallest), high = Count(space.Largest);
        var drawn = new List<Candidate>[bins];
        for (var bin = 0; bin < bins; bin++) drawn[bin] = [];
        for (var tries = 0; tries < Tries * bins && high > low && drawn.Any(list => list.Count < perBin); tries++)
        {
            // Uniform draws gather in the middle: each one is moved towards the smallest or the largest by a random share of its genes.
            var candidate = Spread(space, random);
            var bin = (int)Math.Min(bins - 1, (Count(candidate) - low) * bins / Math.Max(1, high - low));
            if (bin >= 0 && drawn[bin].Count < perBin && !drawn[bin].Contains(candidate)) drawn[bin].Add(candidate);
        }

        var grid = new List<Candidate> { space.Smallest };
        for (var bin = 0; bin < bins; bin++)
        {
            if (drawn[bin].Count > 0) grid.Add(score is null ? drawn[bin][0] : drawn[bin].MinBy(score)!);
            progress?.Invoke(bin + 1);
        }

        grid.Add(space.Largest);
        return [.. grid.Distinct().OrderBy(Count)];
    }

    private static Candidate Spread(SubNetworkSpace space, SeededRandom random)
    {
        double[] genes = [.. space.Space.Sample(random).Genes];
        var towards = random.NextDouble() < 0.5 ? space.Smallest : space.Largest;
        var share = random.NextDouble();
        for (var i = 0; i < genes.Length; i++)
        {
            if (random.NextDouble() < share) genes[i] = towards.Genes[i];
        }

        return space.Space.Create(genes);
    }
}
