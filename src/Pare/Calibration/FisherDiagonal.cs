using System.Numerics.Tensors;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Calibration;

/// <summary>
/// The diagonal of the empirical Fisher information of linear sites: for every weight Σ (∂L/∂w)², L being a window's cross-entropy summed over its tokens and the sum going over all windows, as SqueezeLLM (Kim et al. 2023, arXiv 2306.07629) takes it.
/// </summary>
/// <remarks>
/// Sites whose sums together exceed the memory given are found in several passes over the windows. What is found of a pass is kept in the folder, so a run that was stopped goes on behind the last pass.
/// Memory: the model in float32, 4 bytes for every weight of a pass, the gradient of one site, and the activations of one window. Results do not depend on threads nor on memory.
/// </remarks>
internal sealed unsafe class FisherDiagonal : ISiteObserver, IDisposable
{
    /// <summary>Memory for the sums of a pass.</summary>
    public const long DefaultBytes = 2L << 30;

    private const int Chunk = 1 << 14;
    private readonly ComputePool _pool;
    private readonly Dictionary<LinearSite, NativeBuffer<float>> _sums = [];
    private readonly NativeBuffer<float> _gradient;
    private string _place = "";

    private FisherDiagonal(ComputePool pool, IEnumerable<LinearSite> sites)
    {
        _pool = pool;
        foreach (var site in sites) _sums.Add(site, new NativeBuffer<float>(site.WeightCount));
        _gradient = new NativeBuffer<float>(_sums.Keys.Max(site => site.WeightCount), zeroed: false);
    }

    /// <summary>The sites of each pass over the windows, in their order: as many as memory holds, at least one.</summary>
    public static IReadOnlyList<IReadOnlyList<LinearSite>> Passes(IEnumerable<LinearSite> sites, long bytes)
    {
        var passes = new List<List<LinearSite>>();
        long held = 0;
        foreach (var site in sites)
        {
            if (passes.Count == 0 || held + site.WeightCount * sizeof(float) > bytes)
            {
                passes.Add([]);
                held = 0;
            }

            passes[^1].Add(site);
            held += site.WeightCount * sizeof(float);
        }

        return passes;
    }

    /// <summary>Finds what a folder does not hold yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sites">The sites.</param>
    /// <param name="data">The windows, and the folder that receives the diagonals.</param>
    /// <param name="pool">Its number of threads is used.</param>
    /// <param name="bytes">Memory for the sums of a pass.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <exception cref="CurvatureException">A gradient is not finite.</exception>
    /// <exception cref="CalibrationException">A file of the folder is of no use.</exception>
    public static void Find(Model model, IEnumerable<LinearSite> sites, CalibrationData data, ComputePool pool, long bytes, Action<double>? progress, CancellationToken cancellation)
    {
        var kept = data.Kept ?? throw new ArgumentException("diagonals need a folder", nameof(data));
        var passes = Passes(sites.Where(site => !kept.HasFisher(site)), bytes);
        if (passes.Count == 0) return;
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = pool.Threads });
        for (var i = 0; i < passes.Count; i++)
        {
            using var diagonal = new FisherDiagonal(engine.Pool, passes[i]);
            var done = i;
            diagonal.Run(engine, data, share => progress?.Invoke((done + share) / passes.Count), cancellation);
            foreach (var (site, sums) in diagonal._sums) kept.WriteFisher(site, sums.Span);
        }
    }

    /// <inheritdoc/>
    public void Observe(in SiteGradients gradients)
    {
        var site = gradients.Site;
        if (!_sums.TryGetValue(site, out var sums)) return;
        Gemm.Multiply(_pool, true, false, site.Rows, site.Columns, gradients.Tokens, 1, gradients.OutputGradient, site.Rows, gradients.Input, site.Columns, 0, _gradient.Pointer, site.Columns);
        _pool.For((int)((site.WeightCount + Chunk - 1) / Chunk), new AddSquares(_gradient.Pointer, sums.Pointer, site.WeightCount));
        if (!float.IsFinite(TensorPrimitives.Sum<float>(sums.Span)))
            throw CurvatureException.NotFinite(_place, "gradient", site.Name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sums in _sums.Values) sums.Dispose();
        _gradient.Dispose();
    }

    private void Run(GradientEngine engine, CalibrationData data, Action<double> progress, CancellationToken cancellation)
    {
        var windows = data.Windows;
        var targets = new int[windows.Window];
        engine.Observer = this;
        try
        {
            for (var i = 0; i < windows.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                _place = $"window {i} of the calibration text";
                windows[i][1..].CopyTo(targets);
                targets[^1] = -1;
                engine.Accumulate(windows[i], targets, windows.Window, scale: 1);
                progress((i + 1.0) / windows.Count);
            }
        }
        finally
        {
            engine.Observer = null;
        }
    }

    private readonly struct AddSquares(float* gradient, float* sums, long count) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = (long)part * Chunk;
            var length = (int)Math.Min(Chunk, count - first);
            var g = new ReadOnlySpan<float>(gradient + first, length);
            var sum = new Span<float>(sums + first, length);
            TensorPrimitives.MultiplyAdd(g, g, sum, sum);
        }
    }
}
