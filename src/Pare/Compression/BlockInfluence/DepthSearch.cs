using Pare.Evaluation;
using Pare.Training;

namespace Pare.Compression;

/// <summary>Finds what a model can do without.</summary>
/// <param name="engine">Runs the whole model, which does not change.</param>
/// <param name="windows">The text.</param>
/// <param name="measure">What candidates are ranked by.</param>
internal sealed class DepthSearch(GradientEngine engine, TokenWindows windows, DepthMeasure measure)
{
    /// <summary>Takes candidates out, the least important first.</summary>
    /// <param name="candidates">What may go.</param>
    /// <param name="count">How many go.</param>
    /// <param name="greedy">Whether the rest is measured anew after each.</param>
    /// <param name="progress">Told the share of the work that is done.</param>
    /// <param name="cancellation">Stops between runs of a window.</param>
    /// <returns>What is left, and what went in its order with the score that it had.</returns>
    public (SubNetwork Shape, IReadOnlyList<(DepthCandidate Candidate, double Score)> Removed) Run(
        IReadOnlyList<DepthCandidate> candidates, int count, bool greedy, Action<double>? progress, CancellationToken cancellation)
    {
        var shape = SubNetwork.Whole(engine.Model.Config);
        var left = candidates.ToList();
        var removed = new List<(DepthCandidate, double)>();
        var (runs, rounds) = (0, greedy ? count : 1);
        while (removed.Count < count)
        {
            double[] scores = measure == DepthMeasure.Influence ? Influences(shape, left) : [.. left.Select(candidate => Step(Loss(candidate.RemoveFrom(shape))))];
            var before = removed.Count;
            // A score that is no number belongs to what must not go.
            foreach (var index in Enumerable.Range(0, left.Count).OrderBy(i => double.IsNaN(scores[i]) ? double.PositiveInfinity : scores[i]).ToArray())
            {
                if (removed.Count == count || !left[index].LeavesModel(shape)) continue;
                shape = left[index].RemoveFrom(shape);
                removed.Add((left[index], measure == DepthMeasure.Perplexity ? Math.Exp(scores[index]) : scores[index]));
                if (greedy) break;
            }

            if (removed.Count == before) throw new InvalidOperationException($"nothing more can go after {before} of {count}");
            left.RemoveAll(candidate => removed.Any(gone => gone.Item1 == candidate));
        }

        return (shape, removed);

        double[] Influences(SubNetwork now, List<DepthCandidate> rest)
        {
            using var sliced = Engine(now);
            var scores = ImportanceScorer.Score(sliced, windows.All, windows.Window, progress: done => progress?.Invoke((removed.Count + (double)done / windows.Count) / rounds), cancellation: cancellation);
            return [.. rest.Select(candidate =>
            {
                var at = now.Layers.Index().First(layer => layer.Item.Source == candidate.Layer).Index;
                return (candidate.Attention && candidate.Ffn ? scores.Layers : candidate.Attention ? scores.Attention : scores.Ffn)[at];
            })];
        }

        double Step(double loss)
        {
            // Greedy rounds have one candidate less each.
            var all = greedy ? count * candidates.Count - count * (count - 1) / 2 : candidates.Count;
            progress?.Invoke((double)++runs / all);
            return loss;
        }

        double Loss(SubNetwork without)
        {
            using var sliced = Engine(without);
            var sums = default(LossSums);
            var targets = new int[windows.Window];
            for (var i = 0; i < windows.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                windows[i][1..].CopyTo(targets);
                targets[^1] = -1;
                sums += sliced.Loss(windows[i], targets, windows.Window);
            }

            return sums.MeanCrossEntropy;
        }
    }

    private GradientEngine Engine(SubNetwork shape) => new(new SlicedModel(engine.Model, shape), engine);
}
