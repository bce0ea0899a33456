using Pare.Numerics;

namespace Pare.Training;

/// <summary>Muon for the matrices of the linear sites, AdamW for everything else.</summary>
/// <remarks>
/// With g the clipped gradient: m ← μm + g, u = orthogonalized(g + μm), and W ← W·(1 − ηλ) − η·0.2·√max(rows, columns)·u, so that a step is as long as AdamW's
/// (Jordan et al. 2024, "Muon"; the scale of Liu et al. 2025, arXiv 2502.16982). State: 4 bytes per number of the sites, AdamW's 8 elsewhere.
/// </remarks>
public sealed unsafe class Muon : IOptimizer
{
    /// <summary>Memory μ of the gradients.</summary>
    public const float Momentum = 0.95f;

    private const float StepScale = 0.2f;

    private readonly IReadOnlyList<TrainableTensor> _matrices;
    private readonly AdamW? _others;
    private readonly AdamWOptions _options;
    private readonly ComputePool _pool;
    private readonly NativeBuffer<float> _momenta;
    private readonly NativeBuffer<float> _update;
    private readonly NewtonSchulz _orthogonal;

    /// <summary>Starts with no memory of gradients.</summary>
    /// <param name="tensors">What it moves.</param>
    /// <param name="options">Decay and clipping of all, and AdamW's own for what is no site.</param>
    /// <param name="pool">The threads.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there is no site to train.</exception>
    public Muon(IReadOnlyList<TrainableTensor> tensors, AdamWOptions options, ComputePool pool)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        options.Check(tensors);
        _matrices = [.. tensors.Where(tensor => tensor.IsSite)];
        if (_matrices.Count == 0) throw new ArgumentException("Muon moves the matrices of linear sites, and none is trained in full; use AdamW", nameof(tensors));
        var others = tensors.Where(tensor => !tensor.IsSite).ToList();
        (_options, _pool) = (options, pool);
        _others = others.Count == 0 ? null : new AdamW(others, options with { Groups = [.. options.Groups.Where(group => others.Any(tensor => group.Contains(tensor.Name)))] }, pool);
        _momenta = new NativeBuffer<float>(_matrices.Sum(tensor => tensor.Count));
        _update = new NativeBuffer<float>(_matrices.Max(tensor => tensor.Count), zeroed: false);
        _orthogonal = new NewtonSchulz(pool, _matrices.Max(tensor => Math.Min(tensor.Rows, tensor.Columns)), _matrices.Max(tensor => tensor.Count));
        var state = new List<TrainableTensor>();
        long start = 0;
        foreach (var tensor in _matrices)
        {
            state.Add(tensor.Memory(".momentum", _momenta.Pointer + start));
            start += tensor.Count;
        }

        State = [.. state, .. _others?.State ?? []];
    }

    /// <inheritdoc/>
    public IReadOnlyList<TrainableTensor> State { get; }

    /// <inheritdoc/>
    public long Steps { get; set; }

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientNorm)
    {
        if (_others is not null)
        {
            _others.Steps = Steps;
            _others.Step(learningRate, gradientNorm);
        }

        Steps++;
        var clip = (float)AdamW.ClipFactor(_options, gradientNorm);
        for (var i = 0; i < _matrices.Count; i++)
        {
            var tensor = _matrices[i];
            var count = checked((int)tensor.Count);
            var momentum = new Span<float>(State[i].Values, count);
            var gradient = new ReadOnlySpan<float>(tensor.Gradient, count);
            var update = _update.Slice(0, count);
            VectorMath.Scale(momentum, Momentum);
            VectorMath.Axpy(clip, gradient, momentum);
            momentum.CopyTo(update);
            VectorMath.Scale(update, Momentum);
            VectorMath.Axpy(clip, gradient, update);
            _orthogonal.Run(_update.Pointer, tensor.Rows, tensor.Columns);
            var values = new Span<float>(tensor.Values, count);
            var (factor, decay) = _options.Of(tensor);
            VectorMath.Scale(values, (float)(1 - learningRate * factor * decay));
            VectorMath.Axpy((float)(-learningRate * factor * StepScale * Math.Sqrt(Math.Max(tensor.Rows, tensor.Columns))), update, values);
        }
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        _others?.Dispose();
        _momenta.Dispose();
        _update.Dispose();
        _orthogonal.Dispose();
    }
}
