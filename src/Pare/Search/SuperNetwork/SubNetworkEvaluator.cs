using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Search;

/// <summary>Measures sub-networks of a model. Not for concurrent use.</summary>
/// <remarks>Tensors that sub-networks have in common are made once: memory for them is that of the whole model as float32 and 1 GiB.</remarks>
public sealed class SubNetworkEvaluator : IDisposable
{
    private readonly Model _model;
    private readonly ImportanceOrder _order;
    private readonly IReadOnlyList<ICandidateMeasure> _measures;
    private readonly ComputePool _pool;
    private readonly KeptTensors _tensors;

    /// <summary>Prepares measurements.</summary>
    /// <param name="model">The whole model; stays open while measuring.</param>
    /// <param name="order">Which parts are kept first.</param>
    /// <param name="measures">What is measured, in this order; disposed with the evaluator.</param>
    /// <param name="threads">Threads; 0 takes one per processor.</param>
    public SubNetworkEvaluator(Model model, ImportanceOrder order, IReadOnlyList<ICandidateMeasure> measures, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(measures);
        (_model, _order, _measures) = (model, order, measures);
        _tensors = new KeptTensors(sizeof(float) * model.Graph.ParameterCount + (1L << 30));
        _pool = new ComputePool(threads);
    }

    /// <summary>Prepares measurements of size and perplexity.</summary>
    /// <param name="model">The whole model; stays open while measuring.</param>
    /// <param name="order">Which parts are kept first.</param>
    /// <param name="windows">What perplexity is measured over.</param>
    /// <param name="threads">Threads; 0 takes one per processor.</param>
    /// <exception cref="ArgumentException">A window is longer than the model's context, or a token is not in its vocabulary.</exception>
    public SubNetworkEvaluator(Model model, ImportanceOrder order, TokenWindows windows, int threads = 0)
        : this(model, order, [new SizeMeasure(), new TextMeasure(model, windows)], threads)
    {
    }

    /// <summary>Names of what is measured.</summary>
    public IEnumerable<string> Metrics => _measures.SelectMany(measure => measure.Metrics);

    /// <summary>Measures a sub-network.</summary>
    /// <param name="shape">The sub-network.</param>
    /// <param name="treatment">What is done to it; null for nothing.</param>
    /// <param name="cancellation">Stops between stretches of a window.</param>
    /// <returns>A value for each of <see cref="Metrics"/>.</returns>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network.</exception>
    /// <exception cref="MeasureException">A metric could not be measured; the message says which.</exception>
    public IReadOnlyDictionary<string, double> Measure(SubNetwork shape, SubNetworkTreatment? treatment = null, CancellationToken cancellation = default)
    {
        using var candidate = new CandidateModel(_model, shape, _order, treatment ?? SubNetworkTreatment.None, _pool) { Tensors = _tensors };
        return Measure(candidate, cancellation);
    }

    /// <summary>Measures a candidate of a space.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="space">The space.</param>
    /// <param name="treatments">What its candidates do beside cutting.</param>
    /// <param name="cancellation">Stops between stretches of a window.</param>
    /// <returns>A value for each of <see cref="Metrics"/>.</returns>
    /// <exception cref="MeasureException">A metric could not be measured; the message says which.</exception>
    public IReadOnlyDictionary<string, double> Measure(Candidate candidate, SubNetworkSpace space, CandidateTreatments treatments, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(treatments);
        using var model = new CandidateModel(_model, space.ToSubNetwork(candidate), _order, treatments.Of(candidate), _pool) { Name = space.Space.Format(candidate), Blocks = space.Blocks(candidate), Tensors = _tensors };
        return Measure(model, cancellation);
    }

    private Dictionary<string, double> Measure(CandidateModel candidate, CancellationToken cancellation)
    {
        var values = new Dictionary<string, double>();
        foreach (var measure in _measures)
        {
            try
            {
                measure.Measure(candidate, values, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                throw new MeasureException(string.Join(" and ", measure.Metrics), e);
            }
        }

        return values;
    }

    /// <summary>Scores layers by the loss without them: larger for more important ones. Runs the model once for each.</summary>
    /// <param name="progress">Told how many layers are done.</param>
    /// <param name="cancellation">Stops between stretches of a window.</param>
    /// <returns>One score a layer; a layer that the model cannot lose counts as infinitely important.</returns>
    public IReadOnlyList<double> ScoreLayers(Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var whole = SubNetwork.Whole(_model.Config);
        var scores = new double[whole.Layers.Count];
        for (var layer = 0; layer < scores.Length; layer++)
        {
            scores[layer] = double.PositiveInfinity;
            if (scores.Length > 1)
            {
                var perplexity = Measure(whole with { Layers = [.. whole.Layers.Where(kept => kept.Source != layer)] }, null, cancellation)[SearchMetrics.Perplexity];
                if (double.IsFinite(perplexity)) scores[layer] = Math.Log(perplexity);
            }

            progress?.Invoke(layer + 1);
        }

        return scores;
    }

    /// <summary>Stops the threads and frees what the measures hold; the model stays open.</summary>
    public void Dispose()
    {
        foreach (var measure in _measures) measure.Dispose();
        _tensors.Dispose();
        _pool.Dispose();
    }
}
