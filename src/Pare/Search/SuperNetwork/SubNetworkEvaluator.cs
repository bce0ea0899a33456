using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Training;

namespace Pare.Search;

/// <summary>Measures sub-networks of a model over the windows of a text: each is made in memory and run by the normal engine. Not for concurrent use.</summary>
public sealed class SubNetworkEvaluator : IDisposable
{
    /// <summary>exp of the mean negative log-likelihood over the windows.</summary>
    public const string Perplexity = "perplexity";

    /// <summary>Numbers of the model, a tied head not counted twice.</summary>
    public const string Parameters = "parameters";

    /// <summary>Bytes of the tensors of the model's folder.</summary>
    public const string Bytes = "bytes";

    /// <summary>Multiply-adds of the linear maps and the head for one token; attention over earlier tokens is not counted.</summary>
    public const string MultiplyAdds = "multiply-adds";

    private readonly Model _model;
    private readonly ImportanceOrder _order;
    private readonly TokenWindows _windows;
    private readonly ComputePool _pool;
    private readonly int _threads;

    /// <summary>Prepares measurements.</summary>
    /// <param name="model">The whole model; stays open while measuring.</param>
    /// <param name="order">Which parts are kept first.</param>
    /// <param name="windows">What perplexity is measured over.</param>
    /// <param name="threads">Threads; 0 takes one per processor.</param>
    /// <exception cref="ArgumentException">A window is longer than the model's context, or a token is not in its vocabulary.</exception>
    public SubNetworkEvaluator(Model model, ImportanceOrder order, TokenWindows windows, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(windows);
        WindowChecks.Check(windows, model.Config);
        (_model, _order, _windows, _threads) = (model, order, windows, threads);
        _pool = new ComputePool(threads);
    }

    /// <summary>Names of what is measured.</summary>
    public static IReadOnlyList<string> Metrics { get; } = [Perplexity, Parameters, Bytes, MultiplyAdds];

    /// <summary>Measures a sub-network.</summary>
    /// <param name="shape">The sub-network.</param>
    /// <param name="formats">Format of a parameter; null keeps values.</param>
    /// <param name="cancellation">Stops between stretches of a window.</param>
    /// <returns>A value for each of <see cref="Metrics"/>.</returns>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network.</exception>
    public IReadOnlyDictionary<string, double> Measure(SubNetwork shape, Func<ParameterId, ElementType?>? formats = null, CancellationToken cancellation = default)
    {
        using var small = SubNetworkModel.Create(_model, shape, _order, _pool, formats);
        return new Dictionary<string, double>
        {
            [Perplexity] = Math.Exp(Loss(small, cancellation)),
            [Parameters] = small.Graph.ParameterCount,
            [Bytes] = SubNetworkModel.ByteLength(_model, shape, formats),
            [MultiplyAdds] = MultiplyAddsOf(small),
        };
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
                using var small = SubNetworkModel.Create(_model, whole with { Layers = [.. whole.Layers.Where(kept => kept.Source != layer)] }, _order, _pool);
                var loss = Loss(small, cancellation);
                if (double.IsFinite(loss)) scores[layer] = loss;
            }

            progress?.Invoke(layer + 1);
        }

        return scores;
    }

    /// <summary>Stops the threads; the model stays open.</summary>
    public void Dispose() => _pool.Dispose();

    private double Loss(Model small, CancellationToken cancellation)
    {
        using var engine = new InferenceEngine(small, new EngineOptions { Threads = _threads });
        using var scorer = new TokenScorer(engine, _windows.Window);
        var losses = new double[_windows.Window - 1];
        double sum = 0;
        for (var i = 0; i < _windows.Count; i++)
        {
            scorer.Score(_windows[i], losses, default, cancellation);
            sum += losses.Average();
        }

        return sum / _windows.Count;
    }

    private static double MultiplyAddsOf(Model model) =>
        model.Graph.Sites.Sum(site => (double)site.Rows * site.Columns) + (double)model.Config.VocabularySize * model.Config.EmbeddingSize
        + (model.Config.EmbeddingSize == model.Config.HiddenSize ? 0 : 2.0 * model.Config.EmbeddingSize * model.Config.HiddenSize);
}
