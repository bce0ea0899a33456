using System.Numerics.Tensors;
using Pare.Models;

namespace Pare.Compression;

/// <summary>TEAL's allocation in a block: the site whose level costs the block's output least when it is raised by 5 % is raised, again and again.</summary>
internal sealed class GreedyLevels
{
    private const double Step = 0.05;
    private const double Highest = 0.95;
    private readonly List<GreedyStep> _path = [];

    /// <param name="path">The way from no zeros on.</param>
    public GreedyLevels(IEnumerable<GreedyStep> path) => _path.AddRange(path);

    /// <summary>Finds the way from no zeros to the target.</summary>
    /// <param name="sites">The sites with the weights that read each.</param>
    /// <param name="target">Mean level wanted, weights counted.</param>
    /// <param name="output">The block's output at levels.</param>
    public GreedyLevels(IReadOnlyList<(ActivationSite Site, long Weights)> sites, double target, Func<double[], float[]> output)
    {
        var total = sites.Sum(site => (double)site.Weights);
        var levels = new double[sites.Count];
        var dense = output(levels);
        _path.Add(new GreedyStep(0, [.. levels]));
        while (_path[^1].Mean < target)
        {
            var (best, least) = (-1, double.PositiveInfinity);
            for (var i = 0; i < levels.Length; i++)
            {
                if (levels[i] + Step > Highest + 1e-9) continue;
                levels[i] += Step;
                var error = TensorPrimitives.Distance<float>(output(levels), dense);
                levels[i] -= Step;
                if (error < least) (best, least) = (i, error);
            }

            if (best < 0) break;
            levels[best] += Step;
            _path.Add(new GreedyStep(sites.Select((site, i) => levels[i] * site.Weights).Sum() / total, [.. levels]));
        }
    }

    /// <summary>The way from no zeros on.</summary>
    public IReadOnlyList<GreedyStep> Path => _path;

    /// <summary>The sites' levels for a mean level, part of a step included.</summary>
    public double[] At(double mean)
    {
        for (var i = 1; i < _path.Count; i++)
        {
            var (before, after) = (_path[i - 1], _path[i]);
            if (after.Mean < mean) continue;
            var share = (mean - before.Mean) / (after.Mean - before.Mean);
            return [.. before.Levels.Zip(after.Levels, (low, high) => low + share * (high - low))];
        }

        return _path[^1].Levels;
    }
}
