using System.Runtime.InteropServices;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Predicts neurons while a model runs: what is not predicted is zero.</summary>
internal sealed unsafe class NeuronPrediction : IDisposable
{
    private readonly Block?[] _blocks;
    private readonly int _group;
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
    }

    /// <summary>Whether a block's neurons are predicted.</summary>
    public bool Has(int layer) => _blocks[layer] is not null;

    /// <summary>Bytes that a block's predictor reads for a token.</summary>
    public long Bytes(int layer) => _blocks[layer]!.First.WeightBytes + _blocks[layer]!.Second.WeightBytes;

    /// <summary>Bytes of all predictors.</summary>
    public long TotalBytes => Enumerable.Range(0, _blocks.Length).Where(Has).Sum(Bytes);

    /// <summary>Predicts; <see cref="Factors"/> and <see cref="Mask"/> use it.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="layer">Index of the block.</param>
    /// <param name="x">[tokens, hidden size]: what gate and up read.</param>
    /// <param name="tokens">Tokens.</param>
    public void Predict(ComputePool pool, int layer, float* x, int tokens)
    {
        var block = _blocks[layer]!;
        Grow(ref _hidden, (long)tokens * block.First.Rows);
        Grow(ref _scores, (long)tokens * block.Second.Rows);
        block.First.Multiply(pool, x, tokens, _hidden!.Pointer);
        block.Second.Multiply(pool, _hidden.Pointer, tokens, _scores!.Pointer);
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

    private sealed class Block : IDisposable
    {
        public Block(NeuronPredictor predictor)
        {
            First = Map(predictor.First, predictor.Rank, predictor.Inputs);
            Second = Map(predictor.Second, predictor.Groups, predictor.Rank);
            Bias = predictor.Bias.ToArray();
        }

        public Linear First { get; }

        public Linear Second { get; }

        public float[] Bias { get; }

        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
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
    }
}
