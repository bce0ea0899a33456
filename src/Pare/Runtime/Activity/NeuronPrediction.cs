using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Predicts neurons while a model runs: what is not predicted is zero.</summary>
internal sealed unsafe class NeuronPrediction : IDisposable
{
    private readonly Block?[] _blocks;
    private readonly Linear? _shared;
    private readonly float[] _sharedBias;
    private readonly int _group;
    private NativeBuffer<float>? _normed;
    private NativeBuffer<float>? _hidden;
    private NativeBuffer<float>? _scores;
    private NativeBuffer<float>? _factors;
    private long _active;
    private long _predicted;
    private long _both;
    private long _groups;

    /// <param name="sparsity">Thresholds with predictors.</param>
    public NeuronPrediction(ActivationSparsity sparsity)
    {
        _group = sparsity.Group;
        _blocks = [.. Enumerable.Range(0, sparsity.Layers).Select(layer => sparsity.Predictor(layer) is { } predictor ? new Block(predictor) : null)];
        (_shared, _sharedBias) = sparsity.Shared is { } shared ? (Map(shared.First, shared.Rank, shared.Inputs), shared.Bias.ToArray()) : (null, []);
    }

    /// <summary>Whether a block's neurons are predicted.</summary>
    public bool Has(int layer) => _blocks[layer] is not null;

    /// <summary>Whether <see cref="Share"/> has to be called behind the first block.</summary>
    public bool IsShared => _shared is not null;

    /// <summary>Bytes that a block's predictor reads for a token; what is shared counts with the first of them.</summary>
    public long Bytes(int layer) => _blocks[layer]!.Bytes + (layer == Array.FindIndex(_blocks, block => block is not null) ? _shared?.WeightBytes ?? 0 : 0);

    /// <summary>Bytes of all predictors.</summary>
    public long TotalBytes => Enumerable.Range(0, _blocks.Length).Where(Has).Sum(Bytes);

    /// <summary>Prepares what the predictors of all blocks read: h = max(0, A·x / rms(x) + a).</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="stream">[tokens, hidden size]: the residual stream behind the first block.</param>
    /// <param name="tokens">Tokens.</param>
    public void Share(ComputePool pool, float* stream, int tokens)
    {
        var (rank, size) = (_shared!.Rows, _shared.Columns);
        Grow(ref _normed, (long)tokens * size);
        Grow(ref _hidden, (long)tokens * rank);
        for (var t = 0; t < tokens; t++) Normalize(new ReadOnlySpan<float>(stream + (long)t * size, size), new Span<float>(_normed!.Pointer + (long)t * size, size));
        _shared.Multiply(pool, _normed!.Pointer, tokens, _hidden!.Pointer);
        for (var t = 0; t < tokens; t++)
        {
            var row = new Span<float>(_hidden.Pointer + (long)t * rank, rank);
            for (var i = 0; i < rank; i++) row[i] = Math.Max(0, row[i] + _sharedBias[i]);
        }
    }

    /// <summary>x / rms(x).</summary>
    public static void Normalize(ReadOnlySpan<float> x, Span<float> y) =>
        TensorPrimitives.Multiply(x, (float)(1 / Math.Sqrt(VectorMath.Moments(x).Squares / x.Length + SharedPredictor.Epsilon)), y);

    /// <summary>Predicts; <see cref="Factors"/> and <see cref="Mask"/> use it.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="layer">Index of the block.</param>
    /// <param name="x">[tokens, hidden size]: what gate and up read; not looked at where <see cref="IsShared"/>.</param>
    /// <param name="tokens">Tokens.</param>
    public void Predict(ComputePool pool, int layer, float* x, int tokens)
    {
        var block = _blocks[layer]!;
        Grow(ref _scores, (long)tokens * block.Second.Rows);
        if (block.First is { } first)
        {
            Grow(ref _hidden, (long)tokens * first.Rows);
            first.Multiply(pool, x, tokens, _hidden!.Pointer);
        }

        block.Second.Multiply(pool, _hidden!.Pointer, tokens, _scores!.Pointer);
    }

    /// <summary>1 for the neurons that were predicted for a single token, else 0.</summary>
    public float* Factors(int layer)
    {
        var bias = _blocks[layer]!.Bias;
        Grow(ref _factors, (long)bias.Length * _group);
        for (var i = 0; i < bias.Length; i++) new Span<float>(_factors!.Pointer + (long)i * _group, _group).Fill(_scores!.Pointer[i] + bias[i] > 0 ? 1 : 0);
        return _factors!.Pointer;
    }

    /// <summary>Sets to zero what was not predicted, and counts.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="neurons">[tokens, neurons].</param>
    /// <param name="tokens">Tokens.</param>
    public void Mask(int layer, float* neurons, int tokens)
    {
        var bias = _blocks[layer]!.Bias;
        for (var t = 0; t < tokens; t++)
        {
            for (var i = 0; i < bias.Length; i++)
            {
                var part = new Span<float>(neurons + ((long)t * bias.Length + i) * _group, _group);
                var active = part.ContainsAnyExcept(0f);
                var predicted = _scores!.Pointer[(long)t * bias.Length + i] + bias[i] > 0;
                if (active) _active++;
                if (predicted) _predicted++;
                if (active && predicted) _both++;
                if (!predicted) part.Clear();
            }
        }

        _groups += (long)tokens * bias.Length;
    }

    /// <summary>What was counted, or null where nothing was.</summary>
    public PredictionCounts? Counted() => _groups == 0 ? null : new PredictionCounts(_active == 0 ? 1 : (double)_both / _active, _predicted == 0 ? 1 : (double)_both / _predicted, (double)_predicted / _groups);

    /// <summary>Forgets what was counted.</summary>
    public void Reset() => (_active, _predicted, _both, _groups) = (0, 0, 0, 0);

    public void Dispose()
    {
        foreach (var block in _blocks) block?.Dispose();
        _shared?.Dispose();
        _normed?.Dispose();
        _hidden?.Dispose();
        _scores?.Dispose();
        _factors?.Dispose();
    }

    private static void Grow(ref NativeBuffer<float>? buffer, long length)
    {
        if (buffer?.Length >= length) return;
        buffer?.Dispose();
        buffer = new NativeBuffer<float>(length, zeroed: false);
    }

    // The array is pinned, and the tensor keeps it alive.
    private static Linear Map(ReadOnlySpan<Half> values, int rows, int columns)
    {
        var pinned = GC.AllocateUninitializedArray<Half>(values.Length, pinned: true);
        values.CopyTo(pinned);
        var parameter = new Parameter { Id = new ParameterId(ParameterRole.Up, 0), Rows = rows, Columns = columns, IsVector = false, Name = "predictor" };
        var data = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        return new Linear(new Weight(parameter, new StoredTensor("predictor", ElementType.F16, [rows, columns], data, 2L * values.Length, pinned), default, transposed: false, offset: 0), null);
    }

    private sealed class Block(NeuronPredictor predictor) : IDisposable
    {
        public Linear? First { get; } = predictor.Inputs == 0 ? null : Map(predictor.First, predictor.Rank, predictor.Inputs);

        public Linear Second { get; } = Map(predictor.Second, predictor.Groups, predictor.Rank);

        public float[] Bias { get; } = predictor.Bias.ToArray();

        public long Bytes => (First?.WeightBytes ?? 0) + Second.WeightBytes;

        public void Dispose()
        {
            First?.Dispose();
            Second.Dispose();
        }
    }
}
