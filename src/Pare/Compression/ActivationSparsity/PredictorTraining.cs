using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>Trains predictors of neurons by binary cross-entropy in which a group that is zero counts as much as the share of its block's that are not (DejaVu's weighting), with AdamW: of one block, z = B·A·x + c, or of all blocks together, z = B·max(0, A·x + a) + c.</summary>
internal sealed unsafe class PredictorTraining : IDisposable
{
    private const int Batch = 256;
    private const int Epochs = 12;
    private const int FewestSteps = 800;
    private const double LearningRate = 3e-3;
    // A width of some hundreds that is rectified wants smaller steps than a map of low rank.
    private const double SharedLearningRate = 1e-3;
    // Of eight tokens one is kept for judging.
    private const int HeldOut = 8;
    private readonly ComputePool _pool;
    private readonly int _inputs;
    private readonly int _rank;
    private readonly int _groups;
    private readonly bool _isRectified;
    private readonly NativeBuffer<float> _memory;
    private readonly float* _first;
    private readonly float* _second;
    private readonly float* _bias;
    private readonly float* _hiddenBias;

    // Starts with small random maps.
    private PredictorTraining(ComputePool pool, int inputs, int rank, int groups, bool isRectified, double scale, ulong seed)
    {
        (_pool, _inputs, _rank, _groups, _isRectified, Random) = (pool, inputs, rank, groups, isRectified, new SeededRandom(seed));
        _memory = new NativeBuffer<float>(2 * Numbers);
        _first = _memory.Pointer;
        _second = _first + (long)rank * inputs;
        _bias = _second + (long)groups * rank;
        _hiddenBias = _bias + groups;
        var spread = (isRectified ? Math.Sqrt(2) : 1) / Math.Sqrt(inputs) / Math.Max(scale, 1e-6);
        for (long i = 0; i < (long)rank * inputs; i++) _first[i] = (float)(spread * Random.NextGaussian());
        for (long i = 0; i < (long)groups * rank; i++) _second[i] = (float)(0.1 * Random.NextGaussian() / Math.Sqrt(rank));
    }

    /// <summary>Trains and judges the predictor of a block.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="x">[tokens, inputs].</param>
    /// <param name="active">The groups that are not zero, of each token.</param>
    /// <param name="rank">Width between the maps.</param>
    /// <param name="seed">Seed of the maps and of the order of tokens.</param>
    /// <returns>The predictor with its shares on the tokens held out.</returns>
    public static NeuronPredictor Run(ComputePool pool, float[] x, BitRows active, int rank, ulong seed)
    {
        using var training = new PredictorTraining(pool, x.Length / active.Rows, rank, active.Columns, isRectified: false, Scale(x), seed);
        training.Train(x, active, [active.Columns], null, default);
        return training.Judge(x, active, [active.Columns])[0];
    }

    /// <summary>Trains and judges the predictors of several blocks that share their first map.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="x">[tokens, inputs], each token's root mean square 1.</param>
    /// <param name="active">The groups that are not zero, of each token: those of one block after another.</param>
    /// <param name="blocks">Groups of each block.</param>
    /// <param name="rank">Width between the maps.</param>
    /// <param name="seed">Seed of the maps and of the order of tokens.</param>
    /// <param name="progress">Told the share that is done; or null.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>What they share, and each block's own part with its shares on the tokens held out.</returns>
    public static (SharedPredictor Shared, NeuronPredictor[] Blocks) RunShared(ComputePool pool, float[] x, BitRows active, IReadOnlyList<int> blocks, int rank, ulong seed, Action<double>? progress, CancellationToken cancellation)
    {
        using var training = new PredictorTraining(pool, x.Length / active.Rows, rank, active.Columns, isRectified: true, 1, seed);
        training.Train(x, active, blocks, progress, cancellation);
        var first = Halves(training._first, (long)rank * training._inputs);
        return (new SharedPredictor(first, new ReadOnlySpan<float>(training._hiddenBias, rank)), training.Judge(x, active, blocks));
    }

