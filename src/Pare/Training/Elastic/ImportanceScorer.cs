using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Scores the parts of a model by forward passes over a text (arXiv 2410.06479, section 3; aggregator "mean").</summary>
public sealed unsafe class ImportanceScorer : IBlockObserver
{
    private readonly ModelConfig _config;
    private readonly NeuronMeasure _measure;
    private readonly double[] _hidden;
    private readonly double[][] _heads;
    private readonly double[][] _neurons;
    private readonly double[] _cosines;
    private readonly double[] _attentionCosines;
    private readonly double[] _ffnCosines;
    private long _tokens;

    private ImportanceScorer(ModelConfig config, NeuronMeasure measure)
    {
        (_config, _measure) = (config, measure);
        _hidden = new double[config.HiddenSize];
        _heads = [.. config.Layers.Select(layer => new double[layer.Heads])];
        _neurons = [.. config.Layers.Select(layer => new double[layer.FfnSize])];
        _cosines = new double[config.Layers.Count];
        _attentionCosines = new double[config.Layers.Count];
        _ffnCosines = new double[config.Layers.Count];
    }

    /// <summary>Scores a model.</summary>
    /// <param name="engine">The model; its gradients are not touched.</param>
    /// <param name="tokens">[windows · length] token ids; every window starts at position 0.</param>
    /// <param name="length">Tokens of a window.</param>
    /// <param name="measure">What is scored of a neuron.</param>
    /// <param name="progress">Told the windows that are done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="ArgumentException">The tokens are no whole number of windows, or no windows.</exception>
    public static ImportanceScores Score(GradientEngine engine, ReadOnlySpan<int> tokens, int length, NeuronMeasure measure = NeuronMeasure.Activated, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (tokens.IsEmpty || tokens.Length % length != 0) throw new ArgumentException($"{tokens.Length} tokens are no whole number of windows of {length}", nameof(tokens));
        var scorer = new ImportanceScorer(engine.Config, measure);
        engine.BlockObserver = scorer;
        try
        {
            var none = new int[length];
            Array.Fill(none, -1);
            for (var window = 0; window < tokens.Length / length; window++)
            {
                cancellation.ThrowIfCancellationRequested();
                scorer._tokens += length;
                // Nothing is predicted: only the blocks run.
                engine.Loss(tokens.Slice(window * length, length), none, length);
                progress?.Invoke(window + 1);
            }
        }
        finally
        {
            engine.BlockObserver = null;
        }

        return scorer.Scores();
    }

    void IBlockObserver.Observe(int layer, BlockTape tape, int tokens, float* input, float* output)
    {
        var (shape, hidden) = (_config.Layers[layer], _config.HiddenSize);
        if (shape.HasAttention)
        {
            AddAbsolute(tape.AttentionInput == null ? input : tape.AttentionInput, tokens, _hidden);
            for (var t = 0; t < tokens; t++)
            {
                for (var head = 0; head < shape.Heads; head++) _heads[layer][head] += Math.Sqrt(Dot(tape.Mixed + ((long)t * shape.Heads + head) * shape.HeadSize, tape.Mixed + ((long)t * shape.Heads + head) * shape.HeadSize, shape.HeadSize));
            }
        }

        if (shape.HasFfn)
        {
            if (tape.FfnInput != null) AddAbsolute(tape.FfnInput, tokens, _hidden);
            var before = _config.GatedFfn ? tape.Gate : tape.Up;
            AddAbsolute(_measure == NeuronMeasure.GatePreActivation ? before : tape.Activated, tokens, _neurons[layer]);
        }

        // In a parallel block the network adds to what the block read, not to what attention left.
        var parallel = _config.ParallelResidual && shape is { HasAttention: true, HasFfn: true };
        var middle = !shape.HasAttention ? input : shape.HasFfn ? tape.Middle : output;
        var alone = new float[parallel ? hidden : 0];
        fixed (float* aside = alone)
        {
            for (var t = 0; t < tokens; t++)
            {
                float* x = input + (long)t * hidden, m = middle + (long)t * hidden, y = output + (long)t * hidden;
                _cosines[layer] += Cosine(x, y, hidden);
                _attentionCosines[layer] += Cosine(x, m, hidden);
                for (var i = 0; i < alone.Length; i++) alone[i] = x[i] + (y[i] - m[i]);
                _ffnCosines[layer] += parallel ? Cosine(x, aside, hidden) : Cosine(m, y, hidden);
            }
        }
    }

    private ImportanceScores Scores() => new()
    {
        Tokens = _tokens,
        Hidden = Mean(_hidden),
        Heads = [.. _heads.Select(Mean)],
        Neurons = [.. _neurons.Select(Mean)],
        Layers = Influences(_cosines),
        Attention = Influences(_attentionCosines),
        Ffn = Influences(_ffnCosines),
    };

    private double[] Influences(double[] cosines) => [.. cosines.Select(sum => 1 - sum / _tokens)];

    private static double Cosine(float* a, float* b, int count)
    {
        var norms = Math.Sqrt(Dot(a, a, count)) * Math.Sqrt(Dot(b, b, count));
        return norms > 0 ? Dot(a, b, count) / norms : 0;
    }

    private double[] Mean(double[] sums) => [.. sums.Select(sum => sum / _tokens)];

    private static void AddAbsolute(float* values, int tokens, double[] sums)
    {
        for (var t = 0; t < tokens; t++)
        {
            var row = new ReadOnlySpan<float>(values + (long)t * sums.Length, sums.Length);
            for (var i = 0; i < row.Length; i++) sums[i] += Math.Abs(row[i]);
        }
    }

    private static double Dot(float* a, float* b, int count) => VectorMath.Dot(new ReadOnlySpan<float>(a, count), new ReadOnlySpan<float>(b, count));
}
