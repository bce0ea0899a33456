using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>Merges blocks of a model in place, from the last to the first, and keeps the merges that the output hardly notices.</summary>
/// <param name="engine">Runs the model, whose values change.</param>
/// <param name="windows">The text.</param>
/// <param name="options">The options.</param>
/// <param name="most">Blocks that may go.</param>
internal sealed unsafe class LayerCollapse(GradientEngine engine, TokenWindows windows, LacoOptions options, int most)
{
    private const double FirstThreshold = 0.95;
    private const double ThresholdStep = 0.05;
    private readonly List<int> _left = [.. Enumerable.Range(0, engine.Model.Config.Layers.Count)];
    private readonly List<LayerMerge> _merges = [];
    private readonly List<float[]> _given = [];

    // Similarity of merges that were turned down, by the merges before, the place and the number: a lower threshold comes back to them.
    private readonly Dictionary<(int Merges, int At, int Count), double> _refused = [];

    /// <summary>Merges.</summary>
    /// <param name="progress">Told the share of the blocks that are to go that is gone.</param>
    /// <param name="cancellation">Stops between runs of a window.</param>
    /// <returns>The blocks that are left, in order, and the merges in theirs.</returns>
    public (IReadOnlyList<int> Left, IReadOnlyList<LayerMerge> Merges) Run(Action<double>? progress, CancellationToken cancellation)
    {
        Outputs((window, hidden) => _given.Add(hidden.ToArray()), cancellation);
        if (options.Threshold is { } threshold)
        {
            Sweep(threshold, progress, cancellation);
        }
        else
        {
            for (var step = 0; _left.Count > Whole - most; step++)
            {
                // Below every cosine, a sweep keeps all of its merges but those that give no numbers.
                var next = FirstThreshold - step * ThresholdStep;
                if (next < -1 - ThresholdStep) break;
                Sweep(next, progress, cancellation);
            }
        }

        return (_left, _merges);
    }

    private int Whole => engine.Model.Config.Layers.Count;

    private void Sweep(double threshold, Action<double>? progress, CancellationToken cancellation)
    {
        var at = int.MaxValue;
        while (true)
        {
            var count = Math.Min(options.Merge, most - (Whole - _left.Count) + 1);
            if (count < 2) return;
            // Blocks from `to` on are counted in the whole model; what was merged before them is fewer.
            var end = _left.Count(layer => layer < (options.To ?? Whole));
            at = Math.Min(at, end - count);
            if (at < 0 || _left[at] < options.From) return;
            var key = (_merges.Count, at, count);
            var known = _refused.TryGetValue(key, out var similarity);
            if (known && !(similarity > threshold))
            {
                at--;
                continue;
            }

            var taken = _left.GetRange(at + 1, count - 1);
            var before = Values(_left[at]);
            Merge(_left[at], taken);
            _left.RemoveRange(at + 1, taken.Count);
            if (!known) similarity = Similarity(cancellation);
            if (similarity > threshold)
            {
                _merges.Add(new LayerMerge(_left[at], taken, similarity));
                progress?.Invoke((double)(Whole - _left.Count) / most);
                at -= options.Interval;
            }
            else
            {
                _refused[key] = similarity;
                _left.InsertRange(at + 1, taken);
                foreach (var (id, values) in before) values.CopyTo(engine.Model.Values(id));
                at--;
            }
        }
    }

    // θ + Σ (θₖ − θ) for every parameter of the block.
    private void Merge(int layer, List<int> taken)
    {
        var model = engine.Model;
        foreach (var (id, own) in Values(layer))
        {
            var merged = model.Values(id);
            foreach (var other in taken)
            {
                var values = model.Values(id with { Layer = other });
                for (var i = 0; i < merged.Length; i++) merged[i] += values[i] - own[i];
            }
        }
    }

    private List<(ParameterId Id, float[] Values)> Values(int layer) =>
        [.. engine.Model.Graph.Parameters.Where(parameter => parameter.Id.Layer == layer).Select(parameter => (parameter.Id, engine.Model.Values(parameter.Id).ToArray()))];

    private double Similarity(CancellationToken cancellation)
    {
        var (sum, hidden) = (0.0, engine.Model.Config.HiddenSize);
        Outputs((window, now) =>
        {
            for (var t = 0; t < now.Length; t += hidden)
            {
                ReadOnlySpan<float> a = _given[window].AsSpan(t, hidden), b = now.Slice(t, hidden);
                var norms = Math.Sqrt(VectorMath.Dot(a, a)) * Math.Sqrt(VectorMath.Dot(b, b));
                sum += norms > 0 ? VectorMath.Dot(a, b) / norms : 0;
            }
        }, cancellation);
        return sum / ((long)windows.Count * windows.Window);
    }

    // What the head reads, [tokens, hidden] of each window.
    private void Outputs(OutputSeen seen, CancellationToken cancellation)
    {
        var whole = SubNetwork.Whole(engine.Model.Config);
        using var sliced = new GradientEngine(new SlicedModel(engine.Model, whole with { Layers = [.. _left.Select(layer => whole.Layers[layer])] }), engine);
        using var output = new EngineOutput(engine);
        sliced.KeptOutput = output;
        var none = new int[windows.Window];
        Array.Fill(none, -1);
        for (var window = 0; window < windows.Count; window++)
        {
            cancellation.ThrowIfCancellationRequested();
            sliced.Loss(windows[window], none, windows.Window);
            seen(window, output.Hidden);
        }
    }

    private delegate void OutputSeen(int window, ReadOnlySpan<float> hidden);
}