    public void Dispose() => _memory.Dispose();

    private SeededRandom Random { get; }

    private long Numbers => (long)_rank * _inputs + (long)_groups * _rank + _groups + _rank;

    private long ToGradients => Numbers;

    private static double Scale(float[] x) => Math.Sqrt(x.Sum(value => (double)value * value) / x.Length);

    private void Train(float[] x, BitRows active, IReadOnlyList<int> blocks, Action<double>? progress, CancellationToken cancellation)
    {
        var tokens = Enumerable.Range(0, active.Rows).Where(token => token % HeldOut != HeldOut - 1).ToArray();
        var negative = Densities(active, blocks);
        List<TrainableTensor> tensors =
        [
            new("first", _rank, _inputs, isVector: false, _first, _first + ToGradients), new("second", _groups, _rank, isVector: false, _second, _second + ToGradients), new("bias", 1, _groups, isVector: true, _bias, _bias + ToGradients),
        ];
        if (_isRectified) tensors.Add(new TrainableTensor("hidden", 1, _rank, isVector: true, _hiddenBias, _hiddenBias + ToGradients));
        using var optimizer = new AdamW(tensors, new AdamWOptions { WeightDecay = 0.01, Beta2 = 0.99, ClipNorm = 0 }, _pool);
        using var batch = new BatchMemory(Batch, _inputs, _rank, _groups);
        var steps = Math.Max(FewestSteps, tokens.Length / Batch * Epochs);
        var rate = _isRectified ? SharedLearningRate : LearningRate;
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < Batch; i++) batch.Tokens[i] = tokens[Random.NextInt(tokens.Length)];
            Gradient(batch, x, active, negative);
            // Falls to a tenth, so that the last steps settle.
            optimizer.Step(rate * (1 - 0.9 * step / steps), 1);
            progress?.Invoke((step + 1.0) / steps);
        }
    }

    // Of each group, the share of its block's groups that are active.
    private static float[] Densities(BitRows active, IReadOnlyList<int> blocks)
    {
        var counts = new long[active.Columns];
        for (var t = 0; t < active.Rows; t++)
        {
            for (var g = 0; g < counts.Length; g++)
                if (active.Has(t, g)) counts[g]++;
        }

        var densities = new float[counts.Length];
        var first = 0;
        foreach (var groups in blocks)
        {
            densities.AsSpan(first, groups).Fill((float)((double)counts.Skip(first).Take(groups).Sum() / groups / active.Rows + 0.005));
            first += groups;
        }

        return densities;
    }

    // z = B h + c; d loss / dz = weight · (σ(z) − y) / batch.
    private void Gradient(BatchMemory batch, float[] x, BitRows active, float[] negative)
    {
        Scores(batch, x, Batch);
        var bias = new Span<float>(_bias + ToGradients, _groups);
        bias.Clear();
        for (var i = 0; i < Batch; i++)
        {
            for (var g = 0; g < _groups; g++)
            {
                var place = (long)i * _groups + g;
                var isActive = active.Has(batch.Tokens[i], g);
                batch.Scores[place] = (float)((isActive ? 1 : negative[g]) * (1 / (1 + Math.Exp(-batch.Scores[place] - _bias[g])) - (isActive ? 1 : 0)) / Batch);
                bias[g] += batch.Scores[place];
            }
        }

        Gemm.Multiply(_pool, transposeA: true, transposeB: false, _groups, _rank, Batch, 1, batch.Scores, _groups, batch.Hidden, _rank, 0, _second + ToGradients, _rank);
        Gemm.Multiply(_pool, transposeA: false, transposeB: false, Batch, _rank, _groups, 1, batch.Scores, _groups, _second, _rank, 0, batch.HiddenGradients, _rank);
        if (_isRectified) Rectify(batch);
        Gemm.Multiply(_pool, transposeA: true, transposeB: false, _rank, _inputs, Batch, 1, batch.HiddenGradients, _rank, batch.Inputs, _inputs, 0, _first + ToGradients, _inputs);
    }

    // What max(0, ·) held back has no gradient.
    private void Rectify(BatchMemory batch)
    {
        var bias = new Span<float>(_hiddenBias + ToGradients, _rank);
        bias.Clear();
        for (var i = 0; i < Batch; i++)
        {
            for (var r = 0; r < _rank; r++)
            {
                var place = (long)i * _rank + r;
                if (batch.Hidden[place] == 0) batch.HiddenGradients[place] = 0;
                bias[r] += batch.HiddenGradients[place];
            }
        }
    }

    // Of the batch's first tokens; without the groups' bias.
    private void Scores(BatchMemory batch, float[] x, int tokens)
    {
        for (var i = 0; i < tokens; i++) x.AsSpan(batch.Tokens[i] * _inputs, _inputs).CopyTo(new Span<float>(batch.Inputs + (long)i * _inputs, _inputs));
        Gemm.Multiply(_pool, transposeA: false, transposeB: true, tokens, _rank, _inputs, 1, batch.Inputs, _inputs, _first, _inputs, 0, batch.Hidden, _rank);
        for (var i = 0; _isRectified && i < tokens * _rank; i++) batch.Hidden[i] = Math.Max(0, batch.Hidden[i] + _hiddenBias[i % _rank]);
        Gemm.Multiply(_pool, transposeA: false, transposeB: true, tokens, _groups, _rank, 1, batch.Hidden, _rank, _second, _rank, 0, batch.Scores, _groups);
    }

    private NeuronPredictor[] Judge(float[] x, BitRows active, IReadOnlyList<int> blocks)
    {
        int[] tokens = [.. Enumerable.Range(0, active.Rows).Where(token => token % HeldOut == HeldOut - 1)];
        var (both, predicted, real) = (new long[_groups], new long[_groups], new long[_groups]);
        using var batch = new BatchMemory(Batch, _inputs, _rank, _groups);
        foreach (var part in tokens.Chunk(Batch))
        {
            part.CopyTo(batch.Tokens, 0);
            Scores(batch, x, part.Length);
            for (var i = 0; i < part.Length; i++)
            {
                for (var g = 0; g < _groups; g++)
                {
                    var isPredicted = batch.Scores[(long)i * _groups + g] + _bias[g] > 0;
                    var isActive = active.Has(part[i], g);
                    if (isPredicted) predicted[g]++;
                    if (isActive) real[g]++;
                    if (isPredicted && isActive) both[g]++;
                }
            }
        }

        var first = 0;
        return [.. blocks.Select(groups =>
        {
            var start = first;
            first += groups;
            long Sum(long[] counts) => counts.Skip(start).Take(groups).Sum();
            return new NeuronPredictor(_isRectified ? [] : Halves(_first, (long)_rank * _inputs), Halves(_second + (long)start * _rank, (long)groups * _rank), new ReadOnlySpan<float>(_bias + start, groups), _rank)
            {
                Recall = Sum(real) == 0 ? 1 : (double)Sum(both) / Sum(real),
                Precision = Sum(predicted) == 0 ? 1 : (double)Sum(both) / Sum(predicted),
                Share = tokens.Length == 0 ? 0 : (double)Sum(predicted) / tokens.Length / groups,
            };
        })];
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
        private readonly NativeBuffer<float> _hidden = new((long)tokens * rank);
        private readonly NativeBuffer<float> _hiddenGradients = new((long)tokens * rank);
        private readonly NativeBuffer<float> _scores = new((long)tokens * groups);

        public int[] Tokens { get; } = new int[tokens];

        public float* Inputs => _inputs.Pointer;

        public float* Hidden => _hidden.Pointer;

        public float* HiddenGradients => _hiddenGradients.Pointer;

        public float* Scores => _scores.Pointer;

        public void Dispose()
        {
            _inputs.Dispose();
            _hidden.Dispose();
            _hiddenGradients.Dispose();
            _scores.Dispose();
        }
    }
}
