using System.Numerics;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>AdamW over the trainable tensors of a model. State: 8 bytes per trained number.</summary>
/// <remarks>
/// With g the clipped gradient: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², and w ← w·(1 − ηλ) − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).
/// </remarks>
public sealed unsafe class AdamW : IOptimizer
{
    private readonly IReadOnlyList<TrainableTensor> _tensors;
    private readonly AdamWOptions _options;
    private readonly (double Factor, double Decay)[] _groups;
    private readonly ComputePool _pool;
    private readonly NativeBuffer<float> _means;
    private readonly NativeBuffer<float> _squares;
    private readonly long[] _starts;
    private readonly TensorPiece[] _pieces;

    /// <summary>Starts with no memory of gradients.</summary>
    /// <param name="tensors">What it moves.</param>
    /// <param name="options">The options.</param>
    /// <param name="pool">The threads.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there is nothing to train.</exception>
    public AdamW(IReadOnlyList<TrainableTensor> tensors, AdamWOptions options, ComputePool pool)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        if (tensors.Count == 0) throw new ArgumentException("the model is frozen; there is nothing to train", nameof(tensors));
        options.Check(tensors);
        (_tensors, _options, _pool) = (tensors, options, pool);
        _groups = [.. tensors.Select(options.Of)];
        _starts = new long[tensors.Count + 1];
        for (var i = 0; i < tensors.Count; i++) _starts[i + 1] = _starts[i] + tensors[i].Count;
        _means = new NativeBuffer<float>(_starts[^1]);
        _squares = new NativeBuffer<float>(_starts[^1]);
        _pieces = TensorPiece.Cut(tensors);
        State = [.. tensors.SelectMany((tensor, i) => new[] { tensor.Memory(".mean", _means.Pointer + _starts[i]), tensor.Memory(".mean_square", _squares.Pointer + _starts[i]) })];
    }

    /// <inheritdoc/>
    public long Steps { get; set; }

    /// <summary>Bytes of state.</summary>
    public long StateBytes => 2 * _means.Length * sizeof(float);

    /// <inheritdoc/>
    public IReadOnlyList<TrainableTensor> State { get; }

    /// <summary>Factor of the gradient that clips it: PyTorch's rule, its 1e-6 included.</summary>
    internal static double ClipFactor(AdamWOptions options, double gradientNorm) => options.ClipNorm > 0 ? Math.Min(1, options.ClipNorm / (gradientNorm + 1e-6)) : 1;

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientNorm)
    {
        Steps++;
        var clip = ClipFactor(_options, gradientNorm);
        var first = 1 - Math.Pow(_options.Beta1, Steps);
        var second = Math.Sqrt(1 - Math.Pow(_options.Beta2, Steps));
        _pool.For(_pieces.Length, new StepPiece(this, (float)clip, learningRate, 1 / first, (float)(1 / second)));
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        _means.Dispose();
        _squares.Dispose();
    }

    private readonly struct StepPiece(AdamW owner, float clip, double learningRate, double meanCorrection, float correction) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var (index, first, count) = owner._pieces[part];
            var tensor = owner._tensors[index];
            var options = owner._options;
            var at = owner._starts[index] + first;
            var (factor, decay) = owner._groups[index];
            var rate = learningRate * factor;
            Update(tensor.Values + first, tensor.Gradient + first, owner._means.Pointer + at, owner._squares.Pointer + at, count,
                (float)(rate * meanCorrection), (float)(1 - rate * decay), (float)options.Beta1, (float)options.Beta2, (float)options.Epsilon);
        }

        private void Update(float* w, float* g, float* m, float* v, int count, float rate, float kept, float beta1, float beta2, float epsilon)
        {
            var i = 0;
            if (Vector.IsHardwareAccelerated)
            {
                var e = new Vector<float>(epsilon);
                for (; i + Vector<float>.Count <= count; i += Vector<float>.Count)
                {
                    var gradient = Vector.Load(g + i) * clip;
                    var mean = Vector.Load(m + i) * beta1 + gradient * (1 - beta1);
                    var square = Vector.Load(v + i) * beta2 + gradient * gradient * (1 - beta2);
                    mean.Store(m + i);
                    square.Store(v + i);
                    (Vector.Load(w + i) * kept - mean * rate / (Vector.SquareRoot(square) * correction + e)).Store(w + i);
                }
            }

            for (; i < count; i++)
            {
                var gradient = g[i] * clip;
                m[i] = m[i] * beta1 + gradient * (1 - beta1);
                v[i] = v[i] * beta2 + gradient * gradient * (1 - beta2);
                w[i] = w[i] * kept - m[i] * rate / (MathF.Sqrt(v[i]) * correction + epsilon);
            }
        }
    }
}
