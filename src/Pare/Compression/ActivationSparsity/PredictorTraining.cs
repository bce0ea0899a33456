using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>Trains a predictor of neurons by binary cross-entropy in which a group that is zero counts as much as the share of those that are not (DejaVu's weighting), with AdamW.</summary>
internal sealed unsafe class PredictorTraining : IDisposable
{
    private const int Batch = 256;
    private const int Epochs = 12;
    private const int FewestSteps = 800;
    private const double LearningRate = 3e-3;
    // Of eight tokens one is kept for judging.
    private const int HeldOut = 8;
    private readonly ComputePool _pool;
    private readonly int _inputs;
    private readonly int _rank;
    private readonly int _groups;
    private readonly NativeBuffer<float> _memory;
    private readonly float* _first;
    private readonly float* _second;
    private readonly float* _bias;
    private readonly float* _gradients;

    /// <summary>Starts with small random maps.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="inputs">Channels read.</param>
    /// <param name="rank">Width between the maps.</param>
    /// <param name="groups">Groups predicted.</param>
    /// <param name="scale">Root mean square of what is read.</param>
    /// <param name="seed">Seed of the maps and of the order of tokens.</param>
    public PredictorTraining(ComputePool pool, int inputs, int rank, int groups, double scale, ulong seed)
    {
        (_pool, _inputs, _rank, _groups, Random) = (pool, inputs, rank, groups, new SeededRandom(seed));
        _memory = new NativeBuffer<float>(2 * Numbers);
        _first = _memory.Pointer;
        _second = _first + (long)rank * inputs;
        _bias = _second + (long)groups * rank;
        _gradients = _memory.Pointer + Numbers;
        for (long i = 0; i < (long)rank * inputs; i++) _first[i] = (float)(Random.NextGaussian() / Math.Sqrt(inputs) / Math.Max(scale, 1e-6));
        for (long i = 0; i < (long)groups * rank; i++) _second[i] = (float)(0.1 * Random.NextGaussian() / Math.Sqrt(rank));
    }

    /// <summary>Trains and judges.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="x">[tokens, inputs].</param>
    /// <param name="active">[tokens, groups], 0 or 1.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="rank">Width between the maps.</param>
    /// <param name="seed">Seed.</param>
    /// <returns>The predictor with its shares on the tokens held out.</returns>
    public static NeuronPredictor Run(ComputePool pool, float[] x, float[] active, int tokens, int rank, ulong seed)
    {
        var (inputs, groups) = (x.Length / tokens, active.Length / tokens);
        var scale = Math.Sqrt(x.Sum(value => (double)value * value) / x.Length);
        using var training = new PredictorTraining(pool, inputs, rank, groups, scale, seed);
        training.Train(x, active, [.. Enumerable.Range(0, tokens).Where(token => token % HeldOut != HeldOut - 1)]);
        return training.Judge(x, active, [.. Enumerable.Range(0, tokens).Where(token => token % HeldOut == HeldOut - 1)]);
    }

    public void Dispose() => _memory.Dispose();

    private SeededRandom Random { get; }

    private long Numbers => (long)_rank * _inputs + (long)_groups * _rank + _groups;

    private void Train(float[] x, float[] active, int[] tokens)
    {
        var density = active.Average();
        var shift = _gradients - _memory.Pointer;
        TrainableTensor[] tensors =
        [
            new("first", _rank, _inputs, isVector: false, _first, _first + shift), new("second", _groups, _rank, isVector: false, _second, _second + shift), new("bias", 1, _groups, isVector: true, _bias, _bias + shift),
        ];
        using var optimizer = new AdamW(tensors, new AdamWOptions { WeightDecay = 0.01, Beta2 = 0.99, ClipNorm = 0 }, _pool);
        using var batch = new BatchMemory(Batch, _inputs, _rank, _groups);
        var steps = Math.Max(FewestSteps, tokens.Length / Batch * Epochs);
        for (var step = 0; step < steps; step++)
        {
            for (var i = 0; i < Batch; i++)
            {
                var token = tokens[Random.NextInt(tokens.Length)];
                x.AsSpan(token * _inputs, _inputs).CopyTo(new Span<float>(batch.Inputs + (long)i * _inputs, _inputs));
                active.AsSpan(token * _groups, _groups).CopyTo(new Span<float>(batch.Labels + (long)i * _groups, _groups));
            }

            Gradient(batch, density + 0.005);
            // Falls to a tenth, so that the last steps settle.
            optimizer.Step(LearningRate * (1 - 0.9 * step / steps), 1);
        }
    }

    // z = B A x + c; d loss / dz = weight · (σ(z) − y) / batch.
    private void Gradient(BatchMemory batch, double negative)
    {
        var shift = _gradients - _memory.Pointer;
        Scores(batch.Inputs, Batch, batch.Hidden, batch.Scores);
        var bias = new Span<float>(_bias + shift, _groups);
        bias.Clear();
        for (var i = 0; i < Batch; i++)
        {
            for (var g = 0; g < _groups; g++)
            {
                var place = (long)i * _groups + g;
                var y = batch.Labels[place];
                var weight = y == 1 ? 1 : negative;
                batch.Scores[place] = (float)(weight * (1 / (1 + Math.Exp(-batch.Scores[place] - _bias[g])) - y) / Batch);
                bias[g] += batch.Scores[place];
            }
        }

        Gemm.Multiply(_pool, transposeA: true, transposeB: false, _groups, _rank, Batch, 1, batch.Scores, _groups, batch.Hidden, _rank, 0, _second + shift, _rank);
        Gemm.Multiply(_pool, transposeA: false, transposeB: false, Batch, _rank, _groups, 1, batch.Scores, _groups, _second, _rank, 0, batch.Hidden, _rank);
        Gemm.Multiply(_pool, transposeA: true, transposeB: false, _rank, _inputs, Batch, 1, batch.Hidden, _rank, batch.Inputs, _inputs, 0, _first + shift, _inputs);
    }

    private void Scores(float* x, int tokens, float* hidden, float* scores)
    {
        Gemm.Multiply(_pool, transposeA: false, transposeB: true, tokens, _rank, _inputs, 1, x, _inputs, _first, _inputs, 0, hidden, _rank);
        Gemm.Multiply(_pool, transposeA: false, transposeB: true, tokens, _groups, _rank, 1, hidden, _rank, _second, _rank, 0, scores, _groups);
    }

    private NeuronPredictor Judge(float[] x, float[] active, int[] tokens)
    {
        using var batch = new BatchMemory(1, _inputs, _rank, _groups);
        long both = 0, predicted = 0, real = 0;
        foreach (var token in tokens)
        {
            x.AsSpan(token * _inputs, _inputs).CopyTo(new Span<float>(batch.Inputs, _inputs));
            Scores(batch.Inputs, 1, batch.Hidden, batch.Scores);
            for (var g = 0; g < _groups; g++)
            {
                var isPredicted = batch.Scores[g] + _bias[g] > 0;
                var isActive = active[token * _groups + g] == 1;
                if (isPredicted) predicted++;
                if (isActive) real++;
                if (isPredicted && isActive) both++;
            }
        }

        return new NeuronPredictor(Halves(_first, (long)_rank * _inputs), Halves(_second, (long)_groups * _rank), new ReadOnlySpan<float>(_bias, _groups), _rank)
        {
            Recall = real == 0 ? 1 : (double)both / real,
            Precision = predicted == 0 ? 1 : (double)both / predicted,
            Share = tokens.Length == 0 ? 0 : (double)predicted / tokens.Length / _groups,
        };
    }

    private static Half[] Halves(float* values, long count)
    {
        var halves = new Half[count];
        HalfConversion.ToHalf(new ReadOnlySpan<float>(values, checked((int)count)), halves);
        return halves;
    }

    private sealed class BatchMemory(int tokens, int inputs, int rank, int groups) : IDisposable
    {
        private readonly NativeBuffer<float> _inputs = new((long)tokens * inputs);
        private readonly NativeBuffer<float> _labels = new((long)tokens * groups);
        private readonly NativeBuffer<float> _hidden = new((long)tokens * rank);
        private readonly NativeBuffer<float> _scores = new((long)tokens * groups);

        public float* Inputs => _inputs.Pointer;

        public float* Labels => _labels.Pointer;

        public float* Hidden => _hidden.Pointer;

        public float* Scores => _scores.Pointer;

        public void Dispose()
        {
            _inputs.Dispose();
            _labels.Dispose();
            _hidden.Dispose();
            _scores.Dispose();
        }
    }
}
