using System.Diagnostics;
using Pare.Calibration;
using Pare.Models;
using Pare.Training;

namespace Pare.Compression;

/// <summary>Shot after shot: curvature of the model as it is, removal with update, perplexity, state on disk.</summary>
/// <param name="options">The options.</param>
/// <param name="source">The model that the run started from.</param>
/// <param name="engine">Runs the model, whose weights change.</param>
/// <param name="sites">The sites that are pruned.</param>
/// <param name="coupled">The dimensions that are cut as a whole, for coupled structures.</param>
/// <param name="text">The text.</param>
internal sealed class SurgeonRun(SurgeonOptions options, Model source, GradientEngine engine, IReadOnlyList<LinearSite> sites, IReadOnlyList<CoupledDimension> coupled, SurgeonText text)
{
    // How far a damping moves from one try to the next.
    private const double DampingStep = 3.1622776601683795;
    private const int MostTries = 8;
    private readonly int[] _calibration = text.Calibration;
    private readonly int[] _heldOut = text.HeldOut;

    private TrainableModel Model => engine.Model;

    /// <summary>Runs the shots that are not done yet.</summary>
    /// <param name="checkpoint">Where the state is kept.</param>
    /// <param name="changed">The parameters that shots change.</param>
    /// <param name="progress">Told after every step of a shot.</param>
    /// <param name="cancellation">Stops the run; finished shots are kept.</param>
    /// <returns>All shots.</returns>
    public IReadOnlyList<SurgeonStep> Run(SurgeonCheckpoint checkpoint, IReadOnlyList<ParameterId> changed, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var steps = new List<SurgeonStep>(checkpoint.Load(Model, changed));
        while (steps.Count < options.Shots)
        {
            var clock = Stopwatch.StartNew();
            var number = steps.Count + 1;
            var before = steps.LastOrDefault()?.Perplexity ?? Perplexity(cancellation);
            Report("curvature", 0, before);
            using var factors = new CurvatureEstimator(engine, options.CurvatureOptions, sites).Estimate(
                _calibration, text.Length, progress is null ? null : new Share(done => Report("curvature", 0.7 * done, before)), cancellation);
            var shot = new SurgeonShot(engine.Pool, options, sites, coupled, factors, site => Model.Values(site.Weight), site => site.HasBias ? Model.Values(site.Bias) : default);
            var target = options.Sparsity * number / options.Shots;
            var (result, perplexity) = Shoot(shot, target, steps.LastOrDefault()?.Damping ?? 1, changed, () => Report("prune", 0.7, before), cancellation);
            var pruned = perplexity;
            var epochs = options.LoraRank == 0 ? 0 : number == options.Shots ? options.LoraFinalEpochs : options.LoraEpochs;
            if (epochs > 0) perplexity = Correct(epochs, number, pruned, changed, done => Report("correct", 0.8 + 0.2 * done, pruned), cancellation);
            // The sites of the last shot are enough.
            if (steps.Count > 0) steps[^1] = steps[^1] with { Sites = [] };
            steps.Add(new SurgeonStep
            {
                Shot = number,
                Target = target,
                Sparsity = result.Sparsity,
                Threshold = result.Threshold,
                Damping = result.Damping,
                PerplexityBefore = before,
                PerplexityPruned = pruned,
                Perplexity = perplexity,
                Seconds = clock.Elapsed.TotalSeconds,
                Sites = result.Sites,
            });
            checkpoint.Save(steps, Model, changed);
            Report("prune", 1, perplexity);

            void Report(string what, double part, double found) => progress?.Report(new CompressionProgress(
                $"{what}, shot {number} of {options.Shots}, perplexity {found:G5}", 0, 0, (number - 1 + part) / options.Shots));
        }

        return steps;
    }

    private (ShotResult Result, double Perplexity) Shoot(SurgeonShot shot, double target, double damping, IReadOnlyList<ParameterId> changed, Action step, CancellationToken cancellation)
    {
        if (!options.SearchesDamping) return Try(1);
        // Downhill on the held-out windows, from the last shot's damping: up first, since too little does more harm than too much.
        var given = changed.ToDictionary(id => id, id => Model.Values(id).ToArray());
        var best = Try(damping);
        var kept = Snapshot();
        var tries = 1;
        foreach (var factor in (double[])[DampingStep, 1 / DampingStep])
        {
            var moved = false;
            while (tries < MostTries)
            {
                tries++;
                Restore(given);
                var next = Try(best.Result.Damping * factor);
                if (!(next.Perplexity < best.Perplexity)) break;
                (best, kept, moved) = (next, Snapshot(), true);
            }

            if (moved) break;
        }

        Restore(kept);
        return best;

        (ShotResult Result, double Perplexity) Try(double factor)
        {
            step();
            var result = shot.Run(target, factor, cancellation);
            return (result, Perplexity(cancellation));
        }

        Dictionary<ParameterId, float[]> Snapshot() => changed.ToDictionary(id => id, id => Model.Values(id).ToArray());

        void Restore(Dictionary<ParameterId, float[]> values)
        {
            foreach (var (id, value) in values) value.CopyTo(Model.Values(id));
        }
    }

    // Kept where it lowers the perplexity.
    private double Correct(int epochs, int shot, double before, IReadOnlyList<ParameterId> changed, Action<double> progress, CancellationToken cancellation)
    {
        var given = changed.ToDictionary(id => id, id => Model.Values(id).ToArray());
        new FirstOrderCorrection(options, source, Model, sites, _calibration, text.Length).Run(epochs, (ulong)shot, engine.Pool.Threads, progress, cancellation);
        var after = Perplexity(cancellation);
        if (after < before) return after;
        foreach (var (id, values) in given) values.CopyTo(Model.Values(id));
        return before;
    }

    private double Perplexity(CancellationToken cancellation)
    {
        var (sum, count) = (0.0, 0L);
        var batch = Math.Max(1, options.BatchTokens / text.Length) * text.Length;
        for (var start = 0; start < _heldOut.Length; start += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = _heldOut.AsSpan(start, Math.Min(batch, _heldOut.Length - start));
            var targets = new int[part.Length];
            for (var i = 0; i < part.Length; i++) targets[i] = (i + 1) % text.Length == 0 ? -1 : part[i + 1];
            var loss = engine.Loss(part, targets, text.Length);
            (sum, count) = (sum + loss.CrossEntropy, count + loss.Tokens);
        }

        // A model that is beyond numbers is worse than any other; files of JSON hold no infinity.
        var perplexity = Math.Exp(sum / count);
        return double.IsFinite(perplexity) ? perplexity : double.MaxValue;
    }

    private sealed class Share(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
