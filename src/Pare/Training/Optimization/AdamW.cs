using System.Numerics;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>AdamW over the trainable tensors of a model. State: 8 bytes per trained number.</summary>
/// <remarks>
/// With g the clipped gradient: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², and w ← w·(1 − ηλ) − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).
/// The norm of the gradient is summed in double precision over fixed pieces, so results do not depend on the number of threads.
/// </remarks>
public sealed unsafe class AdamW : IDisposable
{
    private const int Piece = 1 << 14;

    private readonly IReadOnlyList<TrainableTensor> _tensors;
    private readonly AdamWOptions _options;
    private readonly ComputePool _pool;
    private readonly NativeBuffer<float> _means;
    private readonly NativeBuffer<float> _squares;
    private readonly long[] _starts;
    private readonly (int Tensor, long First, int Count)[] _pieces;
    private readonly double[] _norms;

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
        options.Check();
        if (tensors.Count == 0) throw new ArgumentException("the model is frozen; there is nothing to train", nameof(tensors));
        (_tensors, _options, _pool) = (tensors, options, pool);
        _starts = new long[tensors.Count + 1];
        for (var i = 0; i < tensors.Count; i++) _starts[i + 1] = _starts[i] + tensors[i].Count;
        _means = new NativeBuffer<float>(_starts[^1]);
        _squares = new NativeBuffer<float>(_starts[^1]);
        _pieces = [.. Pieces()];
        _norms = new double[_pieces.Length];
    }

    /// <summary>Steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>Bytes of state.</summary>
    public long StateBytes => 2 * _means.Length * sizeof(float);

    /// <summary>Mean of the gradients of a tensor, [rows · columns], not copied.</summary>
    /// <param name="index">Index of the tensor.</param>
    /// <returns>The values.</returns>
    public Span<float> Mean(int index) => _means.Slice(_starts[index], checked((int)_tensors[index].Count));

    /// <summary>Mean of the squares of the gradients of a tensor, [rows · columns], not copied.</summary>
    /// <param name="index">Index of the tensor.</param>
    /// <returns>The values.</returns>
    public Span<float> MeanSquare(int index) => _squares.Slice(_starts[index], checked((int)_tensors[index].Count));

    /// <summary>L2 norm of the gradient over all tensors.</summary>
    /// <returns>The norm; not a number or infinite where a gradient is.</returns>
    public double GradientNorm()
    {
        fixed (double* norms = _norms) _pool.For(_pieces.Length, new NormPiece(this, norms));
        double sum = 0;
        foreach (var norm in _norms) sum += norm;
        return Math.Sqrt(sum);
    }

    /// <summary>Moves every tensor against its gradient. Gradients are left as they are.</summary>
    /// <param name="learningRate">η, from 0 on.</param>
    /// <param name="gradientNorm">What <see cref="GradientNorm"/> gave, for the clipping.</param>
    public void Step(double learningRate, double gradientNorm)
    {
        Steps++;
        // PyTorch's rule, ε of the clipping included.
        var clip = _options.ClipNorm > 0 ? Math.Min(1, _options.ClipNorm / (gradientNorm + 1e-6)) : 1;
        var first = 1 - Math.Pow(_options.Beta1, Steps);
        var second = Math.Sqrt(1 - Math.Pow(_options.Beta2, Steps));
        _pool.For(_pieces.Length, new StepPiece(this, (float)clip, (float)(learningRate / first), (float)(1 / second), (float)(1 - learningRate * _options.WeightDecay)));
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        _means.Dispose();
        _squares.Dispose();
    }

    private IEnumerable<(int Tensor, long First, int Count)> Pieces()
    {
        for (var i = 0; i < _tensors.Count; i++)
        {
            for (long first = 0; first < _tensors[i].Count; first += Piece) yield return (i, first, (int)Math.Min(Piece, _tensors[i].Count - first));
        }
    }

    private readonly struct NormPiece(AdamW owner, double* norms) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var (tensor, first, count) = owner._pieces[part];
            norms[part] = VectorMath.Moments(new ReadOnlySpan<float>(owner._tensors[tensor].Gradient + first, count)).Squares;
        }
    }

    private readonly struct StepPiece(AdamW owner, float clip, float rate, float correction, float keep) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var (index, first, count) = owner._pieces[part];
            var tensor = owner._tensors[index];
            var options = owner._options;
            var at = owner._starts[index] + first;
            Update(tensor.Values + first, tensor.Gradient + first, owner._means.Pointer + at, owner._squares.Pointer + at, count,
                tensor.IsVector && !options.DecaysVectors ? 1 : keep, (float)options.Beta1, (float)options.Beta2, (float)options.Epsilon);
        }

        private void Update(float* w, float* g, float* m, float* v, int count, float kept, float beta1, float beta2, float epsilon)
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
