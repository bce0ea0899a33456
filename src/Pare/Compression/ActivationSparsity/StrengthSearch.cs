using Pare.Evaluation;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Finds the strongest thresholds that keep a model's perplexity within a share: by bisection on hundredths, since perplexity grows with strength.</summary>
internal sealed class StrengthSearch(Model model, TokenWindows windows, double increase, int threads, CancellationToken cancellation)
{
    /// <summary>Highest strength that is tried.</summary>
    public const double Highest = 0.95;

    private const int Steps = 100;
    private double? _most;

    /// <summary>Searches.</summary>
    /// <param name="make">Thresholds of a strength, from 0 to <see cref="Highest"/>.</param>
    /// <param name="progress">Told the share that is done, or null.</param>
    /// <returns>The strongest that was good enough; 0 where none was.</returns>
    public double Run(Func<double, ActivationSparsity> make, Action<double>? progress)
    {
        _most ??= Perplexity(new ActivationSparsity("none", null, 1, model.Config.Layers.Count)) * (1 + increase);
        int low = 0, high = (int)(Highest * Steps) + 1;
        var rounds = Math.Ceiling(Math.Log2(high));
        for (var round = 0; high - low > 1; round++)
        {
            var middle = (low + high) / 2;
            progress?.Invoke(Math.Min(1, round / rounds));
            if (Perplexity(make((double)middle / Steps)) <= _most) low = middle;
            else high = middle;
        }

        return (double)low / Steps;
    }

    private double Perplexity(ActivationSparsity sparsity)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = threads, Thresholds = sparsity });
        return new PerplexityEvaluator(model, engine).Evaluate(windows, cancellation: cancellation).Perplexity;
    }
}
