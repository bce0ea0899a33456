using Pare.Evaluation;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Finds the strongest thresholds that keep a model's perplexity within a share: by bisection on hundredths, since perplexity grows with strength.</summary>
internal sealed class StrengthSearch(Model model, TokenWindows windows, int threads, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Highest strength that is tried.</summary>
    public const double Highest = 0.95;

    private const int Steps = 100;

    /// <summary>Searches.</summary>
    /// <param name="increase">Share by which perplexity may be higher than without thresholds.</param>
    /// <param name="make">Thresholds of a strength, from 0 to <see cref="Highest"/>.</param>
    /// <returns>The strongest that were good enough; those of 0 where none were.</returns>
    public ActivationSparsity Run(double increase, Func<double, ActivationSparsity> make)
    {
        var most = Perplexity(new ActivationSparsity("none", null, 1, model.Config.Layers.Count)) * (1 + increase);
        int low = 0, high = (int)(Highest * Steps) + 1;
        for (var round = 1; high - low > 1; round++)
        {
            var middle = (low + high) / 2;
            progress?.Report(new CompressionProgress("search", model.Config.Layers.Count, model.Config.Layers.Count + 1, 0.8 * round / (round + 1.0)));
            if (Perplexity(make((double)middle / Steps)) <= most) low = middle;
            else high = middle;
        }

        return make((double)low / Steps);
    }

    private double Perplexity(ActivationSparsity sparsity)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = threads, Thresholds = sparsity });
        return new PerplexityEvaluator(model, engine).Evaluate(windows, cancellation: cancellation).Perplexity;
    }
}
