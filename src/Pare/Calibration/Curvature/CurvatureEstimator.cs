using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Calibration;

/// <summary>Estimates the curvature of a model's mean cross-entropy at its linear sites over windows of text, streamed through the model forward and backward.</summary>
/// <remarks>
/// A token's contribution is the product of a site's input there and of the derivative, with respect to what the site gives there, of the window's summed loss;
/// factors are means over all tokens. Results depend on the instruction set and on the size of the batches, not on the number of threads nor on the budget of memory.
/// </remarks>
internal sealed unsafe class CurvatureEstimator
{
    private readonly GradientEngine _engine;
    private readonly CurvatureOptions _options;
    private readonly IReadOnlyList<LinearSite> _sites;

    /// <param name="engine">Runs the model; not in use elsewhere meanwhile.</param>
    /// <param name="options">The approximation.</param>
    /// <param name="sites">The sites; null takes all.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public CurvatureEstimator(GradientEngine engine, CurvatureOptions options, IReadOnlyList<LinearSite>? sites = null)
    {
        options.Check();
        (_engine, _options, _sites) = (engine, options, sites ?? engine.Model.Graph.Sites);
    }

    /// <summary>Says what an estimation will take.</summary>
    /// <exception cref="CurvatureException">The budget is smaller than one factor that has to wait in a file.</exception>
    public static CurvaturePlan Plan(ModelGraph graph, CurvatureOptions options, long tokens, IReadOnlyList<LinearSite>? sites = null)
    {
        options.Check();
        sites ??= graph.Sites;
        var sizes = Sizes(sites, options);
        var split = FactorSplit.Of([.. sizes.Select(entry => entry.Value)], options.MemoryBytes);
        // Forward, once more before the backward pass, and the gradient of every input; the factors by their upper triangles.
        var linears = graph.Sites.Sum(site => (double)site.WeightCount) + (double)graph.Config.VocabularySize * graph.Config.HiddenSize;
        var factors = sizes.Sum(entry => (double)entry.Value * entry.Value) * (options.Kind == CurvatureKind.NearestKronecker ? 2.5 / options.Terms : 1);
        return new CurvaturePlan
        {
            Factors = sizes.Count,
            FactorBytes = split.MemoryBytes + split.DiskBytes,
            MemoryBytes = split.MemoryBytes + split.WindowBytes,
            DiskBytes = split.DiskBytes,
            Passes = options.Passes,
            Tokens = tokens,
            Operations = options.Passes * (double)tokens * (6 * linears + factors),
        };
    }

    /// <summary>Runs the windows and gives the factors.</summary>
    /// <param name="tokens">[windows · length].</param>
    /// <param name="length">Tokens of a window, at least 2.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>The factors; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">The tokens are no whole number of windows.</exception>
    /// <exception cref="CurvatureException">A gradient is not finite, or the budget is too small.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public CurvatureFactors Estimate(ReadOnlyMemory<int> tokens, int length, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (_options.Kind == CurvatureKind.Identity) return new CurvatureFactors(_options, null);
        if (length < 2 || tokens.Length == 0 || tokens.Length % length != 0)
            throw new ArgumentException($"{tokens.Length} tokens are no whole number of windows of {length}; a window has at least 2 tokens", nameof(length));
        var store = new FactorStore(Sizes(_sites, _options), _options.MemoryBytes, _options.ScratchFolder);
        try
        {
            var factors = new CurvatureFactors(_options, store);
            var run = new CurvatureRun(_engine, _options, tokens, length, progress, cancellation);
            if (_options.Kind == CurvatureKind.NearestKronecker) new KroneckerIteration(store, _sites, _options).Run(run, _engine.Pool);
            else SecondMoments(store, factors, run);
            return factors;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private void SecondMoments(FactorStore store, CurvatureFactors factors, CurvatureRun run)
    {
        using var accumulator = new FactorAccumulator(store, _engine.Pool, _sites, sharesInputs: true) { Inputs = true, Outputs = _options.Kind != CurvatureKind.Activations };
        run.Pass(accumulator);
        var norms = new Dictionary<FactorKey, double>();
        foreach (var (key, size) in Sizes(_sites, _options))
        {
            var matrix = store.Load(key);
            FactorMath.Complete(matrix, size, 1f / run.Tokens);
            norms.Add(key, FactorMath.Norm(matrix, size));
            store.Save(key);
        }

        if (_options.Kind != CurvatureKind.Independent) return;
        foreach (var site in _sites)
        {
            var (a, g) = (norms[FactorKey.Input(site, shared: true)], norms[FactorKey.Output(site)]);
            if (a > 0 && g > 0) factors.SetBalance(site, Math.Sqrt(a / g));
        }
    }

    private static List<KeyValuePair<FactorKey, int>> Sizes(IEnumerable<LinearSite> sites, CurvatureOptions options)
    {
        var sizes = new Dictionary<FactorKey, int>();
        if (options.Kind == CurvatureKind.Identity) return [];
        foreach (var site in sites)
        {
            for (var term = 0; term < options.Terms; term++)
            {
                sizes[FactorKey.Input(site, options.SharesInputs, term)] = FactorKey.InputSize(site);
                if (options.Kind != CurvatureKind.Activations) sizes[FactorKey.Output(site, term)] = site.Rows;
            }
        }

        return [.. sizes];
    }
}
